"""When to come back. Pure: every decision is a function of what is known and of ``now``."""

from aggregator.schedule.next_poll import Next, next_poll
from aggregator.schedule.spread import STARTS_PER_SECOND, first_poll, host_gap

__all__ = ["STARTS_PER_SECOND", "Next", "first_poll", "host_gap", "next_poll"]
