"""What is measured of the store, on both backends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from aggregator.model import Asked, Code
from aggregator.store import Store


def asked(make: Any, host: str, status: int = 200) -> Asked:
    return Asked(host=host, at=make.now, took=timedelta(seconds=1), conditional=True, status=status)


def test_what_is_due_and_nobody_polls_is_in_the_queue(store: Store, make: Any) -> None:
    make.sync(store, make.source("a"), make.source("b"), make.source("c", enabled=False))
    later = make.now + timedelta(minutes=5)
    queue = store.figures.queue(later)
    assert (queue.due, queue.overdue) == (2, timedelta(minutes=5))
    store.queue.claim(later, 1, timedelta(minutes=1))
    assert store.figures.queue(later).due == 1
    assert store.figures.queue(make.now - timedelta(seconds=1)).due == 0


def test_a_host_that_asked_for_a_pause_keeps_nothing_waiting(store: Store, make: Any) -> None:
    make.sync(store, make.source("a"))
    until = make.now + timedelta(hours=2)
    due = {"next_poll_at": make.now + timedelta(minutes=1), "code": Code.RATE_LIMITED}
    make.record(store, "a", state=due, host_wait=until, asked=(asked(make, "a.example:443", 429),))
    queue = store.figures.queue(make.now + timedelta(hours=1))
    assert (queue.due, queue.overdue) == (1, timedelta(0))
    assert store.figures.queue(until + timedelta(hours=1)).overdue > timedelta(0)


def test_how_hosts_were_treated_is_summed_and_the_worst_are_named(store: Store, make: Any) -> None:
    make.sync(store, make.source("a"), make.source("b"))
    assert (store.figures.treatment().hosts, store.figures.worst(10)) == (0, ())
    make.record(store, "a", asked=(asked(make, "a.example:443", 429), asked(make, "c.example:443", 503)))
    make.record(store, "b", asked=(asked(make, "b.example:443"),))
    whole = store.figures.treatment()
    assert (whole.hosts, whole.rate_limited, whole.early_polls, whole.ignored_waits) == (3, 2, 0, 0)
    assert [each.host for each in store.figures.worst(10)] == ["a.example:443", "c.example:443"]
    assert [each.host for each in store.figures.worst(1)] == ["a.example:443"]


def test_who_was_asked_too_early_comes_before_who_complained(store: Store, make: Any) -> None:
    make.sync(store, make.source("a"), make.source("b"), gap=timedelta(0))
    make.record(store, "a", asked=(asked(make, "a.example:443", 429),))
    make.record(store, "b", asked=(asked(make, "b.example:443"),), state={"last_poll": make.now})
    make.record(store, "b", asked=(asked(make, "b.example:443"),))
    assert [(each.host, each.early_polls) for each in store.figures.worst(10)] == [
        ("b.example:443", 1),
        ("a.example:443", 0),
    ]


def test_it_has_a_size_and_answers(store: Store, make: Any) -> None:
    make.sync(store, make.source("a"))
    assert store.figures.size() > 16 * 1024
    store.figures.answers()
