"""WebSub: who is told of changes of what we publish, and who wants to be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from aggregator.model.value import Value

if TYPE_CHECKING:
    from datetime import datetime, timedelta

Mode = Literal["subscribe", "unsubscribe", "denied"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent(Value):
    """What a callback is to be asked or told with a GET: whether it wants this, or that there is nothing to be had."""

    key: str
    """Of topic and callback, in hexadecimal: there is one subscription at most for the two."""
    mode: Mode
    topic: str
    """As the subscriber wrote it."""
    callback: str = field(repr=False)
    """As the subscriber wrote it; whoever knows it can send there what he likes."""
    host: str
    """Whom a call to it bothers."""
    lease: timedelta
    secret: str | None = field(default=None, repr=False)
    version: str
    """Of the topic when this was asked for: that one the subscriber has."""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription(Value):
    """Somebody who wants to have each new version of a topic."""

    key: str
    topic: str
    callback: str = field(repr=False)
    host: str
    secret: str | None = field(default=None, repr=False)
    failures: int = 0
    """Of its last deliveries, one after the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered(Value):
    """How one delivery to a subscription ended."""

    key: str
    version: str
    failures: int
    """0 where it came through."""
    next_try: datetime
    gone: bool = False
    """Whether the subscriber ended the subscription (410)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribed(Value):
    """How many want to have a topic."""

    topic: str
    subscriptions: int
    failing: int
    """Those of them whose last delivery failed."""
