"""How first polls are spread, and how far polls of one host are apart."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aggregator.model import Source
from aggregator.schedule import first_poll, host_gap, reread

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def sources(count: int) -> list[Source]:
    return [Source(id=f"s{n}", url=f"https://h{n}.example/feed") for n in range(count)]


def test_local_folders_are_read_at_once() -> None:
    assert first_poll([Source(id="seeds", folder=Path("seeds")), *sources(500)], NOW)["seeds"] == NOW


def test_ten_sources_start_each_second() -> None:
    """F34."""
    per_second = Counter(int((at - NOW).total_seconds()) for at in first_poll(sources(100), NOW).values())
    assert per_second == dict.fromkeys(range(10), 10)


def test_nobody_waits_more_than_an_hour_for_the_first_look() -> None:
    """F34."""
    times = first_poll(sources(100_000), NOW).values()
    assert max(times) < NOW + timedelta(hours=1)


def test_the_order_does_not_follow_the_configuration_but_is_the_same_each_time() -> None:
    times = first_poll(sources(50), NOW)
    assert list(times) == list(first_poll(reversed(sources(50)), NOW))
    assert [f"s{n}" for n in range(50)] != list(times)


@pytest.mark.parametrize("host", ["example.org:443", "93.184.216.34:80", "[2606:2800:220:1::1]:80"])
def test_a_public_host_gets_a_second_between_starts(host: str) -> None:
    """F35."""
    assert host_gap(host) == timedelta(seconds=1)


@pytest.mark.parametrize(
    "host", ["folder:seeds", "127.0.0.1:8900", "10.0.0.3:80", "localhost:80", "rss-bridge:80", "::1:80"]
)
def test_the_operators_own_machines_need_no_gap(host: str) -> None:
    assert host_gap(host) == timedelta(0)


def test_ten_thousand_new_sources_never_start_within_a_minute() -> None:
    """F34: the fullest minute has 600 of them."""
    per_minute = Counter(int((at - NOW).total_seconds() // 60) for at in first_poll(sources(10_000), NOW).values())
    assert max(per_minute.values()) == 600
    assert len(per_minute) == 17


def test_what_is_read_anew_is_spread_over_the_interval_of_each() -> None:
    """F13."""
    floor = timedelta(hours=1)
    slow = Source(id="slow", url="https://slow.example/", interval=timedelta(days=9))
    times = reread([*sources(600), slow, Source(id="seeds", folder=Path("seeds"))], floor, NOW)
    assert "seeds" not in times
    assert times["slow"] - NOW > floor
    del times["slow"]  # type: ignore[attr-defined]
    assert all(NOW <= at < NOW + floor for at in times.values())
    assert max(Counter(int((at - NOW).total_seconds() // 60) for at in times.values()).values()) < 30
