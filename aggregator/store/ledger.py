"""How each host has been treated: every request of a poll, written down with the poll.

What a poll asked that was never recorded is missing: of a killed process, or of a claim that was lost.
"""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, case, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from aggregator.model import HostLedger
from aggregator.store.schema import EPOCH, host_ledger, latest, source_state

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from aggregator.model import Asked, PollPlan, SourceState

KEPT = timedelta(days=30)
"""How long a host is remembered that was asked last and that no source names: one that a redirect led to, or whose
sources are gone. A redirect may name a new one each time."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_RATE_LIMITED = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_COUNTS = ("requests", "redirects", "unconditional", "not_modified", "rate_limited", "bytes")
_FIELDS = tuple(each.name for each in fields(HostLedger))


def _upsert(insert: Any) -> Any:
    """Each dialect has its own ``ON CONFLICT``. Gives the host's requests, of which the first is its row's first."""
    row, held = insert(host_ledger), host_ledger.c
    new = row.excluded
    waiting = and_(new.last > held.wait_from, new.last < held.wait_until)
    return row.on_conflict_do_update(
        index_elements=["host"],
        set_={
            **{name: held[name] + new[name] for name in _COUNTS},
            "last": latest(held.last, new.last),
            "early_polls": held.early_polls + case((waiting, 0), else_=new.early_polls),
            "ignored_waits": held.ignored_waits + case((waiting, 1), else_=0),
            "wait_from": case((new.wait_until > held.wait_until, new.wait_from), else_=held.wait_from),
            "wait_until": latest(held.wait_until, new.wait_until),
        },
    ).returning(held.requests)


_UPSERT = {"sqlite": _upsert(sqlite.insert), "postgresql": _upsert(postgresql.insert)}
_UNUSED = select(host_ledger.c.host).where(
    host_ledger.c.last < bindparam("before"),
    host_ledger.c.host.not_in(select(source_state.c.host).where(source_state.c.enabled)),
)
_FORGET = delete(host_ledger).where(host_ledger.c.host.in_(_UNUSED.with_for_update(skip_locked=True)))
_ALL = select(*(host_ledger.c[name] for name in _FIELDS)).order_by(host_ledger.c.host)


def write_ledger(db: Connection, plan: PollPlan, before: SourceState) -> None:
    """Adds what a poll asked; ``before`` is the state its source was in. Hosts are taken in the order of their names,
    so that no two polls wait for each other."""
    early = before.last_poll is not None and bool(plan.asked) and plan.asked[0].at < before.next_poll_at
    count_asked(db, plan.asked, plan.host_wait, early=early)


def count_asked(db: Connection, asked: Sequence[Asked], wait: datetime | None, *, early: bool = False) -> None:
    """Adds these requests; the last of them was answered that the host is to be left alone until ``wait``."""
    if not asked:
        return
    upsert = _UPSERT[db.dialect.name]
    rows = [_row(each) for each in asked]
    rows[0]["early_polls"] = int(early)
    if wait is not None:
        rows[-1] |= {"wait_from": asked[-1].at + asked[-1].took, "wait_until": wait}
    requests = [db.scalar(upsert, row) for row in sorted(rows, key=lambda row: str(row["host"]))]
    if 1 in requests:  # a new host: the table grows only here
        db.execute(_FORGET, {"before": asked[0].at - KEPT})


def _row(asked: Asked) -> dict[str, Any]:
    redirect = asked.status in _REDIRECTS
    return {
        "host": asked.host,
        "since": asked.at,
        "last": asked.at,
        "requests": 1,
        "redirects": int(redirect),
        "unconditional": int(not asked.conditional and not redirect),
        "not_modified": int(asked.status == HTTPStatus.NOT_MODIFIED),
        "rate_limited": int(asked.status in _RATE_LIMITED),
        "early_polls": 0,
        "ignored_waits": 0,
        "bytes": asked.wire_bytes,
        "wait_from": EPOCH,
        "wait_until": EPOCH,
    }


def read_ledger(db: Connection) -> tuple[HostLedger, ...]:
    """Every host that was asked, by name."""
    return tuple(HostLedger(**row) for row in db.execute(_ALL).mappings())
