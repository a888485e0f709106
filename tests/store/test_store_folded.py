"""What is beyond a limit a day, and all that is held of one article."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from aggregator.model import EARLIER, FOLDED

if TYPE_CHECKING:
    from conftest import Make

    from aggregator.store import Store

LONG_AGO = datetime.min.replace(tzinfo=UTC)
DAY = timedelta(days=1)


def test_folded_articles_are_found_newest_first_and_are_not_shown(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source())
    folded = [make.article(each, held=FOLDED, sort_at=now - each * DAY) for each in range(4)]
    make.record(store, new=(*folded, make.article("shown"), make.article("earlier", held=EARLIER)))
    assert [each.title for each in store.outputs.folded(LONG_AGO, 9, now)] == [f"Article {each}" for each in range(4)]
    assert [each.title for each in store.outputs.folded(now - DAY, 9, now)] == ["Article 0", "Article 1"]
    assert len(store.outputs.folded(LONG_AGO, 3, now)) == 3
    assert [each.title for each in store.articles.newest(9, now=now)] == ["Article shown"]
    assert store.articles.waiting() == {}
    assert store.articles.let_go("a", now) == 0


def test_folded_articles_that_are_not_due_or_of_a_source_that_is_gone_are_not_told(
    store: Store, make: Make, now: datetime
) -> None:
    make.sync(store, make.source(), make.source("b", on_remove="drop"))
    make.record(store, new=(make.article(held=FOLDED, not_before=now + DAY),))
    make.record(store, "b", new=(make.article(source="b", held=FOLDED),))
    assert [each.source for each in store.outputs.folded(LONG_AGO, 9, now)] == ["b"]
    make.sync(store, make.source())
    assert store.outputs.folded(LONG_AGO, 9, now) == ()
    assert [each.source for each in store.outputs.folded(LONG_AGO, 9, now + DAY)] == ["a"]


def test_a_day_counts_what_is_shown_of_it_in_utc(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source(), make.source("b"))
    midnight = datetime.combine(now.date(), time(), UTC)
    last = midnight + DAY - timedelta(microseconds=1)
    kinds: list[dict[str, Any]] = [
        {"sort_at": midnight}, {"sort_at": last}, {"sort_at": midnight + DAY}, {"held": FOLDED}, {"held": "a flood"},
        {"left_out": "a rule"}, {"duplicate_of": make.key("x")}, {"sort_at": midnight - timedelta(microseconds=1)},
    ]  # fmt: skip
    make.record(store, new=tuple(make.article(place, **kind) for place, kind in enumerate(kinds)))
    make.record(store, "b", new=(make.article(source="b"),))
    today, tomorrow = now.date(), now.date() + DAY
    assert store.articles.per_day("a", {today, tomorrow}) == {today: 2, tomorrow: 1}
    assert store.articles.per_day("a", {today}, copies=True) == {today: 3}
    store.articles.operate("retract", [make.key(("a", 0))], now)
    assert store.articles.per_day("a", {today}) == {today: 2}, "its place is taken for good"


def test_a_pinned_article_is_folded_no_more(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source())
    one = make.article(held=FOLDED)
    make.record(store, new=(one, make.article("held", held="a flood")))
    store.articles.operate("pin", [one.key, make.key(("a", "held"))], now)
    assert store.outputs.folded(LONG_AGO, 9, now) == ()
    assert [each.key for each in store.articles.newest(9, now=now, pinned=True)] == [one.key]


def test_a_copy_of_a_folded_article_is_not_shown(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source(), make.source("b"))
    one = make.article(held=FOLDED)
    make.record(store, new=(one,))
    make.record(store, "b", new=(make.article(source="b", duplicate_of=one.key),))
    assert store.articles.newest(9, now=now) == ()


@pytest.mark.parametrize(
    ("asked", "found_by"),
    [
        ("key", "key"),
        ("alias", "other key"),
        ("id", "id"),
        ("claimed", "claimed id"),
        ("url", "address"),
        ("page", "address"),
    ],
)
def test_an_article_is_traced_by_all_its_names(
    store: Store, make: Make, now: datetime, asked: str, found_by: str
) -> None:
    make.sync(store, make.source())
    one = make.article(claimed_id="tag:x.example,2026:1", page_hash=77)
    alias = make.key("alias")
    make.record(store, new=(one, make.article("two")), aliases=((alias, one.key),))
    names = {"key": one.key, "alias": alias, "id": one.id, "claimed": "tag:x.example,2026:1", "url": one.url or ""}
    (found,) = store.articles.trace(names.get(asked, "http://else.example/"), 77 if asked == "page" else None, now)
    assert (found.article.key, found.found_by, found.aliases, found.visible) == (one.key, found_by, (alias,), True)


def test_what_is_not_visible_or_has_no_text_is_traced_as_well(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source(on_remove="drop"))
    old, hidden = make.article("old", sort_at=now - DAY, first_seen=now - DAY), make.article("hidden")
    make.record(store, new=(old, hidden))
    store.articles.prune("a", aged=now, beyond=None, needed=(), after=None, now=now, limit=9)
    store.articles.operate("hide", [hidden.key], now)
    assert [(each.visible, each.pruned_at) for each in store.articles.trace(old.id, None, now)] == [(False, now)]
    assert [(each.visible, each.pruned_at) for each in store.articles.trace(hidden.id, None, now)] == [(False, None)]
    make.sync(store, make.source("b"))
    assert [(each.removed_at, each.on_remove) for each in store.articles.trace(hidden.id, None, now)] == [(now, "drop")]
    assert store.articles.trace("tag:nothing", 1, now) == ()


def test_of_several_at_one_address_the_original_comes_first(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source(), make.source("b"))
    one = make.article(page_hash=77)
    make.record(store, new=(one, make.article("older", page_hash=77, sort_at=now - DAY)))
    make.record(store, "b", new=(make.article(source="b", page_hash=77, duplicate_of=one.key, sort_at=now + DAY),))
    assert [each.article.source for each in store.articles.trace("http://a.example/", 77, now)] == ["a", "a", "b"]
    assert store.articles.trace("http://a.example/", 77, now)[0].article.key == one.key
