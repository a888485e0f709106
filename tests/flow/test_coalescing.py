"""A burst of polls makes one publish, and polls that keep coming hold none up."""

from __future__ import annotations

import asyncio

from aggregator.coalescing import PATIENCE, calm


class Store:
    """Counts a change in each of the first ``busy`` pauses."""

    def __init__(self, busy: int) -> None:
        self.busy = busy
        self.pauses = 0

    async def changes(self) -> int:
        return min(self.pauses, self.busy)

    async def pause(self, seconds: float) -> None:
        self.pauses += 1


async def test_a_change_that_is_alone_is_published_after_one_pause() -> None:
    store = Store(busy=0)
    await calm(store.changes, store.pause)
    assert store.pauses == 1


async def test_a_burst_is_waited_for() -> None:
    store = Store(busy=1)
    await calm(store.changes, store.pause)
    assert store.pauses == 2


async def test_what_keeps_coming_is_not_waited_for() -> None:
    store = Store(busy=1000)
    await asyncio.wait_for(calm(store.changes, store.pause), 60)
    assert store.pauses == PATIENCE
