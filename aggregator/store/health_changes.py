"""Changes of health, how what is not well stands, and what each receiver of alerts has been told."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select

from aggregator.model import HealthChange, Reached, Standing
from aggregator.store.codec import decode_state
from aggregator.store.schema import alert_receivers as receivers
from aggregator.store.schema import health_changes as changes
from aggregator.store.schema import health_standings as standings
from aggregator.store.schema import source_state

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from aggregator.model import SourceState
    from aggregator.model.alerts import Subject
    from aggregator.store.database import Database

KEPT = 5_000
"""Changes that are kept, the newest."""

KEPT_FOR = timedelta(days=366)


class HealthChanges:
    """The memory of alerts. Each method is one transaction, and may raise StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def polled(self, since: datetime) -> tuple[SourceState, ...]:
        """The states of sources that were polled at that time or later."""
        wanted = select(source_state).where(source_state.c.last_poll >= since).order_by(source_state.c.source)
        with self._database.reading() as db:
            return tuple(decode_state(row) for row in db.execute(wanted))

    def states(self, sources: Sequence[str]) -> tuple[SourceState, ...]:
        """The states of these sources, at most some hundreds."""
        wanted = select(source_state).where(source_state.c.source.in_(sources)).order_by(source_state.c.source)
        with self._database.reading() as db:
            return tuple(decode_state(row) for row in db.execute(wanted))

    def standings(self) -> tuple[Standing, ...]:
        """All that is not well, or was not lately."""
        with self._database.reading() as db:
            return tuple(_standing(row) for row in db.execute(select(standings)))

    def record(
        self,
        new: Sequence[HealthChange],
        stand: Mapping[tuple[Subject, str], Standing | None],
        now: datetime,
    ) -> None:
        """Write down what has changed, and how these stand since; ``None`` where nothing is to be remembered.

        What is too old or too much is forgotten.
        """
        with self._database.writing() as db:
            _stand(db, stand)
            if new:
                db.execute(insert(changes), [_row(each) for each in new])
                db.execute(delete(changes).where(changes.c.at < now - KEPT_FOR))
                last = select(changes.c.seq).order_by(changes.c.seq.desc()).offset(KEPT).limit(1).scalar_subquery()
                db.execute(delete(changes).where(changes.c.seq <= last))

    def newest(self, limit: int, *, alerts: bool = False) -> tuple[HealthChange, ...]:
        """The newest first: what looks different from before, or with ``alerts`` what receivers are told."""
        kind = changes.c.alert.is_not(None) if alerts else changes.c.was != changes.c.became
        page = select(changes).where(kind).order_by(changes.c.seq.desc()).limit(limit)
        with self._database.reading() as db:
            return tuple(_change(row) for row in db.execute(page))

    def alerts(self, after: int, limit: int) -> tuple[HealthChange, ...]:
        """What receivers are told that have heard all up to ``after``, the oldest first."""
        page = select(changes).where(changes.c.seq > after, changes.c.alert.is_not(None))
        with self._database.reading() as db:
            return tuple(_change(row) for row in db.execute(page.order_by(changes.c.seq).limit(limit)))

    def last(self) -> int:
        """``seq`` of the newest change; 0 where there is none."""
        with self._database.reading() as db:
            return db.scalar(select(func.max(changes.c.seq))) or 0

    def reached(self) -> dict[str, Reached]:
        """By receiver what it has been told."""
        with self._database.reading() as db:
            return {row.receiver: Reached(**row._mapping) for row in db.execute(select(receivers))}  # noqa: SLF001 - SQLAlchemy's public name

    def note(self, reached: Iterable[Reached]) -> None:
        """Write down what these have been told."""
        rows = [{column.name: getattr(each, column.name) for column in receivers.c} for each in reached]
        if not rows:
            return
        with self._database.writing() as db:
            db.execute(delete(receivers).where(receivers.c.receiver.in_([row["receiver"] for row in rows])))
            db.execute(insert(receivers), rows)

    def forget(self, besides: Collection[str]) -> None:
        """Forget receivers that are configured no longer."""
        with self._database.writing() as db:
            db.execute(delete(receivers).where(receivers.c.receiver.not_in(besides)))


_FACTS = ("since", "text", "advice", "url", "last_success", "next_try")


def _stand(db: Connection, stand: Mapping[tuple[Subject, str], Standing | None]) -> None:
    for kind in {kind for kind, _ in stand}:
        names = [name for each, name in stand if each == kind]
        for begin in range(0, len(names), 5_000):
            some = standings.c.subject.in_(names[begin : begin + 5_000])
            db.execute(delete(standings).where(standings.c.kind == kind, some))
    rows = [
        {"kind": kind, "subject": name, "facts": _plain(asdict(each))}
        for (kind, name), each in stand.items()
        if each is not None
    ]
    if rows:
        db.execute(insert(standings), rows)


def _standing(row: Any) -> Standing:
    return Standing(**_moments(row.facts))


def _row(each: HealthChange) -> dict[str, Any]:
    return {
        "at": each.at,
        "kind": each.kind,
        "subject": each.subject,
        "was": each.before,
        "became": each.after,
        "about": each.about,
        "alert": each.alert,
        "facts": _plain({name: getattr(each, name) for name in _FACTS}),
    }


def _change(row: Any) -> HealthChange:
    return HealthChange(
        seq=row.seq,
        at=row.at,
        kind=row.kind,
        subject=row.subject,
        before=row.was,
        after=row.became,
        about=row.about,
        alert=row.alert,
        **_moments(row.facts),
    )


_TIMES = ("since", "well_since", "raised_at", "raised_since", "told_at", "last_success", "next_try")
_MANY_TIMES = ("breaks", "raises")


def _plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is not there; times as text."""
    return {
        name: [each.isoformat() for each in value]
        if name in _MANY_TIMES
        else value.isoformat()
        if isinstance(value, datetime)
        else value
        for name, value in facts.items()
        if value not in (None, ())
    }


def _moments(facts: Mapping[str, Any]) -> dict[str, Any]:
    read: dict[str, Any] = dict(facts)
    for name in _TIMES:
        if name in read:
            read[name] = datetime.fromisoformat(read[name])
    for name in _MANY_TIMES:
        if name in read:
            read[name] = tuple(map(datetime.fromisoformat, read[name]))
    return read
