"""Changes of health and who was told, on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from aggregator.model import HealthChange, Reached, Standing
from aggregator.store import Store
from aggregator.store.health_changes import KEPT, KEPT_FOR, HealthChanges

HOUR = timedelta(hours=1)


@pytest.fixture
def memory(store: Store) -> HealthChanges:
    return store.health_changes


@pytest.fixture
def change(now: datetime) -> Any:
    def of(subject: str = "a", **fields: Any) -> HealthChange:
        given: dict[str, Any] = {
            "at": now,
            "kind": "source",
            "subject": subject,
            "before": "ok",
            "after": "failing",
            "about": "failing",
            "since": now - HOUR,
            "text": "503 Service Unavailable \U0001f4a5",
            "advice": "Wait.",
            "url": "https://a.example/feed",
            "last_success": now - 2 * HOUR,
            "next_try": now + HOUR,
        }
        return HealthChange(**(given | fields))

    return of


def test_a_change_comes_back_as_it_was(memory: HealthChanges, change: Any, now: datetime) -> None:
    memory.record([change(alert="raised"), change("b", after="gone")], {}, now)
    newest, oldest = memory.newest(10)
    assert (newest.subject, oldest.subject) == ("b", "a")
    assert newest.seq > oldest.seq
    assert oldest == change(alert="raised", seq=oldest.seq)


def test_what_is_no_change_is_told_but_not_shown_as_one(memory: HealthChanges, change: Any, now: datetime) -> None:
    memory.record([change(before="failing", alert="raised"), change("b")], {}, now)
    assert [each.subject for each in memory.newest(10)] == ["b"]
    assert [each.subject for each in memory.newest(10, alerts=True)] == ["a"]


def test_receivers_are_told_what_came_after_what_they_know(memory: HealthChanges, change: Any, now: datetime) -> None:
    memory.record([change(name, alert="raised") for name in "abcd"], {}, now)
    first = memory.alerts(0, 2)
    assert [each.subject for each in first] == ["a", "b"]
    assert [each.subject for each in memory.alerts(first[-1].seq, 10)] == ["c", "d"]
    assert memory.last() == memory.alerts(0, 10)[-1].seq


def test_the_newest_are_kept_and_numbers_never_come_again(memory: HealthChanges, change: Any, now: datetime) -> None:
    memory.record([change(str(n)) for n in range(KEPT + 10)], {}, now)
    kept = memory.newest(KEPT + 10)
    assert len(kept) == KEPT
    last = memory.last()
    later = now + KEPT_FOR + HOUR
    memory.record([change("new", at=later)], {}, later)
    assert [each.subject for each in memory.newest(10)] == ["new"]
    assert memory.last() == last + 1


def test_how_things_stand_is_replaced_and_forgotten(memory: HealthChanges, now: datetime) -> None:
    stands = Standing(
        kind="source", subject="a", word="failing", since=now, raised="failing", raised_at=now, told_at=now,
        breaks=(now - HOUR, now), raises=(now,),
    )  # fmt: skip
    output = Standing(kind="output", subject="a", word="held", since=now)
    memory.record((), {("source", "a"): stands, ("output", "a"): output}, now)
    assert set(memory.standings()) == {stands, output}
    well = Standing(kind="source", subject="a", well_since=now)
    memory.record((), {("source", "a"): well, ("output", "a"): None}, now)
    assert memory.standings() == (well,)


def test_what_a_receiver_was_told_is_kept(memory: HealthChanges, now: datetime) -> None:
    told = Reached(
        receiver="desk", position=7, told_at=now, failures=2, failing_since=now, next_try=now + HOUR, problem="no",
        published=b"12345678",
    )  # fmt: skip
    other = Reached(receiver="mail", position=3, failures=0)
    memory.note([told, other])
    memory.note([other])
    assert memory.reached() == {"desk": told, "mail": other}
    memory.forget({"mail"})
    assert memory.reached() == {"mail": other}


def test_sources_that_were_polled_lately_are_found(store: Store, make: Any, now: datetime) -> None:
    make.sync(store, make.source("a"), make.source("b"), make.source("c"))
    make.record(store, "a", state={"last_poll": now - HOUR})
    make.record(store, "b", state={"last_poll": now})
    assert [each.source for each in store.health_changes.polled(now)] == ["b"]
    assert [each.source for each in store.health_changes.polled(now - HOUR)] == ["a", "b"]
    assert [each.source for each in store.health_changes.states(["c", "a", "x"])] == ["a", "c"]
