"""The configured sources brought into the tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, or_, select, update

from aggregator.model import SourceState
from aggregator.store.claims import lock_hosts, settle
from aggregator.store.codec import encode_state
from aggregator.store.members import ask_again
from aggregator.store.schema import EPOCH, NEVER, counters, hosts, source_state, sources

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from aggregator.model import Source

SOURCE_AHEAD = timedelta(days=31)
"""A source that is due later than this was put off by a wrong clock: the longest wait is the month until a source
that is gone is asked again. A source with an interval of its own may be due that much later, and its jitter."""
HOST_AHEAD = timedelta(days=8)
"""The same for a host: Retry-After is obeyed for a week at most, and the gap between two starts is a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncResult:
    """Ids of the sources that differ from before, in the order of the configuration."""

    added: tuple[str, ...]
    """New, or back again after having been removed."""
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    """With another address, switched on or off, or with another ``on_remove``."""


def sync(
    db: Connection,
    configured: Sequence[Source],
    now: datetime,
    spread: Callable[[Source], datetime],
    gap: Callable[[str], timedelta],
) -> tuple[SyncResult, bool]:
    """See :meth:`aggregator.store.Store.sync`; also whether that changes what readers see."""
    before = {row.source: row for row in db.execute(_STORED)}
    ids = {each.id for each in configured}
    new = [each for each in configured if each.id not in before]
    changed = [(each, row) for each in configured if (row := before.get(each.id)) is not None and _differs(each, row)]
    moved = [each for each, row in changed if each.location != row.location]
    gone = [row for row in before.values() if row.source not in ids and row.removed_at is None]

    _write_hosts(db, {each.host for each in configured}, gap)
    touched = {each.host for each in new} | {each.host for each, _ in changed} | {row.host for _, row in changed}
    touched |= {row.host for row in gone}
    late_sources, late_hosts = _put_off(db, configured, now)
    touched |= {row.host for row in late_sources} | set(late_hosts)
    lock_hosts(db, touched)
    _insert(db, new, spread)
    _update(db, [each for each, _ in changed])
    _switch(db, [each.id for each, row in changed if each.enabled != row.enabled], now)
    _forget(db, moved, now)
    _remove(db, [row.source for row in gone], now)
    _bring_back(db, [row.source for row in late_sources], late_hosts, now)
    settle(db, touched)

    back = {each.id for each, row in changed if row.removed_at is not None}
    result = SyncResult(
        added=tuple(each.id for each in configured if each.id not in before or each.id in back),
        removed=tuple(row.source for row in gone),
        changed=tuple(each.id for each, _ in changed if each.id not in back),
    )
    shown_or_hidden = [*gone, *(row for _, row in changed if row.removed_at is not None)]
    visible = [row.source for row in shown_or_hidden if row.on_remove != "keep"]
    ask_again(db, visible)
    return result, bool(visible)


_STORED = select(
    sources.c.source,
    sources.c.on_remove,
    sources.c.removed_at,
    source_state.c.host,
    source_state.c.enabled,
    source_state.c.location,
).join_from(sources, source_state)


def _differs(source: Source, row: Row[*tuple[Any, ...]]) -> bool:
    stored = (row.location, row.host, row.enabled, row.on_remove, row.removed_at)
    return stored != (source.location, source.host, source.enabled, source.on_remove, None)


def _write_hosts(db: Connection, names: Iterable[str], gap: Callable[[str], timedelta]) -> None:
    wanted = {name: round(gap(name).total_seconds() * 1000) for name in names}
    stored = {row.host: row.gap_ms for row in db.execute(select(hosts.c.host, hosts.c.gap_ms))}
    _many(
        db,
        insert(hosts),
        [
            {"host": name, "gap_ms": gap_ms, "free_at": EPOCH, "blocked_until": EPOCH, "next_at": NEVER}
            for name, gap_ms in wanted.items()
            if name not in stored
        ],
    )
    _many(
        db,
        update(hosts).where(hosts.c.host == bindparam("at")).values(gap_ms=bindparam("new_gap")),
        [
            {"at": name, "new_gap": gap_ms}
            for name, gap_ms in sorted(wanted.items())
            if stored.get(name, gap_ms) != gap_ms
        ],
    )


