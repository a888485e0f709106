"""Where an article stands by its date, and when it is shown: docs/dates.md."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.articles import identify, normalise
from aggregator.model import Article, FeedInfo, Future, ParsedEntry, ParsedFeed, Source

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)
SOURCE = Source(id="a", url="https://example.org/feed")


def made(*dates: datetime | None, future: Future = "clamp", now: datetime = NOW) -> tuple[Article, ...]:
    """Articles of one document with these dates, in its order."""
    entries = tuple(
        ParsedEntry(raw_hash=b"x", raw_id=f"tag:example.org,2026:{n}", position=n, published=date)
        for n, date in enumerate(dates)
    )
    source = replace(SOURCE, future=future)
    return normalise(identify(ParsedFeed(entries=entries, road="t"), source), FeedInfo(), source, now)


def order(articles: tuple[Article, ...]) -> list[str]:
    return [each.id for each in sorted(articles, key=lambda each: (each.sort_at, each.key), reverse=True)]


@pytest.mark.parametrize("date", [None, NOW - 3 * DAY, NOW + 3 * DAY])
def test_entries_of_one_date_or_none_keep_the_order_of_their_document(date: datetime | None) -> None:
    assert order(made(*[date] * 20)) == [f"tag:example.org,2026:{n}" for n in range(20)]


def test_undated_entries_of_a_later_look_stand_above_those_of_an_earlier_one() -> None:
    earlier, later = made(*[None] * 500), made(*[None] * 500, now=NOW + timedelta(seconds=1))
    assert max(each.sort_at for each in earlier) < min(each.sort_at for each in later)


def test_a_date_to_come_stands_with_those_of_today() -> None:
    """blaggregator #114."""
    (ahead,) = made(NOW + 400 * DAY)
    assert (ahead.published, ahead.sort_at, ahead.not_before) == (NOW + 400 * DAY, NOW, None)


def test_a_calendar_stands_by_its_dates() -> None:
    """NetNewsWire #5217: and its document is no newer than today, for it would never be newer again."""
    ahead, past = made(NOW + 400 * DAY, NOW - DAY, future="keep")
    assert (ahead.published, ahead.sort_at, ahead.not_before) == (NOW + 400 * DAY, NOW + 400 * DAY, None)
    assert ahead.updated == NOW
    assert past.sort_at == NOW - DAY - MICROSECOND


def test_an_event_is_shown_on_its_day() -> None:
    ahead, past, undated = made(NOW + 9 * DAY, NOW - DAY, None, future="hold")
    assert (ahead.published, ahead.sort_at, ahead.not_before) == (NOW + 9 * DAY, NOW + 9 * DAY, NOW + 9 * DAY)
    assert ahead.updated is None, "it is as new as its date"
    assert (past.not_before, undated.not_before) == (None, None)


def test_an_implausible_date_holds_nothing_back() -> None:
    (ahead,) = made(datetime(9000, 1, 1, tzinfo=UTC), future="hold")
    assert (ahead.published, ahead.not_before) == (None, None)
    assert NOW - DAY < ahead.sort_at < NOW


@given(
    st.lists(st.none() | st.datetimes(datetime(1990, 1, 1), datetime(2199, 1, 1)), max_size=20),  # noqa: DTZ001 - Hypothesis wants them naive
    st.sampled_from(["clamp", "hold"]),
)
def test_what_is_shown_never_stands_in_the_future(dates: list[datetime | None], future: Future) -> None:
    for each in made(*(None if date is None else date.replace(tzinfo=UTC) for date in dates), future=future):
        assert each.sort_at <= max(NOW, each.not_before or NOW)
        assert each.not_before is None or each.sort_at >= each.not_before
