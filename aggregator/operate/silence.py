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

MONTH, TWO_MONTHS = timedelta(days=30), timedelta(days=60)
"""Whose remembered posts are all of one month is not missed for two: they may be a burst, or a beginning."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """How a source posts."""

    usual: timedelta | None
    """Between two days of posting; ``None`` where that cannot be told."""
    allowed: timedelta
    """How long it may be silent."""


def silence(dates: Sequence[datetime], first_seen: datetime, now: datetime) -> Silence | None:
    """Whether a source is silent ``now``: its posting ``dates`` in any order, the latest of which count; ``None`` where
    it is not.

    Posts of one day (UTC) are one, so that a burst says nothing of the days after it. ``first_seen`` is when a source
    that has posted nothing was looked at first.
    """
    last = max(dates, default=first_seen)
    lasted = now - last
    if lasted <= LEAST:  # most sources, most of the time
        return None
    told = cadence(dates)
    if lasted <= told.allowed:
        return None
    return Silence(since=last + told.allowed, last=last.date(), usual=told.usual, lasted=lasted)


def cadence(dates: Sequence[datetime]) -> Cadence:
    """How a source posts that posted on these days."""
    days = sorted({each.date() for each in dates})
    gaps = [later - earlier for earlier, later in pairwise(days)]
    longest = max(gaps, default=timedelta(0))
    if len(gaps) < FEW:
        return Cadence(usual=None, allowed=max(UNKNOWN, 3 * longest))
    span = days[-1] - days[0]
    usual = span / len(gaps)
    least = LEAST if span > MONTH else TWO_MONTHS
    return Cadence(usual=usual, allowed=max(least, TIMES_USUAL * usual, TIMES_LONGEST * longest))
