"""Who subscribed to what we publish, what each of them has, and whom there is something to ask (WebSub)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Integer,
    and_,
    bindparam,
    cast,
    delete,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    union_all,
    update,
)

from aggregator.model import Intent, Subscribed, Subscription
from aggregator.store.schema import hub_intents as intents
from aggregator.store.schema import subscriptions

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from aggregator.model import Delivered
    from aggregator.store.database import Database

_OF = subscriptions.c
_ASKED = intents.c


class Subscriptions:
    """The memory of our hub. Each method is one transaction, and may raise StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ask(self, intent: Intent, *, most: int, most_of_host: int) -> bool:
        """Remembers that a callback is to be asked; an older intent of the same subscription is forgotten.

        False where it is a new one and there are ``most`` already, or ``most_of_host`` of its host.
        """
        with self._database.writing() as db:
            if not _is_known(db, intent.key) and not _has_room(db, intent.host, most, most_of_host):
                return False
            _remember(db, [intent])
            return True

    def intents(self, limit: int, besides: Collection[str] = ()) -> tuple[Intent, ...]:
        """Callbacks to be asked or told, the longest waiting first; not those with these keys."""
        wanted = select(intents).where(_ASKED.key.not_in(besides)).order_by(_ASKED.at, _ASKED.key).limit(limit)
        with self._database.reading() as db:
            return tuple(_intent(row) for row in db.execute(wanted))

    def confirm(self, intent: Intent, asked: datetime, now: datetime) -> bool:
        """Does what a callback said it wants; its lease began when it was ``asked``.

        A subscription that there is already keeps what it has; a new one has the version of when it was asked for.
        False where another request has taken the place of this one in the meantime: that one is verified by itself.
        """
        with self._database.writing() as db:
            if not _forget(db, intent):
                return False
            db.execute(delete(subscriptions).where(_OF.until <= now))
            if intent.mode == "unsubscribe":
                db.execute(delete(subscriptions).where(_OF.key == intent.key))
                return True
            said = {
                "topic": intent.topic,
                "callback": intent.callback,
                "host": intent.host,
                "secret": _bytes(intent.secret),
                "until": asked + intent.lease,
                "failed": None,
                "failures": 0,
                "next_try": now,
            }
            if not db.execute(update(subscriptions).where(_OF.key == intent.key).values(said)).rowcount:
                db.execute(insert(subscriptions).values(said | {"key": intent.key, "delivered": intent.version}))
            return True

    def drop(self, intent: Intent) -> None:
        """A callback did not confirm, or was told: nothing else changes."""
        with self._database.writing() as db:
            _forget(db, intent)

    def topics(self, now: datetime) -> tuple[str, ...]:
        """What somebody is subscribed to; leases that have ended are forgotten."""
        with self._database.writing() as db:
            db.execute(delete(subscriptions).where(_OF.until <= now))
            return tuple(db.scalars(select(_OF.topic).distinct().order_by(_OF.topic)))

    def due(
        self, topic: str, version: str, now: datetime, *, limit: int, most_failures: int, besides: Collection[str] = ()
    ) -> tuple[Subscription, ...]:
        """Who does not have this version of the topic and is to get it now, those who never fail first.

        Not those with the keys in ``besides``, nor whom it could not be delivered to ``most_failures`` times.
        """
        again = or_(_OF.failed.is_(None), _OF.failed != version, _OF.failures < most_failures)
        wanted = (
            select(subscriptions)
            .where(_OF.topic == topic, _OF.delivered != version, _OF.next_try <= now, _OF.until > now, again)
            .where(_OF.key.not_in(besides))
            .order_by(_OF.failures, _OF.next_try, _OF.key)
            .limit(limit)
        )
        with self._database.reading() as db:
            return tuple(_subscription(row) for row in db.execute(wanted))

    def next_try(self, now: datetime) -> datetime | None:
        """When the next delivery may begin that may not begin yet; ``None`` where none waits."""
        with self._database.reading() as db:
            found: datetime | None = db.scalar(select(func.min(_OF.next_try)).where(_OF.next_try > now))
            return found

    def settle(self, ended: Sequence[Delivered]) -> None:
        """Writes down how deliveries ended."""
        came = [_ending(each) for each in ended if not each.failures and not each.gone]
        failed = [_ending(each) for each in ended if each.failures and not each.gone]
        gone = [each.key for each in ended if each.gone]
        with self._database.writing() as db:
            if came:
                db.execute(_CAME, came)
            if failed:
                db.execute(_FAILED, failed)
            if gone:
                db.execute(delete(subscriptions).where(_OF.key.in_(gone)))

    def deny(self, topic: str, now: datetime) -> int:
        """Ends the subscriptions to a topic that is no more; their callbacks are to be told. Gives their number."""
        with self._database.writing() as db:
            rows = db.execute(delete(subscriptions).where(_OF.topic == topic).returning(subscriptions)).all()
            denied = [
                Intent(
                    key=row.key,
                    mode="denied",
                    topic=row.topic,
                    callback=row.callback,
                    host=row.host,
                    lease=timedelta(0),
                    version=row.delivered,
                    at=now,
                )
                for row in rows
            ]
            _remember(db, denied)
            return len(denied)

    def subscribed(self, now: datetime) -> tuple[Subscribed, ...]:
        """How many want each topic, and to how many of them the last delivery failed."""
        failing = func.sum(cast(_OF.failures > 0, Integer))
        counts = select(_OF.topic, func.count().label("all"), failing.label("failing")).where(_OF.until > now)
        with self._database.reading() as db:
            rows = db.execute(counts.group_by(_OF.topic).order_by(_OF.topic)).all()
        return tuple(Subscribed(topic=row.topic, subscriptions=row.all, failing=row.failing) for row in rows)


