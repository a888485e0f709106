"""What lists of feeds name is kept, and what is held of it waits."""

from __future__ import annotations

from dataclasses import replace

from aggregator.model import Listed, Source
from aggregator.store import Store

LIST = Source(id="roll", url="https://a.example/roll.opml")
ONE = (Listed(url="https://one.example/", title="Öne", tags=("a", "b")),)
TWO = (*ONE, Listed(url="https://two.example/"))


def test_what_was_taken_is_there_after_it_is_opened_again(url) -> None:
    with Store.open(url) as store:
        store.lists.take(LIST, TWO)
    with Store.open(url) as store:
        assert store.lists.members() == {"roll": TWO}
        assert store.lists.members_of(LIST) == TWO


def test_the_version_changes_with_the_feeds_and_with_nothing_else(store) -> None:
    versions = [store.lists.version()]
    for feeds in (ONE, ONE, TWO):
        store.lists.take(LIST, feeds)
        versions.append(store.lists.version())
    store.lists.hold(LIST, ())
    versions.append(store.lists.version())
    assert versions == [0, 1, 1, 2, 2]


def test_what_is_held_is_taken_once_it_is_let_go(store) -> None:
    store.lists.take(LIST, TWO)
    store.lists.hold(LIST, ONE)
    assert store.lists.members_of(LIST) == TWO
    assert store.lists.let_go("roll") == 1
    assert store.lists.members_of(LIST) == ONE
    assert store.lists.version() == 2
    assert store.lists.let_go("roll") is None
    assert store.lists.let_go("nobody") is None


def test_a_list_that_is_as_it_was_again_holds_nothing(store) -> None:
    store.lists.take(LIST, TWO)
    store.lists.hold(LIST, ())
    store.lists.take(LIST, TWO)
    assert store.lists.let_go("roll") is None


def test_another_list_of_the_same_id_begins_anew(store) -> None:
    store.lists.take(LIST, TWO)
    other = replace(LIST, url="https://b.example/roll.opml")
    assert store.lists.members_of(other) == ()
