"""How often a silence that is told ends by itself, and how long it takes until one is told.

    python benchmarks/silence.py [--traces FILE] [--known window|one]

Posting times of real feeds are replayed: on each day with a post the source is judged as the program would have judged
it until that day, by what it knew then (the days that are remembered: ``aggregator/plan/posted.py``). A silence that
was told and ended with a post is a false alert. What is known when a source is added is what its document shows
(``window``), or its newest post alone (``one``).

Delay is the silence that is allowed at a random post: how long it takes until it is told that this post was the last.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aggregator.operate.silence import silence
from aggregator.plan.posted import REMEMBERED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TRACES = Path(__file__).resolve().parents[2] / "shared" / "traces" / "posting_times.json"
OLDEST = datetime(1995, 1, 1, tzinfo=UTC).timestamp()
"""What is dated before is no date: feeds have 0001-01-01 and 1970-01-01."""
DAY = timedelta(days=1)
YEAR = timedelta(days=365.25)


@dataclass
class Found:
    """What the replay of some sources found."""

    sources: int = 0
    years: float = 0.0
    false: int = 0
    per_source: list[float] = field(default_factory=list)
    delays: list[float] = field(default_factory=list)
    """Days."""
    times: list[float] = field(default_factory=list)
    """The delay in units of the source's usual time between two days of posting."""


def days_of(trace: dict[str, Any]) -> list[datetime]:
    """The days on which a traced feed posted."""
    seconds = (each for each in accumulate(trace["t"]) if each > OLDEST)
    return sorted({datetime.fromtimestamp(each // 86400 * 86400, UTC) for each in seconds})


def allowed(known: Sequence[datetime]) -> timedelta:
    """How long a source may be silent after the last of these days."""
    quiet = silence(known, known[-1], known[-1] + 100 * YEAR)
    assert quiet is not None, "a century is too long for anybody"
    return quiet.since - known[-1]


def judged(days: Sequence[datetime], known: int) -> Iterator[tuple[datetime, timedelta, timedelta]]:
    """For each day of posting after the ``known`` first: how long the source was silent, and might have been."""
    for place in range(known, len(days)):
        before = days[max(0, place - REMEMBERED) : place]
        yield days[place], days[place] - before[-1], allowed(before)


def replay(traces: Sequence[dict[str, Any]], known: str) -> dict[str, Found]:
    """What is found, by kind of source and for all."""
    end = max(days_of(each)[-1] for each in traces)
    found: dict[str, Found] = defaultdict(Found)
    for trace in traces:
        days = days_of(trace)
        if len(days) < 2:
            continue
        first = max(1, min(trace["w"], len(days) // 2)) if known == "window" else 1
        gaps = list(judged(days, first))
        false = sum(lasted > most for _, lasted, most in gaps)
        years = (end - days[first - 1]) / YEAR
        usual = (days[-1] - days[0]) / DAY / (len(days) - 1)
        for kind in (trace["kind"], "all"):
            into = found[kind]
            into.sources += 1
            into.years += years
            into.false += false
            into.per_source.append(false / max(1.0, years))
            into.delays += [most / DAY for _, _, most in gaps]
            into.times += [most / DAY / usual for _, _, most in gaps]
    return found


def main() -> None:
    """Print the table."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--traces", type=Path, default=TRACES)
    arguments.add_argument("--known", choices=("window", "one"), default="window")
    given = arguments.parse_args()
    traces = json.loads(given.traces.read_text(encoding="utf-8"))["feeds"]
    print("| kind | sources | years | false alerts | per source-year | of the worst | delay p50 | p90 | in gaps |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    for kind, each in sorted(replay(traces, given.known).items()):
        tenths = statistics.quantiles(each.delays, n=10)
        print(
            f"| {kind} | {each.sources} | {each.years:.0f} | {each.false} | {each.false / each.years:.2f} "
            f"| {max(each.per_source):.1f} | {statistics.median(each.delays):.0f} d | {tenths[-1]:.0f} d "
            f"| {statistics.median(each.times):.1f} |"
        )


if __name__ == "__main__":
    main()
