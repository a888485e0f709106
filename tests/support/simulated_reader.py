"""The program in a process of its own that can be killed, told what time it is.

Everything is real but the clock, the resolver (all names are this machine) and what calls :class:`Polls`: not the
heartbeat once a second, but an order. :class:`Life` gives the orders.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from publishers import START, Publishers
from waiting import PATIENCE

from aggregator.articles import compile_rule
from aggregator.config import load
from aggregator.pipeline import publish_if_due
from aggregator.polls import Polls
from aggregator.schedule import STARTS_PER_SECOND
from aggregator.wiring import open_app

SECOND = timedelta(seconds=1)
NEVER = datetime.max.replace(tzinfo=UTC)

DRAIN_SECONDS = 0.05
"""What a poll under way gets when the program is asked to stop."""


async def to_loopback(_host: str, _port: int) -> tuple[str, ...]:
    return ("127.0.0.1",)


async def live(line: Connection, config: Path, now: datetime) -> None:
    """Open, obey, and end when told to."""
    app = await open_app(load(config, {}, check_rule=compile_rule), now=lambda: now, resolve=to_loopback)
    polls = Polls(app, report=lambda decided, _seconds: line.send(("ended", decided.source)))
    orders: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()

    def hear() -> None:
        while line.poll():
            orders.put_nowait(line.recv())

    asyncio.get_running_loop().add_reader(line.fileno(), hear)
    line.send(("open", None))
    while True:
        order, said = await orders.get()
        if order == "at":
            now = said
            started = await polls.start(limit=STARTS_PER_SECOND)
            line.send(("started", started))
        elif order == "due":
            if polls.failure is not None:
                raise polls.failure
            line.send(("due", await app.db(app.store.queue.next_due, now)))
        elif order == "publish":
            await publish_if_due(app)
            line.send(("published", None))
        else:
            await polls.drain(DRAIN_SECONDS)
            await publish_if_due(app)
            await app.close()
            line.send(("stopped", None))
            return


def main(line: Connection, config: Path, log: Path, now: datetime) -> None:
    """What the process runs; all it says goes to ``log``."""
    with log.open("ab") as told:
        os.dup2(told.fileno(), 1)
        os.dup2(told.fileno(), 2)
    asyncio.run(live(line, config, now))


def start_process(config: Path, log: Path, now: datetime) -> tuple[BaseProcess, Connection]:
    """A new process of it (a fork of one that has imported everything), and the line to it."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["simulated_reader"])
    ours, theirs = context.Pipe()
    process = context.Process(target=main, args=(theirs, config, log, now), daemon=True)
    process.start()
    theirs.close()
    return process, ours


@dataclass
class Life:
    """Lets the program live through the days, and kills it."""

    publishers: Publishers
    config: Path
    log: Path
    now: datetime = START
    last_beat: datetime = START - SECOND
    outstanding: Counter[str] = field(default_factory=Counter)
    """By source: polls that were started and not yet reported (a report may overtake what it reports of)."""
    settled: dict[str, int] = field(default_factory=dict)
    """By source: how many requests there were in all when its last poll ended."""
    looks: Counter[str] = field(default_factory=Counter)
    """By source: polls that were recorded."""
    ended: Counter[str] = field(default_factory=Counter)
    """How often the program was killed and stopped."""
    process: BaseProcess = field(init=False)
    line: Connection = field(init=False)

    def __post_init__(self) -> None:
        self._changed = asyncio.Event()
        self._told: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        self.publishers.on_change = self._changed.set

    # ---- the process

    async def start(self) -> None:
        self.process, self.line = await asyncio.to_thread(start_process, self.config, self.log, self.now)
        asyncio.get_running_loop().add_reader(self.line.fileno(), self._hear)
        await self._answer("open")

    def _hear(self) -> None:
        try:
            while self.line.poll():
                what, said = self.line.recv()
                if what == "ended":
                    self.outstanding[said] -= 1
                    self.settled[said] = len(self.publishers.scorer.tickets)
                    self.looks[said] += 1
                else:
                    self._told.put_nowait((what, said))
        except (EOFError, ConnectionError):
            self._deaf()
            self._told.put_nowait(("died", None))
        self._changed.set()

    def _deaf(self) -> None:
        asyncio.get_running_loop().remove_reader(self.line.fileno())

    async def _answer(self, expected: str) -> Any:
        async with asyncio.timeout(PATIENCE):
            what, said = await self._told.get()
        assert what == expected, f"{what} instead of {expected}; see {self.log}"
        return said

    def _order(self, what: str, said: Any = None) -> None:
        self.line.send((what, said))

    async def _quiet(self) -> None:
        """Until every poll has ended or waits for its answer."""
        async with asyncio.timeout(PATIENCE):
            while {name for name, count in self.outstanding.items() if count} - set(self.publishers.held):
                self._changed.clear()
                await self._changed.wait()

    async def stop(self) -> None:
        """Ask it to stop; what it waits for is given back."""
        self._order("stop")
        await self._answer("stopped")
        await self._gone("stopped")

    async def kill(self) -> None:
        """SIGKILL, whatever it is doing."""
        self.process.kill()
        await self._gone("killed")

    async def _gone(self, how: str) -> None:
        await asyncio.to_thread(self.process.join)
        self._hear()  # what it still said
        self._deaf()
        self.line.close()
        self.publishers.lose(self.settled)
        self.outstanding.clear()
        self._told = asyncio.Queue()
        self.ended[how] += 1

    # ---- time

    async def until(self, end: datetime) -> None:
        """All that is due until then."""
        while await self._next(end):
            await self.beat()
        self._at(end)

    async def _next(self, end: datetime) -> bool:
        """Let it be when there is something to do, where that is before ``end``."""
        self._order("due")
        due = await self._answer("due") or end
        answers = {name: at for name, (at, _) in self.publishers.due.items()}
        moment = min(max(due, self.last_beat + SECOND), *answers.values(), end)
        if moment >= end:
            return False
        self._at(moment)
        for source in [name for name, at in answers.items() if at <= self.now]:
            await self.publishers.release(source)
        await self._quiet()
        return True

    def _at(self, moment: datetime) -> None:
        self.now = self.publishers.now = max(self.now, moment)

    async def beat(self) -> None:
        """Have what is due polled."""
        self.last_beat = self.now
        self._order("at", self.now)
        self.outstanding.update(await self._answer("started"))
        await self._quiet()

    async def held(self) -> None:
        """Until a poll waits for its answer."""
        self.publishers.hold_next = True
        while self.publishers.hold_next and await self._next(NEVER):
            await self.beat()

    async def busy(self, seconds: float) -> None:
        """Until something is due, and so many seconds of real time into its polls."""
        await self._next(NEVER)
        self._order("at", self.now)
        await asyncio.sleep(seconds)

    def pause(self, span: timedelta) -> None:
        """Nobody runs for so long."""
        self._at(self.now + span)

    async def publish(self) -> None:
        self._order("publish")
        await self._answer("published")
