"""Which new articles of a source with ``limit_per_day`` are shown by themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aggregator.model import FOLDED, Article, Enclosure, Known, Source
from aggregator.plan.fairness import folded

MIDNIGHT = datetime(2026, 11, 2, tzinfo=UTC)


def article(number: int, at: datetime | None = None, **said: Any) -> Article:
    when = at or MIDNIGHT + timedelta(hours=number)
    return Article(
        key=f"{number:032x}", id=f"tag:a.example,2026:{number}", source="a", raw_hash=b"", fingerprint=b"",
        title=str(number), first_seen=when, sort_at=when, **{"url": f"https://a.example/{number}", **said},
    )  # fmt: skip


def beyond(limit: int | None, *new: Article, shown: int = 0) -> list[str]:
    source = Source(id="a", url="https://a.example/", limit_per_day=limit)
    found = folded(new, source, Known(per_day={MIDNIGHT.date(): shown}))
    assert [each.key for each in found] == [each.key for each in new], "their order is the document's"
    return [each.title for each in found if each.held == FOLDED]


def test_the_first_of_a_day_are_shown() -> None:
    assert beyond(2, article(4), article(3), article(1), article(2)) == ["4", "3"]


def test_who_is_shown_already_has_its_place() -> None:
    assert beyond(2, article(1), article(2), shown=1) == ["2"]
    assert beyond(2, article(1), article(2), shown=7) == ["1", "2"]


def test_each_day_counts_for_itself_in_utc() -> None:
    last, first = MIDNIGHT - timedelta(microseconds=1), MIDNIGHT
    assert beyond(1, article(1, last), article(2, first)) == []
    assert beyond(1, article(1, last), article(2, first), article(3, last), article(4, first)) == ["3", "4"]


def test_without_a_limit_nothing_is_folded_and_with_none_a_day_all() -> None:
    assert beyond(None, article(1), article(2), shown=9) == []
    assert beyond(0, article(1), article(2)) == ["1", "2"]


@pytest.mark.parametrize("why", ["left_out", "duplicate_of"])
def test_what_is_not_shown_takes_no_place_and_is_not_folded(why: str) -> None:
    assert beyond(1, article(1, **{why: "0" * 32}), article(2), article(3, **{why: "0" * 32})) == []


def test_what_cannot_be_reached_from_a_list_is_shown() -> None:
    episode = article(4, url=None, enclosures=(Enclosure(url="https://a.example/4.mp3"),))
    assert beyond(1, article(1), article(2, url=None), article(3), episode) == ["3", "4"]


def test_copies_take_places_where_they_are_shown() -> None:
    source = Source(id="a", url="https://a.example/", limit_per_day=1)
    new = (article(1, duplicate_of="0" * 32), article(2))
    assert [each.held for each in folded(new, source, Known(), copies=True)] == [None, FOLDED]
