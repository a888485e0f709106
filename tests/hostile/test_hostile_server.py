"""Every hostile behaviour ends in its code, within its limits, and a healthy source beside it is fetched."""

from __future__ import annotations

import asyncio
import ssl
import unicodedata
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import hostile_bodies
import hostile_conditions
import hostile_encodings
import hostile_examiners
import hostile_freshness
import hostile_heads
import hostile_redirects
import hostile_statuses
import hostile_tls
import pytest
from hostile_server import FEED, OK, SECRET, Case, Server, answer, holding

from aggregator.fetch import Fetcher, Limits
from aggregator.model import Allowed, Code, Failed, Fetched, Outcome, Polling, Source, SourceState

TABLES = (
    hostile_statuses,
    hostile_freshness,
    hostile_encodings,
    hostile_heads,
    hostile_bodies,
    hostile_redirects,
    hostile_conditions,
    hostile_examiners,
    hostile_tls,
)
CASES: list[Case] = [case for table in TABLES for case in table.CASES]

TLS = ssl.create_default_context()
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MOST_BYTES = 200_000
MEMORY_OF_ONE = 400 * 1024 * 1024 // 64
"""Sixty-four bombs at once may take 400 MiB."""
HOPS = 6
KERNEL_BYTES = 16 * 1024 * 1024
"""What both ends of a connection may hold that nobody has read."""
HEAD_BYTES = 64 * 1024
READ_BYTES = 16 * 1024
SHORT = timedelta(seconds=0.2)
WAITS = {
    None: (Limits(), timedelta(seconds=30)),
    "silence": (
        Limits(tls=SHORT, first_byte=SHORT, silence=SHORT),
        timedelta(seconds=30),
    ),
    "deadline": (Limits(), timedelta(seconds=0.4)),
}
"""By what a case waits for: with the other limit as long as in earnest, only one of them can end it."""
HEALTHY = Case(path="/healthy", behave=answer(), code=Code.OK)


async def resolve(host: str, _port: int) -> Sequence[str]:
    """The names that hostile behaviours lead to; no other name is known."""
    names = {
        "to-loopback.test": ["127.0.0.1"],
        "one-of-two.test": ["192.0.2.1", "127.0.0.1"],
        "to-metadata.test": ["169.254.169.254"],
        "to-v6-loopback.test": ["::1"],
        "to-mapped.test": ["::ffff:127.0.0.1"],
        "localhost": ["127.0.0.1", "::1"],
    }
    if host.rstrip(".") not in names:
        raise OSError(-2, "Name or service not known")
    return names[host.rstrip(".")]


class Round:
    """A fetcher that may call these servers and nobody else."""

    def __init__(
        self, waits: str | None, *servers: Server, polling: Polling | None = None, limits: Limits | None = None
    ) -> None:
        usual, timeout = WAITS[waits]
        self.fetcher = Fetcher(
            polling=polling or Polling(timeout=timeout, max_bytes=MOST_BYTES),
            allow=tuple(Allowed(network=f"{each.host}/32", port=each.port) for each in servers),
            agent="aggregator/test (+http://127.0.0.1/)",
            resolve=resolve,
            limits=limits or usual,
            tls=TLS,
        )

    async def poll(self, server: Server, case: Case) -> Outcome:
        """Polls as often as the case wants; each poll knows what the last good one gave."""
        url = server.url
        source = Source(id="s", url=url, bearer=SECRET, **dict(case.settings))
        state: SourceState | None = None
        outcome: Outcome | None = None
        for _ in range(case.polls):
            outcome = await self.fetcher.fetch(source, state, NOW)
            state = remembered(outcome, state, url)
        assert outcome is not None
        return outcome


def remembered(outcome: Outcome, state: SourceState | None, url: str) -> SourceState | None:
    """The state after a poll whose articles were stored; a failure changes nothing in it."""
    if isinstance(outcome, Failed):
        return state
    if isinstance(outcome, Fetched):
        kept: Any = outcome.validators
        digest: bytes | None = outcome.body_hash
    else:
        assert state is not None
        kept = outcome.validators if outcome.validators is not None else state.validators
        digest = state.body_hash
    return SourceState(
        source="s", next_poll_at=NOW, location=url, final_url=outcome.final_url, validators=kept, body_hash=digest
    )


def code(outcome: Outcome) -> Code:
    if isinstance(outcome, Failed):
        return outcome.code
    return Code.OK if isinstance(outcome, Fetched) else Code.NOT_MODIFIED