_CAME = (
    update(subscriptions)
    .where(_OF.key == bindparam("of"))
    .values(
        delivered=bindparam("version", type_=_OF.delivered.type),
        failed=null(),
        failures=0,
        next_try=bindparam("again", type_=_OF.next_try.type),
    )
)
_FAILED = (
    update(subscriptions)
    .where(_OF.key == bindparam("of"))
    .values(
        failed=bindparam("version", type_=_OF.failed.type),
        failures=bindparam("times"),
        next_try=bindparam("again", type_=_OF.next_try.type),
    )
)


def _ending(each: Delivered) -> dict[str, Any]:
    return {"of": each.key, "version": each.version, "again": each.next_try} | (
        {"times": each.failures} if each.failures else {}
    )


def _is_known(db: Connection, key: str) -> bool:
    either = union_all(
        select(literal(1)).where(_OF.key == key).select_from(subscriptions),
        select(literal(1)).where(_ASKED.key == key).select_from(intents),
    )
    return db.execute(either).first() is not None


def _has_room(db: Connection, host: str, most: int, most_of_host: int) -> bool:
    total = of_host = 0
    for table in (subscriptions, intents):
        counts = select(func.count(), func.count().filter(table.c.host == host)).select_from(table)
        every, own = db.execute(counts).one()
        total, of_host = total + every, of_host + own
    return total < most and of_host < most_of_host


def _remember(db: Connection, new: Sequence[Intent]) -> None:
    if not new:
        return
    db.execute(delete(intents).where(_ASKED.key.in_([each.key for each in new])))
    rows = [
        {
            "key": each.key,
            "mode": each.mode,
            "topic": each.topic,
            "callback": each.callback,
            "host": each.host,
            "lease": each.lease // timedelta(seconds=1),
            "secret": _bytes(each.secret),
            "version": each.version,
            "at": each.at,
        }
        for each in new
    ]
    db.execute(insert(intents), rows)


def _forget(db: Connection, intent: Intent) -> bool:
    """Whether it was still there."""
    this = and_(_ASKED.key == intent.key, _ASKED.at == intent.at, _ASKED.mode == intent.mode)
    return db.execute(delete(intents).where(this)).rowcount > 0


def _intent(row: Any) -> Intent:
    return Intent(
        key=row.key,
        mode=row.mode,
        topic=row.topic,
        callback=row.callback,
        host=row.host,
        lease=timedelta(seconds=row.lease),
        secret=_text(row.secret),
        version=row.version,
        at=row.at,
    )


def _subscription(row: Any) -> Subscription:
    return Subscription(
        key=row.key,
        topic=row.topic,
        callback=row.callback,
        host=row.host,
        secret=_text(row.secret),
        failures=row.failures,
    )


def _bytes(secret: str | None) -> bytes | None:
    """A secret may hold U+0000, which PostgreSQL has no text for."""
    return secret.encode() if secret is not None else None


def _text(secret: bytes | None) -> str | None:
    return secret.decode() if secret is not None else None
