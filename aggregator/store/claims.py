"""The queue: whose turn it is. The rows are the queue; there is no other.

``source_state.run_at`` is when a source is due, or when the lease on it ends, so a killed poll comes back by itself.
``hosts.next_at`` is when a claim may next find something on a host: the latest of its politeness and of its first
``run_at``. Whoever changes a ``run_at`` calls :func:`settle` in the same transaction, *after* the change: a first
version worked it out from the other sources' rows only, and a host whose sole source was leased by a killed process
was never looked at again (19 of 5,000 polls lost).

A row of ``hosts`` is also the lock of all that host's sources. It is taken first (:func:`lock_hosts`), then the
sources: so nobody waits in a circle, and ``settle`` sees what others have committed. ``lease_token`` fences: it
grows with each claim, and what is recorded under an old one, or without a lease (``lease_expires`` is NULL), is
refused.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, case, exists, func, literal, or_, select, update

from aggregator.errors import ClaimLost
from aggregator.model import Claim, Code
from aggregator.store.codec import STATE_COLUMNS, decode_state, encode_state
from aggregator.store.schema import NEVER, UtcTime, hosts, in_parts, latest, source_state

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from aggregator.model import SourceState


_PAUSED = Code.RATE_LIMITED.value


def take(
    db: Connection,
    now: datetime,
    limit: int,
    lease: timedelta,
    busy_hosts: Collection[str],
    only: Collection[str] | None,
    force: bool,
    again: timedelta,
) -> tuple[Claim, ...]:
    """See :meth:`aggregator.store.faces.queue.Queue.claim`."""
    claims: list[Claim] = []
    busy = set(busy_hosts)
    for part in [None] if only is None else in_parts(sorted(only)):
        if len(claims) >= limit:
            break
        found = _take(db, now, limit - len(claims), lease, busy, part, force, again)
        busy.update(host for host, _ in found)
        claims.extend(claim for _, claim in found)
    return tuple(sorted(claims, key=lambda claim: (claim.state.next_poll_at, claim.source)))


def _take(
    db: Connection,
    now: datetime,
    limit: int,
    lease: timedelta,
    busy: Collection[str],
    only: Collection[str] | None,
    force: bool,
    again: timedelta,
) -> list[tuple[str, Claim]]:
    state = source_state.alias()
    gate: list[ColumnElement[bool]] = [hosts.c.host.not_in(busy)] if busy else []
    if only is None:
        due: ColumnElement[bool] = state.c.run_at <= now
        gate.append(hosts.c.next_at <= now)
    else:
        due = and_(state.c.source.in_(only), or_(state.c.lease_expires.is_(None), state.c.run_at <= now))
        if not force:  # a private host does not wait as a whole, but a source of it that was asked to does
            due = and_(due, or_(state.c.run_at <= now, func.coalesce(state.c.code, "") != _PAUSED))
        gate.append(hosts.c.free_at <= now)
        gate.append(exists().where(state.c.host == hosts.c.host, state.c.enabled, due))
        if not force:
            gate.append(hosts.c.blocked_until <= now)
    chosen = db.execute(
        select(hosts.c.host, hosts.c.gap_ms)
        .where(*gate)
        .order_by(hosts.c.next_at, hosts.c.host)
        .limit(limit)
        .with_for_update(of=hosts, skip_locked=True)
    ).all()
    if not chosen:
        return []
    first = (
        select(state.c.source)
        .where(state.c.host == hosts.c.host, state.c.enabled, due)
        .order_by(state.c.run_at, state.c.source)
        .limit(1)
        .scalar_subquery()
    )
    gaps = {row.host: timedelta(milliseconds=row.gap_ms) for row in chosen}
    own = [host for host, gap in gaps.items() if not gap]
    least = literal(now + lease, UtcTime()), literal(now + max(lease, again), UtcTime())
    expires = case((source_state.c.host.in_(own), least[0]), else_=least[1])
    taken = db.execute(
        update(source_state)
        .where(source_state.c.source.in_(select(first).where(hosts.c.host.in_([row.host for row in chosen]))))
        .values(lease_token=source_state.c.lease_token + 1, lease_expires=expires, run_at=expires)
        .returning(source_state)
    ).all()
    if taken:
        db.execute(
            update(hosts).where(hosts.c.host == bindparam("at")).values(free_at=bindparam("until")),
            [{"at": row.host, "until": now + gaps[row.host]} for row in taken],
        )
    settle(db, gaps)
    return [
        (row.host, Claim(source=row.source, token=row.lease_token, expires=row.lease_expires, state=decode_state(row)))
        for row in taken
    ]


def next_due(
    db: Connection, now: datetime, busy_hosts: Collection[str], only: Collection[str] | None, force: bool
) -> datetime | None:
    """See :meth:`aggregator.store.faces.queue.Queue.next_due`."""
    awake = [hosts.c.host.not_in(busy_hosts)] if busy_hosts else []
    if only is None:
        times = [db.scalar(select(func.min(hosts.c.next_at)).where(*awake))]
    else:
        taken = source_state.c.lease_expires.is_not(None)
        waits = taken if force else or_(taken, func.coalesce(source_state.c.code, "") == _PAUSED)
        free = hosts.c.free_at if force else latest(hosts.c.free_at, hosts.c.blocked_until)
        soonest = select(func.min(latest(free, case((waits, source_state.c.run_at), else_=free)), type_=UtcTime()))
        joined = soonest.join_from(hosts, source_state, source_state.c.host == hosts.c.host)
        times = [
            db.scalar(joined.where(source_state.c.enabled, source_state.c.source.in_(part), *awake))
            for part in in_parts(sorted(only))
        ]
    soon = min((each for each in times if each is not None), default=NEVER)
    return None if soon >= NEVER else max(soon, now)


# What every poll runs is built once: building a statement costs ten times as much as running it.
_LOCK_HOST_OF = (
    select(hosts.c.host)
    .join_from(hosts, source_state, source_state.c.host == hosts.c.host)
    .where(source_state.c.source == bindparam("of"))
    .with_for_update(of=hosts)
)
_HELD = (
    source_state.c.source == bindparam("held"),
    source_state.c.lease_token == bindparam("token"),
    source_state.c.lease_expires.is_not(None),
)
_GIVE_BACK = update(source_state).where(*_HELD).values(run_at=source_state.c.next_poll_at, lease_expires=None)
_FINISH = (
    update(source_state)
    .where(*_HELD)
    .values({name: bindparam(f"new_{name}") for name in ("run_at", *STATE_COLUMNS)} | {"lease_expires": None})
)
_BLOCK = (
    update(hosts)
    .where(hosts.c.host == bindparam("at"), hosts.c.blocked_until < bindparam("wait"))
    .values(blocked_until=bindparam("wait"))
)


def give_back(db: Connection, claim: Claim) -> None:
    """Makes the source due again as it was; nothing if the claim has passed to somebody else or is finished."""
    host = db.scalar(_LOCK_HOST_OF, {"of": claim.source})
    given = db.execute(_GIVE_BACK, {"held": claim.source, "token": claim.token})
    if given.rowcount and host is not None:
        settle(db, [host])


def give_back_all(db: Connection) -> None:
    """The same for every claim there is: whoever holds the instance lock knows that nobody else is polling.

    But for strangers, who may have been asked already: they are due when the lease would have ended.
    """
    places = db.scalars(select(source_state.c.host).where(source_state.c.lease_expires.is_not(None)).distinct()).all()
    lock_hosts(db, places)
    left = update(source_state).where(source_state.c.lease_expires.is_not(None))
    stranger = exists().where(hosts.c.host == source_state.c.host, hosts.c.gap_ms > 0)
    later = latest(source_state.c.next_poll_at, source_state.c.lease_expires)
    broken_off = {"run_at": later, "next_poll_at": later, "next_reason": "the last look was broken off"}
    db.execute(left.where(stranger).values(broken_off | {"lease_expires": None}))
    db.execute(left.values(run_at=source_state.c.next_poll_at, lease_expires=None))
    settle(db, places)


def finish(
    db: Connection, claim: Claim, state: SourceState, host_wait: datetime | None = None, answering: str | None = None
) -> None:
    """Writes the state a poll ended in and its next time. Raises ClaimLost if the claim is no longer valid.

    ``answering`` is the host that gave the last answer, another than the source's after a redirect; ``host_wait`` is
    what it asked for.
    """
    if host_wait is not None and answering is not None:
        asked = db.scalar(select(source_state.c.host).where(source_state.c.source == claim.source))
        lock_hosts(db, [each for each in (asked, answering) if each is not None])
    host = db.scalar(_LOCK_HOST_OF, {"of": claim.source})
    written = db.execute(
        _FINISH,
        {
            "held": claim.source,
            "token": claim.token,
            "new_run_at": state.next_poll_at,
            **{f"new_{name}": value for name, value in encode_state(state).items()},
        },
    )
    if written.rowcount == 0 or host is None:
        raise ClaimLost(
            f"{claim.source}: its claim was lost (it ran out, or the configuration changed meanwhile); "
            "nothing of this poll was written, the next one finds it again"
        )
    waiting = {host, answering or host} if host_wait is not None else set()
    for each in sorted(waiting):
        db.execute(_BLOCK, {"at": each, "wait": host_wait})
    settle(db, [host, *waiting])


def poll_now(db: Connection, wanted: Collection[str], now: datetime) -> None:
    """Makes these sources due at once, but for those that are being polled."""
    for part in in_parts(sorted(set(wanted))):
        places = db.scalars(select(source_state.c.host).where(source_state.c.source.in_(part))).all()
        lock_hosts(db, places)
        db.execute(
            update(source_state)
            .where(
                source_state.c.source.in_(part),
                source_state.c.enabled,
                source_state.c.run_at > now,
                source_state.c.lease_expires.is_(None),
            )
            .values(run_at=now, next_poll_at=now, next_reason="asked for")
        )
        settle(db, places)


def put_off(db: Connection, later: Mapping[str, datetime], parser_version: int, now: datetime) -> None:
    """See :meth:`aggregator.store.faces.queue.Queue.put_off_rereading`."""
    state = source_state.c
    overdue = select(state.source, state.host).where(
        state.enabled, state.run_at <= now, state.parser_version.not_in((0, parser_version))
    )
    rows = [row for row in db.execute(overdue) if row.source in later]
    if rows:
        places = {row.host for row in rows}
        lock_hosts(db, places)
        db.execute(
            update(source_state)
            .where(state.source == bindparam("named"), state.lease_expires.is_(None))
            .values(run_at=bindparam("at"), next_poll_at=bindparam("at"), next_reason=_REREAD),
            [{"named": row.source, "at": later[row.source]} for row in rows],
        )
        settle(db, places)


_REREAD = "all feeds are read anew, which is spread over one time between looks"

_PAST = ("last_poll", "last_success", "last_new", "since", "status_since", "moved_since", "quarantined_at")
_TIMES = ("run_at", "next_poll_at", "refresh_at", "lease_expires", *_PAST)


def set_clock(db: Connection, since: datetime, by: timedelta) -> None:
    """See :meth:`aggregator.store.faces.queue.Queue.clock_was_set`."""
    lock_hosts(db, db.scalars(select(hosts.c.host)).all())
    state = source_state.c
    counted = or_(state.last_poll.is_(None), state.last_poll >= since)
    rows = [
        {"of": row.source}
        | {f"new_{name}": _moved(getattr(row, name), by, since if name in _PAST else None) for name in _TIMES}
        for row in db.execute(select(state.source, *(state[name] for name in _TIMES)).where(counted))
    ]
    if rows:
        moved: dict[str, Any] = {name: bindparam(f"new_{name}") for name in _TIMES}
        db.execute(update(source_state).where(state.source == bindparam("of")).values(moved), rows)
    asked = db.execute(select(hosts).where(hosts.c.free_at >= since)).all()
    if asked:
        db.execute(
            update(hosts)
            .where(hosts.c.host == bindparam("of"))
            .values(free_at=bindparam("free"), blocked_until=bindparam("blocked")),
            [
                {"of": row.host, "free": row.free_at + by, "blocked": _moved(row.blocked_until, by, since)}
                for row in asked
            ],
        )
    settle(db, db.scalars(select(hosts.c.host)).all())


def _moved(at: datetime | None, by: timedelta, since: datetime | None) -> datetime | None:
    return at if at is None or (since is not None and at < since) else at + by


def lock_hosts(db: Connection, names: Collection[str]) -> None:
    """Locks these hosts' rows, always in the same order. SQLite's one writer has locked everything already."""
    if db.dialect.name != "sqlite":
        for part in in_parts(sorted(set(names))):
            db.execute(select(hosts.c.host).where(hosts.c.host.in_(part)).order_by(hosts.c.host).with_for_update())


_FIRST_DUE = (
    select(func.min(source_state.c.run_at))
    .where(source_state.c.host == hosts.c.host, source_state.c.enabled)
    .scalar_subquery()
)
_SETTLE = (
    update(hosts)
    .where(hosts.c.host.in_(bindparam("names", expanding=True)))
    .values(
        next_at=latest(hosts.c.free_at, hosts.c.blocked_until, func.coalesce(_FIRST_DUE, literal(NEVER, UtcTime())))
    )
)


def settle(db: Connection, names: Collection[str]) -> None:
    """Works out ``next_at`` of these hosts from what is true now. Their rows must be locked."""
    for part in in_parts(sorted(set(names))):
        db.execute(_SETTLE, {"names": part})
