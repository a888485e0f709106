"""Texts of old articles go, and what the articles are known by stays for ever.

A pruned article has ``pruned_at`` and no row in ``article_bodies``, so nothing that is published can show it. Its key,
id, dates and the hash of its page stay: it is never new again (miniflux keeps the same, reader grows without bound,
lemon24/reader#96).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, func, or_, select, tuple_, update

from aggregator.model import ABSORBED, DROPPED, EARLIER, FOLDED
from aggregator.store import full_texts, rewritings, terms
from aggregator.store.articles import bound
from aggregator.store.schema import article_bodies, articles, source_state, versions

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection

_FORGOTTEN = {
    "raw_hash": b"", "fingerprint": b"", "text_hash": None, "title": "", "url": None, "past": None, "left_out": None,
}  # fmt: skip
"""What is of no use once the text is gone; told by its page, an article is known again even under another id."""
_OF = articles.c
_SETTLED = or_(_OF.held.is_(None), _OF.held.in_((ABSORBED, DROPPED, EARLIER, FOLDED)))
"""Nobody waits for it to be judged."""
_KEY = 16
"""Bytes of a key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """What one batch did."""

    texts: int
    last: tuple[datetime, str] | None
    """Where the next one goes on; ``None`` where there is nothing left to look at."""


def prune(
    db: Connection,
    source: str,
    *,
    aged: datetime | None,
    beyond: datetime | None,
    needed: Collection[str],
    after: tuple[datetime, str] | None,
    now: datetime,
    limit: int,
) -> Pruned:
    """See :meth:`aggregator.store.faces.articles.Articles.prune`."""
    old = [_OF.sort_at < beyond] if beyond is not None else []
    if aged is not None:
        old.append(and_(_OF.sort_at < aged, _OF.first_seen < aged))
    if not old:
        return Pruned(texts=0, last=None)
    page = select(_OF.key, _OF.sort_at, _OF.pinned_at, _OF.deleted_at, _SETTLED.label("settled"))
    page = page.where(_OF.source == source, _OF.pruned_at.is_(None), or_(*old)).order_by(_OF.sort_at, _OF.key)
    if after is not None:
        page = page.where(tuple_(_OF.sort_at, _OF.key) > tuple_(*bound(after)))
    rows = db.execute(page.limit(limit)).all()
    if not rows:
        return Pruned(texts=0, last=None)
    upstream, local = _upstream(db, source)
    keys = [
        row.key
        for row in rows
        if row.settled
        and row.pinned_at is None
        and (row.deleted_at is not None or not local)
        and row.key not in upstream
        and row.key not in needed
    ]
    if keys:
        terms.remove(db, keys)
        db.execute(delete(article_bodies).where(article_bodies.c.key.in_(keys)))
        db.execute(delete(versions).where(versions.c.key.in_(keys)))
        full_texts.forget(db, keys)
        rewritings.forget(db, keys)
        db.execute(update(articles).where(_OF.key.in_(keys)).values(_FORGOTTEN | {"pruned_at": now}))
    return Pruned(texts=len(keys), last=(rows[-1].sort_at, rows[-1].key) if len(rows) == limit else None)


def _upstream(db: Connection, source: str) -> tuple[frozenset[str], bool]:
    """Keys of what is in the source's document, and whether it is a folder, of which everything is that is live."""
    state = select(source_state.c.upstream, source_state.c.host).where(source_state.c.source == source)
    row = db.execute(state).one()
    keys = (row.upstream[start : start + _KEY].hex() for start in range(0, len(row.upstream), _KEY))
    return frozenset(keys), row.host.startswith("folder:")


def full(db: Connection, source: str, number: int) -> datetime | None:
    """See :meth:`aggregator.store.faces.articles.Articles.full`."""
    newest = select(_OF.sort_at).where(_OF.source == source, _OF.pruned_at.is_(None))
    row = newest.order_by(_OF.sort_at.desc(), _OF.key.desc()).offset(number - 1).limit(1)
    found: datetime | None = db.scalar(row)
    return found


def texts(db: Connection) -> dict[str, int]:
    """See :meth:`aggregator.store.faces.articles.Articles.texts`."""
    found = select(_OF.source, func.count().label("texts")).where(_OF.pruned_at.is_(None)).group_by(_OF.source)
    return {row.source: row.texts for row in db.execute(found)}
