"""The time that polls are planned by: counted on a clock that nobody sets.

By a wall clock that is set back an hour nobody would be polled for an hour, and by one that is set ahead everybody at
once, against what publishers were promised (fetching.md F37). A machine that sleeps is no such case: the steady clock
goes on, and what was missed is overdue (F38).
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

JUMP = timedelta(minutes=5)
"""By how much the wall clock has to differ to have been set; less is left to the next start."""

_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Linux's monotonic clock stands still while the machine sleeps, this one does not."""


def steady() -> float:
    """Seconds on a clock that nobody sets."""
    return time.clock_gettime(_STEADY)


class Clock:
    """Gives the time that ``wall`` had at the start, and what has passed since by ``steady`` (seconds)."""

    def __init__(self, wall: Callable[[], datetime], steady: Callable[[], float] = steady) -> None:
        self.wall = wall
        self._steady = steady
        self.began = wall()
        """When it began to count, by the wall clock as it is now known to be."""
        self._zero = steady()

    def now(self) -> datetime:
        """The time."""
        return self.began + timedelta(seconds=self._steady() - self._zero)

    def set_by(self) -> timedelta:
        """By how much the wall clock was set since; nothing up to ``JUMP``."""
        by = self.wall() - self.now()
        return by if abs(by) > JUMP else timedelta(0)

    def follow(self, by: timedelta) -> None:
        """Gives the time that much later (or earlier) from now on."""
        self.began += by
