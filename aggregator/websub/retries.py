"""When a delivery is tried again, and when no more."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

PAUSE = timedelta(seconds=10)
"""From one delivery to the next of the same topic: what changes each second is told of six times a minute."""

WAITS = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
)
"""After the first failure, the second..; the last for all that follow, so that the next version waits no longer."""

LIMIT = 6
"""Failures one after the other after which a version is not tried again; the next one is (WebSub 7)."""


def next_try(now: datetime, failures: int, pause: timedelta = PAUSE) -> datetime:
    """When the next delivery may begin, after so many failures one after the other; ``pause`` is after none."""
    return now + (WAITS[min(failures, len(WAITS)) - 1] if failures else pause)
