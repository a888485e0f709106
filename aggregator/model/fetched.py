"""Fetched: how one look at a source ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from aggregator.model.value import Value

if TYPE_CHECKING:
    from datetime import datetime, timedelta
    from pathlib import Path


class Code(StrEnum):
    """The one word every poll ends in."""

    OK = "ok"
    NOT_MODIFIED = "not_modified"
    EMPTY = "empty"
    NOT_A_FEED = "not_a_feed"
    NO_ITEMS = "no_items"
    """A page that is read by selectors, on which these match nothing."""
    ROBOTS = "robots"
    """The host's robots.txt asks that the page is not read by programs. Feeds are there for them; pages are not."""
    OWN_FEED = "own_feed"
    """What is published here, as a source: all of it would come twice."""
    XML = "xml"
    XML_FORBIDDEN = "xml_forbidden"
    XML_LIMIT = "xml_limit"
    PARSE_TIMEOUT = "parse_timeout"
    PARSE_CRASH = "parse_crash"
    TOO_LARGE = "too_large"
    ENCODING = "encoding"
    TRUNCATED = "truncated"
    TIMEOUT = "timeout"
    TOO_SLOW = "too_slow"
    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    PROTOCOL = "protocol"
    REDIRECT = "redirect"
    BLOCKED_SCHEME = "blocked_scheme"
    BLOCKED_ADDR = "blocked_addr"
    HTTP_4XX = "http_4xx"
    HTTP_5XX = "http_5xx"
    UNEXPECTED_STATUS = "unexpected_status"
    GONE = "gone"
    RATE_LIMITED = "rate_limited"
    UNREADABLE = "unreadable"
    """A folder of local articles that cannot be read (missing, unmounted, no permission)."""
    INTERNAL = "internal"
    """A bug of ours; the traceback is in the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators(Value):
    """What a server gave to recognise its answer by: opaque, sent back byte for byte (as latin-1 text)."""

    etag: str | None = None
    last_modified: str | None = None

    def __bool__(self) -> bool:
        return self.etag is not None or self.last_modified is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness(Value):
    """What an answer says about when to come back."""

    fresh_for: timedelta | None = None
    """From Cache-Control max-age or Expires, minus Age; ``None`` where the answer does not say."""
    retry_after: timedelta | None = None
    reason: str | None = None
    """Such as ``max-age 3600 s``; for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document(Value):
    """One document as it came: decoded bytes and what is known about them."""

    body: bytes = field(repr=False)
    url: str
    """Base for relative references: the final address, or the file's ``file:`` address."""
    media_type: str | None = None
    """The Content-Type header as sent, parameters included; for files, by their ending."""
    name: str | None = None
    """Path inside the folder, for local articles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture(Value):
    """A picture that lies beside local articles. Its bytes are read only where an article shows it."""

    url: str
    """Its ``file:`` address."""
    folder: Path
    """The folder of the source, out of which no link may lead."""
    name: str
    """Path inside that folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(Value):
    """One request that was sent. A redirect leads to another one, of whoever it names."""

    host: str
    """As in :attr:`Source.host`."""
    at: datetime
    """When the look had come to it."""
    took: timedelta
    """Until its answer was read, or given up."""
    conditional: bool
    """Whether it carried validators."""
    status: int | None = None
    """``None`` where no answer came."""
    wire_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange(Value):
    """The last answer of a look as it came, from which all of its outcome can be worked out again."""

    status: int
    url: str
    """Who answered, after redirects."""
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    """Names in small letters, values as latin-1 text; without cookies."""
    body: bytes = field(default=b"", repr=False)
    """Decoded; of 200 alone."""
    redirected: bool = False
    moved_to: str | None = None
    wire_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded(Value):
    """An answer that was kept."""

    at: datetime
    """When the look began."""
    exchange: Exchange
    left_out: int | None = None
    """Bytes of its body, where that was too large to be kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched(Value):
    """The source gave documents."""

    documents: tuple[Document, ...]
    complete: bool = False
    """True where the documents are all there is (a folder): what is absent has been withdrawn."""
    validators: Validators = field(default_factory=Validators)
    final_url: str
    redirected: bool = False
    """Whether redirects led to ``final_url``."""
    moved_to: str | None = None
    """Where an unbroken chain of permanent redirects (301, 308) ended, if there was one."""
    body_hash: bytes
    """SHA-256 over the decoded documents."""
    freshness: Freshness = field(default_factory=Freshness)
    hubs: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    """Addresses of feeds that the answer's header names as another form of what it is (``rel=alternate``)."""
    pictures: tuple[Picture, ...] = ()
    """What lies beside the documents; nothing but a folder has any."""
    status: int | None = None
    wire_bytes: int = 0
    asked: tuple[Asked, ...] = ()
    """Every request that it took, in order; a folder takes none."""
    warnings: tuple[str, ...] = ()
    exchange: Exchange | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified(Value):
    """The source said, or its bytes show, that nothing changed."""

    validators: Validators | None = None
    """Those to keep from now on; ``None`` keeps the stored ones."""
    final_url: str
    freshness: Freshness = field(default_factory=Freshness)
    status: int | None = None
    wire_bytes: int = 0
    asked: tuple[Asked, ...] = ()
    reason: str = "unchanged"
    redirected: bool = False
    moved_to: str | None = None
    """As in :class:`Fetched`, like ``redirected``."""
    exchange: Exchange | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed(Value):
    """The look failed. ``detail`` is one line of English, at most 300 characters, without secrets."""

    code: Code
    detail: str
    status: int | None = None
    final_url: str | None = None
    freshness: Freshness = field(default_factory=Freshness)
    wire_bytes: int = 0
    asked: tuple[Asked, ...] = ()
    exchange: Exchange | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Value):
    """What came of a request that was no look at a source: a page, a list of feeds, a hub's word."""

    status: int
    url: str
    """Where it came from, after redirects."""
    body: bytes
    media_type: str | None = None
    hubs: tuple[str, ...] = ()
    freshness: Freshness = field(default_factory=Freshness)
    wire_bytes: int = 0
    asked: tuple[Asked, ...] = ()


Outcome = Fetched | NotModified | Failed
