"""What lists of feeds name that are followed: what is in force, and what waits for the operator."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select, update

from aggregator.model import Listed
from aggregator.store.schema import feed_lists

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from aggregator.model import Source
    from aggregator.store.database import Database

_OF = feed_lists.c


class Lists:
    """The memory of lists. Each method is one transaction, and may raise StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def version(self) -> int:
        """A number that is another once any list has changed."""
        with self._database.reading() as db:
            return int(db.scalar(select(func.coalesce(func.sum(_OF.version), 0))) or 0)

    def members(self) -> Mapping[str, tuple[Listed, ...]]:
        """By list, the feeds that it names."""
        with self._database.reading() as db:
            return {row.source: _decoded(row.members) for row in db.execute(select(_OF.source, _OF.members))}

    def members_of(self, source: Source) -> tuple[Listed, ...]:
        """The feeds of one list; none where another list was at its place."""
        with self._database.reading() as db:
            row = db.execute(select(_OF.location, _OF.members).where(_OF.source == source.id)).one_or_none()
        return _decoded(row.members) if row is not None and row.location == source.location else ()

    def take(self, source: Source, members: Sequence[Listed]) -> None:
        """These are its feeds from now on; nothing is held any more."""
        with self._database.writing() as db:
            _write(db, source, _encoded(members))

    def hold(self, source: Source, members: Sequence[Listed]) -> None:
        """These wait for the operator, and the others stay."""
        with self._database.writing() as db:
            db.execute(update(feed_lists).where(_OF.source == source.id).values(held=_encoded(members)))

    def let_go(self, source: str) -> int | None:
        """Takes what is held of a list; how many feeds it then has, ``None`` where nothing is held."""
        with self._database.writing() as db:
            held = db.scalar(select(_OF.held).where(_OF.source == source))
            if held is None:
                return None
            changed = {"members": held, "held": None, "version": _OF.version + 1}
            db.execute(update(feed_lists).where(_OF.source == source).values(changed))
            return len(_decoded(held))


def _write(db: Connection, source: Source, members: str) -> None:
    """Counts a version only where they are others."""
    before = db.execute(select(feed_lists).where(_OF.source == source.id)).one_or_none()
    if before is None:
        db.execute(
            insert(feed_lists).values(source=source.id, location=source.location, members=members, held=None, version=1)
        )
        return
    version = before.version + (before.members != members)
    values = {"location": source.location, "members": members, "held": None, "version": version}
    db.execute(update(feed_lists).where(_OF.source == source.id).values(values))


def _encoded(members: Sequence[Listed]) -> str:
    return json.dumps([[each.url, each.title, list(each.tags)] for each in members], ensure_ascii=False)


def _decoded(text: str) -> tuple[Listed, ...]:
    return tuple(Listed(url=url, title=title, tags=tuple(tags)) for url, title, tags in json.loads(text))
