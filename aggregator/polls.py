"""The polls under way: started as claims are to be had, at most so many at once and so many on one host."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from secrets import token_hex
from typing import TYPE_CHECKING

from aggregator.errors import ClaimLost
from aggregator.logs import about, get_logger
from aggregator.model import PollPlan
from aggregator.parse import PARSER_VERSION
from aggregator.pipeline import poll
from aggregator.schedule import Outage, answered, awake, held, is_private, never_reached, reread

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from aggregator.model import Claim, Outcome, Source, SourceState
    from aggregator.wiring import App

    Report = Callable[[PollPlan, float], None]
    """Told of each finished poll: what it decided and how many seconds it took."""


log = get_logger()

PATIENCE = timedelta(seconds=2)
"""A poll that has waited for its server for so long gives up its place among ``polling.concurrency``: 64 sources that
hang for 30 s each would let nobody else start (docs/decisions/0007-slow-servers.md)."""

MOST_WAITING = 512
"""Polls that may wait so beside those; with them, their sockets stay below the usual limit of 1,024 open files."""


def is_public(host: str) -> bool:
    """Whether ``host`` (``name:port``, or ``folder:id``) says something of this machine's network."""
    return not is_private(host)


class Polls:
    """Starts polls of what is due, keeps count of them, and blames no source for an outage of this machine.

    ``witness`` tells the hosts (``name:port``) from which an outage can be told.
    """

    def __init__(self, app: App, report: Report | None = None, witness: Callable[[str], bool] = is_public) -> None:
        self._app = app
        self._report = report
        self._witness = witness
        self._outage = Outage()
        self._blamed: set[str] = set()
        """Sources with a failure on record that turned out to be no fault of theirs."""
        self._running: dict[asyncio.Task[None], Claim] = {}
        self._hosts: Counter[str] = Counter()
        self._waiting: set[tuple[str, int]] = set()
        """Source and token of those of the running that have waited for their servers for long."""
        self._changed = asyncio.Event()
        """A poll has ended, or gave up its place."""
        self.failure: BaseException | None = None
        """The last poll that could not even be recorded: the store fails, not a source."""

    def __len__(self) -> int:
        return len(self._running)

    def is_under_way(self, source: str) -> bool:
        """Whether this source is being polled."""
        return any(claim.source == source for claim in self._running.values())

    @property
    def offline_since(self) -> datetime | None:
        """Since when no host is reached from this machine; ``None`` where some are, or it cannot be told."""
        return self._outage.since

    @property
    def doubted(self) -> Collection[str]:
        """Sources that were not reached, where it is not known yet whether they or this machine are to blame."""
        return self._outage.doubted(self._app.now())

    @property
    def slow(self) -> tuple[str, ...]:
        """Sources whose servers have been waited for for long, by id; may be asked from another thread."""
        return tuple(sorted(source for source, _ in tuple(self._waiting)))

    async def start(
        self, *, only: Collection[str] | None = None, limit: int | None = None, force: bool = False
    ) -> tuple[str, ...]:
        """Claim and start as many polls as are due and there is room for; the ids of their sources.

        ``only`` names sources to poll now whether they are due or not, though not while a server asked to be left
        alone, unless ``force``. ``limit`` starts at most so many.
        """
        started: list[str] = []
        polling = self._app.config.polling
        while (room := min(self._room, (limit or polling.concurrency) - len(started))) > 0:
            busy = [host for host, count in self._hosts.items() if count >= polling.per_host]
            left = None if only is None else set(only).difference(started)
            if left is not None and not left:
                break
            claims = await self._app.db(
                self._app.store.queue.claim,
                self._app.now(),
                room,
                self._app.lease,
                busy_hosts=busy,
                only=left,
                force=force,
                again=polling.floor,
            )
            if not claims:
                break
            for claim in claims:
                if only is None and claim.source in self._app.sources and await self._put_off(claim):
                    continue
                if claim.source in self._app.sources:
                    self._start(claim)
                    started.append(claim.source)
                else:  # removed from the configuration a moment ago
                    await self._app.db(self._app.store.queue.release, claim)
        return tuple(started)

    async def _put_off(self, claim: Claim) -> bool:
        """Leave a source alone that is late, and whose feed asks not to be read at this hour."""
        now = self._app.now()
        at = awake(now, claim.state.info)
        if at == now:
            return False
        state = replace(claim.state, next_poll_at=at, next_reason="late; the feed asks not to be read before then")
        await self._app.db(self._app.store.polls.record, PollPlan(source=claim.source, state=state), claim, now)
        return True

    @property
    def _room(self) -> int:
        """How many more polls may be started."""
        return self._app.config.polling.concurrency - len(self) + min(len(self._waiting), MOST_WAITING)

    def _start(self, claim: Claim) -> None:
        host = self._app.sources[claim.source].host
        self._hosts[host] += 1
        name = token_hex(4)
        task = asyncio.create_task(self._one(claim, name), name=f"poll {claim.source}")
        self._running[task] = claim

        def ended(done: asyncio.Task[None]) -> None:
            del self._running[done]
            self._hosts[host] -= 1
            self._changed.set()
            if not done.cancelled() and (error := done.exception()) is not None:
                self.failure = error
                advice = "nothing of it was written; the source is looked at again when its claim has run out"
                log.error("cannot record a poll", source=claim.source, poll=name, error=str(error), advice=advice)

        task.add_done_callback(ended)

    async def _one(self, claim: Claim, name: str) -> None:
        """One poll; what is logged on the way says of which source it is, and which poll."""
        with about(source=claim.source, poll=name), self._app.traces.span("poll", source=claim.source, poll=name):
            await self._look(claim)

    async def _look(self, claim: Claim) -> None:
        began = time.perf_counter()
        waiting = (claim.source, claim.token)
        patience = asyncio.get_running_loop().call_later(PATIENCE.total_seconds(), self._give_up_place, waiting)

        def take_place() -> None:
            patience.cancel()
            self._waiting.discard(waiting)

        def judge(outcome: Outcome) -> SourceState | None:
            take_place()  # what follows is work of our own
            return self._judge(claim, outcome)

        try:
            decided = await poll(self._app, claim, judge)
        finally:
            take_place()
        if self._blamed:
            await self._take_back()
        if decided is not None and self._report is not None:
            self._report(decided, time.perf_counter() - began)

    def _give_up_place(self, waiting: tuple[str, int]) -> None:
        self._waiting.add(waiting)
        self._changed.set()

    def _judge(self, claim: Claim, outcome: Outcome) -> SourceState | None:
        """Hear how a look ended; gives the state to leave its source in where this machine is to blame."""
        source = self._app.sources.get(claim.source)
        if source is None or not self._is_witness(source):
            return None
        offline = self._outage.since
        if answered(outcome):
            self._outage.hear_answer()
            if offline is not None:
                self._blamed.clear()
                log.warning("a host answers again", offline_since=_words(offline), source=source.id)
            return None
        if not never_reached(outcome):
            return None
        self._outage.hear_nothing(source, claim.state, self._app.now())
        if offline is None and self._outage.since is not None:
            self._blamed = {each.id for each in self._outage.missed()} - {source.id}
            advice = "no source is blamed until a host answers; check the network and the DNS of this machine"
            log.warning("this machine seems to be offline", since=_words(self._outage.since), advice=advice)
        return self._spared(source, claim)

    def _is_witness(self, source: Source) -> bool:
        """Whether an outage can be told from it: not where its name is one that the operator calls his own."""
        own = {each.host for each in self._app.config.allow}
        return self._witness(source.host) and source.host.rpartition(":")[0] not in own

    def _spared(self, source: Source, claim: Claim) -> SourceState | None:
        if self._outage.since is None:
            return None
        state = self._outage.before(source) or claim.state
        return held(state, self._app.now(), self._outage.since, len(self._app.sources))

    async def _take_back(self) -> None:
        """Undo the failures that were recorded before it could be told that they are ours."""
        left, self._blamed = self._blamed, set()
        while left and self._outage.since is not None:
            now = self._app.now()
            claims = await self._app.db(self._app.store.queue.claim, now, len(left), self._app.lease, only=left)
            for claim in claims:
                left.discard(claim.source)
                source = self._app.sources.get(claim.source)
                spared = self._spared(source, claim) if source is not None else None
                if spared is None:  # a host answered in the meantime: it is their own after all
                    await self._app.db(self._app.store.queue.release, claim)
                    continue
                try:
                    await self._app.db(
                        self._app.store.polls.record, PollPlan(source=claim.source, state=spared), claim, now
                    )
                except ClaimLost:
                    log.warning("claim lost", source=claim.source, advice="the source was configured anew meanwhile")
            if not claims:
                free = await self._app.db(self._app.store.queue.next_due, now, only=left)
                if free is None or free > now + SOON:  # polled again at this moment, which sets it right
                    break
                await asyncio.sleep((free - now).total_seconds())

    async def wait(self) -> None:
        """Until one of the polls under way has ended, or has left its place to another."""
        if self._running:
            await self._changed.wait()
            self._changed.clear()

    async def drain(self, seconds: float) -> None:
        """Let the polls under way end for so long, then break off the rest; the next start gives their claims back."""
        if self._running:
            await asyncio.wait(self._running, timeout=seconds)
        for task in tuple(self._running):
            task.cancel()
            await asyncio.wait((task,))


