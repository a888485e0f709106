"""Whether a source is silent for longer than it ever is: judged by its own days of posting, by no fixed number. Pure.

How often this is wrong, and how long it takes: ``benchmarks/silence.py``. 253 real feeds, replayed day by day, have 0.2
alerts a year and source that end by themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

LEAST = timedelta(days=14)
"""Nobody is silent before: holidays last for so long, of newspapers too."""

TIMES_USUAL = 4
"""Of its usual time between two days of posting: what comes each week is missed after four."""

TIMES_LONGEST = 1.5
"""Of its longest time without a post that is remembered: who pauses each summer is not missed each summer."""

FEW = 3
"""Gaps from which a cadence can be told at all."""

UNKNOWN = timedelta(days=180)
"""After so long a source is missed whose cadence cannot be told, or after three times its longest silence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A source is silent for longer than it ever is."""

    since: datetime
    """When that began to be unusual."""
    last: date
    """The day of the last post, or when the source was first looked at."""
    usual: timedelta | None
    """Between two days of posting; ``None`` where that cannot be told."""
    lasted: timedelta

    def words(self) -> str:
        """``posts every 2 days, silent for 16``."""
        days = self.lasted.days
        if self.usual is None:
            return f"silent for {days} days, since {self.last.isoformat()}"
        usual = round(self.usual / timedelta(days=1))
        often = "every day" if usual <= 1 else f"every {usual} days"
        return f"posts {often}, silent for {days}{' days' if usual <= 1 else ''}"


def silence(dates: Sequence[datetime], first_seen: datetime, now: datetime) -> Silence | None:
    """Whether a source is silent ``now``: its posting ``dates`` in any order, the latest of which count; ``None`` where
    it is not.

    Posts of one day (UTC) are one, so that a burst says nothing of the days after it. ``first_seen`` is when a source
    that has posted nothing was looked at first.
    """
    days = {each.date(): each for each in sorted(dates)}
    last = max(days.values(), default=first_seen)
    gaps = sorted(timedelta(days=(later - earlier).days) for earlier, later in pairwise(sorted(days)))
    longest = gaps[-1] if gaps else timedelta(0)
    usual: timedelta | None = None
    if len(gaps) < FEW:
        allowed = max(UNKNOWN, 3 * longest)
    else:
        usual = sum(gaps, timedelta(0)) / len(gaps)
        allowed = max(LEAST, TIMES_USUAL * usual, TIMES_LONGEST * longest)
    lasted = now - last
    if lasted <= allowed:
        return None
    return Silence(since=last + allowed, last=last.date(), usual=usual, lasted=lasted)
