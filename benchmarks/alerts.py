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
    delays = [(trouble.kind, after) for _, trouble, after in year.deaths()]
    known = [after / HOUR for _, after in delays if after is not None]
    network = year.told[("machine", "network")].alerts
    print(f"{year.polls:,} looks in {seconds:.0f} s; {year.changes:,} changes; {len(alerts)} alerts")
    print("  by kind:", dict(Counter(f"{each.alert} {each.about}" for each in alerts).most_common()))
    print(
        f"  false alarms: {sum(wrong.values())} of {len(year.servers)} sources, at most {max(wrong.values(), default=0)}"
    )
    print(
        "  by character:", dict(Counter({s.character: wrong[s.source.id] for s in year.servers if wrong[s.source.id]}))
    )
    if known:
        print(
            f"  deaths told: {len(known)} of {len(delays)}, median {statistics.median(known):.0f} h, last {max(known):.0f} h"
        )
    slowest = {kind: max((d / HOUR for k, d in delays if k == kind and d is not None), default=0) for kind, _ in delays}
    print("  slowest by kind:", {kind: round(hours) for kind, hours in slowest.items()})
    print(f"  own outages: {len(year.outages)}, told {sum(each.alert == 'raised' for each in network)}")


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
