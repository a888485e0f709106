"""Many calls to strangers at once, and none that hangs in the way of the others."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, TypeVar
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    T = TypeVar("T")

QUICK = 100
"""Calls that are under way at once, of those that have not taken long yet."""

SLOW = 200
"""And of those that have."""

OF_HOST = 20
"""Quick ones to one host."""

PATIENCE = 0.5
"""Seconds after which a call takes long. It goes on, and the next one begins beside it."""

PLACE_BYTES = 512 * 1024
"""What is sent takes a place more for each: a hundred documents of 5 MB at once would be half a gigabyte."""


class Lanes:
    """Begins calls, each after the other as places come free; one that takes long gives its place back."""

    def __init__(
        self, *, quick: int = QUICK, slow: int = SLOW, of_host: int = OF_HOST, patience: float = PATIENCE
    ) -> None:
        self._quick = _Places(quick)
        self._slow = _Places(slow)
        self._most = min(quick, slow)
        self._of_host = of_host
        self._patience = patience
        self._hosts: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    async def call(self, host: str, size: int, begin: Callable[[], Coroutine[Any, Any, T]]) -> T | None:
        """What the call gives that ``begin()`` makes as soon as there is a place; ``size`` is what it sends, in bytes.

        None where it took long and too many others do: it is broken off.
        """
        places = min(self._most, 1 + size // PLACE_BYTES)
        turn = self._hosts.setdefault(host, asyncio.Semaphore(self._of_host))
        async with turn:
            await self._quick.take(places)
            call = asyncio.create_task(begin())
            try:
                await asyncio.wait((call,), timeout=self._patience)
            except BaseException:
                call.cancel()
                raise
            finally:
                self._quick.give(places)
        if call.done():
            return await call
        if not self._slow.took(places):
            call.cancel()
            await asyncio.wait((call,))
            return None
        try:
            return await call  # cancelled, it cancels the call
        finally:
            self._slow.give(places)


class _Places:
    """So many places, given to those who wait in the order in which they came."""

    def __init__(self, number: int) -> None:
        self._free = number
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    def took(self, number: int) -> bool:
        """Take so many if they are free at once."""
        if self._waiting or self._free < number:
            return False
        self._free -= number
        return True

    async def take(self, number: int) -> None:
        """Wait for so many."""
        if self.took(number):
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((number, turn))
        try:
            await turn
        except asyncio.CancelledError:
            self.give(0 if turn.cancelled() else number)  # they may have been given by then
            raise

    def give(self, number: int) -> None:
        """Give them back."""
        self._free += number
        self._pass_on()

    def _pass_on(self) -> None:
        while self._waiting and (self._waiting[0][1].cancelled() or self._waiting[0][0] <= self._free):
            number, turn = self._waiting.popleft()
            if not turn.cancelled():
                self._free -= number
                turn.set_result(None)
