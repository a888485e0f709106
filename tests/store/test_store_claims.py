"""Whose turn it is: leases, fencing, one poll per host, and that nobody is ever forgotten."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, select

from aggregator.errors import ClaimLost
from aggregator.model import Asked
from aggregator.store.schema import hosts, metadata, source_state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Make
    from sqlalchemy import Engine

    from aggregator.model import Source
    from aggregator.store import Store

LEASE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


def names(claims: Any) -> list[str]:
    return [claim.source for claim in claims]


def on_one_host(make: Make, *ids: str) -> list[Source]:
    return [make.source(each, url=f"https://shared.example/{each}") for each in ids]


def test_due_sources_are_claimed_oldest_first_up_to_the_limit(store: Store, make: Make, now: datetime) -> None:
    due = {"a": now, "b": now - 2 * SECOND, "c": now - SECOND, "d": now + SECOND}
    store.sync([make.source(each) for each in due], now, lambda source: due[source.id], lambda host: SECOND)
    assert names(store.queue.claim(now, 2, LEASE)) == ["b", "c"]
    assert names(store.queue.claim(now, 2, LEASE)) == ["a"]
    assert store.queue.claim(now, 2, LEASE) == ()
    assert store.queue.next_due(now) == now + SECOND


def test_a_claim_carries_token_expiry_and_state(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source())
    (claim,) = store.queue.claim(now, 1, LEASE)
    assert (claim.source, claim.expires, claim.state) == ("a", now + LEASE, store.polls.state("a"))


def test_one_host_gives_one_claim_and_then_waits_for_its_gap(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, *on_one_host(make, "a", "b", "c"))
    assert names(store.queue.claim(now, 10, LEASE)) == ["a"]
    assert store.queue.next_due(now) == now + SECOND
    assert store.queue.claim(now + SECOND * 0.999, 10, LEASE) == ()
    assert names(store.queue.claim(now + SECOND, 10, LEASE)) == ["b"]
    assert names(store.queue.claim(now + 2 * SECOND, 10, LEASE)) == ["c"]


def test_a_host_without_a_gap_still_gives_one_per_call(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, *on_one_host(make, "a", "b"), gap=timedelta(0))
    assert names(store.queue.claim(now, 10, LEASE)) == ["a"]
    assert names(store.queue.claim(now, 10, LEASE)) == ["b"]


def test_a_changed_gap_holds_from_the_next_claim(store: Store, make: Make, now: datetime) -> None:
    sources = on_one_host(make, "a", "b")
    make.sync(store, *sources)
    make.sync(store, *sources, gap=10 * SECOND)
    assert names(store.queue.claim(now, 10, LEASE)) == ["a"]
    assert store.queue.next_due(now) == now + 10 * SECOND


def test_busy_hosts_are_left_alone(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source("a"), make.source("b"))
    assert store.queue.claim(now, 10, LEASE, busy_hosts=["a.example:443", "b.example:443"]) == ()
    assert store.queue.claim(now, 10, LEASE, busy_hosts=["a.example:443"], only=["a"]) == ()
    assert names(store.queue.claim(now, 10, LEASE, busy_hosts=["a.example:443"])) == ["b"]
    assert store.queue.next_due(now, busy_hosts=["a.example:443"]) == now + LEASE
    assert store.queue.next_due(now) == now


def test_an_expired_lease_is_taken_over_and_the_first_holder_fenced_off(
    store: Store, make: Make, now: datetime
) -> None:
    make.sync(store, make.source())
    (first,) = store.queue.claim(now, 1, LEASE)
    assert store.queue.claim(now + LEASE - SECOND, 1, LEASE) == ()
    assert store.queue.claim(now + LEASE - SECOND, 1, LEASE, only=["a"]) == ()
    assert store.queue.next_due(now) == now + LEASE
    (second,) = store.queue.claim(now + LEASE, 1, LEASE)
    assert second.token > first.token
    with pytest.raises(ClaimLost):
        store.polls.record(make.plan(first, new=(make.article(),)), first, now + LEASE)
    store.queue.release(first)
    assert store.articles.newest(10, now=now) == ()
    store.polls.record(make.plan(second, new=(make.article(),)), second, now + LEASE)
    assert len(store.articles.newest(10, now=now)) == 1


def test_a_stranger_is_asked_again_later_than_a_host_without_a_gap(store: Store, make: Make, now: datetime) -> None:
    gaps = {"a": SECOND, "b": timedelta(0)}
    store.sync([make.source(each) for each in gaps], now, lambda _: now, lambda host: gaps[host[0]])
    claims = store.queue.claim(now, 2, LEASE, again=60 * LEASE)
    assert {each.source: each.expires - now for each in claims} == {"a": 60 * LEASE, "b": LEASE}
    assert names(store.queue.claim(now + 60 * LEASE - SECOND, 2, LEASE)) == ["b"]
    assert names(store.queue.claim(now + 60 * LEASE, 2, LEASE)) == ["a"]


def test_a_late_poll_that_nobody_took_over_still_counts(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source())
    (claim,) = store.queue.claim(now, 1, LEASE)
    store.polls.record(make.plan(claim, new=(make.article(),)), claim, now + 2 * LEASE)
    assert len(store.articles.newest(10, now=now)) == 1


def test_the_sole_source_of_a_host_comes_back_after_its_poll_was_killed(
    store: Store, make: Make, now: datetime
) -> None:
    """The first design worked next_at out from the host's other sources only: with none it never came back."""
    make.sync(store, make.source())
    store.queue.claim(now, 1, LEASE)
    assert store.queue.next_due(now) == now + LEASE
    assert names(store.queue.claim(now + LEASE, 1, LEASE)) == ["a"]


