"""What is counted where it happens. Only the event loop writes here, so nothing needs a lock."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aggregator.model import PollPlan

QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
"""Seconds: bounds for what should take no time to speak of."""

WORK = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Seconds: bounds for what may wait for others."""


class Histogram:
    """How long something took: how often up to each of ``bounds`` (seconds), how often in all, how long in all."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...] = WORK) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        """Of each bound those that took longer than the bound before; behind the last bound all that took longer."""
        self.total = 0.0

    def observe(self, seconds: float) -> None:
        """Count one."""
        self.counts[bisect_left(self.bounds, seconds)] += 1
        self.total += seconds


class Figures:
    """Since the start of the program."""

    def __init__(self) -> None:
        self.polls: Counter[str] = Counter()
        """By code."""
        self.requests: Counter[tuple[bool, str]] = Counter()
        """Those of polls, by whether they carried validators, and the class of the answer (``2xx``, ``304``, none)."""
        self.rate_limited = 0
        self.received = 0
        """Bytes off the wire."""
        self.entries: Counter[str] = Counter()
        """By what became of them."""
        self.poll = Histogram()
        self.steps: defaultdict[str, Histogram] = defaultdict(Histogram)
        """By step of a poll or a publish."""
        self.publish = Histogram()
        self.publishes: Counter[str] = Counter()
        """``ok`` and ``failed``."""
        self.written = 0
        """Documents."""
        self.store = Histogram(QUICK)
        """Calls, the wait for the store's thread included."""
        self.lag = Histogram(QUICK)
        """How much later than it should the event loop came round."""
        self.answers: Counter[int] = Counter()
        """Over HTTP, by status."""
        self.deliveries: Counter[str] = Counter()
        """To subscribers of our hub: ``ok``, ``failed`` and ``gone``."""
        self.admin: Counter[str] = Counter()
        """Calls of the admin API, by outcome."""

    def polled(self, decided: PollPlan, seconds: float) -> None:
        """Count a poll that was recorded."""
        self.polls[str(decided.state.code)] += 1
        self.poll.observe(seconds)
        self.received += decided.wire_bytes
        for each in decided.asked:
            self.requests[each.conditional, _answer(each.status)] += 1
            self.rate_limited += each.status in (429, 503)
        if decided.new or decided.updated or decided.withdrawn or decided.deleted or decided.held:
            self.entries["new"] += len(decided.new)
            self.entries["updated"] += len(decided.updated)
            self.entries["withdrawn"] += len(decided.withdrawn) + len(decided.deleted)
            self.entries["held"] += len(decided.held)

    def published(self, written: int, seconds: float) -> None:
        """Count a publish that wrote so many documents."""
        self.publishes["ok"] += 1
        self.publish.observe(seconds)
        self.written += written


def _answer(status: int | None) -> str:
    if status is None:
        return "none"
    return "304" if status == 304 else f"{status // 100}xx"
