"""Articles that wait for the operator: nowhere to be seen, never new again, and let go in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from alembic import command
from sqlalchemy import text

from aggregator.errors import ClaimLost
from aggregator.model import ABSORBED, DROPPED, EARLIER, FLOOD, Validators
from aggregator.store import Store, opening

if TYPE_CHECKING:
    from conftest import Make

WHY = "the feed is another one"


@pytest.fixture
def holding(store: Store, make: Make) -> Store:
    """One article shown, two held, and the source in quarantine."""
    make.sync(store, make.source(), gap=timedelta(0))
    make.record(store, new=(make.article("own"),))
    make.record(
        store,
        held=tuple(make.article(name, held=WHY) for name in ("x", "y")),
        state={"quarantine": WHY, "quarantined_at": make.now, "validators": Validators(etag='"x"')},
    )
    return store


def held_of(store: Store) -> dict[str, int]:
    return {source: sum(each.articles for each in waiting) for source, waiting in store.articles.waiting().items()}


def shown(store: Store, make: Make) -> set[str]:
    return {each.title for each in store.articles.newest(10, now=make.now)}


def test_what_is_held_is_stored_whole_and_shown_nowhere(holding: Store, make: Make) -> None:
    assert shown(holding, make) == {"Article own"}
    assert {each.title for each in holding.articles.held(10)} == {"Article x", "Article y"}
    assert holding.articles.find(make.key(("a", "x"))) == make.article("x", held=WHY)
    assert held_of(holding) == {"a": 2}
    state = holding.polls.state("a")
    assert state is not None
    assert (state.quarantine, state.quarantined_at) == (WHY, make.now)


def test_holding_articles_is_no_change_for_readers(holding: Store, make: Make) -> None:
    before = holding.publish_seq()
    make.record(holding, held=(make.article("z", held=WHY),))
    assert holding.publish_seq() == before


def test_holding_articles_is_worth_a_line_in_the_log(holding: Store) -> None:
    assert len(holding.polls.log("a")) == 2


def test_a_poll_knows_what_is_held_and_that_it_is_no_history(holding: Store, make: Make) -> None:
    keys = [make.key(("a", name)) for name in ("x", "y")]
    known = holding.polls.known("a", keys, [])
    assert {each.held for each in known.articles.values()} == {WHY}
    assert [each.title for each in known.history] == ["Article own"]
    assert holding.polls.known("a", [*keys, make.key(("a", "own"))], []).history == (), "one that is accepted is enough"
    assert holding.polls.known("a", [], []).history == ()


def test_released_articles_are_shown_with_their_own_dates_and_the_source_is_read_whole(
    holding: Store, make: Make
) -> None:
    before, later = holding.publish_seq(), make.now + timedelta(days=2)
    assert holding.articles.let_go("a", later) == 2
    assert shown(holding, make) == {"Article own", "Article x", "Article y"}
    assert {each.first_seen for each in holding.articles.newest(10, now=make.now)} == {make.now}
    assert holding.publish_seq() == before + 1
    assert holding.articles.waiting() == {}
    state = holding.polls.state("a")
    assert state is not None
    assert (state.quarantine, state.quarantined_at, state.last_new) == (None, None, later)
    assert not state.validators
    assert holding.articles.let_go("a", later) == 0
    assert holding.publish_seq() == before + 1, "nothing was let go, so nothing is to be published"


def test_released_articles_that_stand_too_low_to_be_seen_stand_with_what_is_new(store: Store, make: Make) -> None:
    """docs/dates.md: nobody has seen them, and with 200 newer ones nobody would."""
    make.sync(store, make.source(), gap=timedelta(0))
    dates = {name: make.now - timedelta(days=days) for name, days in {"x": 30, "y": 20, "z": 1}.items()}
    own = tuple(make.article(str(n), sort_at=make.now - timedelta(days=n)) for n in range(10))
    held = tuple(make.article(name, held=WHY, sort_at=at, published=at) for name, at in dates.items())
    make.record(store, new=own, held=held)
    later = make.now + timedelta(days=1)
    assert store.articles.let_go("a", later, middle=5) == 3
    order = store.articles.newest(20, now=later)
    assert [each.title for each in order[:3]] == ["Article y", "Article x", "Article 0"]
    assert {each.title: each.published for each in order if each.title[-1] in dates} == {
        f"Article {name}": at for name, at in dates.items()
    }
    assert {each.sort_at for each in order if each.title == "Article z"} == {dates["z"]}


def test_released_silently_what_came_in_a_flood_is_the_sources_own(store: Store, make: Make) -> None:
    """Whether or not another feed was at its address as well; what that brought is not."""
    make.sync(store, make.source(), gap=timedelta(0))
    make.record(store, held=(make.article("x", held=f"{FLOOD}dated over a year ago"), make.article("y", held=WHY)))
    assert [(each.reason, each.articles) for each in store.articles.waiting()["a"]] == [
        (f"{FLOOD}dated over a year ago", 1), (WHY, 1),
    ]  # fmt: skip
    assert store.articles.let_go("a", make.now, silent=True) == 2
    known = store.polls.known("a", [make.key(("a", name)) for name in "xy"], []).articles
    assert {each.title: each.held for each in known.values()} == {"Article x": ABSORBED, "Article y": DROPPED}


def test_what_was_there_when_its_source_was_added_does_not_wait_and_is_a_part_of_it(store: Store, make: Make) -> None:
    make.sync(store, make.source(), gap=timedelta(0))
    make.record(store, earlier=(make.article("x", held=EARLIER),))
    assert store.articles.waiting() == {}
    assert shown(store, make) == set()
    assert store.articles.let_go("a", make.now) == 0
    (known,) = store.polls.known("a", [make.key(("a", "x"))], []).articles.values()
    assert known.accepted
    assert [each.title for each in store.polls.known("a", [make.key(("a", "z"))], []).history] == ["Article x"]


def test_a_source_is_late_where_something_was_published_before_it_was_added(store: Store, make: Make) -> None:
    make.sync(store, make.source(), gap=timedelta(0))
    make.record(store, new=(make.article("x"),))
    make.sync(store, make.source(), make.source("b"), gap=timedelta(0))
    store.mark_published(store.publish_seq())
    make.sync(store, make.source(), make.source("b"), make.source("c"), gap=timedelta(0))
    assert {each.source: each.late for each in store.polls.states()} == {"a": False, "b": False, "c": True}


def test_the_place_of_an_article_is_among_those_that_are_shown(store: Store, make: Make) -> None:
    make.sync(store, make.source(), gap=timedelta(0))
    dates = [make.now - timedelta(days=n) for n in range(4)]
    own = tuple(make.article(str(n), sort_at=at) for n, at in enumerate(dates))
    make.record(store, new=(*own, make.article("out", left_out="drop", sort_at=make.now)))
    assert [store.articles.place(number, make.now) for number in (1, 4, 5)] == [dates[0], dates[3], None]


def test_released_silently_they_are_known_and_never_shown(holding: Store, make: Make) -> None:
    before = holding.publish_seq()
    assert holding.articles.let_go("a", make.now, silent=True) == 2
    assert shown(holding, make) == {"Article own"}
    assert holding.publish_seq() == before
    assert holding.articles.waiting() == {}
    (known,) = holding.polls.known("a", [make.key(("a", "x"))], []).articles.values()
    assert (known.held, known.accepted) == (ABSORBED, True)
    assert holding.articles.let_go("a", make.now) == 0, "they have been let go"
    assert shown(holding, make) == {"Article own"}


def test_released_silently_after_the_old_feed_came_back_they_are_no_part_of_it(holding: Store, make: Make) -> None:
    make.record(holding, state={"quarantine": None, "quarantined_at": None})
    assert holding.articles.let_go("a", make.now, silent=True) == 2
    (known,) = holding.polls.known("a", [make.key(("a", "x"))], []).articles.values()
    assert (known.held, known.accepted) == (DROPPED, False)
    make.record(holding, state={"quarantine": WHY, "quarantined_at": make.now})
    assert holding.articles.let_go("a", make.now) == 0
    (known,) = holding.polls.known("a", [make.key(("a", "x"))], []).articles.values()
    assert known.accepted, "the operator wants the other feed after all, or it would be held for ever"


def test_a_poll_under_way_while_they_are_released_is_done_again(holding: Store, make: Make) -> None:
    claim = make.claim(holding)
    holding.articles.let_go("a", make.now)
    with pytest.raises(ClaimLost):
        holding.polls.record(make.plan(claim, state={"quarantine": WHY}), claim, make.now)
    later = make.now + timedelta(hours=1)
    assert holding.queue.next_due(make.now) == later, "when it was due before, not when the lease would have run out"
    assert make.claim(holding, now=later).state.quarantine is None


def test_releasing_does_not_make_a_source_due_sooner(holding: Store, make: Make) -> None:
    due = holding.queue.next_due(make.now)
    holding.articles.let_go("a", make.now)
    assert holding.queue.next_due(make.now) == due


def test_they_may_be_released_while_another_instance_polls(
    holding: Store, another: Callable[[], Store], make: Make
) -> None:
    assert another().articles.let_go("a", make.now) == 2
    assert shown(holding, make) == {"Article own", "Article x", "Article y"}


def test_a_source_that_is_not_there_holds_nothing(holding: Store, make: Make) -> None:
    assert holding.articles.let_go("nobody", make.now) == 0


def test_another_source_keeps_what_is_held_of_it(holding: Store, make: Make) -> None:
    make.sync(holding, make.source(), make.source("b"), gap=timedelta(0))
    make.record(holding, "b", held=(make.article("x", "b", held=WHY),))
    holding.articles.let_go("a", make.now)
    assert held_of(holding) == {"b": 1}


def test_a_copy_of_what_is_held_is_shown(holding: Store, make: Make) -> None:
    """What is held hides nobody else's article that claims the same id."""
    make.sync(holding, make.source(), make.source("b"), gap=timedelta(0))
    make.record(holding, "b", new=(make.article("copy", "b", duplicate_of=make.key(("a", "x"))),))
    assert "Article copy" in shown(holding, make)


def test_another_address_ends_the_quarantine_and_what_was_held_stays_held(holding: Store, make: Make) -> None:
    make.sync(holding, make.source(url="https://elsewhere.example/feed"), gap=timedelta(0))
    state = holding.polls.state("a")
    assert state is not None
    assert (state.quarantine, state.quarantined_at) == (None, None)
    assert held_of(holding) == {"a": 2}


def test_an_older_version_does_not_show_what_is_held(empty_url: str, make: Make) -> None:
    with Store.open(empty_url) as store:
        make.sync(store, make.source(), gap=timedelta(0))
        make.record(store, new=(make.article("own"),), held=(make.article("x", held=WHY),))
        with store._database.writing() as db:
            command.downgrade(opening.alembic_config(db), "0002")
            left_out = db.execute(text("SELECT title, left_out FROM articles ORDER BY title")).all()
    assert [tuple(row) for row in left_out] == [("Article own", None), ("Article x", WHY)]
    with Store.open(empty_url) as store:
        assert shown(store, make) == {"Article own"}
