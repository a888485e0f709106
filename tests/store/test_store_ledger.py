"""How each host has been treated, as it is written down with each poll."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, make_url, text

from aggregator.errors import ClaimLost
from aggregator.model import Asked, HostLedger
from aggregator.store import Store

if TYPE_CHECKING:
    from datetime import datetime

    from conftest import Make, Postgres

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
HOST = "a.example:443"


def request(at: datetime, host: str = HOST, **facts: Any) -> Asked:
    given: dict[str, Any] = {"took": SECOND, "conditional": True, "status": 304, "wire_bytes": 200}
    return Asked(host=host, at=at, **(given | facts))


def poll(
    store: Store,
    make: Make,
    *asked: Asked,
    source: str = "a",
    again: datetime | None = None,
    host_wait: datetime | None = None,
) -> None:
    """A poll that asked this, and the time it leaves its source with; the first request is when it began."""
    now = asked[0].at
    state = {"last_poll": now, "next_poll_at": again or now + HOUR}
    make.record(store, source, now, asked=asked, host_wait=host_wait, state=state)


def only(store: Store) -> HostLedger:
    (ledger,) = store.polls.ledger()
    return ledger


def test_requests_are_counted_by_kind(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source())
    poll(store, make, request(now, conditional=False, status=200, wire_bytes=5000))
    poll(store, make, request(now + HOUR))
    poll(store, make, request(now + 2 * HOUR, status=429))
    poll(store, make, request(now + 3 * HOUR, status=503))
    poll(store, make, request(now + 4 * HOUR, conditional=False, status=None, wire_bytes=0))
    assert only(store) == HostLedger(
        host=HOST,
        since=now,
        last=now + 4 * HOUR,
        requests=5,
        unconditional=2,
        not_modified=1,
        rate_limited=2,
        bytes=5600,
    )


def test_a_redirect_counts_on_both_hosts_and_not_as_unconditional(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source())
    there = request(now + SECOND, "cdn.example:443", conditional=False, status=200)
    poll(store, make, request(now, conditional=False, status=301), there)
    here, led = store.polls.ledger()
    assert (here.host, here.requests, here.redirects, here.unconditional) == (HOST, 1, 1, 0)
    assert (led.host, led.requests, led.redirects, led.unconditional) == ("cdn.example:443", 1, 0, 1)


def test_every_hop_on_the_same_host_counts(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source())
    poll(store, make, request(now, status=302), request(now + SECOND, status=308), request(now + 2 * SECOND))
    assert (only(store).requests, only(store).redirects, only(store).bytes) == (3, 2, 600)


def test_a_request_before_its_time_is_early_and_one_on_time_is_not(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source())
    poll(store, make, request(now), again=now + HOUR)
    poll(store, make, request(now + HOUR), again=now + 2 * HOUR)
    assert only(store).early_polls == 0
    poll(store, make, request(now + 2 * HOUR - SECOND), again=now + 3 * HOUR)
    assert only(store).early_polls == 1


def test_of_an_early_poll_only_its_first_request_is_early(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source())
    poll(store, make, request(now))
    poll(store, make, request(now + SECOND, status=301), request(now + 2 * SECOND))
    assert (only(store).requests, only(store).early_polls) == (3, 1)


def test_a_first_look_is_never_early(store: Store, make: Make, now: datetime) -> None:
    store.sync([make.source()], now, lambda source: now + HOUR, lambda host: SECOND)
    poll(store, make, request(now))
    assert only(store).early_polls == 0


def test_a_request_in_a_wait_ignores_it_and_is_not_early_besides(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source())
    poll(store, make, request(now, status=429), again=now + HOUR, host_wait=now + HOUR)
    poll(store, make, request(now + HOUR - SECOND), again=now + 2 * HOUR)
    assert (only(store).ignored_waits, only(store).early_polls) == (1, 0)


def test_a_request_when_the_wait_is_over_ignores_nothing(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source())
    poll(store, make, request(now, status=429), again=now + HOUR, host_wait=now + HOUR)
    poll(store, make, request(now + HOUR))
    assert (only(store).ignored_waits, only(store).early_polls) == (0, 0)


def test_another_source_of_the_host_can_ignore_its_wait(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source(), make.source("b", url="https://a.example/other"))
    poll(store, make, request(now, status=503), host_wait=now + HOUR)
    poll(store, make, request(now + 2 * SECOND), source="b")
    assert only(store).ignored_waits == 1


def test_a_request_that_was_sent_before_the_wait_was_said_ignores_nothing(
    store: Store, make: Make, now: datetime
) -> None:
    make.sync(store, make.source(), make.source("b"), make.source("c"))
    led = "cdn.example:443"
    refused = request(now + SECOND, led, status=429, took=5 * SECOND)
    poll(store, make, request(now, status=302), refused, host_wait=now + HOUR)
    for source in ("b", "c"):
        home = request(now + 3 * SECOND, f"{source}.example:443", status=302)
        poll(store, make, home, request(now + 4 * SECOND, led), source=source)
    assert [each.ignored_waits for each in store.polls.ledger()] == [0, 0, 0, 0]


def test_a_wait_is_of_the_host_that_asked_for_it(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source(), make.source("b", url="https://cdn.example/feed"))
    poll(store, make, request(now, status=302), request(now, "cdn.example:443", status=429), host_wait=now + HOUR)
    poll(store, make, request(now + 2 * SECOND, "cdn.example:443"), source="b")
    poll(store, make, request(now + HOUR - SECOND, status=301), again=now + 2 * HOUR)
    waits = {each.host: (each.early_polls, each.ignored_waits) for each in store.polls.ledger()}
    assert waits == {HOST: (1, 0), "cdn.example:443": (0, 1)}


def test_a_shorter_wait_does_not_end_a_longer_one(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source(), make.source("b", url="https://a.example/other"))
    poll(store, make, request(now, status=429), host_wait=now + DAY)
    poll(store, make, request(now + HOUR, status=429), host_wait=now + 2 * HOUR)
    poll(store, make, request(now + 3 * HOUR), source="b")
    assert only(store).ignored_waits == 2


def test_polls_recorded_out_of_order_keep_the_last_request(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source(), make.source("b"))
    poll(store, make, request(now + HOUR))
    poll(store, make, request(now), source="b")
    assert (only(store).requests, only(store).last) == (2, now + HOUR)


def test_what_asked_nothing_leaves_no_trace(store: Store, make: Make) -> None:
    make.sync(store, make.source())
    make.record(store)
    assert store.polls.ledger() == ()


def test_a_poll_that_is_not_recorded_is_not_counted(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source())
    claim = make.claim(store)
    store.queue.release(claim)
    with pytest.raises(ClaimLost):
        store.polls.record(make.plan(claim, asked=(request(now),)), claim, now)
    assert store.polls.ledger() == ()


def test_hosts_that_no_source_names_are_forgotten_after_30_days(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source(), make.source("b"), make.source("quiet", enabled=True))
    led = request(now, "old.example:443")
    poll(store, make, request(now, status=302), led)
    poll(store, make, request(now, "quiet.example:443"), source="quiet")
    poll(store, make, request(now, "b.example:443"), source="b")
    make.sync(store, make.source(), make.source("quiet"), now=now)  # b is removed

    def hosts() -> list[str]:
        return [each.host for each in store.polls.ledger()]

    everyone = [HOST, "b.example:443", "old.example:443", "quiet.example:443"]
    late = now + 30 * DAY
    poll(store, make, request(late, status=302), request(late, "new.example:443"))
    assert hosts() == sorted([*everyone, "new.example:443"])
    late += SECOND + SECOND
    poll(store, make, request(late, status=302), request(late, "newer.example:443"))
    assert hosts() == [HOST, "new.example:443", "newer.example:443", "quiet.example:443"]


def test_a_host_that_another_poll_writes_is_not_waited_for_to_be_forgotten(
    postgres: Postgres, make: Make, now: datetime
) -> None:
    with postgres.database(migrated=True) as url:
        impatient = make_url(url).update_query_dict({"options": "-c lock_timeout=1000"})
        with Store.open(impatient.render_as_string(hide_password=False)) as store:
            make.sync(store, make.source())
            poll(store, make, request(now, status=302), request(now, "old.example:443"))
            other = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
            with other.begin() as held:
                held.execute(text("SELECT 1 FROM host_ledger WHERE host = 'old.example:443' FOR UPDATE"))
                late = now + 31 * DAY
                poll(store, make, request(late, status=302), request(late, "new.example:443"))
            assert [each.host for each in store.polls.ledger()] == [HOST, "new.example:443", "old.example:443"]
            other.dispose()


def test_two_polls_that_redirect_to_each_others_host_do_not_wait_for_each_other(
    store: Store, make: Make, now: datetime
) -> None:
    make.sync(store, make.source(), make.source("b"))

    def polls(source: str, *hosts: str) -> None:
        for number in range(40):
            at = now + number * HOUR
            poll(store, make, request(at, hosts[0], status=302), request(at, hosts[1]), source=source)

    with ThreadPoolExecutor() as threads:
        both = [threads.submit(polls, "a", HOST, "b.example:443"), threads.submit(polls, "b", "b.example:443", HOST)]
        for each in both:
            each.result()
    assert {each.host: each.requests for each in store.polls.ledger()} == {HOST: 80, "b.example:443": 80}
