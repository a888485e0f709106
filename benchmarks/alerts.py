"""What an operator of 200 sources is told in a year, and whether it is right.

    python benchmarks/alerts.py [--sources 200] [--days 365] [--seeds 3]

Nothing is fetched: servers and time are simulated (``tests/support/alerts_year.py``), all decisions are the program's.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))

from alerts_year import HOUR, Simulation, Year


def report(year: Year, seconds: float) -> None:
    """What it says of one year."""
    alerts = [each for told in year.told.values() for each in told.alerts]
    wrong = year.false_alarms()
    by_character = Counter({each.character: 0 for each in year.servers})
    for each in year.servers:
        by_character[each.character] += wrong[each.source.id]
    delays = [(trouble.kind, after / HOUR) for _, trouble, after in year.deaths() if after is not None]
    slowest: dict[str, float] = {}
    for kind, hours in delays:
        slowest[kind] = max(hours, slowest.get(kind, 0))
    network = [each.alert for each in year.told[("machine", "network")].alerts]
    print(f"{year.polls:,} looks in {seconds:.0f} s; {year.changes:,} changes; {len(alerts)} alerts")
    print("  by kind:", dict(Counter(f"{each.alert} {each.about}" for each in alerts).most_common()))
    print(
        f"  false alarms: {wrong.total()} of {len(year.servers)} sources, most of one {max(wrong.values(), default=0)}"
    )
    print("  by character:", {name: count for name, count in by_character.items() if count})
    print(f"  deaths told: {len(delays)} of {len(list(year.deaths()))}")
    print(f"  until then, in hours: median {statistics.median([hours for _, hours in delays] or [0]):.0f}, slowest:")
    print("   ", {kind: round(hours) for kind, hours in sorted(slowest.items())})
    print(f"  own outages: {len(year.outages)}, told {network.count('raised')}")


def main() -> None:
    """Runs it with several seeds."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sources", type=int, default=200)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    for seed in range(1, given.seeds + 1):
        began = time.perf_counter()
        report(Simulation(given.sources, given.days, seed).run(), time.perf_counter() - began)


if __name__ == "__main__":
    main()
