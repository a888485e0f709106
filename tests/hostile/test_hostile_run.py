"""All hostile behaviours in one run, at the limits as stated but for those of time, which are shorter.

The servers are another process, so that the memory measured is the fetcher's.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import hostile_encodings
import pytest
from hostile_cases import CASES, HEALTHY
from hostile_poll import AT_ONCE, Round, Waits, assert_as_expected, code, long_enough, waiting
from hostile_server import LOOPBACK, OK, Behaviour, Case, Place, Server, answer, holding

from aggregator.fetch import Limits
from aggregator.model import Code, Fetched, Outcome, Polling

MEBIBYTE = 1024 * 1024
MEMORY_OF_ONE_POLL = 64 * MEBIBYTE
MEMORY_OF_ALL = 400 * MEBIBYTE
"""Of as many polls as there may be at once (reliability.md C7)."""
SOME = 16


@dataclass
class Servers:
    """The other process."""

    cases: list[Place]
    healthy: Place


@pytest.fixture
def servers(certificates: Path) -> Iterator[Servers]:
    """Every behaviour at a port of its own; nobody may have been led to the canary by the end."""
    child = Path(__file__).with_name("hostile_child.py")
    with subprocess.Popen(
        [sys.executable, child, certificates], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        *ports, healthy, _canary = json.loads(process.stdout.readline())
        yield Servers([Place(case, port) for case, port in zip(CASES, ports, strict=True)], Place(HEALTHY, healthy))
        calls_of_the_canary, _ = process.communicate()
        assert calls_of_the_canary == "0\n"


class Memory:
    """What this process holds, from when it is made."""

    def __init__(self) -> None:
        Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from now
        self._before = self._bytes("VmRSS")

    @property
    def grown(self) -> int:
        """Bytes by which it grew at most."""
        return self._bytes("VmHWM") - self._before

    @staticmethod
    def _bytes(name: str) -> int:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name + ":"))


class Run:
    """Fetchers for all cases, by what they wait for, that may call these servers and nobody else."""

    def __init__(self, servers: Servers, certificates: Path, waits: Waits) -> None:
        self._healthy = servers.healthy
        self.places = [*servers.cases, servers.healthy]
        self._rounds = {
            name: Round(self.places, limits, Polling(timeout=timeout), certificates)
            for name, (limits, timeout) in waits.items()
        }

    @classmethod
    async def patient(cls, servers: Servers, certificates: Path) -> Run:
        """One whose waits are long for this machine."""
        quick = cls(servers, certificates, waiting())
        return cls(servers, certificates, await long_enough(lambda: quick.poll(servers.healthy)))

    async def poll(self, place: Place) -> Outcome:
        """A hostile one; a healthy one that is polled by the same fetcher at the same time is fetched beside it."""
        round_ = self._rounds[place.case.waits]
        beside = asyncio.create_task(round_.poll(self._healthy))
        outcome = await round_.poll(place)
        assert beside.done() or place.case.waits is None, place.case.path
        assert isinstance(await beside, Fetched), place.case.path
        return outcome

    async def aclose(self) -> None:
        for each in self._rounds.values():
            await each.fetcher.aclose()


async def left() -> tuple[int, int, int]:
    """Descriptors, tasks and threads, once what is closing has closed."""
    for _ in range(5):
        await asyncio.sleep(0.01)
    gc.collect()
    return len(os.listdir("/proc/self/fd")), len(asyncio.all_tasks()), threading.active_count()


async def test_one_after_another_they_end_in_their_codes_take_little_memory_and_leave_nothing(
    servers: Servers, connects: list[Any], certificates: Path
) -> None:
    run = await Run.patient(servers, certificates)
    before = await left()
    memory = Memory()
    slow = {each: asyncio.create_task(run.poll(each)) for each in servers.cases if each.case.waits is not None}
    for each in servers.cases:
        assert_as_expected(each.case, await (slow[each] if each in slow else run.poll(each)))
    assert memory.grown <= MEMORY_OF_ONE_POLL
    assert await left() == before
    await run.aclose()
    assert {tuple(each[:2]) for each in connects} <= {(LOOPBACK, each.port) for each in run.places}


async def test_as_many_as_there_may_be_at_once_do_not_disturb_each_other(servers: Servers, certificates: Path) -> None:
    run = await Run.patient(servers, certificates)
    slots = asyncio.Semaphore(AT_ONCE)

    async def poll(place: Place) -> Outcome:
        async with slots:
            return await run.poll(place)

    assert Polling().concurrency == AT_ONCE
    memory = Memory()
    outcomes = await asyncio.gather(*map(poll, servers.cases))
    assert memory.grown <= MEMORY_OF_ALL
    await run.aclose()
    for place, outcome in zip(servers.cases, outcomes, strict=True):
        if place.case.waits != "deadline":  # that one may strike earlier where so many share a processor
            assert_as_expected(place.case, outcome)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(answer(hostile_encodings.BOMB, hostile_encodings.GZIP), id="bombs"),
        pytest.param(
            holding(OK + b"Content-Encoding: gzip\r\n\r\n" + hostile_encodings.packed(19, 31)), id="nearly-bombs"
        ),
    ],
)
async def test_bombs_at_once_take_no_more_than_their_share_of_memory(body: Behaviour) -> None:
    case = Case(path="/", behave=body, code=Code.OK)
    memory = Memory()
    async with Server(case) as server:
        round_ = Round([server], replace(Limits(), silence=timedelta(seconds=1)))
        outcomes = await asyncio.gather(*(round_.poll(server) for _ in range(SOME)))
        await round_.fetcher.aclose()
    assert {code(each) for each in outcomes} <= {Code.TIMEOUT, Code.TOO_LARGE}
    assert memory.grown <= MEMORY_OF_ALL * SOME // AT_ONCE