async def put_off_rereading(app: App) -> None:
    """Spread what is overdue after an update of the parser, for all of it will be unconditional (fetching.md F13)."""
    now = app.now()
    later = reread(app.config.sources, app.config.polling.floor, now)
    await app.db(app.store.queue.put_off_rereading, later, PARSER_VERSION, now)


def _words(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


SOON = timedelta(seconds=5)
"""A round waits so long for hosts whose polls are spaced, and no longer for those that asked to be left alone."""


async def poll_round(
    app: App,
    only: Collection[str] | None,
    report: Report,
    *,
    force: bool = False,
    watch: Callable[[Polls], None] | None = None,
    came: Callable[[int], None] = lambda _: None,
) -> tuple[str, ...]:
    """Poll what is due, or ``only`` these sources whether due or not, and wait for all of it.

    Feeds that a list among them names for the first time are polled with it; ``came`` is told how many. ``force`` polls
    them even where a server asked to be left alone; ``watch`` is given the polls before any is started.

    Gives the ids of those that were to be polled and were not, because they are switched off or their server asked to
    be left alone. Raises StoreError where a poll could not be recorded.
    """
    polls = Polls(app, report)
    if watch is not None:
        watch(polls)
    left = None if only is None else set(only)
    while True:
        if await app.lists_changed():
            taken = await app.use(app.config)
            new = [each for each in taken.sources.added if only is None or app.sources[each].listed_in in only]
            came(len(new))
            if left is not None:
                left = (left | set(new)) & app.sources.keys()
        if left is not None and not left and not len(polls):
            break
        started = await polls.start(only=left, force=force)
        if left is not None:
            left.difference_update(started)
        if len(polls):
            await polls.wait()
        elif not started:
            now = app.now()
            due = await app.db(app.store.queue.next_due, now, only=left, force=force)
            if due is None or due > now + SOON:
                break
            await asyncio.sleep((due - now).total_seconds())
    if polls.failure is not None:
        raise polls.failure
    return tuple(sorted(left or ()))
