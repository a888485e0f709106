"""When to come back. Pure: every decision is a function of what is known and of ``now``."""

from aggregator.schedule.expected import Settings, requests_per_day
from aggregator.schedule.next_poll import Next, awake, next_poll, refresh_at
from aggregator.schedule.outage import Outage, answered, held, never_reached
from aggregator.schedule.spread import (
    MOST_STARTS_PER_SECOND,
    STARTS_PER_SECOND,
    first_poll,
    host_gap,
    is_private,
    reread,
)

__all__ = [
    "MOST_STARTS_PER_SECOND",
    "STARTS_PER_SECOND",
    "Next",
    "Outage",
    "Settings",
    "answered",
    "awake",
    "first_poll",
    "held",
    "host_gap",
    "is_private",
    "never_reached",
    "next_poll",
    "refresh_at",
    "requests_per_day",
    "reread",
]