def test_a_released_source_is_due_as_before(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source())
    before = store.polls.state("a")
    (claim,) = store.queue.claim(now, 1, LEASE)
    store.queue.release(claim)
    store.queue.release(claim)
    assert store.polls.state("a") == before
    assert store.queue.next_due(now) == now + SECOND  # the host was started on, and keeps its gap
    assert names(store.queue.claim(now + SECOND, 1, LEASE)) == ["a"]


def test_releasing_after_recording_changes_nothing(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source())
    (claim,) = store.queue.claim(now, 1, LEASE)
    store.polls.record(make.plan(claim), claim, now)
    store.queue.release(claim)
    assert store.queue.next_due(now) == now + timedelta(hours=1)


def test_a_host_that_asked_to_be_left_alone_is(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, *on_one_host(make, "a", "b"))
    (claim,) = store.queue.claim(now, 1, LEASE)
    wait = now + timedelta(hours=2)
    store.polls.record(make.plan(claim, host_wait=wait), claim, now)
    later = now + timedelta(hours=1, minutes=30)
    assert store.queue.next_due(now) == wait
    assert store.queue.claim(later, 10, LEASE) == ()
    assert store.queue.claim(later, 10, LEASE, only=["b"]) == ()
    assert store.queue.next_due(later, only=["b"]) == wait
    assert names(store.queue.claim(later, 10, LEASE, only=["b"], force=True)) == ["b"]
    assert names(store.queue.claim(wait, 10, LEASE)) == ["a"]


def test_f25_a_host_that_asked_for_it_behind_a_redirect_is_left_alone_too(
    store: Store, make: Make, now: datetime
) -> None:
    make.sync(store, make.source("a"), make.source("b"))
    other = make.source("b").host
    (claim,) = store.queue.claim(now, 1, LEASE, only=["a"])
    wait = now + timedelta(hours=2)
    asked = tuple(
        Asked(host=host, at=now, took=SECOND, conditional=False, status=status)
        for host, status in ((make.source("a").host, 302), (other, 429))
    )
    store.polls.record(make.plan(claim, host_wait=wait, asked=asked), claim, now)
    assert store.queue.claim(now + timedelta(hours=1), 10, LEASE, only=["b"]) == ()
    assert names(store.queue.claim(wait, 10, LEASE, only=["b"])) == ["b"]


def test_a_shorter_wait_does_not_end_a_longer_one(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, *on_one_host(make, "a", "b"))
    (first,) = store.queue.claim(now, 1, LEASE)
    (second,) = store.queue.claim(now + SECOND, 1, LEASE)
    store.polls.record(make.plan(first, host_wait=now + timedelta(hours=9)), first, now)
    store.polls.record(make.plan(second, host_wait=now + timedelta(hours=2)), second, now)
    assert store.queue.next_due(now) == now + timedelta(hours=9)


