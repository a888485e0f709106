"""Waits in the queue: what a restart, a pause, an update and a clock that is set do to them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from aggregator.model import Code
from aggregator.store import Store

if TYPE_CHECKING:
    from datetime import datetime

    from conftest import Make

    from aggregator.model import SourceState

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
LEASE = timedelta(minutes=1)
NO_GAP = timedelta(0)


def state_of(store: Store, source: str = "a") -> SourceState:
    state = store.polls.state(source)
    assert state is not None
    return state


def test_a_restart_makes_no_look_earlier(url: str, make: Make, now: datetime) -> None:
    """F33: the next look is stored, with its reason."""
    with Store.open(url) as store:
        make.sync(store, make.source())
        make.record(store, state={"next_poll_at": now + 5 * HOUR, "next_reason": "why"})
    with Store.open(url) as store:
        make.sync(store, make.source(), now=now + HOUR)
        assert (state_of(store).next_poll_at, state_of(store).next_reason) == (now + 5 * HOUR, "why")
        assert store.queue.claim(now + 5 * HOUR - make.minute, 9, LEASE) == ()
        assert len(store.queue.claim(now + 5 * HOUR, 9, LEASE)) == 1


def test_what_is_overdue_is_given_out_by_so_many_and_one_of_a_host(store: Store, make: Make, now: datetime) -> None:
    """F33, F35: at most as many as are asked for, one per host, and a host is free again after its gap."""
    same = [make.source(f"same{n}", url=f"https://one.example/{n}") for n in range(3)]
    make.sync(store, *same, *(make.source(f"s{n}") for n in range(5)))
    late = now + 9 * DAY
    first = store.queue.claim(late, 4, LEASE)
    assert len(first) == 4
    rest = store.queue.claim(late, 9, LEASE)
    assert len(rest) == 2
    assert sum(claim.source.startswith("same") for claim in (*first, *rest)) == 1
    assert store.queue.claim(late + timedelta(seconds=0.9), 9, LEASE) == ()
    (second,) = store.queue.claim(late + timedelta(seconds=1), 9, LEASE)
    assert second.source.startswith("same")


def test_missed_looks_become_one(store: Store, make: Make, now: datetime) -> None:
    """F38: a machine that slept for three days asks each source once."""
    make.sync(store, make.source())
    make.record(store, state={"next_poll_at": now + HOUR})
    awake = now + 3 * DAY
    (claim,) = store.queue.claim(awake, 9, LEASE)
    store.polls.record(make.plan(claim, state={"next_poll_at": awake + HOUR}), claim, awake)
    assert store.queue.claim(awake + timedelta(minutes=59), 9, LEASE) == ()


@pytest.mark.parametrize("address", ["http://127.0.0.1:1200/a", "https://a.example/feed"])
def test_a_source_is_not_polled_by_name_during_a_pause_unless_forced(
    store: Store, make: Make, now: datetime, address: str
) -> None:
    """F36: of a private host the source alone is paused, of a public one the host."""
    private = "127" in address
    make.sync(store, make.source(url=address), gap=NO_GAP if private else make.minute)
    pause = now + 2 * HOUR
    wait = None if private else pause
    make.record(store, state={"next_poll_at": pause, "code": Code.RATE_LIMITED}, host_wait=wait)
    later = now + HOUR
    assert store.queue.claim(later, 9, LEASE, only=["a"]) == ()
    assert store.queue.next_due(later, only=["a"]) == pause
    assert store.queue.next_due(later, only=["a"], force=True) == later
    (claim,) = store.queue.claim(later, 9, LEASE, only=["a"], force=True)
    store.queue.release(claim)
    assert len(store.queue.claim(pause, 9, LEASE, only=["a"])) == 1


def test_during_a_pause_no_other_source_of_the_host_is_polled_by_name(store: Store, make: Make, now: datetime) -> None:
    """F25, F36: the whole host waits."""
    make.sync(store, make.source(url="https://one.example/a"), make.source("b", url="https://one.example/b"))
    pause = now + 2 * HOUR
    make.record(store, state={"next_poll_at": pause, "code": Code.RATE_LIMITED}, host_wait=pause)
    assert store.queue.claim(now + HOUR, 9, LEASE, only=["b"]) == store.queue.claim(now + HOUR, 9, LEASE) == ()
    assert store.queue.next_due(now + HOUR, only=["b"]) == pause
    assert [claim.source for claim in store.queue.claim(now + HOUR, 9, LEASE, only=["b"], force=True)] == ["b"]


def test_a_source_is_polled_by_name_before_its_time(store: Store, make: Make, now: datetime) -> None:
    """F36: and with the validators it had, for the request is conditional."""
    make.sync(store, make.source())
    make.record(store, state={"next_poll_at": now + 9 * HOUR, "validators": make.validators("e"), "code": Code.OK})
    (claim,) = store.queue.claim(now + HOUR, 9, LEASE, only=["a"])
    assert claim.state.validators == make.validators("e")


def test_after_an_update_of_the_parser_what_is_overdue_is_spread(store: Store, make: Make, now: datetime) -> None:
    """F13: the rest has its own time, and what is new or was read by this parser is left alone."""
    names = ("old", "due", "new", "same", "seeds")
    make.sync(store, *(make.source(name) for name in names))
    for name, version in (("old", 1), ("due", 1), ("same", 2), ("seeds", 1)):
        ahead = 9 * HOUR if name == "due" else HOUR
        make.record(store, name, state={"next_poll_at": now + ahead, "parser_version": version})
    up = now + 2 * HOUR
    at = up + timedelta(minutes=20)
    store.queue.put_off_rereading(dict.fromkeys(("old", "due", "new", "same"), at), 2, up)
    assert state_of(store, "old").next_poll_at == at
    assert state_of(store, "due").next_poll_at == now + 9 * HOUR
    assert {claim.source for claim in store.queue.claim(up, 9, LEASE)} == {"new", "same", "seeds"}
    assert "old" in {claim.source for claim in store.queue.claim(at, 9, LEASE)}


@pytest.mark.parametrize("by", [DAY, -DAY, -3650 * DAY])
def test_a_clock_that_is_set_changes_no_wait(store: Store, make: Make, now: datetime, by: timedelta) -> None:
    """F37: neither is what waits polled at once, nor does it wait longer."""
    make.sync(store, make.source("before"), make.source("a"), make.source("never"), now=now)
    make.record(store, "before", state={"next_poll_at": now + 40 * HOUR, "last_poll": now})
    began = now + HOUR
    facts = {"last_poll": began + HOUR, "since": now - DAY, "status_since": began + HOUR, "refresh_at": now + 9 * DAY}
    wait = began + 4 * HOUR
    make.record(store, now=began + HOUR, state={"next_poll_at": began + 3 * HOUR} | facts, host_wait=wait)
    store.queue.clock_was_set(began, by)
    state = state_of(store)
    assert state.next_poll_at == began + 3 * HOUR + by
    assert (state.last_poll, state.status_since) == (began + HOUR + by, began + HOUR + by)
    assert (state.since, state.refresh_at) == (now - DAY, now + 9 * DAY + by)
    assert state_of(store, "never").next_poll_at == now + by
    assert state_of(store, "before").next_poll_at == now + 40 * HOUR, "written when the clock was right"
    due = {each for moment in (wait + by - make.minute,) for each in store.queue.claim(moment, 9, LEASE)}
    assert {claim.source for claim in due} - {"before"} == {"never"}
    assert "a" in {claim.source for claim in store.queue.claim(wait + by, 9, LEASE)}
