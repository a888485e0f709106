"""How long, and how much beside the body, one hop may take; and what it took."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long, and how much beside the body, one hop may take. The body's limits are the operator's."""

    lookup: timedelta = timedelta(seconds=5)
    """Of a name's addresses."""
    connect: timedelta = timedelta(seconds=10)
    tls: timedelta = timedelta(seconds=10)
    first_byte: timedelta = timedelta(seconds=15)
    silence: timedelta = timedelta(seconds=10)
    """Between two reads."""
    head: int = 64 * 1024
    """Bytes of status line and header fields; over HTTP/2, of everything but the body."""
    informational: int = 5
    """1xx answers before the answer."""
    chunks: int = 65_536
    """A chunk of one byte takes six on the wire and 20 us to read: without a limit, 10 MiB cost 35 s of CPU."""


@dataclass(slots=True)
class Meter:
    """What one look cost so far, over all its hops."""

    received: int = 0
    """Bytes off the wire, after TLS."""
    sent: int = 0
    """Requests; those to a proxy for a tunnel are none of them."""


def seconds(wait: timedelta) -> str:
    """Gives a time as messages say it."""
    return f"{wait.total_seconds():g} s"
