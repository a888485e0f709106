"""What is not counted but looked at, when somebody asks and it was not looked at a moment ago."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedOutput:
    """One output. Times are seconds since 1970."""

    id: str
    entries: int
    bytes: Mapping[str, int]
    """By format."""
    left_out: int
    held: bool
    failed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedSource:
    """One source. Times are seconds since 1970."""

    id: str
    state: str
    failures: int
    last_success: float | None
    next_poll: float | None
    articles: int
    requests: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedHost:
    """One host that was not treated as it should be, or that complained."""

    host: str
    early: int
    ignored_waits: int
    rate_limited: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """All of it, at one moment."""

    version: str
    store_kind: str
    states: Mapping[str, int] = field(default_factory=dict)
    """How many sources are in each state."""
    due: int = 0
    """Sources whose time has come and whom nobody polls yet."""
    overdue: float = 0.0
    """For how many seconds that of them has been due that has waited longest, hosts that asked for a pause aside."""
    under_way: int = 0
    offline: bool = False
    """Whether this machine seems to reach nobody."""
    published_at: float | None = None
    outputs: tuple[LookedOutput, ...] = ()
    articles: int = 0
    held: int = 0
    store_bytes: int = 0
    workers_started: int = 0
    workers_lost: int = 0
    """Of them those that had to be ended by force, or died."""
    subscribers: int = 0
    subscriptions: int = 0
    subscriptions_failing: int = 0
    connections: int = 0
    hosts: int = 0
    """That have been asked."""
    early: int = 0
    """Polls before their time, of all hosts on record."""
    ignored_waits: int = 0
    """Requests in a pause that a host had asked for."""
    worst: tuple[LookedHost, ...] = ()
    problems: int = 0
    """Of the service itself: what /status.json lists."""
    failing_receivers: int = 0
    """Of alerts."""
    sources: tuple[LookedSource, ...] = ()
    """Each, where that is asked for."""