def seen(outcome: Any, name: str) -> Any:
    """One fact of an outcome, by the short name the tables use."""
    if name == "body":
        return outcome.documents[0].body
    if name in ("etag", "last_modified"):
        return getattr(outcome.validators, name)
    if name in ("fresh", "retry"):
        return outcome.freshness.fresh_for if name == "fresh" else outcome.freshness.retry_after
    return getattr(outcome, name)


def assert_fit_to_show(outcome: Outcome) -> None:
    """What the operator reads: one short line, nothing that drives a terminal, nothing secret."""
    if isinstance(outcome, Failed):
        assert 0 < len(outcome.detail) <= 300
        assert not [each for each in outcome.detail if unicodedata.category(each) in ("Cc", "Cf", "Cs", "Zl", "Zp")]
        assert SECRET not in outcome.detail


def assert_as_expected(case: Case, outcome: Outcome) -> None:
    assert code(outcome) == case.code, outcome
    for name, value in case.expect:
        assert seen(outcome, name) == value, name
    assert_fit_to_show(outcome)
    assert outcome.wire_bytes <= MOST_BYTES + HOPS * HEAD_BYTES + READ_BYTES


@asynccontextmanager
async def servers(*cases: Case) -> AsyncIterator[list[Server]]:
    """One server for each case, for what a server remembers is its own."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(Server(case)) for case in cases]


def marked(case: Case) -> Any:
    marks = [] if case.bug is None else [pytest.mark.xfail(strict=True, reason=case.bug)]
    return pytest.param(case, id=case.path.strip("/"), marks=marks)


@pytest.mark.parametrize("case", [marked(case) for case in CASES])
async def test_a_behaviour_ends_in_its_code_and_disturbs_nobody(case: Case, connects: list[Any]) -> None:
    async with servers(case, HEALTHY) as (hostile, healthy), Server(HEALTHY) as canary:
        hostile.canary = canary.port
        round_ = Round(case.waits, hostile, healthy)
        outcome, beside = await asyncio.gather(round_.poll(hostile, case), round_.poll(healthy, HEALTHY))
        await round_.fetcher.aclose()
    assert_as_expected(case, outcome)
    assert isinstance(beside, Fetched)
    assert beside.documents[0].body == FEED
    assert len(hostile.requests) == case.requests
    assert hostile.connections == (case.requests if case.connections is None else case.connections)
    assert hostile.sent <= MOST_BYTES + KERNEL_BYTES
    assert canary.connections == 0
    assert {tuple(each[:2]) for each in connects} <= {("127.0.0.1", each.port) for each in (hostile, healthy)}


def resident() -> int:
    """Bytes of memory this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


async def test_all_at_once_end_in_their_codes_and_leave_the_healthy_alone() -> None:
    known = [case for case in CASES if case.bug is None]
    healthy = [HEALTHY] * 20
    most = before = resident()
    async with servers(*known, *healthy) as all_:
        for each in all_:
            each.canary = 9
        rounds = {waits: Round(waits, *all_) for waits in WAITS}
        polls = [rounds[case.waits] for case in [*known, *healthy]]
        running = asyncio.gather(
            *(each.poll(server, case) for each, server, case in zip(polls, all_, [*known, *healthy], strict=True))
        )
        while not running.done():
            most = max(most, resident())
            await asyncio.sleep(0.005)
        outcomes = await running
        for each in rounds.values():
            await each.fetcher.aclose()
    for case, outcome in zip([*known, *healthy], outcomes, strict=True):
        if case.waits != "deadline":  # that one may strike earlier where two hundred share a processor
            assert_as_expected(case, outcome)
    assert most - before <= 64 * 1024 * 1024


async def test_bodies_that_never_end_hold_little_memory() -> None:
    nearly_too_large = OK + b"Content-Encoding: gzip\r\n\r\n" + hostile_encodings.packed(19, 31)
    case = Case(path="/nearly", behave=holding(nearly_too_large), code=Code.TIMEOUT)
    many = 12
    most = before = resident()
    async with Server(case) as server:
        limits = Limits(silence=timedelta(seconds=1))
        round_ = Round(None, server, polling=Polling(), limits=limits)
        running = asyncio.gather(*(round_.poll(server, case) for _ in range(many)))
        while not running.done():
            most = max(most, resident())
            await asyncio.sleep(0.005)
        outcomes = await running
        await round_.fetcher.aclose()
    assert {code(each) for each in outcomes} == {Code.TIMEOUT}
    assert most - before <= many * MEMORY_OF_ONE


def test_there_are_enough_of_them_and_no_two_share_a_path() -> None:
    assert len({case.path for case in CASES}) == len(CASES) >= 150
