"""How a source stands, and what one poll of it changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aggregator.model.fetched import Asked, Code, Validators
from aggregator.model.shared import FeedInfo
from aggregator.model.value import Value

if TYPE_CHECKING:
    from datetime import date, datetime

    from aggregator.model.held import Article, Version
    from aggregator.model.rule_counts import RuleHits

HELD = "held: every host fails"
"""How the reason of a next look begins that was put off because the machine seems to be offline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState(Value):
    """What is remembered of a source between polls. All of it changes in the transaction of a poll, or not at all."""

    source: str
    next_poll_at: datetime
    next_reason: str = "never polled"
    location: str = ""
    """The location these facts belong to; a changed configuration forgets the validators."""
    validators: Validators = field(default_factory=Validators)
    final_url: str | None = None
    """The address the validators came from; they are sent only to it."""
    body_hash: bytes | None = None
    parser_version: int = 0
    code: Code | None = None
    detail: str | None = None
    status: int | None = None
    since: datetime | None = None
    """Since when ``code`` has been of this kind: fine, failing, or the server's wish to be left alone."""
    failures: int = 0
    """In a row; rate limits do not count."""
    last_poll: datetime | None = None
    last_success: datetime | None = None
    last_new: datetime | None = None
    requests: int = 0
    not_modified: int = 0
    bytes: int = 0
    moved_to: str | None = None
    """Where the source says it has moved for good; ``None`` where the last look that went well said nothing of it."""
    moved_since: datetime | None = None
    """The first of the looks in a row that ended at ``moved_to`` with a feed."""
    moved_polls: int = 0
    """How many they are."""
    status_since: datetime | None = None
    """The first of the looks in a row that were answered with ``status``."""
    status_polls: int = 0
    """How many they are."""
    refresh_at: datetime | None = None
    """From when on the whole document is asked for, even where the server would say that it is unchanged."""
    quarantine: str | None = None
    """Why what is new at the source is held, in words; ``None`` where nothing is wrong."""
    quarantined_at: datetime | None = None
    upstream: tuple[str, ...] = ()
    """Keys of the articles in its last document, in its order."""
    habit: tuple[int, ...] = ()
    """How many new articles each of its last looks brought that brought any, the latest last."""
    posted: tuple[date, ...] = ()
    """The last days (UTC) on which it posted, the latest last."""
    identity: str | None = None
    """By what its entries are told apart (``link``, ``title``, ``text``), where that was learnt; with a question mark
    while another look has to confirm it: see :attr:`told_by`."""
    late: bool = False
    """Whether it was added to a store that had published before."""
    info: FeedInfo = field(default_factory=FeedInfo)
    """What its feed says of itself; while it is in quarantine, what it said before."""
    road: str | None = None
    warnings: tuple[str, ...] = ()

    @property
    def told_by(self) -> str | None:
        """By what its entries are told apart, once that is certain; ``None``: by their ids."""
        return None if self.identity is None or self.identity.endswith("?") else self.identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Vanished(Value):
    """An article that was taken out of its feed, and whose page is to tell whether it is deleted."""

    key: str
    source: str
    url: str
    missing_at: datetime | None = None
    """When the page was found to be gone, if it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostLedger(Value):
    """How a host has been treated: what every recorded poll asked of it, redirects to it included."""

    host: str
    since: datetime
    """The first request that was counted."""
    last: datetime
    requests: int = 0
    redirects: int = 0
    """Answers that led elsewhere; such a request is neither of the two below."""
    unconditional: int = 0
    """Requests without validators."""
    not_modified: int = 0
    """Answers 304."""
    rate_limited: int = 0
    """Answers 429 and 503."""
    early_polls: int = 0
    """Looks sooner than the source's ``next_poll_at``; one in a wait is among ``ignored_waits`` alone."""
    ignored_waits: int = 0
    """Requests while a ``Retry-After`` of the host was in force."""
    bytes: int = 0
    """Off the wire, after TLS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim(Value):
    """The right to poll a source until ``expires``; ``token`` fences off whoever held it before."""

    source: str
    token: int
    expires: datetime
    state: SourceState


@dataclass(frozen=True, slots=True, kw_only=True)
class PollPlan(Value):
    """What to write down about one poll, decided in one place; the store obeys."""

    source: str
    state: SourceState
    new: tuple[Article, ...] = ()
    updated: tuple[Article, ...] = ()
    refreshed: tuple[Article, ...] = ()
    """Held articles that mean the same but say it differently (a link target, a tag, a picture): written like the
    updated ones, with their ``updated`` where it was, and not counted as changed."""
    untouched: tuple[tuple[str, bytes, int], ...] = ()
    """(key, raw_hash, flips) of held articles whose source says in other bytes what means nothing (another counter,
    another advertisement) or what it takes back again and again: the text that is held stays."""
    versions: tuple[Version, ...] = ()
    """What the updated ones said before."""
    aliases: tuple[tuple[str, str], ...] = ()
    """(key, key of the article) for entries that turned out to be articles held under another key."""
    withdrawn: tuple[str, ...] = ()
    """Keys of articles that the source no longer has."""
    deleted: tuple[str, ...] = ()
    """Keys of articles that the source says it deleted: they do not come back by being there."""
    pages: tuple[tuple[str, datetime | None], ...] = ()
    """(key, until when it waits for that) for new and updated articles whose pages are to be asked for their text."""
    vanished: tuple[str, ...] = ()
    """Keys of articles that were taken out of the feed, where their pages are to tell whether they are deleted."""
    held: tuple[Article, ...] = ()
    """New articles that are stored, and shown nowhere until the operator releases them."""
    earlier: tuple[Article, ...] = ()
    """Articles that are stored and never shown: they were there when the source was added (:data:`EARLIER`)."""
    gives_way: tuple[tuple[str, str], ...] = ()
    """(key, key of the article that is shown instead) for articles of other sources that nobody has seen yet."""
    unchanged: int = 0
    hits: tuple[RuleHits, ...] = ()
    """Of new articles: what each rule of the source took, or changed."""
    wire_bytes: int = 0
    """What this poll cost the publisher."""
    bytes: int = 0
    """Of its documents, decoded."""
    final_url: str | None = None
    """Where the look ended, well or not."""
    asked: tuple[Asked, ...] = ()
    """The requests it took."""
    host_wait: datetime | None = None
    """Until when the whole host asked to be left alone."""
