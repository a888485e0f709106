"""Whether a source is silent for longer than it ever is (features.md N19)."""

from __future__ import annotations

import json
import random
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aggregator.operate import silence
from aggregator.operate.silence import LEAST, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable

NOW = datetime(2026, 11, 23, tzinfo=UTC)
DAY = timedelta(days=1)


def ago(*days: float) -> list[datetime]:
    return [NOW - each * DAY for each in days]


def every(step: int, times: int, *, last: float) -> list[datetime]:
    """So many posts, so many days apart, the last one so many days ago."""
    return ago(*(last + step * each for each in range(times)))


def words(dates: Iterable[datetime], first_seen: datetime = NOW - 1000 * DAY) -> str | None:
    found = silence(tuple(dates), first_seen, NOW)
    return None if found is None else found.words()


CHRISTMAS = [*every(7, 20, last=15), *ago(170, 177, 184)]
CONFERENCE = [NOW - timedelta(days=200 + 365 * year + day) for year in range(3) for day in range(12)]


@pytest.mark.parametrize(
    ("dates", "said"),
    [
        (every(2, 20, last=16), "posts every 2 days, silent for 16"),
        (every(2, 20, last=14), None),
        (every(7, 10, last=35), "posts every 7 days, silent for 35"),
        (every(7, 10, last=28), None),
        (every(1, 40, last=15), "posts every day, silent for 15 days"),
        (every(1, 40, last=14), None),
        (every(30, 12, last=121), "posts every 30 days, silent for 121"),
        (every(30, 12, last=100), None),
        (every(365, 4, last=150), None),
        (every(365, 4, last=1461), "posts every 365 days, silent for 1461"),
        (CHRISTMAS, None),
        (CONFERENCE, None),
        (ago(*(20 + each / 50 for each in range(200))), None),
        (ago(*(61 + each / 50 for each in range(200))), "posts every day, silent for 61 days"),
        (every(3, 3, last=100), None),
        (every(3, 3, last=181), "silent for 181 days, since 2026-05-26"),
        (every(100, 2, last=299), None),
        (every(100, 2, last=301), "silent for 301 days, since 2026-01-26"),
    ],
    ids=[
        "every other day, 16", "every other day, 14", "weekly, 5 weeks", "weekly, 4 weeks", "daily, 15", "daily, 14",
        "monthly, 4 months", "monthly, 3 months", "yearly, 5 months", "yearly, dead", "weekly over Christmas",
        "a conference", "a burst of four days",
        "a burst of four days, two months", "three posts", "three posts, half a year", "two posts",
        "two posts, three times their distance",
    ],
)  # fmt: skip
def test_a_source_is_judged_by_its_own_cadence(dates: list[datetime], said: str | None) -> None:
    assert words(dates) == said


def test_who_pauses_each_summer_is_not_missed_each_summer() -> None:
    """A pause of 60 days is remembered: the next one may last half as long again."""
    before = every(3, 20, last=60 + 57 + 80)
    after = every(3, 20, last=80)
    assert words([*before, *after]) is None
    assert words(after) == "posts every 3 days, silent for 80"


def test_a_burst_of_one_day_says_nothing_of_the_days_after_it() -> None:
    one_by_one = every(7, 10, last=20)
    burst = [NOW - 20 * DAY - timedelta(minutes=each) for each in range(500)]
    assert words([*one_by_one, *burst]) is None
    assert words(burst) is None, "of one day no cadence can be told"


def test_a_source_without_posts_is_missed_after_half_a_year_from_the_first_look() -> None:
    assert words((), NOW - UNKNOWN) is None
    assert words((), NOW - UNKNOWN - DAY) == "silent for 181 days, since 2026-05-26"


def test_the_order_of_the_dates_changes_nothing() -> None:
    dates = CONFERENCE[:] + every(2, 20, last=15)
    random.Random(7).shuffle(dates)
    assert silence(dates, NOW, NOW) == silence(sorted(dates), NOW, NOW)


def test_it_is_told_since_when_it_is_unusual() -> None:
    found = silence(every(7, 10, last=40), NOW, NOW)
    assert found is not None
    assert (found.since, found.usual, found.lasted) == (NOW - 12 * DAY, 7 * DAY, 40 * DAY)
    assert found.last.isoformat() == "2026-10-14"


def test_nobody_is_silent_within_a_fortnight() -> None:
    for step in (1, 2, 3):
        assert words(every(step, 48, last=LEAST / DAY)) is None


def test_at_most_one_false_alert_in_a_year_of_a_real_source(shared: Path) -> None:
    """N19: of 253 real feeds, replayed day by day; a false alert is a silence that ended by itself."""
    folder = str(Path(__file__).resolve().parents[2] / "benchmarks")
    sys.path.insert(0, folder)
    try:
        from silence import replay
    finally:
        sys.path.remove(folder)
    traces = json.loads((shared / "traces" / "posting_times.json").read_text(encoding="utf-8"))["feeds"]
    found = replay(traces, "one")
    assert set(found) == {"all", "news", "smallweb", "youtube"}
    for each in found.values():
        assert each.sources > 50
        assert 0 < each.false <= 0.5 * each.years
    assert sum(each > 1 for each in found["all"].per_source) <= 0.03 * found["all"].sources
    assert sorted(found["all"].delays)[len(found["all"].delays) // 2] <= 14