def _insert(db: Connection, new: Sequence[Source], spread: Callable[[Source], datetime]) -> None:
    _many(db, insert(sources), [{"source": each.id, "on_remove": each.on_remove} for each in new])
    late = db.scalar(select(counters.c.value).where(counters.c.name == "published_seq")) != 0
    rows = []
    for each in new:
        due = spread(each)
        rows.append(
            {
                "source": each.id,
                "host": each.host,
                "enabled": each.enabled,
                "location": each.location,
                "run_at": due,
                "lease_token": 0,
                **encode_state(SourceState(source=each.id, next_poll_at=due, late=late)),
            }
        )
    _many(db, insert(source_state), rows)


def _update(db: Connection, changed: Sequence[Source]) -> None:
    _many(
        db,
        update(sources)
        .where(sources.c.source == bindparam("changed"))
        .values(on_remove=bindparam("new_on_remove"), removed_at=None),
        [{"changed": each.id, "new_on_remove": each.on_remove} for each in changed],
    )
    _many(
        db,
        update(source_state)
        .where(source_state.c.source == bindparam("changed"))
        .values(host=bindparam("new_host"), enabled=bindparam("new_enabled")),
        [{"changed": each.id, "new_host": each.host, "new_enabled": each.enabled} for each in changed],
    )


def _switch(db: Connection, names: Sequence[str], now: datetime) -> None:
    """Since now they are as they are: switched off, or on again."""
    switched = update(source_state).where(source_state.c.source == bindparam("switched")).values(since=now)
    _many(db, switched, [{"switched": name} for name in names])


def _forget(db: Connection, moved: Sequence[Source], now: datetime) -> None:
    """What was learnt at the old address says nothing about the new one; a poll under way there is fenced off."""
    _many(
        db,
        update(source_state)
        .where(source_state.c.source == bindparam("changed"))
        .values(
            location=bindparam("new_location"),
            lease_expires=None,
            run_at=now,
            next_poll_at=now,
            next_reason="the address changed",
            etag=None,
            last_modified=None,
            final_url=None,
            body_hash=None,
            code=None,
            detail=None,
            status=None,
            since=None,
            failures=0,
            moved_to=None,
            moved_since=None,
            moved_polls=0,
            status_since=None,
            status_polls=0,
            refresh_at=None,
            quarantine=None,
            quarantined_at=None,
            warnings=[],
        ),
        [{"changed": each.id, "new_location": each.location} for each in moved],
    )


def _remove(db: Connection, gone: Sequence[str], now: datetime) -> None:
    """The articles stay as they are: whether they are shown follows from ``sources``, so nothing is lost."""
    names = [{"gone": name} for name in gone]
    _many(db, update(sources).where(sources.c.source == bindparam("gone")).values(removed_at=now), names)
    _many(
        db,
        update(source_state)
        .where(source_state.c.source == bindparam("gone"))
        .values(
            enabled=False,
            lease_expires=None,
            run_at=source_state.c.next_poll_at,
        ),
        names,
    )


def _put_off(
    db: Connection, configured: Sequence[Source], now: datetime
) -> tuple[list[Row[*tuple[Any, ...]]], list[str]]:
    """Sources and hosts that wait for a time no poll asks for: the clock was ahead once and is right again."""
    intervals = {each.id: 2 * each.interval for each in configured if each.interval is not None}
    beyond = now + SOURCE_AHEAD
    state = source_state.c
    found = select(state.source, state.host, state.run_at, state.next_poll_at)
    late_sources = [
        row
        for row in db.execute(found.where(or_(state.run_at > beyond, state.next_poll_at > beyond)))
        if max(row.run_at, row.next_poll_at) > beyond + intervals.get(row.source, timedelta(0))
    ]
    beyond = now + HOST_AHEAD
    late_hosts = select(hosts.c.host).where(or_(hosts.c.free_at > beyond, hosts.c.blocked_until > beyond))
    return late_sources, list(db.scalars(late_hosts))


def _bring_back(db: Connection, late_sources: Sequence[str], late_hosts: Sequence[str], now: datetime) -> None:
    """Makes them due now. A poll under way since then is fenced off by whoever claims its source next."""
    _many(
        db,
        update(source_state)
        .where(source_state.c.source == bindparam("named"))
        .values(run_at=now, next_poll_at=now, next_reason="the clock was wrong"),
        [{"named": name} for name in late_sources],
    )
    beyond = now + HOST_AHEAD
    for column in (hosts.c.free_at, hosts.c.blocked_until):
        _many(
            db,
            update(hosts).where(hosts.c.host == bindparam("named"), column > beyond).values({column.name: now}),
            [{"named": name} for name in late_hosts],
        )


def _many(db: Connection, statement: Any, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        db.execute(statement, rows)
