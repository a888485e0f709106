"""How many requests a day a plan reckons with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aggregator.model import Polling, Source, SourceState, Validators
from aggregator.schedule import Settings, requests_per_day

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def settings(*sources: Source, **polling: timedelta) -> Settings:
    given: dict[str, Any] = polling
    return Settings(sources={each.id: each for each in sources}, polling=Polling(**given))


def feed(name: str = "a", **fields: Any) -> Source:
    return Source(id=name, url=f"https://{name}.example/", **fields)


def polled(wait: timedelta, name: str = "a", **fields: Any) -> SourceState:
    given: dict[str, Any] = {"validators": Validators(etag='"1"'), "last_poll": NOW, "last_success": NOW} | fields
    return SourceState(source=name, next_poll_at=NOW + wait, **given)


def test_what_was_never_asked_is_asked_by_its_interval_or_the_floor() -> None:
    assert requests_per_day(settings(feed()), []) == 24
    assert requests_per_day(settings(feed(), floor=2 * HOUR), []) == 12
    assert requests_per_day(settings(feed(interval=6 * HOUR), feed("b")), []) == 28


def test_folders_and_what_is_switched_off_cost_nobody_anything(tmp_path: Any) -> None:
    assert requests_per_day(settings(Source(id="f", folder=tmp_path), feed(enabled=False)), []) == 0


@pytest.mark.parametrize("late", [1.0, 1.1])
def test_that_looks_are_a_little_late_is_nobodys_wish(late: float) -> None:
    assert requests_per_day(settings(feed()), [polled(HOUR * late)]) == 24


def test_what_a_server_asks_for_is_kept_to_the_ceiling() -> None:
    states = [polled(6 * HOUR)]
    assert requests_per_day(settings(feed()), states) == 4
    assert requests_per_day(settings(feed(interval=8 * HOUR)), states, settings(feed())) == 3
    assert requests_per_day(settings(feed(), ceiling=3 * HOUR), states, settings(feed())) == 8


def test_a_server_that_invites_is_asked_as_often_unless_there_is_an_interval() -> None:
    states = [polled(HOUR / 2)]
    assert requests_per_day(settings(feed()), states) == 48
    assert requests_per_day(settings(feed(interval=2 * HOUR)), states, settings(feed())) == 12


def test_another_interval_or_floor_counts_at_once() -> None:
    before, states = settings(feed()), [polled(HOUR)]
    assert requests_per_day(settings(feed(interval=4 * HOUR)), states, before) == 6
    assert requests_per_day(settings(feed(), floor=3 * HOUR), states, before) == 8


def test_without_validators_each_look_costs_a_document() -> None:
    assert requests_per_day(settings(feed()), [polled(4 * HOUR, validators=Validators())]) == 6


def test_what_was_learnt_at_another_address_says_nothing() -> None:
    before = settings(Source(id="a", url="https://old.example/"))
    assert requests_per_day(settings(feed()), [polled(6 * HOUR)], before) == 24
