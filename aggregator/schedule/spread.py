"""How many polls are spread: over time for sources that are due together, over a host for those that share one."""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aggregator.model import Source

STARTS_PER_SECOND = 10
"""First polls are spread so (fetching.md F34)."""

MOST_STARTS_PER_SECOND = 20
"""Polls started per second when more are overdue (fetching.md F33): no burst, and yet more than fall due where 10,000
sources have the shortest interval there may be, which are 11 a second."""

GAP = timedelta(seconds=1)
"""Between two starts on one public host (fetching.md F35)."""


def phase(source_id: str) -> float:
    """A number in [0, 1) that belongs to this source: the same at every start, on every machine."""
    return int.from_bytes(sha256(source_id.encode()).digest()[:8], "big") / 2**64


def first_poll(sources: Iterable[Source], now: datetime) -> Mapping[str, datetime]:
    """When each of these new sources is first polled: local folders and lists of feeds at once, then ten addresses a
    second.

    The order is that of the sources' hashes, so that neighbours in the configuration, which often share a
    publisher, do not start together. Nobody waits more than an hour for the first look.
    """
    remote = sorted((each.id for each in sources if each.url is not None), key=phase)
    step = min(timedelta(seconds=1) / STARTS_PER_SECOND, timedelta(hours=1) / max(len(remote), 1))
    times = {source_id: now + step * place for place, source_id in enumerate(remote)}
    return times | {each.id: now for each in sources if each.url is None or each.members is not None}


def reread(sources: Iterable[Source], floor: timedelta, now: datetime) -> Mapping[str, datetime]:
    """When each of these is read anew after the parser has changed: its hash's share of its interval from now.

    ``floor`` is the interval of those that have none of their own. Local folders cost nobody anything and are left out.
    """
    return {each.id: now + phase(each.id) * (each.interval or floor) for each in sources if each.url is not None}


def host_gap(host: str) -> timedelta:
    """Least time between two starts on ``host`` (``name:port``, or ``folder:id``).

    Public hosts get a second. A folder, and an address that only the operator's own ``network.allow`` can open
    (loopback, private), is his own machine and gets none: the scope of every host-wide wait is the host for public
    names and the source for private ones, because a bridge on localhost carries a hundred unrelated sources
    (FreshRSS #7870, where a host-wide wait stopped all routes of one RSSHub).
    """
    return timedelta(0) if is_private(host) else GAP


def is_private(host: str) -> bool:
    """Whether ``host`` (``name:port``, or ``folder:id``) is by its very name not a public host."""
    name = host.rpartition(":")[0]
    if host.startswith("folder:") or name == "localhost" or name.endswith((".localhost", ".local", ".internal")):
        return True
    try:
        return not ipaddress.ip_address(name.strip("[]")).is_global
    except ValueError:
        return "." not in name
