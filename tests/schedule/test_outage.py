"""When many hosts fail at once it is us, and when it is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pages import PROJECT, section

from aggregator.model import Code, Failed, Fetched, NotModified, Outcome, Source, SourceState, Validators
from aggregator.schedule import Outage, answered, held, never_reached
from aggregator.schedule.outage import HOLD, HOSTS, PROBES_PER_SECOND, WINDOW

NOW = datetime(2026, 11, 23, 10, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def source(number: int, host: str | None = None) -> Source:
    return Source(id=f"s{number}", url=f"https://{host or f'h{number}.example'}/feed")


def state(number: int, failures: int = 0) -> SourceState:
    return SourceState(source=f"s{number}", next_poll_at=NOW, failures=failures, validators=Validators(etag='"a"'))


def after(*looks: tuple[int, float]) -> Outage:
    """What is held after these sources were not reached, each so many minutes after ``NOW``."""
    outage = Outage()
    for number, minutes in looks:
        outage.hear_nothing(source(number), state(number), NOW + minutes * MINUTE)
    return outage


@pytest.mark.parametrize(
    ("looks", "since"),
    [
        ([], None),
        ([(n, n) for n in range(HOSTS - 1)], None),
        ([(n, n) for n in range(HOSTS)], NOW),
        ([(n, n) for n in reversed(range(HOSTS))], NOW),
        ([(0, n) for n in range(5 * HOSTS)], None),
        ([(n, 0 if n else -WINDOW / MINUTE) for n in range(HOSTS)], None),
        ([(n, 0 if n else 0.1 - WINDOW / MINUTE) for n in range(HOSTS)], NOW - WINDOW + 0.1 * MINUTE),
    ],
    ids=["nothing", "one too few", "enough", "backwards", "one host often", "over too long", "within the time"],
)
def test_an_outage_is_as_many_hosts_as_are_needed_within_the_time(
    looks: list[tuple[int, float]], since: datetime | None
) -> None:
    assert after(*looks).since == since


def test_many_sources_of_one_host_are_one_host() -> None:
    outage = Outage()
    for number in range(5 * HOSTS):
        outage.hear_nothing(source(number, "one.example"), state(number), NOW)
    assert outage.since is None


def test_hosts_that_failed_before_say_nothing() -> None:
    outage = Outage()
    for number in range(5 * HOSTS):
        outage.hear_nothing(source(number), state(number, failures=1), NOW)
    assert outage.since is None


def test_any_answer_ends_it_and_everything_heard_before_counts_no_more() -> None:
    outage = after(*((n, 0) for n in range(HOSTS)))
    outage.hear_answer()
    assert outage.since is None
    assert outage.missed() == ()
    for number in range(HOSTS - 1):
        outage.hear_nothing(source(number), state(number), NOW)
        assert outage.since is None


def test_it_lasts_as_long_as_nobody_answers() -> None:
    outage = after(*((n, 0) for n in range(HOSTS)))
    outage.hear_nothing(source(0), state(0), NOW + 10 * WINDOW)
    assert outage.since == NOW


def test_a_source_is_left_as_it_was_before_it_was_first_missed() -> None:
    outage = Outage()
    outage.hear_nothing(source(0), state(0), NOW)
    outage.hear_nothing(source(0), state(0, failures=1), NOW + MINUTE)
    assert outage.before(source(0)) is None, "nobody is spared without an outage"
    for number in range(1, HOSTS):
        outage.hear_nothing(source(number), state(number), NOW + MINUTE)
    assert outage.before(source(0)) == state(0)
    assert outage.before(source(99)) is None
    assert outage.before(replace(source(0), url="https://elsewhere.example/")) is None, "another address, another past"


LOOKS = st.lists(st.tuples(st.integers(0, 20), st.floats(0, 29)), max_size=60)


@given(LOOKS, st.randoms(use_true_random=False))
def test_the_order_of_failures_within_the_time_changes_nothing(looks: list[tuple[int, float]], random) -> None:
    shuffled = list(looks)
    random.shuffle(shuffled)
    assert after(*shuffled).since == after(*looks).since


@given(st.lists(st.one_of(st.none(), st.tuples(st.integers(0, 20), st.floats(0, 29))), max_size=120))
def test_there_is_no_outage_while_anybody_answers(heard: list[tuple[int, float] | None]) -> None:
    outage = Outage()
    hosts: set[int] = set()
    for each in heard:
        if each is None:
            outage.hear_answer()
            hosts.clear()
        else:
            outage.hear_nothing(source(each[0]), state(each[0]), NOW + each[1] * MINUTE)
            hosts.add(each[0])
        assert (outage.since is not None) == (len(hosts) >= HOSTS)


FINE = Fetched(documents=(), final_url="https://h.example/", body_hash=b"")


@pytest.mark.parametrize(
    ("outcome", "reached", "missed"),
    [
        (FINE, True, False),
        (NotModified(final_url="https://h.example/"), True, False),
        (Failed(code=Code.HTTP_5XX, detail="", status=500), True, False),
        (Failed(code=Code.TIMEOUT, detail="", wire_bytes=1), True, False),
        (Failed(code=Code.DNS, detail="after a redirect", wire_bytes=200), True, False),
        (Failed(code=Code.TIMEOUT, detail=""), False, True),
        (Failed(code=Code.DNS, detail=""), False, True),
        (Failed(code=Code.CONNECT, detail=""), False, True),
        (Failed(code=Code.TLS, detail=""), False, False),
        (Failed(code=Code.BLOCKED_ADDR, detail=""), False, False),
    ],
)
def test_what_reached_a_server(outcome: Outcome, reached: bool, missed: bool) -> None:
    assert (answered(outcome), never_reached(outcome)) == (reached, missed)


def test_a_held_source_changes_in_nothing_but_its_next_look() -> None:
    spared = held(state(0), NOW, NOW, 10)
    assert replace(spared, next_poll_at=NOW, next_reason="never polled") == state(0)
    assert spared.next_reason == "held: every host fails, this machine seems to be offline since 10:12 UTC"


@pytest.mark.parametrize(("sources", "span"), [(8, HOLD[0]), (1_000, timedelta(seconds=1_000)), (100_000, HOLD[1])])
def test_held_sources_are_spread_the_further_the_more_there_are(sources: int, span: timedelta) -> None:
    waits = [held(state(n), NOW, NOW, sources).next_poll_at - NOW for n in range(200)]
    assert span / 2 <= min(waits) < span * 0.55
    assert span * 0.95 < max(waits) <= span
    assert len(set(waits)) == 200


def test_the_page_has_the_numbers_of_the_code() -> None:
    words = " ".join(section(PROJECT / "docs" / "polling.md", "When nothing can be reached").split())
    for each in (
        f"When {HOSTS} public hosts",
        f"within {WINDOW // timedelta(hours=1)} h",
        f"after {HOLD[0] / 2 / MINUTE:g} to {HOLD[0] / MINUTE:g} min",
        f"more than {HOLD[0].total_seconds() * PROBES_PER_SECOND:g} sources",
        f"at most {HOLD[1] // timedelta(hours=1)} h",
        f"fewer than {HOSTS} public hosts",
    ):
        assert each in words
