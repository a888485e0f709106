"""When an output with digests took an article: once, and never into a day that is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Make

    from aggregator.store import Store

DAY = timedelta(days=1)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
FAR = datetime(2100, 1, 1, tzinfo=UTC)


def ask(store: Store, now: datetime, since: dict[str, datetime] | None = None, output: str = "daily") -> None:
    """As a publish does, of an output that takes everything; ``since`` is now unless it is given."""
    while (found := store.outputs.queued(100, now, copies=False)).keys:
        keys = [each.key for each in found.articles]
        came = {key: (since or {}).get(key, now) for key in keys}
        store.outputs.take(found, {output: keys, "main": keys}, since={output: came}, now=now)


def titles(store: Store, start: datetime, end: datetime, now: datetime, limit: int = 9) -> list[str]:
    return [
        each.title.removeprefix("Article ")
        for each in store.outputs.joined("daily", start, end, limit, now, copies=False)[0]
    ]


def test_what_was_taken_in_a_time_is_found_newest_first_and_counted(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source())
    make.record(store, new=tuple(make.article(n, sort_at=now - n * DAY) for n in range(5)))
    ask(store, now)
    assert titles(store, now, now + DAY, now) == ["0", "1", "2", "3", "4"]
    assert titles(store, now - DAY, now, now) == titles(store, now + DAY / 2, FAR, now) == []
    found, count, left = store.outputs.joined("daily", now, FAR, 2, now, copies=False)
    assert ([each.title for each in found], count, left) == (["Article 0", "Article 1"], 5, None)
    assert store.outputs.joined("main", LONG_AGO, FAR, 9, now, copies=False) == ((), 0, None), (
        "an output without digests"
    )


def test_an_edit_and_another_question_leave_it_where_it_is(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source())
    make.record(store, new=(make.article(),))
    ask(store, now)
    make.record(store, now=now + DAY, updated=(make.article(title="Article new", updated=now + DAY),))
    ask(store, now + DAY)
    assert titles(store, now, now + DAY, now + DAY) == ["new"]
    assert titles(store, now + DAY, FAR, now + DAY) == []


def test_what_is_taken_back_leaves_and_is_remembered_and_comes_back_as_new(
    store: Store, make: Make, now: datetime
) -> None:
    make.sync(store, make.source())
    one = make.article()
    make.record(store, new=(one, make.article("two")))
    ask(store, now)
    store.articles.operate("retract", [one.key], now + 2 * DAY)
    assert store.outputs.joined_at("daily", [one.key]) == (now,)
    ask(store, now + 2 * DAY)
    found, count, left = store.outputs.joined("daily", now, now + DAY, 9, now + 2 * DAY, copies=False)
    assert ([each.title for each in found], count, left) == (["Article two"], 1, now + 2 * DAY)
    store.articles.operate("retract", [one.key], now + 3 * DAY, undo=True)
    ask(store, now + 3 * DAY)
    assert titles(store, now, now + DAY, now + 3 * DAY) == ["two"]
    assert titles(store, now + 3 * DAY, FAR, now + 3 * DAY) == ["one"]


def test_what_is_hidden_is_not_told_of_and_takes_nothing_with_it(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source())
    one = make.article()
    make.record(store, new=(one,))
    ask(store, now)
    store.articles.operate("hide", [one.key], now + DAY)
    assert store.outputs.joined("daily", now, FAR, 9, now + DAY, copies=False) == ((), 0, None)


def test_what_is_not_due_yet_is_of_the_day_on_which_it_is_even_if_that_changes(
    store: Store, make: Make, now: datetime
) -> None:
    make.sync(store, make.source())
    one = make.article(not_before=now + 2 * DAY)
    make.record(store, new=(one,))
    ask(store, now, {one.key: now + 2 * DAY})
    assert titles(store, LONG_AGO, FAR, now) == []
    assert titles(store, now + 2 * DAY, FAR, now + 2 * DAY) == ["one"]
    make.record(store, now=now + DAY, updated=(make.article(not_before=now + 5 * DAY),))
    ask(store, now + DAY, {one.key: now + 5 * DAY})
    assert titles(store, now + 5 * DAY, FAR, now + 5 * DAY) == ["one"]
    assert titles(store, LONG_AGO, now + 5 * DAY, now + 5 * DAY) == []


def test_which_articles_and_when_is_found_without_reading_them(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source())
    some = [make.article(n) for n in range(3)]
    make.record(store, new=tuple(some))
    ask(store, now, {some[0].key: now - 9 * DAY})
    assert set(store.outputs.joined_at("daily", [each.key for each in some])) == {now, now - 9 * DAY}
    assert store.outputs.joined_since("daily", now - DAY) == {some[1].key, some[2].key}
    assert store.outputs.joined_since("main", LONG_AGO) == frozenset()
