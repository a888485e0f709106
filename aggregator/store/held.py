"""Articles that wait for the operator: which they are, and letting them go."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, case, func, select, update

from aggregator.model import ABSORBED, DROPPED, EARLIER, FLOOD, FOLDED, Waiting
from aggregator.store import terms
from aggregator.store.articles import WHOLE, place
from aggregator.store.claims import lock_hosts, settle
from aggregator.store.codec import decode_article
from aggregator.store.schema import articles, source_state

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from aggregator.model import Article

_WAITS = (
    articles.c.held.is_not(None),
    articles.c.held.not_in((ABSORBED, DROPPED, EARLIER, FOLDED)),
    articles.c.deleted_at.is_(None),
)


def waiting(db: Connection, limit: int) -> tuple[Article, ...]:
    """See :meth:`aggregator.store.faces.articles.Articles.held`."""
    page = WHOLE.where(*_WAITS).order_by(articles.c.sort_at.desc(), articles.c.key.desc()).limit(limit)
    return tuple(map(decode_article, db.execute(page)))


def reasons(db: Connection) -> dict[str, tuple[Waiting, ...]]:
    """See :meth:`aggregator.store.faces.articles.Articles.waiting`."""
    why = articles.c.source, articles.c.held
    since = func.min(articles.c.first_seen, type_=articles.c.first_seen.type)
    rows = db.execute(select(*why, func.count(), since).where(*_WAITS).group_by(*why).order_by(since, articles.c.held))
    found: dict[str, tuple[Waiting, ...]] = {}
    for source, reason, count, first in rows:
        found[source] = (*found.get(source, ()), Waiting(reason=reason, articles=count, since=first))
    return found


_AS_ANOTHER = {
    "quarantine": None,
    "quarantined_at": None,
    "etag": None,
    "last_modified": None,
    "body_hash": None,
}  # fmt: skip
"""What is at the address is the source from now on: the next look reads it whole, and what it says of itself."""


def let_go(db: Connection, source: str, now: datetime, *, silent: bool, middle: int | None) -> int:
    """See :meth:`aggregator.store.faces.articles.Articles.let_go`.

    A poll under way decides on what was known before, so it is fenced off and done again. What came in a flood is the
    source's own, whatever else is held of it.
    """
    host = db.scalar(select(source_state.c.host).where(source_state.c.source == source))
    if host is None:
        return 0
    lock_hosts(db, [host])
    of = articles.c.source == source
    quarantined = db.scalar(select(source_state.c.quarantine).where(source_state.c.source == source)) is not None
    silently = case((articles.c.held.startswith(FLOOD), ABSORBED), else_=ABSORBED if quarantined else DROPPED)
    if middle is not None and not silent:
        _raise(db, source, now, place(db, middle, now))
    let = db.execute(update(articles).where(of, *_WAITS).values(held=silently if silent else None)).rowcount
    if quarantined:
        db.execute(update(articles).where(of, articles.c.held == DROPPED).values(held=ABSORBED))
    leased = source_state.c.lease_expires.is_not(None)
    values: dict[str, Any] = {
        "run_at": case((leased, source_state.c.next_poll_at), else_=source_state.c.run_at),
        "lease_expires": None,
        **(_AS_ANOTHER if quarantined else {}),
        **({"last_new": now} if let and not silent else {}),
    }
    db.execute(update(source_state).where(source_state.c.source == source).values(values))
    settle(db, [host])
    return let


def _raise(db: Connection, source: str, now: datetime, middle: datetime | None) -> None:
    """What waits below the middle of the shortest output stands with what is new now, in its own order: nobody has
    seen it yet, and nobody would (docs/dates.md)."""
    if middle is None:
        return
    low = articles.c.source == source, *_WAITS, articles.c.sort_at < middle
    lowest = select(articles.c.key).where(*low).order_by(articles.c.sort_at.desc(), articles.c.key.desc())
    keys = db.scalars(lowest).all()
    moved = [{"at": key, "stands": now - timedelta(microseconds=place + 1)} for place, key in enumerate(keys)]
    if moved:
        terms.remove(db, keys)
        db.execute(update(articles).where(articles.c.key == bindparam("at")).values(sort_at=bindparam("stands")), moved)
        terms.add(db, keys)
