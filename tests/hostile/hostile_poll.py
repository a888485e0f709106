"""The other side: a fetcher that may call these servers and nobody else, and what its outcomes are held against."""

from __future__ import annotations

import asyncio
import ssl
import time
import unicodedata
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hostile_names import Names
from hostile_server import LOOPBACK, SECRET, Case, Place

from aggregator.fetch import Fetcher, Limits
from aggregator.model import Allowed, Code, Failed, Fetched, Outcome, Polling, Source, SourceState

TLS = ssl.create_default_context()
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOPS = 6
HEAD_BYTES = 64 * 1024
READ_BYTES = 16 * 1024
AT_ONCE = 64


Waits = dict[str | None, tuple[Limits, timedelta]]


def waiting(seconds: float = 1) -> Waits:
    """Limits of one hop and of a whole poll, by what a case waits for.

    Only the one that must end it is short. What waits for nothing has to end by itself, however slow the machine.
    """
    short, long = timedelta(seconds=seconds), timedelta(minutes=10)
    patient = Limits(lookup=long, connect=long, tls=long, first_byte=long, silence=long)
    silence = replace(patient, lookup=short, tls=short, first_byte=short, silence=short)
    return {None: (patient, long), "silence": (silence, long), "deadline": (patient, 2 * short)}


async def long_enough(healthy: Callable[[], Awaitable[object]]) -> Waits:
    """Limits so long that as many healthy polls as there are cases that wait are over four times before they strike."""
    began = time.monotonic()
    await asyncio.gather(*(healthy() for _ in range(AT_ONCE)))
    return waiting(max(1.0, 4 * (time.monotonic() - began)))


class Round:
    """A fetcher, and how a case is polled with it."""

    def __init__(
        self, servers: Sequence[Place], limits: Limits, polling: Polling | None = None, certificates: Path | None = None
    ) -> None:
        self.names = Names()
        self._certificates = certificates
        self.fetcher = Fetcher(
            polling=polling or Polling(),
            allow=tuple(Allowed(network=f"{LOOPBACK}/32", port=each.port) for each in servers),
            agent="aggregator/test (+http://127.0.0.1/)",
            resolve=self.names,
            limits=limits,
            tls=TLS,
        )

    async def poll(self, server: Place) -> Outcome:
        """Polls as often as the case wants; each poll knows what the last good one gave."""
        settings = dict(server.case.settings)
        if server.case.tls:
            assert self._certificates is not None
            settings["ca"] = self._certificates / "good.pem"
        source = Source(**{"id": "s", "url": server.url, "bearer": SECRET, **settings})
        state: SourceState | None = None
        outcome: Outcome | None = None
        for _ in range(server.case.polls):
            outcome = await self.fetcher.fetch(source, state, NOW)
            state = _remembered(outcome, state, server.url)
        assert outcome is not None
        return outcome


def _remembered(outcome: Outcome, state: SourceState | None, url: str) -> SourceState | None:
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
    assert code(outcome) in (case.code, case.or_code), (case.path, outcome)
    for name, value in case.expect:
        assert seen(outcome, name) == value, (case.path, name)
    assert_fit_to_show(outcome)
    assert outcome.wire_bytes <= most_bytes(case) + HOPS * HEAD_BYTES + READ_BYTES


def most_bytes(case: Case) -> int:
    """Bytes of a body that the case's source may have."""
    most: int = dict(case.settings).get("max_bytes", Polling().max_bytes)
    return most
