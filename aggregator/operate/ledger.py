"""How politely each host has been treated, in numbers that its publisher can check. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.model import HostLedger
from aggregator.operate.shapes import rfc3339

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    Row = dict[str, str | int | float | None]
    """One host: plain values by name."""

_COUNTS = (
    "requests", "redirects", "unconditional", "not_modified", "rate_limited", "early_polls", "ignored_waits", "bytes",
)  # fmt: skip


def score(ledger: HostLedger) -> int:
    """The percentage of the requests that came neither early nor in a wait, rounded down: one that did makes it 99."""
    return 100 * (ledger.requests - ledger.early_polls - ledger.ignored_waits) // ledger.requests


def ledger_rows(ledgers: Iterable[HostLedger], hide: Callable[[str], str] = str) -> list[Row]:
    """The hosts for machines, in the order given: times as RFC 3339, ``not_modified_share`` from 0 to 1 (``None`` where
    there were only redirects), ``score`` in percent. ``hide`` takes the secrets out of a text."""
    return [_row(each) | {"host": hide(each.host)} for each in ledgers]


def _row(ledger: HostLedger) -> Row:
    answerable = ledger.requests - ledger.redirects
    return {
        "host": ledger.host,
        "since": rfc3339(ledger.since),
        "last": rfc3339(ledger.last),
        "requests": ledger.requests,
        "redirects": ledger.redirects,
        "unconditional": ledger.unconditional,
        "not_modified": ledger.not_modified,
        "not_modified_share": round(ledger.not_modified / answerable, 3) if answerable else None,
        "rate_limited": ledger.rate_limited,
        "early_polls": ledger.early_polls,
        "ignored_waits": ledger.ignored_waits,
        "bytes": ledger.bytes,
        "score": score(ledger),
    }


def ledger_in_words(ledgers: Sequence[HostLedger]) -> str:
    """``2 hosts: 40 requests since 2026-11-23, 81 % unchanged (304), 1 early, ...``, of at least one host."""
    whole = _sum(ledgers)
    answerable = whole.requests - whole.redirects
    requests = "request" if whole.requests == 1 else "requests"
    return ", ".join(
        (
            f"{whole.host}: {whole.requests:,} {requests} since {whole.since:%Y-%m-%d}",
            f"{100 * whole.not_modified // answerable if answerable else 0} % unchanged (304)",
            f"{whole.bytes:,} bytes",
            f"{whole.early_polls:,} early",
            f"{whole.ignored_waits:,} in a wait",
            f"{whole.rate_limited:,} answered 429 or 503",
            f"score {score(whole)}",
        )
    )


def _sum(ledgers: Sequence[HostLedger]) -> HostLedger:
    """All of them as one."""
    return HostLedger(
        host=ledgers[0].host if len(ledgers) == 1 else f"{len(ledgers):,} hosts",
        since=min(each.since for each in ledgers),
        last=max(each.last for each in ledgers),
        **{name: sum(getattr(each, name) for each in ledgers) for name in _COUNTS},
    )
