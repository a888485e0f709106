"""Weeks of simulated operation: real deaths are told, short trouble is not, and our own outages are one thing each.

A whole year of 200 sources takes minutes: ``benchmarks/alerts.py``; what it said is in ``benchmarks/RESULTS.md``.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from alerts_year import HOUR, Simulation, Year

BOUND = 36 * HOUR
"""Until a death has to be told: what is refused or gone is asked for a day before that counts."""


@pytest.fixture(scope="module")
def year() -> Year:
    return Simulation(21, 24, seed=10, outages=60, restarts=60).run()


def test_every_death_is_told_within_its_bound(year: Year) -> None:
    deaths = list(year.deaths())
    assert deaths
    late = [(each.source.id, trouble.kind, after) for each, trouble, after in deaths if after is None or after > BOUND]
    assert late == []


def test_there_is_at_most_one_false_alarm_a_source(year: Year) -> None:
    assert max(year.false_alarms().values(), default=0) <= 1
    assert sum(year.false_alarms().values()) <= len(year.servers) / 20


def test_each_outage_of_our_own_is_told_once_and_nothing_of_sources_for_it(year: Year) -> None:
    assert len(year.outages) >= 2
    raised = [each.at for each in year.told[("machine", "network")].alerts if each.alert == "raised"]
    over = [each.at for each in year.told[("machine", "network")].alerts if each.alert == "over"]
    assert len(raised) == len(over) == len(year.outages)
    for (begin, end), at in zip(sorted(year.outages), raised, strict=True):
        assert begin < at < end + timedelta(hours=1)


def test_there_was_trouble_enough_that_was_not_told(year: Year) -> None:
    """Or the others prove nothing."""
    assert {"flapper", "nightly", "shaky", "dies"} <= {each.character for each in year.servers}
    assert sum(len(each.troubles) for each in year.servers) > 100
    assert year.changes > 100
    assert sum(len(each.alerts) for each in year.told.values()) < 60
