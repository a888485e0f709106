"""Calls in lanes: so many at once, few to a host, and those that take long beside the others."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from aggregator.hub.lanes import PLACE_BYTES, Lanes


class Calls:
    """Calls that end when they are told to."""

    def __init__(self) -> None:
        self.under_way = 0
        self.most = 0
        self.cancelled = 0
        self.may_end = asyncio.Event()

    async def hang(self) -> str:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.under_way -= 1
        return "ended"

    def begin(self, lanes: Lanes, number: int, host: Callable[[int], str] = str, size: int = 0) -> list[Any]:
        return [asyncio.create_task(lanes.call(host(each), size, self.hang)) for each in range(number)]


async def until(what: Callable[[], bool]) -> None:
    for _ in range(1000):
        if what():
            return
        await asyncio.sleep(0.01)
    pytest.fail("waited in vain")


async def all_of(tasks: list[Awaitable[Any]]) -> list[Any]:
    return list(await asyncio.gather(*tasks))


async def test_so_many_are_under_way_at_once() -> None:
    calls, lanes = Calls(), Lanes(quick=5, patience=60)
    tasks = calls.begin(lanes, 20)
    await until(lambda: calls.under_way == 5)
    calls.may_end.set()
    assert await all_of(tasks) == ["ended"] * 20
    assert calls.most == 5


async def test_and_so_many_to_one_host() -> None:
    calls, lanes = Calls(), Lanes(quick=100, of_host=3, patience=60)
    tasks = calls.begin(lanes, 20, lambda number: "one")
    other = calls.begin(lanes, 1, lambda number: "other")
    await until(lambda: calls.under_way == 4)
    calls.may_end.set()
    await all_of(tasks + other)
    assert calls.most <= 4


async def test_what_takes_long_makes_room() -> None:
    calls, lanes = Calls(), Lanes(quick=2, slow=10, of_host=1, patience=0.01)
    tasks = calls.begin(lanes, 10, lambda number: "one")
    await until(lambda: calls.under_way == 10)
    calls.may_end.set()
    assert await all_of(tasks) == ["ended"] * 10


async def test_where_too_many_take_long_some_are_broken_off() -> None:
    calls, lanes = Calls(), Lanes(quick=2, slow=3, patience=0.01)
    tasks = calls.begin(lanes, 10)
    await until(lambda: calls.cancelled == 7)
    calls.may_end.set()
    assert sorted(map(str, await all_of(tasks))) == ["None"] * 7 + ["ended"] * 3
    calls.may_end.clear()
    again = calls.begin(lanes, 3)
    await until(lambda: calls.under_way == 3)
    calls.may_end.set()
    assert await all_of(again) == ["ended"] * 3, "places were not given back"


async def test_what_is_large_takes_more_room() -> None:
    calls, lanes = Calls(), Lanes(quick=10, patience=60)
    tasks = calls.begin(lanes, 10, size=4 * PLACE_BYTES)
    await until(lambda: calls.under_way == 2)
    tasks += calls.begin(lanes, 1, size=1000 * PLACE_BYTES)
    calls.may_end.set()
    assert await all_of(tasks) == ["ended"] * 11
    assert calls.most == 2


async def test_whoever_does_not_wait_any_longer_takes_no_place_with_him() -> None:
    calls, lanes = Calls(), Lanes(quick=2, patience=60)
    first = calls.begin(lanes, 2)
    await until(lambda: calls.under_way == 2)
    waiting = calls.begin(lanes, 3)
    await asyncio.sleep(0.01)
    for task in (first[0], *waiting):
        task.cancel()
    await asyncio.gather(first[0], *waiting, return_exceptions=True)
    last = calls.begin(lanes, 1)
    await until(lambda: calls.under_way == 2)
    calls.may_end.set()
    assert await all_of([first[1], *last]) == ["ended"] * 2


async def test_what_goes_wrong_is_told_and_gives_its_place_back() -> None:
    lanes = Lanes(quick=1)

    async def fail() -> None:
        raise ValueError("no")

    for _ in range(3):
        with pytest.raises(ValueError, match="no"):
            await lanes.call("host", 0, fail)
