"""What the operator does to single articles, what was withdrawn, and whose an id that was buried is."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from aggregator.model import ABSENT, OPERATOR, PUBLISHER, FeedInfo

if TYPE_CHECKING:
    from conftest import Make

    from aggregator.store import Store

HOUR = timedelta(hours=1)
LONG_AGO = timedelta(days=90)


def titles(articles) -> list[str]:
    return [each.title for each in articles]


# ---- the operator's hand


@pytest.mark.parametrize("road", ["updated", "refreshed"])
def test_no_poll_brings_back_what_was_retracted(store: Store, make: Make, now: datetime, road: str) -> None:
    make.sync(store, make.source())
    one = make.article()
    make.record(store, new=(one,))
    assert store.articles.operate("retract", [one.key], now + HOUR) == {one.key}
    make.record(store, now=now + 2 * HOUR, **{road: (replace(one, title="Edited"),)})
    assert store.articles.newest(10, now=now + 2 * HOUR) == ()
    held = store.articles.find(one.key)
    assert held is not None
    assert (held.deleted_by, held.deleted_at) == (OPERATOR, now + HOUR)


def test_what_is_taken_back_may_be_shown_again_but_not_what_is_absent(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source())
    retracted, deleted, absent = make.article(1), make.article(2), make.article(3)
    make.record(store, new=(retracted, deleted, absent))
    make.record(store, now=now + HOUR, deleted=(deleted.key,), withdrawn=(absent.key,))
    store.articles.operate("retract", [retracted.key], now + HOUR)
    keys = {retracted.key, deleted.key}
    assert store.articles.operate("retract", [*keys, absent.key], now + 2 * HOUR, undo=True) == keys
    assert {each.key for each in store.articles.newest(10, now=now)} == keys


def test_a_retraction_of_what_its_source_took_back_already_is_for_good(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source())
    one = make.article()
    make.record(store, new=(one,))
    make.record(store, now=now + HOUR, withdrawn=(one.key,))
    store.articles.operate("retract", [one.key], now + 2 * HOUR)
    held = store.articles.find(one.key)
    assert held is not None
    assert (held.deleted_by, held.deleted_at) == (OPERATOR, now + HOUR), "it is gone since it was gone"


def test_what_is_retracted_is_neither_hidden_nor_pinned_any_more(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source())
    one = make.article()
    make.record(store, new=(one,))
    for hand in ("hide", "pin", "retract"):
        store.articles.operate(hand, [one.key], now)
    assert store.articles.find(one.key) == replace(one, deleted_at=now, deleted_by=OPERATOR)


@pytest.mark.parametrize("hand", ["retract", "hide", "pin"])
def test_what_is_done_is_done_once_and_readers_are_shown_it(store: Store, make: Make, now: datetime, hand: str) -> None:
    make.sync(store, make.source())
    one, two = make.article(1), make.article(2)
    before = make.record(store, new=(one, two))
    for undo in (False, True):
        assert store.articles.operate(hand, [one.key], now, undo=undo) == {one.key}
        assert store.publish_seq() == before + 1
        assert store.articles.operate(hand, [one.key], now, undo=undo) == frozenset()
        assert store.publish_seq() == before + 1
        before += 1
    assert store.articles.find(one.key) == one
    assert store.articles.find(two.key) == two


def test_what_is_hidden_is_not_shown_and_polls_leave_it_hidden(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source())
    one = make.article()
    make.record(store, new=(one,))
    store.articles.operate("hide", [one.key], now)
    make.record(store, now=now + HOUR, updated=(replace(one, title="Edited"),))
    assert store.articles.newest(10, now=now + HOUR) == ()
    assert titles(store.articles.newest(10, now=now + HOUR, visible=False)) == ["Edited"]


def test_pinned_articles_are_found_without_the_others(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source())
    one, two, three = (make.article(n, sort_at=now + n * HOUR) for n in range(3))
    make.record(store, new=(one, two, three))
    store.articles.operate("pin", [one.key, two.key], now)
    store.articles.operate("hide", [two.key], now)
    assert store.articles.newest(10, now=now, pinned=True) == (replace(one, pinned_at=now),)


@pytest.mark.parametrize("how", ["hide", "retract", "deleted"])
def test_a_copy_of_what_was_taken_back_is_not_shown_in_its_place(
    store: Store, make: Make, now: datetime, how: str
) -> None:
    make.sync(store, make.source(), make.source("b"))
    owner = make.article()
    make.record(store, new=(owner,))
    make.record(store, "b", new=(make.article(source="b", duplicate_of=owner.key),))
    if how == "deleted":
        make.record(store, now=now + HOUR, deleted=(owner.key,))
    else:
        store.articles.operate(how, [owner.key], now)
    assert store.articles.newest(10, now=now + HOUR) == ()


def test_articles_are_found_by_the_page_they_are_at(store: Store, make: Make) -> None:
    make.sync(store, make.source())
    one, two = make.article(1, page_hash=7), make.article(2, page_hash=8)
    make.record(store, new=(one, two))
    assert store.articles.at_page(7, 10) == (one,)
    assert store.articles.at_page(9, 10) == ()


# ---- what was withdrawn


def test_what_was_withdrawn_is_told_the_latest_first(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source())
    live, absent, deleted, retracted = (make.article(n) for n in range(4))
    make.record(store, new=(live, absent, deleted, retracted))
    make.record(store, now=now + HOUR, withdrawn=(absent.key,))
    make.record(store, now=now + 2 * HOUR, deleted=(deleted.key,))
    store.articles.operate("retract", [retracted.key], now + 3 * HOUR)
    found = store.articles.withdrawn(now + 4 * HOUR, now - LONG_AGO, 10)
    assert [(each.key, each.deleted_by) for each in found] == [
        (retracted.key, OPERATOR), (deleted.key, PUBLISHER), (absent.key, ABSENT),
    ]  # fmt: skip
    assert store.articles.withdrawn(now + 4 * HOUR, now - LONG_AGO, 2) == found[:2]
    assert store.articles.withdrawn(now + 4 * HOUR, now + 2 * HOUR, 10) == found[:2]


def test_what_readers_never_saw_is_not_told(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source(), make.source("b"))
    shown = make.article("shown", source="b")
    make.record(store, "b", new=(shown,))
    left_out, later = make.article(1, left_out="drop: ads"), make.article(2, not_before=now + 9 * HOUR)
    copy, hidden, held = make.article(3, duplicate_of=shown.key), make.article(4), make.article(5, held="why")
    make.record(store, new=(left_out, later, copy, hidden), held=(held,))
    store.articles.operate("hide", [hidden.key], now)
    keys = tuple(each.key for each in (left_out, later, copy, hidden, held))
    make.record(store, now=now + HOUR, withdrawn=keys)
    assert store.articles.withdrawn(now + 10 * HOUR, now - LONG_AGO, 10) == ()


def test_articles_of_a_removed_source_are_told_where_that_was_asked(store: Store, make: Make, now: datetime) -> None:
    kinds = ("keep", "drop", "tombstone")
    configured = [make.source(name, on_remove=name) for name in kinds]
    make.sync(store, *configured)
    for name in kinds:
        make.record(store, name, new=(make.article(source=name),))
    make.sync(store, make.source("other"), now=now + HOUR)
    (found,) = store.articles.withdrawn(now + 2 * HOUR, now - LONG_AGO, 10)
    assert (found.source, found.deleted_at, found.deleted_by) == ("tombstone", now + HOUR, OPERATOR)
    assert store.articles.withdrawn(now + 2 * HOUR, now + 2 * HOUR, 10) == ()
    make.sync(store, *configured, now=now + 3 * HOUR)
    assert store.articles.withdrawn(now + 4 * HOUR, now - LONG_AGO, 10) == ()


# ---- whose an id is


def test_an_id_names_the_article_of_its_source_alone(store: Store, make: Make) -> None:
    make.sync(store, make.source(), make.source("b"))
    mine, theirs = make.article(1), make.article(2, source="b")
    make.record(store, new=(mine,))
    make.record(store, "b", new=(theirs,))
    found = store.polls.named("a", {mine.id: make.key("?"), theirs.id: theirs.key})
    assert {ref: held.key for ref, held in found.items()} == {mine.id: mine.key}


def test_an_id_is_known_by_what_the_source_said_and_by_what_an_article_was_called_since(
    store: Store, make: Make, now: datetime
) -> None:
    make.sync(store, make.source())
    minted, renamed = make.article(1, claimed_id="tag:theirs"), make.article(2, origin=FeedInfo(title="O"))
    make.record(store, new=(minted, renamed))
    make.record(store, now=now + HOUR, aliases=((make.key("alias"), renamed.key),))
    refs = {"tag:theirs": make.key("x"), "number two": make.key("alias"), "number one": minted.key, "no": make.key("y")}
    found = store.polls.named("a", refs)
    assert {ref: held.key for ref, held in found.items()} == {
        "tag:theirs": minted.key, "number two": renamed.key, "number one": minted.key,
    }  # fmt: skip
    assert found["number two"].origin == FeedInfo(title="O")
    assert found["number one"].origin is None


# ---- pages of what was taken out of its feed


def test_a_page_that_is_gone_on_two_days_deletes_its_article(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source())
    one, two = make.article(1), make.article(2)
    make.record(store, new=(one, two))
    make.record(store, now=now + HOUR, vanished=(one.key,))
    seq = store.publish_seq()
    (page,) = store.pages.due(now + HOUR, 10)
    assert (page.key, page.source, page.url, page.missing_at) == (one.key, "a", one.url, None)
    assert store.pages.ask(page, "elsewhere.example:443", HOUR, now + HOUR)
    assert store.pages.due(now + HOUR, 10) == (), "it is not asked for again today"
    assert not store.pages.told(page, missing=True, now=now + HOUR)
    (again,) = store.pages.due(now + 25 * HOUR, 10)
    assert again.missing_at == now + HOUR
    assert (store.publish_seq(), len(store.articles.newest(10, now=now))) == (seq, 2)
    assert store.pages.told(again, missing=True, now=now + 25 * HOUR)
    assert (store.publish_seq(), store.articles.newest(10, now=now)) == (seq + 1, (two,))
    assert store.pages.due(now + 99 * HOUR, 10) == ()


def test_a_page_is_asked_for_when_its_host_may_be(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source(), gap=HOUR)
    one = make.article()
    make.record(store, new=(one,), vanished=(one.key,))
    (page,) = store.pages.due(now, 10)
    host = make.source().host
    assert not store.pages.ask(page, host, HOUR, now), "the poll was just there"
    assert store.pages.due(now, 10) == (page,)
    assert store.pages.ask(page, host, HOUR, now + HOUR)
    assert store.queue.claim(now + HOUR, 1, HOUR, only=["a"]) == (), "the page was just asked for"


@pytest.mark.parametrize("how", ["back", "removed", "retracted", "a week ago"])
def test_a_page_is_not_asked_for_any_more(store: Store, make: Make, now: datetime, how: str) -> None:
    make.sync(store, make.source(), make.source("b"))
    one = make.article()
    make.record(store, new=(one,), vanished=(one.key,))
    later = now + HOUR
    if how == "back":
        make.record(store, now=later, state={"upstream": (one.key,)})
    elif how == "removed":
        make.sync(store, make.source("b"), now=later)
    elif how == "retracted":
        store.articles.operate("retract", [one.key], later)
    else:
        later = now + timedelta(days=7)
    assert store.pages.due(later, 10) == ()
