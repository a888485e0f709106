"""Alerts: what the operator is told of, whom it is told to, and how things stood when it was last looked at."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from aggregator.model.value import Value

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

Subject = Literal["source", "conflict", "output", "machine", "rule", "hub", "receiver"]
"""What is well or not. Each kind has names of its own: a source and an output may both be called ``main``."""

Telling = Literal["raised", "again", "flapping", "over"]
"""What an alert says: something is wrong; still is; comes and goes; is over."""

OK = "ok"
"""The word for whatever is well."""

FLAPPING = "flapping"
"""The word for what comes and goes."""

RECOVERED = "recovered"
"""What a receiver asks for to be told that something is over."""

PUBLISH = "publish"
"""What a receiver asks for to be told of what was published."""

WORDS = (
    "failing",
    "missing",
    "gone",
    "rate-limited",
    "content-replaced",
    "quarantined",
    "moved",
    "stale",
    "id-conflict",
    "held",
    "not-published",
    "left-out",
    "network-down",
    "store-failing",
    "publish-failing",
    "configuration-refused",
    "never-matched",
    "hub-failing",
    "unreachable",
    FLAPPING,
    RECOVERED,
    PUBLISH,
)
"""All that a receiver may ask for (``on``)."""

USUAL = tuple(each for each in WORDS if each not in ("left-out", PUBLISH))
"""What is told to a receiver that asks for nothing: all that somebody should look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight(Value):
    """How something looks now."""

    kind: Subject
    subject: str
    word: str = OK
    at: datetime
    """When it was last looked at: of a source the last poll."""
    since: datetime | None = None
    """Since when it is so, if that is known."""
    looks: int = 1
    """How many looks in a row have found it not well."""
    text: str | None = None
    """What is wrong, in words."""
    advice: str | None = None
    url: str | None = None
    last_success: datetime | None = None
    next_try: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing(Value):
    """What is remembered of something that is not well, or was not lately."""

    kind: Subject
    subject: str
    word: str = OK
    """How it looked."""
    since: datetime | None = None
    """Since when it is not well; ``None`` while it is."""
    well_since: datetime | None = None
    """The first look that found it well again."""
    raised: str | None = None
    """What the operator was told is wrong, and not that it is over."""
    raised_at: datetime | None = None
    raised_since: datetime | None = None
    """Since when it was said to be wrong."""
    told_at: datetime | None = None
    """When it was last told."""
    breaks: tuple[datetime, ...] = ()
    """When it lately ceased to be well."""
    raises: tuple[datetime, ...] = ()
    """When that was lately told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthChange(Value):
    """One change of health; where ``alert`` says so, one that is told to receivers.

    ``before`` and ``after`` are the same where nothing has changed but for how long it has lasted.
    """

    seq: int = 0
    """Its place in what is written down; given by the store."""
    at: datetime
    kind: Subject
    subject: str
    before: str
    after: str
    about: str
    """The word that it is about: what began, or what is over."""
    alert: Telling | None = None
    since: datetime | None = None
    text: str | None = None
    advice: str | None = None
    url: str | None = None
    last_success: datetime | None = None
    next_try: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook(Value):
    """An address that is sent JSON; with a secret it is signed (Standard Webhooks)."""

    url: str = field(repr=False)
    """Not in ``repr``: of many services the address is all that has to be known."""
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command(Value):
    """A program that is run, without a shell."""

    argv: tuple[str, ...]
    folder: Path
    """Where it is run."""
    timeout: timedelta = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Email(Value):
    """Mail by way of a server (SMTP)."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    sender: str
    to: tuple[str, ...]
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca: Path | None = None
    """File of the authorities that the server is judged by (PEM); ``None``: the usual ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ntfy(Value):
    """A topic of an ntfy server, or of what takes the same requests."""

    url: str = field(repr=False)
    token: str | None = field(default=None, repr=False)
    priority: int = 4
    """Of what is wrong, 1 to 5; what is over has 3 at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver(Value):
    """Somebody who is told, by one way."""

    id: str
    by: Webhook | Command | Email | Ntfy
    on: tuple[str, ...] = USUAL
    sources: tuple[str, ...] = ()
    """Of sources only these; empty for all."""
    tags: tuple[str, ...] = ()
    """Of sources only those with one of these tags; empty for all."""
    every: timedelta = timedelta(hours=1)
    """The least time between two messages of alerts."""

    @property
    def way(self) -> str:
        """The key of config.yaml under which it is: ``webhook``, ``command``, ``email`` or ``ntfy``."""
        return type(self.by).__name__.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached(Value):
    """What a receiver has been told, and how the last time went."""

    receiver: str
    position: int
    """``seq`` of the last change it needs to hear nothing more of."""
    told_at: datetime | None = None
    """When it last took a message of alerts."""
    failures: int = 0
    """Of messages, one after the other."""
    failing_since: datetime | None = None
    next_try: datetime | None = None
    problem: str | None = None
    """Why it did not take the last one."""
    published: bytes | None = field(default=None, repr=False)
    """Marks of the entries it was told are published, 8 bytes each; ``None`` before the first time."""
