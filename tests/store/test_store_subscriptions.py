"""What our hub remembers, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from aggregator.model import Delivered, Intent, Subscribed
from aggregator.store import Store, Subscriptions

TOPIC = "https://p.example/feed.atom"
OLD, NEW, NEWER = "a" * 32, "b" * 32, "c" * 32
DAY = timedelta(days=1)


@pytest.fixture
def memory(store: Store) -> Subscriptions:
    return store.subscriptions


@pytest.fixture
def intent(make: Any, now: datetime) -> Any:
    def of(name: str = "one", **fields: Any) -> Intent:
        given: dict[str, Any] = {
            "key": make.key(name),
            "mode": "subscribe",
            "topic": TOPIC,
            "callback": f"https://{name}.example/cb?x=1",
            "host": f"{name}.example",
            "lease": 10 * DAY,
            "version": OLD,
            "at": now,
        }
        return Intent(**(given | fields))

    return of


def ask(memory: Subscriptions, intent: Intent, most: int = 100, most_of_host: int = 100) -> bool:
    return memory.ask(intent, most=most, most_of_host=most_of_host)


def subscribe(memory: Subscriptions, intent: Intent) -> None:
    assert ask(memory, intent)
    assert memory.confirm(intent, intent.at, intent.at)


def due(memory: Subscriptions, version: str, now: datetime, **more: Any) -> list[str]:
    return [each.callback for each in memory.due(TOPIC, version, now, limit=10, most_failures=6, **more)]


def test_what_is_asked_for_waits_for_the_callback(memory: Subscriptions, intent: Any, now: datetime) -> None:
    wanted = intent(secret="s\0ecret")
    assert ask(memory, wanted)
    assert memory.intents(10) == (wanted,)
    assert memory.intents(10, {wanted.key}) == ()
    assert memory.topics(now) == ()
    memory.drop(wanted)
    assert memory.intents(10) == ()


def test_who_confirmed_gets_what_he_does_not_have(memory: Subscriptions, intent: Any, now: datetime) -> None:
    subscribe(memory, intent(secret="s\0ecret"))
    assert memory.intents(10) == ()
    assert memory.topics(now) == (TOPIC,)
    assert due(memory, OLD, now) == []
    (found,) = memory.due(TOPIC, NEW, now, limit=10, most_failures=6)
    assert (found.callback, found.secret, found.host) == ("https://one.example/cb?x=1", "s\0ecret", "one.example")
    assert due(memory, NEW, now, besides={found.key}) == []
    memory.settle([Delivered(key=found.key, version=NEW, failures=0, next_try=now + DAY)])
    assert due(memory, NEW, now) == []
    assert due(memory, NEWER, now) == []
    assert memory.next_try(now) == now + DAY
    assert due(memory, NEWER, now + DAY) == ["https://one.example/cb?x=1"]


def test_a_lease_ends(memory: Subscriptions, intent: Any, now: datetime) -> None:
    subscribe(memory, intent(lease=DAY))
    assert due(memory, NEW, now + DAY - timedelta(seconds=1)) != []
    assert due(memory, NEW, now + DAY) == []
    assert memory.topics(now + DAY) == ()


def test_a_second_subscription_replaces_the_first_and_keeps_what_is_due(
    memory: Subscriptions, intent: Any, now: datetime
) -> None:
    subscribe(memory, intent(secret="old", lease=DAY))
    subscribe(memory, intent(secret="new", lease=3 * DAY, version=NEW, at=now + timedelta(minutes=1)))
    (found,) = memory.due(TOPIC, NEW, now + 2 * DAY, limit=10, most_failures=6)
    assert found.secret == "new"


def test_one_after_the_end_of_the_lease_begins_anew(memory: Subscriptions, intent: Any, now: datetime) -> None:
    subscribe(memory, intent(lease=DAY))
    subscribe(memory, intent(version=NEW, at=now + 2 * DAY))
    assert due(memory, NEW, now + 2 * DAY) == []


@pytest.mark.parametrize("mode", ["subscribe", "unsubscribe"])
def test_a_newer_request_takes_the_place_of_one_that_is_being_verified(
    memory: Subscriptions, intent: Any, now: datetime, mode: Any
) -> None:
    first = intent(secret="old")
    ask(memory, first)
    second = replace(first, mode=mode, secret="new", at=now + timedelta(seconds=1))
    ask(memory, second)
    assert not memory.confirm(first, now, now)
    assert memory.topics(now) == ()
    assert memory.intents(10) == (second,)


def test_an_unsubscription_ends_it(memory: Subscriptions, intent: Any, now: datetime) -> None:
    subscribe(memory, intent())
    leave = intent(mode="unsubscribe", at=now + timedelta(minutes=1))
    subscribe(memory, leave)
    assert due(memory, NEW, now) == []


def test_failures_are_counted_until_one_comes_through(memory: Subscriptions, intent: Any, now: datetime) -> None:
    subscribe(memory, intent())
    key = intent().key
    for times in range(1, 7):
        (found,) = memory.due(TOPIC, NEW, now, limit=10, most_failures=6)
        assert found.failures == times - 1
        memory.settle([Delivered(key=key, version=NEW, failures=times, next_try=now)])
    assert due(memory, NEW, now) == []
    assert memory.subscribed(now) == (Subscribed(topic=TOPIC, subscriptions=1, failing=1),)
    assert due(memory, NEWER, now) != []
    memory.settle([Delivered(key=key, version=NEWER, failures=0, next_try=now)])
    assert memory.subscribed(now) == (Subscribed(topic=TOPIC, subscriptions=1, failing=0),)


def test_those_who_never_fail_come_first(memory: Subscriptions, intent: Any, now: datetime) -> None:
    for name in ("failing", "sound"):
        subscribe(memory, intent(name))
    memory.settle([Delivered(key=intent("failing").key, version=NEW, failures=1, next_try=now)])
    assert due(memory, NEW, now) == ["https://sound.example/cb?x=1", "https://failing.example/cb?x=1"]


def test_who_is_gone_is_forgotten(memory: Subscriptions, intent: Any, now: datetime) -> None:
    subscribe(memory, intent())
    memory.settle([Delivered(key=intent().key, version=NEW, failures=1, next_try=now, gone=True)])
    assert memory.topics(now) == ()


def test_subscribers_of_what_is_no_more_are_told(memory: Subscriptions, intent: Any, now: datetime) -> None:
    subscribe(memory, intent("one"))
    subscribe(memory, intent("two"))
    assert memory.deny(TOPIC, now) == 2
    assert memory.topics(now) == ()
    assert sorted((each.mode, each.callback) for each in memory.intents(10)) == [
        ("denied", "https://one.example/cb?x=1"),
        ("denied", "https://two.example/cb?x=1"),
    ]
    assert memory.deny(TOPIC, now) == 0


def test_there_is_room_for_so_many_and_so_many_of_a_host(memory: Subscriptions, intent: Any) -> None:
    subscribe(memory, intent("one", host="h.example"))
    assert ask(memory, intent("two", host="h.example"), most_of_host=2)
    assert not ask(memory, intent("three", host="h.example"), most_of_host=2)
    assert ask(memory, intent("three"), most=3)
    assert not ask(memory, intent("four"), most=3)
    assert ask(memory, intent("one", host="h.example"), most=0, most_of_host=0), "it is there already"
