"""Whose turn it is, and who has taken it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from aggregator.store import (
    claims,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime

    from aggregator.model import (
        Claim,
    )
    from aggregator.store.database import Database


class Queue:
    """Whose turn it is, and who has taken it.

    Each method is one transaction, and may raise StoreError.
    """

    def __init__(self, database: Database, confirm: Callable[[], None]) -> None:
        self._database = database
        self._confirm = confirm
        """Raises StoreLocked where the lock was lost."""

    def claim(
        self,
        now: datetime,
        limit: int,
        lease: timedelta,
        *,
        busy_hosts: Collection[str] = (),
        only: Collection[str] | None = None,
        force: bool = False,
        again: timedelta = timedelta(0),
    ) -> tuple[Claim, ...]:
        """The right to poll up to ``limit`` due sources until ``now + lease``, oldest first, one per host.

        ``busy_hosts`` are left alone. ``only`` names sources to poll whether they are due or not; the gap between two
        starts on a host holds for them too, and a pause unless ``force``. ``again`` is the least time until a
        stranger's host (one with a gap) is asked again where nothing comes of the claim. Raises StoreLocked if the
        lock was lost to another instance.
        """
        self._confirm()
        with self._database.writing() as db:
            return claims.take(db, now, limit, lease, busy_hosts, only, force, again)

    def next_due(
        self,
        now: datetime,
        *,
        busy_hosts: Collection[str] = (),
        only: Collection[str] | None = None,
        force: bool = False,
    ) -> datetime | None:
        """When :meth:`claim` with the same arguments may next give something: ``now`` or later; None for never."""
        with self._database.reading() as db:
            return claims.next_due(db, now, busy_hosts, only, force)

    def release(self, claim: Claim) -> None:
        """Gives the source back unpolled, due as before. Nothing happens if the claim is no longer valid."""
        with self._database.writing() as db:
            claims.give_back(db, claim)

    def poll_now(self, wanted: Collection[str], now: datetime) -> None:
        """Makes these sources due at once, as far as their hosts allow; not those that are being polled or disabled."""
        with self._database.writing() as db:
            claims.poll_now(db, wanted, now)

    def put_off_rereading(self, later: Mapping[str, datetime], parser_version: int, now: datetime) -> None:
        """Makes those of ``later`` due at the time named there that are overdue and were read by another parser.

        Their next requests have no validators to send, and are not to come all at once.
        """
        with self._database.writing() as db:
            claims.put_off(db, later, parser_version, now)

    def clock_was_set(self, since: datetime, by: timedelta) -> None:
        """Moves what was written by a clock that has been set ``by`` so much: waits last as long as they did.

        ``since`` is when that clock began to count, by itself. Sources polled before then keep their times. No poll may
        be under way.
        """
        with self._database.writing() as db:
            claims.set_clock(db, since, by)
