"""What other sources hold of new articles, what gives way to them, and that one of several copies is shown."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from aggregator.model import OPERATOR, FeedInfo, Known

if TYPE_CHECKING:
    from conftest import Make

    from aggregator.store import Store

HOUR = timedelta(hours=1)


def shown(store: Store, now: datetime) -> set[str]:
    return {each.source for each in store.articles.newest(10, now=now)}


def family(store: Store, make: Make, now: datetime, on_remove: str = "drop") -> list[str]:
    """One article at three sources, found one after the other; gives their keys."""
    sources = [make.source(name, on_remove=on_remove) for name in "abc"]
    make.sync(store, *sources)
    owner = make.article(source="a")
    make.record(store, "a", new=(owner,))
    keys = [owner.key]
    for place, name in enumerate("cb", start=1):  # not in the order of their keys
        copy = make.article(source=name, duplicate_of=owner.key, first_seen=now + place * HOUR)
        make.record(store, name, now=now + place * HOUR, new=(copy,))
        keys.append(copy.key)
    return keys


def test_what_others_hold_is_found_by_page_by_id_and_by_the_id_it_claimed(
    store: Store, make: Make, now: datetime
) -> None:
    make.sync(store, make.source("a"), make.source("b"))
    origin = FeedInfo(title="C", self_url="https://c.example/feed")
    by_page = make.article("page", page_hash=7, origin=origin)
    by_id, by_claim = make.article("id"), make.article("claim", claimed_id="tag:x.example,2026:1")
    make.record(store, "a", new=(by_page, by_id, by_claim, make.article("other", page_hash=8)))
    stranger = make.article("new", source="b", page_hash=7)
    found = store.polls.elsewhere("b", Known(), [stranger], [by_id.id, "tag:x.example,2026:1"], ["a"])
    held = {each.key: each for each in found.elsewhere}
    assert held.keys() == {by_page.key, by_id.key, by_claim.key}
    assert held[by_page.key].origin == origin
    assert held[by_claim.key].claimed_id == "tag:x.example,2026:1"
    assert found.neighbours.keys() == {"a"}
    assert store.polls.elsewhere("a", Known(), [stranger], [by_id.id], []).elsewhere == (), (
        "its own are none of another's"
    )


def test_articles_of_a_removed_source_that_are_not_kept_count_as_withdrawn(
    store: Store, make: Make, now: datetime
) -> None:
    for wish in ("keep", "drop"):
        make.sync(store, make.source(wish, on_remove=wish), make.source("b"))
        make.record(store, wish, new=(make.article(source=wish, page_hash=7),))
    make.sync(store, make.source("b"))
    found = store.polls.elsewhere("b", Known(), [make.article("new", source="b", page_hash=7)], [], [])
    assert {each.source: each.withdrawn for each in found.elsewhere} == {"keep": False, "drop": True}


def test_many_at_one_page_do_not_push_out_those_at_others(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source("a"), make.source("b"))
    crowd = [make.article(n, page_hash=1, sort_at=now + n * timedelta(seconds=1)) for n in range(900)]
    wanted = [make.article(f"w{n}", page_hash=100 + n) for n in range(200)]
    make.record(store, "a", new=(*crowd, *wanted))
    strangers = [make.article(n, source="b", page_hash=n) for n in (1, *range(100, 300))]
    found = store.polls.elsewhere("b", Known(), strangers, [], [])
    assert {each.key for each in wanted} <= {each.key for each in found.elsewhere}


def test_one_of_two_copies_is_shown_when_the_owner_is_gone(store: Store, make: Make, now: datetime) -> None:
    family(store, make, now)
    later = now + 3 * HOUR
    assert shown(store, later) == {"a"}
    make.sync(store, *(make.source(name, on_remove="drop") for name in "bc"))
    assert shown(store, later) == {"c"}, "the one that was found first"
    make.sync(store, make.source("b", on_remove="drop"))
    assert shown(store, later) == {"b"}
    make.sync(store, *(make.source(name, on_remove="drop") for name in "abc"))
    assert shown(store, later) == {"a"}


def test_what_the_operator_retracts_of_a_copy_that_is_shown_is_not_shown_in_another(
    store: Store, make: Make, now: datetime
) -> None:
    _, second, _ = family(store, make, now)
    make.sync(store, *(make.source(name, on_remove="drop") for name in "bc"))
    store.articles.operate("retract", [second], now)
    article = store.articles.find(second)
    assert article is not None
    assert article.deleted_by == OPERATOR
    assert shown(store, now + 3 * HOUR) == set()


def test_what_nobody_has_seen_gives_way_with_all_that_stand_behind_it(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, *(make.source(name) for name in "abc"))
    waiting = make.article(source="b", not_before=now + 3 * HOUR)
    behind = make.article(source="c", duplicate_of=waiting.key, not_before=now + 3 * HOUR, first_seen=now + HOUR)
    make.record(store, "b", new=(waiting,))
    make.record(store, "c", new=(behind,))
    original = make.article(source="a")
    make.record(store, "a", new=(original,), gives_way=((waiting.key, original.key),))
    assert shown(store, now + 9 * HOUR) == {"a"}
    assert store.articles.through([original.key]) == {original.key: ("b", "c")}


@pytest.mark.parametrize("which", ["the one", "another behind it"])
def test_what_readers_see_does_not_give_way(store: Store, make: Make, now: datetime, which: str) -> None:
    make.sync(store, *(make.source(name) for name in "abc"))
    held = None if which == "the one" else "in a flood: it is old"
    seen = make.article(source="b", held=held)
    make.record(store, "b", new=(seen,))
    make.record(store, "c", new=(make.article(source="c", duplicate_of=seen.key),))
    before = shown(store, now)
    original = make.article(source="a")
    make.record(store, "a", new=(original,), gives_way=((seen.key, original.key),))
    assert shown(store, now) == before | {"a"}


def test_a_poll_under_way_does_not_bring_back_what_gave_way(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source("a"), make.source("b"))
    waiting = make.article(source="b", not_before=now + HOUR)
    make.record(store, "b", new=(waiting,))
    original = make.article(source="a")
    make.record(store, "a", new=(original,), gives_way=((waiting.key, original.key),))
    make.record(store, "b", now=now + timedelta(minutes=1), updated=(waiting,))  # planned when it stood for itself
    assert shown(store, now + 2 * HOUR) == {"a"}


def test_with_copies_all_are_shown(store: Store, make: Make, now: datetime) -> None:
    family(store, make, now)
    assert {each.source for each in store.articles.newest(10, now=now + 3 * HOUR, copies=True)} == {"a", "b", "c"}


def test_who_came_under_the_id_of_another_without_being_the_same_is_named(
    store: Store, make: Make, now: datetime
) -> None:
    make.sync(store, *(make.source(name) for name in "abc"))
    victim = make.article(source="a")
    make.record(store, "a", new=(victim,))
    make.record(store, "b", new=(make.article(source="b", claimed_id=victim.id, title="Buy now"),))
    make.record(store, "c", new=(make.article(source="c", claimed_id=victim.id, duplicate_of=victim.key),))
    (said,) = store.articles.conflicts()["b"]
    assert store.articles.conflicts().keys() == {"b"}
    assert said == f'id-conflict: "Buy now" came under the id {victim.id}, which is of a'
