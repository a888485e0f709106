"""Where stories are kept: what a new article is compared with, and who belongs together."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from aggregator.model import Placed, Signature
from aggregator.store import Signed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aggregator.model import Article, Candidate
    from aggregator.store import Store

DAY = timedelta(days=1)


class Told:
    """A store with articles in it, and what ``decide`` was asked."""

    def __init__(self, store: Store, make: Any, record: Callable[..., Any]) -> None:
        self.store, self.make, self.now = store, make, make.now
        self.asked: list[tuple[list[str], dict[str, set[str]], dict[int, int]]] = []
        self._record = record

    def hold(self, *articles: Article) -> None:
        for each in articles:
            self._record(each.source, new=(each,))

    def signed(self, article: Article, *bands: int) -> Signed:
        return Signed(article, Signature(at=article.sort_at, publisher=article.source, title=("term",)), bands)

    def place(self, *signed: Signed, placed: Placed | None = None) -> None:
        def decide(own: Signature, candidates: Sequence[Candidate], publishers: Any, found: Any) -> Placed:
            self.asked.append(([each.key for each in candidates], dict(publishers), dict(found)))
            return placed or Placed(others=tuple(each.key for each in candidates if each.story is None), why="alike")

        self.store.stories.place(signed, decide, self.now)


@pytest.fixture
def told(store: Store, make: Any) -> Told:
    sources = [make.source(name) for name in "abc"]
    store.sync(sources, make.now, lambda _: make.now, lambda _: timedelta(0))

    def record(source: str, **fields: Any) -> None:
        (claim,) = store.queue.claim(make.now, 1, timedelta(minutes=1), only=[source])
        store.polls.record(make.plan(claim, **fields), claim, make.now)

    store.stories.follow(make.now, wanted=True)
    return Told(store, make, record)


def test_articles_that_share_a_key_are_compared_and_become_a_story(told: Told) -> None:
    one, two = told.make.article("1", "a"), told.make.article("2", "b")
    told.hold(one, two)
    assert {each.key for each in told.store.stories.undecided(10, told.now)} == {one.key, two.key}
    told.place(told.signed(one, 1, 2), told.signed(two, 2, 3))
    assert [keys for keys, *_ in told.asked] == [[], [one.key]]
    assert told.asked[1][2] == {2: 1}
    assert told.store.stories.undecided(10, told.now) == ()
    story = told.store.stories.of([two.key], told.now)[two.key]
    assert story.id.startswith("urn:uuid:")
    assert [(each.article.key, each.shown, each.why) for each in story.members] == sorted(
        [(one.key, True, story.members[0].why), (two.key, True, story.members[1].why)],
        key=lambda row: row[0] != story.members[0].article.key,
    )
    assert [each.why for each in story.members] == [None, "alike"]


def test_a_storys_id_is_made_from_its_first_article_and_stays_as_it_grows(told: Told) -> None:
    articles = [told.make.article(str(n), name, first_seen=told.now + n * DAY / 9) for n, name in enumerate("abc")]
    told.hold(*articles)
    told.place(told.signed(articles[0], 1), told.signed(articles[1], 1))
    first = told.store.stories.of([articles[0].key], told.now)[articles[0].key].id
    told.place(told.signed(articles[2], 1), placed=Placed(stories=(first,), why="alike"))
    assert told.asked[-1][1] == {first: {"a", "b"}}
    story = told.store.stories.of([articles[2].key], told.now)[articles[2].key]
    assert story.id == first
    assert [each.article.key for each in story.members] == [each.key for each in articles]


def test_of_two_stories_that_are_one_the_older_stays(told: Told) -> None:
    articles = [told.make.article(str(n), "a") for n in range(5)]
    told.hold(*articles)
    told.place(told.signed(articles[0], 1), told.signed(articles[1], 1))
    told.now += DAY / 24
    told.place(told.signed(articles[2], 2), told.signed(articles[3], 2))
    ids = [told.store.stories.of([articles[n].key], told.now)[articles[n].key].id for n in (0, 2)]
    assert ids[0] != ids[1]
    told.place(told.signed(articles[4], 1, 2), placed=Placed(stories=(ids[1], ids[0]), why="both"))
    story = told.store.stories.of([articles[2].key], told.now)[articles[2].key]
    assert (story.id, len(story.members)) == (ids[0], 5)


def test_an_article_is_compared_with_those_within_three_days_and_with_few(told: Told) -> None:
    old = told.make.article("old", "a", sort_at=told.now - 4 * DAY)
    many = [told.make.article(f"n{n}", "a", sort_at=told.now - n * timedelta(minutes=1)) for n in range(60)]
    told.hold(old, *many)
    told.place(told.signed(old, 7), *(told.signed(each, 7) for each in many), placed=Placed())
    new = told.make.article("new", "b")
    told.hold(new)
    told.place(told.signed(new, 7), placed=Placed())
    keys, _, found = told.asked[-1]
    assert found == {7: 50}
    assert len(keys) == 20
    assert old.key not in keys


def test_those_that_share_rare_keys_are_compared_first(told: Told) -> None:
    many = [told.make.article(f"n{n}", "a") for n in range(40)]
    rare = [told.make.article(f"rare{n}", "a", sort_at=told.now - 2 * DAY) for n in range(8)]
    told.hold(*many, *rare)
    told.place(*(told.signed(each, 7) for each in many), *(told.signed(each, 8) for each in rare), placed=Placed())
    new = told.make.article("new", "b")
    told.hold(new)
    told.place(told.signed(new, 7, 8), placed=Placed())
    assert {each.key for each in rare} <= set(told.asked[-1][0])


def test_after_two_weeks_an_article_leaves_the_index_but_not_its_story(told: Told) -> None:
    one, two = told.make.article("1", "a"), told.make.article("2", "b")
    told.hold(one, two)
    told.place(told.signed(one, 1), told.signed(two, 1))
    told.now += 15 * DAY
    told.place()
    late = told.make.article("3", "c", sort_at=told.now - 13 * DAY)
    told.hold(late)
    told.place(told.signed(late, 1))
    assert told.asked[-1][0] == []
    assert len(told.store.stories.of([one.key], told.now)[one.key].members) == 2


def test_what_is_old_when_it_is_new_tells_no_story(told: Told) -> None:
    told.hold(told.make.article("old", "a", sort_at=told.now - 15 * DAY))
    assert told.store.stories.undecided(10, told.now) == ()


def test_a_changed_article_is_decided_again_and_found_by_its_new_keys_alone(told: Told) -> None:
    one, two = told.make.article("1", "a"), told.make.article("2", "b")
    told.hold(one)
    told.place(told.signed(one, 1))
    told._record("a", updated=(replace(one, title="Another"),))
    assert [each.title for each in told.store.stories.undecided(10, told.now)] == ["Another"]
    told.place(told.signed(one, 2))
    told.hold(two)
    told.place(told.signed(two, 1))
    assert told.asked[-1][0] == []


def test_a_withdrawn_member_is_not_shown_and_comes_back_into_its_story(told: Told) -> None:
    one, two = told.make.article("1", "a"), told.make.article("2", "b")
    told.hold(one, two)
    told.place(told.signed(one, 1), told.signed(two, 1))
    told._record("b", withdrawn=(two.key,))
    shown = {each.article.key: each.shown for each in told.store.stories.of([one.key], told.now)[one.key].members}
    assert shown == {one.key: True, two.key: False}
    told._record("b", new=(two,))
    assert all(each.shown for each in told.store.stories.of([one.key], told.now)[one.key].members)


def test_where_nobody_wants_stories_nothing_waits_and_later_what_is_recent_does(told: Told) -> None:
    told.store.stories.follow(told.now, wanted=False)
    one, old = told.make.article("1", "a"), told.make.article("old", "a", sort_at=told.now - 15 * DAY)
    told.hold(one, old)
    assert told.store.stories.undecided(10, told.now) == ()
    told.store.stories.follow(told.now, wanted=True)
    assert [each.key for each in told.store.stories.undecided(10, told.now)] == [one.key]


def test_a_join_is_a_change_that_readers_see_and_nothing_else_is(told: Told) -> None:
    one, two, three = (told.make.article(name, name) for name in "abc")
    told.hold(one, two, three)
    before = told.store.publish_seq()
    told.place(told.signed(one, 1), told.signed(three, 9))
    assert told.store.publish_seq() == before
    told.place(told.signed(two, 1))
    assert told.store.publish_seq() == before + 1


def test_nearby_are_those_of_two_weeks_that_share_a_key(told: Told) -> None:
    one = told.make.article("1", "a")
    near = told.make.article("2", "a", sort_at=told.now - 10 * DAY)
    told.hold(one, near)
    told.place(told.signed(one, 1), told.signed(near, 1), placed=Placed())
    assert [each.key for each in told.store.stories.nearby(told.signed(one, 1))] == [near.key]
    assert told.store.stories.nearby(told.signed(one)) == ()
