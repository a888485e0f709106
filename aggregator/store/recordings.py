"""The last answers of each source as they came, so that what they did can be done again elsewhere."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import delete, func, insert, select

from aggregator.model import Exchange, Recorded
from aggregator.store.schema import recordings

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection

    from aggregator.store.database import Database

MOST_BYTES = 8 * 1024 * 1024
"""Of a body; larger ones are not kept."""
MOST_OF_ALL = 8
"""No answer takes more than this part of all room: one large feed would push out a thousand others."""

_OF = recordings.c
_PLAIN = ("status", "url", "redirected", "moved_to", "wire_bytes")
_ROOM = select(func.coalesce(func.sum(_OF.size), 0))
_OLDEST = select(_OF.n, _OF.size).order_by(_OF.n).limit(100)


class Packed(NamedTuple):
    """An answer as it is stored."""

    head: dict[str, Any]
    body: bytes
    """Compressed."""

    @property
    def size(self) -> int:
        """Bytes, about."""
        headers = sum(len(name) + len(value) for name, value in self.head["headers"])
        return len(self.body) + headers + len(self.head["url"])


def packed(said: Exchange, max_bytes: int) -> Packed:
    """An answer packed, which takes 20 ms for a megabyte; of one that would take too much of ``max_bytes`` the head
    alone."""
    head: dict[str, Any] = {name: getattr(said, name) for name in _PLAIN}
    head["headers"] = [list(each) for each in said.headers]
    body = zlib.compress(said.body, 6) if len(said.body) <= MOST_BYTES else None
    if body is None or len(body) > max_bytes // MOST_OF_ALL:
        head["left_out"], body = len(said.body), b""
    return Packed(head, body)


class Recordings:
    """What was answered. Each method is one transaction, and may raise StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, source: str, at: datetime, said: Packed, *, keep: int, max_bytes: int) -> None:
        """Keeps an answer, and of the source's answers the last ``keep`` documents and as many of the others. All
        together take ``max_bytes``: the oldest go."""
        document = said.head["status"] == 200
        with self._database.writing() as db:
            alike = db.execute(select(_OF.n, _OF.head).where(_OF.source == source).order_by(_OF.n.desc())).all()
            same = [row.n for row in alike if (row.head["status"] == 200) is document]
            _forget(db, same[max(keep - 1, 0) :])
            if keep:
                row = {"source": source, "at": at, "size": said.size, "head": said.head, "body": said.body}
                db.execute(insert(recordings).values(row))
                _make_room(db, max_bytes)

    def of(self, source: str) -> tuple[Recorded, ...]:
        """What is kept of a source, the oldest first."""
        with self._database.reading() as db:
            rows = db.execute(select(recordings).where(_OF.source == source).order_by(_OF.n)).all()
        return tuple(Recorded(at=row.at, exchange=_exchange(row), left_out=row.head.get("left_out")) for row in rows)

    def follow(self, wanted: Collection[str]) -> None:
        """Forgets the answers of all other sources."""
        with self._database.writing() as db:
            for source in sorted(set(db.scalars(select(_OF.source).distinct())) - set(wanted)):
                db.execute(delete(recordings).where(_OF.source == source))


def _make_room(db: Connection, max_bytes: int) -> None:
    over = int(db.scalar(_ROOM) or 0) - max_bytes
    while over > 0 and (rows := db.execute(_OLDEST).all()):
        gone = []
        for row in rows:
            if over <= 0:
                break
            gone.append(row.n)
            over -= row.size
        _forget(db, gone)


def _forget(db: Connection, numbers: Collection[int]) -> None:
    if numbers:
        db.execute(delete(recordings).where(_OF.n.in_(sorted(numbers))))


def _exchange(row: Any) -> Exchange:
    return Exchange(
        **{name: row.head[name] for name in _PLAIN},
        headers=tuple((name, value) for name, value in row.head["headers"]),
        body=zlib.decompress(row.body) if row.body else b"",
    )
