"""Every hostile behaviour ends in its code, within its limits, and a healthy source beside it is fetched."""

from __future__ import annotations

import asyncio
import fnmatch
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from connections import recorded
from hostile_cases import CASES, HEALTHY
from hostile_certificates import context
from hostile_documents import HOSTILE
from hostile_feeds import LINKS, TITLES, WISHES
from hostile_poll import AT_ONCE, Round, Waits, assert_as_expected, long_enough, most_bytes, waiting
from hostile_server import FEED, LOOPBACK, Case, Server
from hostile_stories import STORIES

from aggregator.model import Fetched, Outcome, Polling

KERNEL_BYTES = 16 * 1024 * 1024
"""What both ends of a connection may hold that nobody has read."""


@dataclass(frozen=True)
class Met:
    """A behaviour and a healthy source that were polled at the same time."""

    server: Server
    healthy: Server
    outcome: Outcome
    beside: Outcome
    ended: list[str]
    """Which of them in what order."""


async def meet(case: Case, certificates: Path, connects: list[Any], waits: Waits) -> Met:
    """One server for the case, for what a server remembers is its own."""
    ended: list[str] = []

    async def noted(name: str, poll: Awaitable[Outcome]) -> Outcome:
        outcome = await poll
        ended.append(name)
        return outcome

    async with AsyncExitStack() as stack:
        tls = context(certificates, case.tls) if case.tls else None
        server = await stack.enter_async_context(Server(case, tls))
        healthy = await stack.enter_async_context(Server(HEALTHY))
        canary = await stack.enter_async_context(Server(HEALTHY))
        server.canary = canary.port
        limits, timeout = waits[case.waits]
        round_ = Round([server, healthy], limits, Polling(timeout=timeout), certificates)
        outcome, beside = await asyncio.gather(
            noted("hostile", round_.poll(server)), noted("healthy", round_.poll(healthy))
        )
        await round_.fetcher.aclose()
    assert canary.connections == 0
    assert canary.port not in {each[1] for each in connects}
    return Met(server, healthy, outcome, beside, ended)


def assert_well(met: Met) -> None:
    case = met.server.case
    assert_as_expected(case, met.outcome)
    assert isinstance(met.beside, Fetched)
    assert met.beside.documents[0].body == FEED
    assert len(met.server.requests) == case.requests
    assert met.server.connections == (case.requests if case.connections is None else case.connections)
    assert met.server.sent <= most_bytes(case) + KERNEL_BYTES


def allowed(*all_met: Met) -> set[tuple[str, int]]:
    return {(LOOPBACK, each.port) for met in all_met for each in (met.server, met.healthy)}


def named(case: Case) -> Any:
    return pytest.param(case, id=case.path.strip("/"))


@pytest.mark.parametrize("case", [named(case) for case in CASES if case.waits is None])
async def test_a_behaviour_ends_in_its_code_and_disturbs_nobody(
    case: Case, connects: list[Any], certificates: Path
) -> None:
    met = await meet(case, certificates, connects, waiting())
    assert_well(met)
    assert {tuple(each[:2]) for each in connects} <= allowed(met)


@pytest.fixture(scope="module")
def waited(certificates: Path) -> dict[str, Met]:
    """All that keep us waiting, met at once, by their paths."""

    async def all_at_once() -> list[Met]:
        waits = await long_enough(lambda: meet(HEALTHY, certificates, connects, waiting()))
        connects.clear()
        slow = [case for case in CASES if case.waits is not None]
        assert len(slow) <= AT_ONCE
        return await asyncio.gather(*(meet(case, certificates, connects, waits) for case in slow))

    with recorded() as connects:
        all_met = asyncio.run(all_at_once())
    assert {tuple(each[:2]) for each in connects} <= allowed(*all_met)
    return {met.server.case.path: met for met in all_met}


@pytest.mark.parametrize("case", [named(case) for case in CASES if case.waits is not None])
def test_one_that_keeps_us_waiting_ends_in_its_code_after_the_healthy_one(case: Case, waited: dict[str, Met]) -> None:
    met = waited[case.path]
    assert_well(met)
    assert met.ended == ["healthy", "hostile"]


def test_there_are_enough_of_them_and_no_two_share_a_path() -> None:
    assert len({case.path for case in CASES}) == len(CASES) >= 150


NAMED = """
    body-localpath body-url cc-max-age-2h cc-max-age-year cc-no-store cond-2038 cond-226 cond-304-bare cond-304-new
    cond-304-uncond cond-always-304 cond-error-between-* cond-etag-* cond-expires0 cond-gzip-suffix cond-lm-odd
    cond-lose-all cond-lose-lm cond-parse-fail cond-redirect-move cond-redirect-xorigin cond-touch cond-truncated
    cond-vary cond-weak e-categories e-comments e-enclosures e-flood e-guid-odd e-links enc-* flaky ok ok-gzip
    ra-429-none ra-503-* redir-301 redir-302 redir-303 redir-307 redir-308 redir-downgrade redir-file redir-userinfo
    redos-author redos-comment redos-decl redos-newlines skip-hours-* ssrf-* status-403 status-404 status-410
    status-410-back status-500 status-err-feed t-cookies ttl-* x-author x-body xml-attrs xml-charref0 xml-items
    xml-nested-entities xml-nul xml-token-drip xml-xxe-* z-gzip-cut z-gzip-members
    """
OTHERWISE = {
    "ssrf-nat64": "n-to-nat64",
    "ssrf-6to4": "n-to-6to4",
    "t-1xx": "h-endless-100",
    "t-bad-chunk": "b-bad-chunk-words",
    "t-endless": "b-large-as-usual",
    "t-endless-err": "err-endless",
    "t-head-slow": "b-drip-field",
    "t-trailers": "b-bad-chunk-endless-trailers",
    "t-trickle": "b-drip-until-close",
    "z-bomb-br": "z-brotli-bomb",
    "z-bomb-deflate": "z-deflate-bomb",
    "z-bomb-gzip": "z-gzip-bomb",
    "score": "q-plain",
}
"""What the design pages call by another name."""


@pytest.mark.parametrize("name", [*NAMED.split(), *OTHERWISE])
def test_every_behaviour_that_the_design_names_is_met(name: str) -> None:
    """By its own name, or as a family where the page has a star; documents and wishes go through the whole program."""
    met = {case.path.strip("/") for case in CASES} | {*STORIES, *TITLES, *WISHES, *LINKS, *HOSTILE}
    assert fnmatch.filter(met, OTHERWISE.get(name, name))
