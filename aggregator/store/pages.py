"""Articles that were taken out of their feed: when their pages are asked for, and what that told."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from aggregator.model import PUBLISHER, Vanished
from aggregator.store import page_hosts
from aggregator.store.schema import articles, source_state, sources, vanished

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection

AGAIN = timedelta(days=1)
"""Until a page is asked for again: one that is missing, and one that did not say."""

PATIENCE = timedelta(days=7)
"""After which a page that did not say is not asked for any more."""

_KEY = 16
"""Bytes of a key."""

_NOTE: dict[str, Any] = {
    name: insert(vanished).on_conflict_do_nothing()
    for name, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}
_DUE = (
    select(articles.c.key, articles.c.source, articles.c.url, vanished.c.missing_at, source_state.c.upstream)
    .join_from(vanished, articles)
    .join(sources, sources.c.source == articles.c.source)
    .join(source_state, source_state.c.source == articles.c.source)
    .where(
        vanished.c.due <= bindparam("now", type_=vanished.c.due.type),
        articles.c.deleted_at.is_(None),
        articles.c.url.is_not(None),
        sources.c.removed_at.is_(None),
    )
    .order_by(vanished.c.due, vanished.c.key)
    .limit(bindparam("most"))
)


def note(db: Connection, keys: Collection[str], now: datetime) -> None:
    """That these are in their feed no longer; their pages are due."""
    if keys:
        db.execute(_NOTE[db.dialect.name], [{"key": key, "since": now, "due": now} for key in keys])


def due(db: Connection, now: datetime, limit: int) -> tuple[Vanished, ...]:
    """See :meth:`aggregator.store.faces.pages.Pages.due`."""
    db.execute(delete(vanished).where(vanished.c.since <= now - PATIENCE))
    rows = db.execute(_DUE, {"now": now, "most": limit}).all()
    back = {row.key for row in rows if row.key in _keys(row.upstream)}
    _forget(db, back)
    return tuple(
        Vanished(key=row.key, source=row.source, url=row.url, missing_at=row.missing_at)
        for row in rows
        if row.key not in back
    )


def ask(db: Connection, page: Vanished, host: str, gap: timedelta, now: datetime) -> bool:
    """See :meth:`aggregator.store.faces.pages.Pages.ask`."""
    if page_hosts.take(db, host, gap, gap, now) is not None:
        return False
    db.execute(update(vanished).where(vanished.c.key == page.key).values(due=now + AGAIN))
    return True


def told(db: Connection, page: Vanished, *, missing: bool, now: datetime) -> bool:
    """See :meth:`aggregator.store.faces.pages.Pages.told`."""
    if missing and page.missing_at is None:
        db.execute(update(vanished).where(vanished.c.key == page.key).values(missing_at=now))
        return False
    _forget(db, [page.key])
    if not missing:
        return False
    gone = update(articles).where(articles.c.key == page.key, articles.c.deleted_at.is_(None))
    return db.execute(gone.values(deleted_at=now, deleted_by=PUBLISHER)).rowcount > 0


def _forget(db: Connection, keys: Collection[str]) -> None:
    if keys:
        db.execute(delete(vanished).where(vanished.c.key.in_(sorted(keys))))


def _keys(upstream: bytes) -> frozenset[str]:
    return frozenset(upstream[start : start + _KEY].hex() for start in range(0, len(upstream), _KEY))
