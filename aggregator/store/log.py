"""The log of polls that were worth a line: those that changed something or failed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from aggregator.model import Code
from aggregator.store.schema import poll_log

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from aggregator.model import PollPlan, SourceState

KEPT = timedelta(days=7)
"""How long lines are kept. At 10,000 sources, a third of them failing hourly, half a million lines."""

_FINE = (Code.OK, Code.NOT_MODIFIED)


@dataclass(frozen=True, slots=True, kw_only=True)
class PollRecord:
    """One line of the log."""

    at: datetime
    source: str
    code: Code | None
    detail: str | None
    status: int | None
    new: int
    updated: int
    withdrawn: int
    bytes: int
    """Off the wire."""
    ms: int | None = None
    """Until all its requests were answered; ``None`` where it took none, or an older version wrote the line."""
    decoded: int | None = None
    """Bytes of its documents."""
    final_url: str | None = None
    """Where it ended, redirects followed."""


def write_log(db: Connection, plan: PollPlan, before: SourceState, now: datetime) -> None:
    """Writes a line if the poll changed articles, failed, or ended a run of failures."""
    state = plan.state
    recovered = before.code is not None and before.code not in _FINE
    withdrawn = len(plan.withdrawn) + len(plan.deleted)
    if not (plan.new or plan.held or plan.updated or withdrawn or recovered or state.code not in _FINE):
        return
    db.execute(delete(poll_log).where(poll_log.c.at < now - KEPT))
    db.execute(
        insert(poll_log),
        {
            "at": now,
            "source": plan.source,
            "code": state.code,
            "detail": state.detail,
            "status": state.status,
            "new": len(plan.new),
            "updated": len(plan.updated),
            "withdrawn": withdrawn,
            "bytes": plan.wire_bytes,
            "ms": round(sum(each.took.total_seconds() for each in plan.asked) * 1000) if plan.asked else None,
            "decoded": plan.bytes,
            "final_url": plan.final_url,
        },
    )


def read_log(db: Connection, source: str | None, limit: int) -> tuple[PollRecord, ...]:
    """The newest lines first, of one source or of all."""
    lines = select(*(each for each in poll_log.c if each.name != "n"))
    if source is not None:
        lines = lines.where(poll_log.c.source == source)
    rows = db.execute(lines.order_by(poll_log.c.at.desc(), poll_log.c.n.desc()).limit(limit)).mappings()
    return tuple(PollRecord(**{**row, "code": None if row["code"] is None else Code(row["code"])}) for row in rows)


def without_secrets(poll: PollRecord, hide: Callable[[str], str]) -> PollRecord:
    """The line as it may be shown; ``hide`` takes the secrets out of a text."""
    return replace(poll, detail=hide(poll.detail or "") or None, final_url=hide(poll.final_url or "") or None)
