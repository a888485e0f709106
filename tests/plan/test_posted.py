"""On which days a source posts is remembered with its state."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from aggregator.model import Article, Person, SourceState
from aggregator.plan.posted import REMEMBERED, posted_after

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
STATE = SourceState(source="a", next_poll_at=NOW, last_success=NOW - timedelta(days=3))


def article(published: datetime | None) -> Article:
    return Article(
        key="0" * 32, id="x", source="a", raw_hash=b"", fingerprint=b"", title="T", url=None, content_html="",
        authors=(Person(name="A"),), first_seen=NOW, sort_at=NOW, published=published,
    )  # fmt: skip


def after(*published: datetime | None, state: SourceState = STATE, first_look: bool = False) -> tuple[date, ...]:
    return posted_after(state, [article(each) for each in published], NOW, first_look=first_look)


def test_the_first_look_takes_the_dates_of_what_is_there() -> None:
    old = datetime(2020, 5, 1, 23, 59, tzinfo=UTC)
    assert after(old, old, NOW - timedelta(days=1), first_look=True) == (date(2020, 5, 1), date(2026, 11, 22))


def test_what_is_new_later_was_posted_since_the_last_look_whatever_its_date() -> None:
    """A feed that dates its posts by the event they are about posts all the same."""
    assert after(datetime(2020, 5, 1, tzinfo=UTC)) == (date(2026, 11, 20),)
    assert after(NOW - timedelta(days=1)) == (date(2026, 11, 22),)
    assert after(None) == (date(2026, 11, 23),)


def test_nothing_is_posted_in_the_future() -> None:
    assert after(NOW + timedelta(days=400), first_look=True) == (NOW.date(),)


def test_so_many_days_are_remembered_the_latest() -> None:
    days = tuple(date(2020, 1, 1) + timedelta(days=each) for each in range(REMEMBERED))
    assert after(NOW, state=replace(STATE, posted=days)) == (*days[1:], NOW.date())
    assert after(state=replace(STATE, posted=days)) == days
