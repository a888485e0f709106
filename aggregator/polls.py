"""The polls under way: started as claims are to be had, at most so many at once and so many on one host."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from aggregator.logs import get_logger
from aggregator.pipeline import poll

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from aggregator.model import Claim, PollPlan
    from aggregator.wiring import App

    Report = Callable[[PollPlan, float], None]
    """Told of each finished poll: what it decided and how many seconds it took."""


log = get_logger()


class Polls:
    """Starts polls of what is due and keeps count of them."""

    def __init__(self, app: App, report: Report | None = None) -> None:
        self._app = app
        self._report = report
        self._running: dict[asyncio.Task[None], Claim] = {}
        self._hosts: Counter[str] = Counter()
        self.failure: BaseException | None = None
        """The last poll that could not even be recorded: the store fails, not a source."""

    def __len__(self) -> int:
        return len(self._running)

    async def start(self, *, only: Collection[str] | None = None, limit: int | None = None) -> tuple[str, ...]:
        """Claim and start as many polls as are due and there is room for; the ids of their sources.

        ``only`` names sources to poll now whether they are due or not. ``limit`` starts at most so many.
        """
        started: list[str] = []
        polling = self._app.config.polling
        while (room := min(polling.concurrency - len(self), (limit or polling.concurrency) - len(started))) > 0:
            busy = [host for host, count in self._hosts.items() if count >= polling.per_host]
            left = None if only is None else set(only).difference(started)
            if left is not None and not left:
                break
            claims = await self._app.db(
                self._app.store.claim, self._app.now(), room, self._app.lease, busy_hosts=busy, only=left
            )
            if not claims:
                break
            for claim in claims:
                if claim.source in self._app.sources:
                    self._start(claim)
                    started.append(claim.source)
                else:  # removed from the configuration a moment ago
                    await self._app.db(self._app.store.release, claim)
        return tuple(started)

    def _start(self, claim: Claim) -> None:
        host = self._app.sources[claim.source].host
        self._hosts[host] += 1
        task = asyncio.create_task(self._one(claim), name=f"poll {claim.source}")
        self._running[task] = claim

        def ended(done: asyncio.Task[None]) -> None:
            del self._running[done]
            self._hosts[host] -= 1
            if not done.cancelled() and (error := done.exception()) is not None:
                self.failure = error
                advice = "nothing of it was written; the source is looked at again when its claim has run out"
                log.error("cannot record a poll", source=claim.source, error=str(error), advice=advice)

        task.add_done_callback(ended)

    async def _one(self, claim: Claim) -> None:
        began = time.perf_counter()
        decided = await poll(self._app, claim)
        if decided is not None and self._report is not None:
            self._report(decided, time.perf_counter() - began)

    async def wait(self) -> None:
        """Until at least one of the polls under way has ended."""
        if self._running:
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)

    async def drain(self, seconds: float) -> None:
        """Let the polls under way end for so long, then give the rest back undone."""
        if self._running:
            await asyncio.wait(self._running, timeout=seconds)
        for task, claim in tuple(self._running.items()):
            task.cancel()
            await asyncio.wait((task,))
            await self._app.db(self._app.store.release, claim)


SOON = timedelta(seconds=5)
"""A round waits so long for hosts whose polls are spaced, and no longer for those that asked to be left alone."""


async def poll_round(app: App, only: Collection[str] | None, report: Report) -> tuple[str, ...]:
    """Poll what is due, or ``only`` these sources whether due or not, and wait for all of it.

    Gives the ids of those of ``only`` that were not polled, because they are switched off or their host asked to be
    left alone. Raises StoreError where a poll could not be recorded.
    """
    polls = Polls(app, report)
    left = None if only is None else set(only)
    while left is None or left or len(polls):
        started = await polls.start(only=left)
        if left is not None:
            left.difference_update(started)
        if len(polls):
            await polls.wait()
        elif not started:
            now = app.now()
            due = await app.db(app.store.next_due, now, only=left)
            if due is None or due > now + SOON:
                break
            await asyncio.sleep((due - now).total_seconds())
    if polls.failure is not None:
        raise polls.failure
    return tuple(sorted(left or ()))