def test_only_names_sources_that_are_polled_before_they_are_due(store: Store, make: Make, now: datetime) -> None:
    later = now + timedelta(hours=5)
    sources = [make.source("a"), make.source("b"), *on_one_host(make, "c", "d")]
    store.sync(sources, now, lambda source: later, lambda host: SECOND)
    everything = ["a", "b", "c", "d"]
    assert store.queue.claim(now, 10, LEASE) == ()
    assert names(store.queue.claim(now, 10, LEASE, only=["b"])) == ["b"]
    assert store.queue.claim(now, 10, LEASE, only=[]) == ()
    assert store.queue.next_due(now, only=everything) == now
    assert names(store.queue.claim(now, 10, LEASE, only=everything)) == ["a", "c"]
    assert store.queue.next_due(now, only=["c", "d"]) == now + SECOND
    assert store.queue.claim(now, 10, LEASE, only=everything) == ()
    assert names(store.queue.claim(now + SECOND, 10, LEASE, only=everything)) == ["d"]
    assert store.queue.next_due(now + SECOND, only=everything) == now + LEASE
    assert store.queue.next_due(now, only=["unheard of"]) is None


def test_only_may_name_more_sources_than_a_statement_takes(store: Store, make: Make, now: datetime) -> None:
    later = now + timedelta(hours=5)
    store.sync([make.source("a"), make.source("b")], now, lambda source: later, lambda host: SECOND)
    many = [f"a{number}" for number in range(40_000)] + ["a", "b"]
    assert names(store.queue.claim(now, 10, LEASE, only=many)) == ["a", "b"]


def test_one_host_gives_one_claim_even_to_many_names(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, *on_one_host(make, "a", "z"), gap=timedelta(0))
    many = [f"b{number}" for number in range(10_000)] + ["a", "z"]
    assert names(store.queue.claim(now, 10, LEASE, only=many)) == ["a"]


def test_poll_now_makes_due_but_not_what_is_polled_or_disabled(store: Store, make: Make, now: datetime) -> None:
    later = now + timedelta(hours=5)
    sources = [make.source("a"), make.source("b"), make.source("c", enabled=False)]
    store.sync(sources, now, lambda source: later, lambda host: SECOND)
    (claim,) = store.queue.claim(now, 1, LEASE, only=["a"])
    store.queue.poll_now(["a", "b", "c", "unheard of"], now + SECOND)
    state = store.polls.state("b")
    assert state is not None
    assert (state.next_poll_at, state.next_reason) == (now + SECOND, "asked for")
    assert store.queue.next_due(now + SECOND) == now + SECOND
    assert names(store.queue.claim(now + SECOND, 10, LEASE)) == ["b"]
    store.polls.record(make.plan(claim), claim, now + SECOND)


def test_poll_now_does_not_break_the_gap(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, *on_one_host(make, "a", "b"))
    store.queue.claim(now, 1, LEASE)
    store.queue.poll_now(["b"], now)
    assert store.queue.claim(now, 10, LEASE) == ()
    assert store.queue.next_due(now) == now + SECOND


def test_two_threads_never_claim_the_same_source(
    store: Store, another: Callable[[], Store], make: Make, now: datetime
) -> None:
    make.sync(store, *(make.source(f"s{number}") for number in range(40)))
    stores = [store, store, another()]

    def work(mine: Store) -> list[str]:
        got: list[str] = []
        while claims := mine.queue.claim(now, 3, LEASE):
            got.extend(names(claims))
            for claim in claims:
                mine.polls.record(make.plan(claim), claim, now)
        return got

    with ThreadPoolExecutor(len(stores)) as pool:
        got = [name for part in pool.map(work, stores) for name in part]
    assert len(got) == len(set(got)) >= 1
    rest = []
    while claims := store.queue.claim(now, 60, LEASE):
        rest.extend(names(claims))
    assert sorted(got + rest) == sorted(f"s{number}" for number in range(40))


def test_one_host_keeps_its_gap_whoever_claims(
    store: Store, another: Callable[[], Store], make: Make, now: datetime
) -> None:
    make.sync(store, *on_one_host(make, *(f"s{number:02}" for number in range(20))))
    stores = [store, another(), store]

    def work(mine: Store) -> list[datetime]:
        return [at for step in range(40) if mine.queue.claim(at := now + step * SECOND / 4, 5, LEASE)]

    with ThreadPoolExecutor(len(stores)) as pool:
        starts = sorted(at for part in pool.map(work, stores) for at in part)
    assert all(later - sooner >= SECOND for sooner, later in pairwise(starts))


