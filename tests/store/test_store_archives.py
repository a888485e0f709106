"""What is in which archive document, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from aggregator.model import FOLDED, ArchiveDocument
from aggregator.store import NO_ARCHIVE, Store, Written

HOUR = timedelta(hours=1)


@pytest.fixture
def held(store: Store, make: Any, now: Any) -> Any:
    """``held(*names, **fields)``: articles of source a that the output main has taken; their ids."""
    make.sync(store, make.source("a"), make.source("b", on_remove="drop"))

    def take(*names: object, source: str = "a", **fields: Any) -> list[str]:
        articles = [make.article(each, source, sort_at=now + n * HOUR, **fields) for n, each in enumerate(names)]
        make.record(store, source, new=tuple(articles))
        take_all(store, now)
        return [each.id for each in articles]

    return take


def take_all(store: Store, now: Any) -> None:
    """The output takes all that stands."""
    while (found := store.outputs.queued(100, now, copies=False)).keys:
        store.outputs.take(found, {"main": [each.key for each in found.articles]})


def document(number: int, place: int | None = None, entries: int = 1) -> ArchiveDocument:
    return ArchiveDocument(number=number, place=place or number, entries=entries)


def close(store: Store, number: int, now: Any, *ids: str) -> None:
    written = Written(
        documents=(document(number, entries=len(ids)),), entries={number: [(each, now) for each in ids]}, replaced={}
    )
    store.archives.record("main", written, number)


def waiting(store: Store, now: Any) -> list[str]:
    return [each.id for each in store.archives.waiting("main", 100, now, copies=False)]


def test_what_is_archived_waits_no_longer_and_is_found_in_its_document(store: Store, held: Any, now: Any) -> None:
    one, two, three = held("one", "two", "three")
    assert waiting(store, now) == [one, two, three], "the oldest first"
    close(store, 1, now, one, two)
    assert waiting(store, now) == [three]
    assert store.archives.archived("main", [one, three]) == {one: ((1, now),)}
    assert store.archives.archived("other", [one]) == {}
    assert store.archives.chain("main") == ((document(1, entries=2),), 1)
    assert store.archives.chain("other") == ((), 0)
    assert [each.id for each in store.archives.archived_in("main", 1, now, copies=False)] == [one, two]


def test_an_edited_entry_waits_again_and_is_in_both_documents(store: Store, held: Any, make: Any, now: Any) -> None:
    (one,) = held("one")
    close(store, 1, now, one)
    later = now + HOUR
    make.record(store, now=later, updated=(make.article("one", title="Another", updated=later),))
    take_all(store, now)
    (again,) = store.archives.waiting("main", 100, now, copies=False)
    assert (again.id, again.since) == (one, later)
    close(store, 2, later, one)
    assert store.archives.archived("main", [one]) == {one: ((1, now), (2, later))}
    assert waiting(store, now) == []


def test_a_replaced_document_keeps_its_other_entries_under_its_new_number(store: Store, held: Any, now: Any) -> None:
    one, two, three = held("one", "two", "three")
    close(store, 1, now, one, two)
    close(store, 2, now, three)
    written = Written(documents=(document(3, place=1),), entries={}, replaced={1: 3}, emptied=[2], taken=[one, three])
    store.archives.record("main", written, 3)
    assert store.archives.chain("main") == ((document(3, place=1),), 3)
    assert store.archives.archived("main", [one, two, three]) == {two: ((3, now),)}
    assert waiting(store, now) == [one, three], "what is shown again has to be archived again"


def test_the_highest_number_outlives_its_document(store: Store, held: Any, now: Any) -> None:
    (one,) = held("one")
    close(store, 7, now, one)
    store.archives.forget("main")
    assert store.archives.chain("main") == ((), 7)
    assert store.archives.highest("main") == 7
    assert waiting(store, now) == [one]


@pytest.mark.parametrize("hand", ["retract", "hide"])
def test_what_the_operator_takes_back_is_told_until_it_is_done(
    store: Store, held: Any, make: Any, now: Any, hand: Any
) -> None:
    one, _ = held("one", "two")
    store.articles.operate(hand, [make.key(("a", "one"))], now)
    taken = store.archives.taken_back(copies=False)
    assert taken.ids == {one}
    assert store.archives.taken_back(copies=False) == taken
    store.archives.taken_out(taken.numbers)
    assert not store.archives.taken_back(copies=False).numbers


def test_what_its_source_withdraws_and_what_its_publisher_deletes_is_told(
    store: Store, held: Any, make: Any, now: Any
) -> None:
    one, two = held("one", "two")
    make.record(store, now=now + HOUR / 2, withdrawn=(make.key(("a", "one")),))
    make.record(store, now=now + HOUR, deleted=(make.key(("a", "two")),))
    assert store.archives.taken_back(copies=False).ids == {one, two}


def test_what_is_shown_again_by_then_is_not_told(store: Store, held: Any, make: Any, now: Any) -> None:
    held("one")
    store.articles.operate("hide", [make.key(("a", "one"))], now)
    store.articles.operate("hide", [make.key(("a", "one"))], now, undo=True)
    assert store.archives.taken_back(copies=False).ids == frozenset()


def test_a_copy_goes_with_what_was_taken_back_here_unless_copies_are_shown(
    store: Store, held: Any, make: Any, now: Any
) -> None:
    (one,) = held("one")
    (copy,) = held("copy", source="b", duplicate_of=make.key(("a", "one")))
    store.articles.operate("hide", [make.key(("a", "one"))], now)
    assert store.archives.taken_back(copies=False).ids == {one, copy}
    assert store.archives.taken_back(copies=True).ids == {one}


def test_of_what_is_folded_the_day_is_told(store: Store, make: Any, now: Any) -> None:
    make.sync(store, make.source("a"))
    make.record(store, held=(make.article("one", held=FOLDED),))
    store.articles.operate("hide", [make.key(("a", "one"))], now)
    assert store.archives.taken_back(copies=False).days == {("a", now.date())}


def test_a_removed_source_takes_its_articles_back_and_returns_with_them(
    store: Store, held: Any, make: Any, now: Any
) -> None:
    (one,) = held("one")
    two, three = held("two", "three", source="b")
    close(store, 1, now, two)
    make.sync(store, make.source("a"))
    assert store.archives.taken_back(copies=False).ids == {two}, "of those that are archived"
    assert waiting(store, now) == [one], "there may be any number of them"
    store.archives.taken_out(store.archives.taken_back(copies=False).numbers)
    make.sync(store, make.source("a"), make.source("b", on_remove="drop"))
    assert store.archives.taken_back(copies=False).ids == frozenset()
    assert {*waiting(store, now)} == {one, three}


def test_an_article_that_waits_for_its_date_is_not_archived_before(store: Store, held: Any, now: Any) -> None:
    (one,) = held("one", not_before=now + HOUR)
    assert waiting(store, now) == []
    assert waiting(store, now + HOUR) == [one]


def test_what_is_settled_is_not_asked_about_again(store: Store, held: Any, make: Any, now: Any) -> None:
    one, two = held("one", "two")
    settled = {make.key(("a", "one")): NO_ARCHIVE, make.key(("a", "two")): 4}
    store.archives.record("main", Written(documents=(), entries={}, replaced={}, settled=settled), 4)
    assert waiting(store, now) == []
    assert store.archives.archived("main", [one, two]) == {}


def test_a_store_learns_from_documents_what_is_in_them(store: Store, held: Any, make: Any, now: Any) -> None:
    one, two = held("one", "two")
    store.articles.operate("retract", [make.key(("a", "two"))], now)
    store.archives.taken_out(store.archives.taken_back(copies=False).numbers)
    store.archives.remake(
        "main", [(document(5, place=1, entries=3), [(one, now), (two, now), ("urn:x:day", now)])], 105
    )
    assert store.archives.chain("main") == ((document(5, place=1, entries=3),), 105)
    assert waiting(store, now) == []
    assert store.archives.archived("main", ["urn:x:day"]) == {"urn:x:day": ((5, now),)}, "an entry that is no article"
    assert store.archives.taken_back(copies=False).ids == {two}, "what is to come out of them"
