"""What the store is asked for to be measured: the queue, the hosts' ledger in sums, how large it is."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select, text

from aggregator.model.value import Value
from aggregator.store.schema import host_ledger, hosts, source_state, sources

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from aggregator.store.database import Database

_LEDGER, _STATE = host_ledger.c, source_state.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue(Value):
    """What is due and waits."""

    due: int
    overdue: timedelta
    """For how long that one has been due that has waited longest, those aside whose hosts asked for a pause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment(Value):
    """How all hosts on record have been treated, or one."""

    hosts: int
    early_polls: int
    ignored_waits: int
    rate_limited: int
    host: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFigures(Value):
    """Of one configured source what is a number or a time."""

    source: str
    enabled: bool
    failures: int
    last_success: datetime | None
    next_poll_at: datetime
    requests: int
    bytes: int


class StoreFigures:
    """Looks at the store from outside. Each method is one look, and may raise StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def queue(self, now: datetime) -> Queue:
        """What is due and nobody polls."""
        due = select(func.count()).where(_STATE.enabled, _STATE.run_at <= now)
        waiting = (
            select(func.min(_STATE.run_at))
            .join(hosts, hosts.c.host == _STATE.host)
            .where(_STATE.enabled, _STATE.run_at <= now, hosts.c.blocked_until <= now)
        )
        with self._database.reading() as db:
            first = db.scalar(waiting)
            return Queue(due=db.scalar(due) or 0, overdue=now - first if first is not None else timedelta(0))

    def treatment(self) -> Treatment:
        """Of all hosts."""
        sums = [func.coalesce(func.sum(each), 0) for each in (_LEDGER.early_polls, _LEDGER.ignored_waits)]
        limited = func.coalesce(func.sum(_LEDGER.rate_limited), 0)
        with self._database.reading() as db:
            n, early, ignored, refused = db.execute(select(func.count(), *sums, limited).select_from(host_ledger)).one()
        return Treatment(hosts=n, early_polls=int(early), ignored_waits=int(ignored), rate_limited=int(refused))

    def worst(self, limit: int) -> tuple[Treatment, ...]:
        """The hosts that have most to complain of: treated wrongly first, then those that complained."""
        wrong = _LEDGER.early_polls + _LEDGER.ignored_waits
        columns = (_LEDGER.host, _LEDGER.early_polls, _LEDGER.ignored_waits, _LEDGER.rate_limited)
        wanted = (
            select(*columns)
            .where(wrong + _LEDGER.rate_limited > 0)
            .order_by(wrong.desc(), _LEDGER.rate_limited.desc(), _LEDGER.host)
            .limit(limit)
        )
        with self._database.reading() as db:
            rows = db.execute(wanted).all()
        return tuple(
            Treatment(hosts=1, host=host, early_polls=early, ignored_waits=ignored, rate_limited=limited)
            for host, early, ignored, limited in rows
        )

    def sources(self) -> tuple[SourceFigures, ...]:
        """Of every configured source, by id: a tenth of the time that reading their states takes."""
        columns = [_STATE[each.name] for each in fields(SourceFigures)]
        configured = select(*columns).join(sources).where(sources.c.removed_at.is_(None)).order_by(_STATE.source)
        with self._database.reading() as db:
            rows = db.execute(configured).mappings().all()
        return tuple(SourceFigures(**row) for row in rows)

    def size(self) -> int:
        """Bytes of the database, SQLite's write-ahead log included."""
        path = self._database.path
        if path is not None:
            return sum(_size(each) for each in (path, path.with_name(f"{path.name}-wal")))
        with self._database.reading() as db:
            return int(db.scalar(text("SELECT pg_database_size(current_database())")) or 0)

    def answers(self) -> None:
        """Read one row: raises StoreError where the store cannot be read."""
        with self._database.reading() as db:
            db.execute(select(host_ledger.c.host).limit(1)).first()


def _size(path: Path) -> int:
    with suppress(FileNotFoundError):  # there is no log while there is nothing in it
        return path.stat().st_size
    return 0