def test_two_threads_recording_both_count(
    store: Store, another: Callable[[], Store], make: Make, now: datetime
) -> None:
    """Sources of one host, so that both write its row; the last one must not forget what the first one wrote."""
    ids = [f"s{number}" for number in range(8)]
    make.sync(store, *on_one_host(make, *ids), gap=timedelta(0))
    claims = [store.queue.claim(now, 1, LEASE)[0] for _ in ids]
    stores = [store, another()] * 4

    def work(job: Any) -> int:
        mine, claim = job
        new = tuple(make.article(number, source=claim.source) for number in range(3))
        due = now + timedelta(hours=ids.index(claim.source) + 1)
        return mine.polls.record(make.plan(claim, new=new, state={"next_poll_at": due}), claim, now)

    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(work, zip(stores, claims, strict=True)))
    assert sorted(numbers) == list(range(1, 9))
    assert store.articles.counts() == dict.fromkeys(ids, 3)
    assert store.queue.next_due(now) == now + timedelta(hours=1)


# ---- the invariant


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["claim", "force", "record", "wait", "release", "forget", "poll_now", "sync", "tick"]),
        st.integers(0, 7),
        st.integers(0, 90),
    ),
    min_size=1,
    max_size=25,
)
START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
GAP = 5 * SECOND


@pytest.fixture
def raw(url: str) -> Iterator[Engine]:
    """The database behind the store's back."""
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    yield engine
    engine.dispose()


@settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_no_host_is_looked_at_later_than_its_sources_are_due(
    store: Store, raw: Engine, make: Make, steps: list[tuple[str, int, int]]
) -> None:
    """Whatever happens: next_at <= latest(politeness, first run_at); and two starts on a host are a gap apart."""
    empty(raw)
    now, configured, claims = START, 0b1111, []
    starts: dict[str, list[datetime]] = {}
    sync(store, make, configured, now)
    for step, which, seconds in steps:
        if step in ("claim", "force"):
            only = None if step == "claim" else ["s0", f"s{which % 6}"]
            for claim in store.queue.claim(now, 1 + which, LEASE, only=only):
                claims.append(claim)
                starts.setdefault(f"h{int(claim.source[1]) % 3}", []).append(now)
        elif step in ("record", "wait") and claims:
            claim = claims.pop(which % len(claims))
            plan = make.plan(
                claim,
                state={"next_poll_at": now + seconds * SECOND},
                host_wait=now + seconds * SECOND if step == "wait" else None,
            )
            with suppress(ClaimLost):  # it ran out or was reconfigured: part of what may happen
                store.polls.record(plan, claim, now)
        elif step == "release" and claims:
            store.queue.release(claims.pop(which % len(claims)))
        elif step == "forget" and claims:
            claims.pop(which % len(claims))  # as a killed process does
        elif step == "poll_now":
            store.queue.poll_now([f"s{which % 6}"], now)
        elif step == "sync":
            configured = (configured + which * 7 + 1) % 64
            sync(store, make, configured, now)
        else:
            now += seconds * SECOND
        assert store.check() == ()
        assert late_hosts(raw) == []
    for times in starts.values():
        assert all(later - sooner >= GAP for sooner, later in pairwise(times))
    # And nobody is lost: in the end everyone enabled is claimed.
    expected = {f"s{number}" for number in range(6) if configured >> number & 1}
    now = max(now, last_due(raw)) + LEASE
    found: set[str] = set()
    for _ in range(12):
        found |= set(names(store.queue.claim(now, 6, timedelta(days=1))))
        now += GAP
    assert found == expected


def sync(store: Store, make: Make, configured: int, now: datetime) -> None:
    """Sources s0 to s5 on three hosts; a set bit of ``configured`` means that it is there."""
    sources = [
        make.source(f"s{number}", url=f"https://h{number % 3}.example/{number}")
        for number in range(6)
        if configured >> number & 1
    ]
    store.sync(sources, now, lambda source: now + int(source.id[1]) * SECOND, lambda host: GAP)


def empty(db: Engine) -> None:
    with db.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            if table.name != "counters":
                connection.execute(table.delete())


def late_hosts(db: Engine) -> list[str]:
    """The invariant worked out apart from the store's own SQL."""
    with db.connect() as connection:
        rows = connection.execute(select(hosts)).all()
        queue = connection.execute(select(source_state).where(source_state.c.enabled)).all()
    late = []
    for host in rows:
        due = [row.run_at for row in queue if row.host == host.host]
        if due and host.next_at > max(host.free_at, host.blocked_until, min(due)):
            late.append(host.host)
    return late


def last_due(db: Engine) -> datetime:
    with db.connect() as connection:
        times = [*connection.scalars(select(source_state.c.run_at)), *connection.scalars(select(hosts.c.blocked_until))]
    return max(times, default=START)
