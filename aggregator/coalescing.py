"""One publish for all that comes in a burst of polls, and none that comes too late."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

QUIET = 0.25
"""Seconds without a change after which a burst is taken to be over."""

PATIENCE = 3
"""How often it is waited for that: with a look each half second and a publish that takes less, what is new is on disk
within two seconds even while polls keep coming."""

LOOK = 0.5
"""Seconds between two looks whether there is anything to publish."""


async def calm(
    changes: Callable[[], Awaitable[int]], pause: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> None:
    """Return when nothing more comes for a moment, or it has kept coming for three. ``changes`` counts what came."""
    before = await changes()
    for _ in range(PATIENCE):
        await pause(QUIET)
        now = await changes()
        if now == before:
            return
        before = now
