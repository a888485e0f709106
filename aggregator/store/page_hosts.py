"""Whose turn it is among hosts that are asked for pages, beside the polls of their feeds.

A host that has sources has a row in ``hosts``, and what is asked of it counts there: no page is asked for while one of
its sources is polled, and no poll begins while a page is asked for. Pages have waits of their own besides
(``page_hosts``), for most of them are on hosts without sources, and polls need not wait as long.
"""

from __future__ import annotations

import zlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from aggregator.store.claims import lock_hosts, settle
from aggregator.store.schema import EPOCH, hosts, latest, page_hosts, source_state

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

FORGOTTEN = timedelta(days=7)
"""After which nothing is known of a host that was not asked any more."""

_POLLED = select(hosts.c.free_at, hosts.c.blocked_until).where(hosts.c.host == bindparam("at"))
_ASKED = select(page_hosts.c.free_at, page_hosts.c.blocked_until).where(page_hosts.c.host == bindparam("at"))
_UNDER_WAY = (
    select(source_state.c.source)
    .where(
        source_state.c.host == bindparam("at"),
        source_state.c.lease_expires > bindparam("now", type_=source_state.c.lease_expires.type),
    )
    .limit(1)
)
_FREE = update(hosts).where(hosts.c.host == bindparam("at")).values(free_at=bindparam("until"))
_BLOCK = (
    update(hosts)
    .where(hosts.c.host == bindparam("at"), hosts.c.blocked_until < bindparam("until"))
    .values(blocked_until=bindparam("until"))
)


def _upsert(insert: Any) -> Any:
    row = insert(page_hosts)
    new, held = row.excluded, page_hosts.c
    return row.on_conflict_do_update(
        index_elements=["host"],
        set_={"free_at": new.free_at, "blocked_until": latest(held.blocked_until, new.blocked_until)},
    )


def _keep_rules(insert: Any) -> Any:
    row = insert(page_hosts)
    return row.on_conflict_do_update(
        index_elements=["host"], set_={"robots": row.excluded.robots, "robots_until": row.excluded.robots_until}
    )


_INSERT = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_UPSERT = {name: _upsert(insert) for name, insert in _INSERT.items()}
_KEEP_RULES = {name: _keep_rules(insert) for name, insert in _INSERT.items()}


def take(db: Connection, host: str, gap: timedelta, busy: timedelta, now: datetime) -> datetime | None:
    """The right to ask for a page of the host now, or when to try again. Nobody else asks it until it is
    :func:`left <leave>`, or for as long as ``busy`` if it never is. Hosts without a ``gap`` are the operator's own and
    wait only where they asked for it."""
    lock_hosts(db, [host])
    polled, asked = db.execute(_POLLED, {"at": host}).first(), db.execute(_ASKED, {"at": host}).first()
    waits = (max(row.free_at, row.blocked_until) for row in (polled, asked) if row is not None)
    free = max(waits, default=now)
    if free > now:
        return free
    if not gap:
        return None
    if polled is not None and db.scalar(_UNDER_WAY, {"at": host, "now": now}) is not None:
        return now + gap
    _occupy(db, host, now + busy, now + busy, EPOCH)
    return None


def leave(db: Connection, host: str, gap: timedelta, page_gap: timedelta, wait: datetime | None, now: datetime) -> None:
    """The host was asked. Polls may ask it after the ``gap``, pages after ``page_gap``, and neither until ``wait``."""
    if gap or wait is not None:
        lock_hosts(db, [host])
        _occupy(db, host, now + gap, now + page_gap, wait or EPOCH)


def _occupy(db: Connection, host: str, polls: datetime, pages: datetime, wait: datetime) -> None:
    if db.execute(_FREE, {"at": host, "until": polls}).rowcount:
        db.execute(_BLOCK, {"at": host, "until": wait})
        settle(db, [host])
    row = {"host": host, "free_at": pages, "blocked_until": wait, "robots": None, "robots_until": EPOCH}
    db.execute(_UPSERT[db.dialect.name], row)


def rules(db: Connection, host: str) -> tuple[str | None, datetime] | None:
    """What its robots.txt said, and until when that holds; ``None`` where nobody has asked."""
    row = db.execute(select(page_hosts.c.robots, page_hosts.c.robots_until).where(page_hosts.c.host == host)).first()
    if row is None or row.robots_until == EPOCH:
        return None
    return None if row.robots is None else zlib.decompress(row.robots).decode(), row.robots_until


def keep_rules(db: Connection, host: str, said: str | None, until: datetime, now: datetime) -> None:
    """Remembers what its robots.txt said; forgets hosts that were not asked for long."""
    packed = None if said is None else zlib.compress(said.encode())
    row = {"host": host, "free_at": EPOCH, "blocked_until": EPOCH, "robots": packed, "robots_until": until}
    db.execute(_KEEP_RULES[db.dialect.name], row)
    old = now - FORGOTTEN
    db.execute(delete(page_hosts).where(page_hosts.c.robots_until < old, page_hosts.c.free_at < old))
