"""The values that travel through the program. Standard library only.

Three words for three lives, and no type serves two::

    ParsedFeed, ParsedEntry          what they said: everything optional, as claimed
    Article                          what we hold: keyed, dated, cleaned
    PublishedFeed, PublishedEntry    what we say

One poll, as values::

    Source, SourceState -> Fetched | NotModified | Failed -> ParsedFeed -> Article... -> PollPlan

All are frozen, slotted and keyword-only. Datetimes are aware UTC or the constructor refuses. Collections are
tuples. Unknown is ``None``, never ``""``.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Literal
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date
    from pathlib import Path


def _is_checked(annotation: str) -> bool:
    """Whether it promises a datetime or a tuple."""
    return "datetime" in annotation or "tuple[" in annotation


@cache
def _checked_fields(kind: Any) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind) if _is_checked(str(each.type)))


def _check(self: object) -> None:
    kind: Any = type(self)
    for name in _checked_fields(kind):
        value = getattr(self, name)
        if value is None or type(value) is tuple:
            continue
        if isinstance(value, datetime) and value.utcoffset() != timedelta(0):
            raise ValueError(f"{kind.__name__}.{name} must be an aware UTC datetime, not {value!r}")
        if isinstance(value, list):
            raise TypeError(f"{kind.__name__}.{name} must be a tuple, not a list")


class _Value:
    """Checks every value shares: no naive or non-UTC datetime, no list, gets in.

    Only classes that hold one pay for it: a poll makes thousands of links, texts and categories.
    """

    __slots__ = ()
    __post_init__: ClassVar[Callable[[object], None]]

    def __init_subclass__(cls) -> None:
        if any(map(_is_checked, cls.__annotations__.values())):
            cls.__post_init__ = _check


# --------------------------------------------------------------------------------------------------------------
# Small values shared by all three lives
# --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Person(_Value):
    """An author or contributor. ``name`` may be unknown only while parsed; articles always name their authors."""

    name: str | None = None
    url: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link(_Value):
    """A link as RFC 4287 4.2.7 has it. ``length`` is bytes."""

    href: str
    rel: str = "alternate"
    type: str | None = None
    hreflang: str | None = None
    title: str | None = None
    length: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure(_Value):
    """A media file that belongs to an entry (RSS ``enclosure``, RFC 4287 ``rel=enclosure``, Media RSS 1.5.1
    ``media:content``, JSON Feed attachments). ``length`` is bytes, ``duration`` seconds, sizes pixels."""

    url: str
    type: str | None = None
    length: int | None = None
    title: str | None = None
    duration: int | None = None
    medium: str | None = None
    """``audio``, ``video``, ``document`` or ``executable``, where Media RSS says so."""
    width: int | None = None
    height: int | None = None
    rendition_of: str | None = None
    """Address of the enclosure this is another rendition of (``media:group``, ``podcast:alternateEnclosure``,
    JSON Feed attachments of one title)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit(_Value):
    """Who had a part in an episode (``podcast:person``); ``role`` and ``group`` are of the Podcast Taxonomy Project."""

    name: str
    role: str = "host"
    group: str = "cast"
    url: str | None = None
    image: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter(_Value):
    """A chapter of an episode, as the entry itself has it (Podlove Simple Chapters 1.2). ``start`` is seconds."""

    start: float
    title: str
    url: str | None = None
    image: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode(_Value):
    """An entry as an episode of a show: iTunes podcast tags, and podcastindex.org's namespace 1.0."""

    season: int | None = None
    season_name: str | None = None
    number: str | None = None
    """A decimal number as written: Podcasting 2.0 has an episode ``3.5``."""
    name: str | None = None
    """What to show in place of the number (``podcast:episode display``)."""
    kind: str | None = None
    """``full``, ``trailer`` or ``bonus`` (``itunes:episodeType``)."""
    explicit: bool | None = None
    transcripts: tuple[Link, ...] = ()
    """Each with its media type and language (``podcast:transcript``)."""
    chapters: Link | None = None
    """The file of its chapters (``podcast:chapters``)."""
    marks: tuple[Chapter, ...] = ()
    """Its chapters themselves, where the entry has them, earliest first."""
    credits: tuple[Credit, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place(_Value):
    """Where something is: GeoRSS Simple and GML (OGC 17-002r1), W3C ``geo:lat``/``geo:long``, ``podcast:location``."""

    shape: str = "point"
    """``point``, ``line``, ``polygon``, ``box`` (lower corner, upper corner) or ``circle`` (its centre)."""
    points: tuple[tuple[float, float], ...] = ()
    """Latitude and longitude in degrees (WGS 84)."""
    radius: float | None = None
    """Of a circle, in metres."""
    elevation: float | None = None
    """Metres."""
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference(_Value):
    """What an entry answers to: ``thr:in-reply-to`` (RFC 4685 section 3). ``ref`` is the id of that entry."""

    ref: str | None = None
    href: str | None = None
    type: str | None = None
    source: str | None = None
    """Address of the feed that entry is in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replies(_Value):
    """The answers to an entry: RFC 4685 (``thr:total``, ``rel=replies`` with ``thr:count`` and ``thr:updated``),
    ``slash:comments``, and the Comment API's ``wfw:commentRss`` and ``wfw:comment``."""

    count: int | None = None
    updated: datetime | None = None
    feed: str | None = None
    """Address of the feed that holds them."""
    post_to: str | None = None
    """Address that takes a new one (``wfw:comment``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes(_Value):
    """What a publisher asks of those who publish its words again; unsaid is ``None``, never leave."""

    access: str | None = None
    """``allow`` or ``deny``: ``access:restriction relationship`` (Bloglines, 2006)."""
    index: bool | None = None
    """Whether search engines may list it: ``indexing:index`` (urn:atom-extension:indexing), ``xhtml:meta
    name="robots"``."""
    listed: bool | None = None
    """False where directories are asked to leave it out (``itunes:block``, ``googleplay:block``, ``podcast:block``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone(_Value):
    """An entry its publisher took back: ``at:deleted-entry`` (RFC 6721 section 3). A claim, not yet an act."""

    ref: str
    """The id of the entry."""
    when: datetime | None = None
    by: Person | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Category(_Value):
    """A tag: ``term`` is what machines compare, ``label`` what people read."""

    term: str
    scheme: str | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(_Value):
    """Text as a source gave it, with the media type it claims: ``text/plain``, ``text/html`` or another."""

    value: str
    type: str = "text/plain"
    language: str | None = None
    base: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating(_Value):
    """How many of those who voted found an article helpful."""

    helpful: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedInfo(_Value):
    """What a feed says of itself; also what an ``atom:source`` inside an entry says of the feed it came from."""

    id: str | None = None
    title: str | None = None
    subtitle: str | None = None
    url: str | None = None
    """The site's page (``rel=alternate``)."""
    self_url: str | None = None
    """The feed's own address (``rel=self``)."""
    language: str | None = None
    format: str | None = None
    """Such as ``rss20``, ``atom10``, ``json11``, ``rss10``, ``folder``."""
    authors: tuple[Person, ...] = ()
    rights: str | None = None
    icon: str | None = None
    logo: str | None = None
    generator: str | None = None
    updated: datetime | None = None
    hubs: tuple[str, ...] = ()
    ttl: timedelta | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    """Monday is 0."""
    contributors: tuple[Person, ...] = ()
    categories: tuple[Category, ...] = ()
    links: tuple[Link, ...] = ()
    """Links besides the alternate, self and hubs, such as ``license`` and ``via``."""
    licence: str | None = None
    """Address of the licence; not the same as ``rights``, which is prose."""
    wishes: Wishes | None = None
    new_url: str | None = None
    """Where the feed says it has moved to (``itunes:new-feed-url``): a claim, to be confirmed."""
    ended: bool = False
    """It says there will be nothing new (JSON Feed ``expired``, ``itunes:complete``)."""


# --------------------------------------------------------------------------------------------------------------
# Configured: what the operator wants
# --------------------------------------------------------------------------------------------------------------

OnRemove = Literal["keep", "drop", "tombstone"]
Identity = Literal["auto", "id", "link", "title", "text"]
Future = Literal["clamp", "keep", "hold"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCertificate(_Value):
    """What proves to a server who asks: files in PEM."""

    cert: Path
    key: Path | None = None
    """``None``: it is in the file of the certificate."""
    password: str | None = field(default=None, repr=False)
    """Of an encrypted key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy(_Value):
    """A machine that asks for us, over plain HTTP/1.1."""

    url: str
    """``http://host:port``, nothing more."""
    auth: tuple[str, str] | None = field(default=None, repr=False)
    """User and password (basic)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source(_Value):
    """One place to look, as configured. Exactly one of ``url`` and ``folder`` is set."""

    id: str
    url: str | None = None
    folder: Path | None = None
    title: str | None = None
    tags: tuple[str, ...] = ()
    language: str | None = None
    interval: timedelta | None = None
    """Fixed time between polls; ``None`` means learnt."""
    enabled: bool = True
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    basic_auth: tuple[str, str] | None = field(default=None, repr=False)
    bearer: str | None = field(default=None, repr=False)
    user_agent: str | None = None
    timeout: timedelta | None = None
    max_bytes: int | None = None
    allow_downgrade: bool = False
    """Whether a redirect from https to http may be followed."""
    refresh: timedelta = timedelta(days=8)
    """The whole document is asked for so long after it last came, whatever the server says."""
    ca: Path | None = None
    """File of the authorities its own origin is judged by (PEM); ``None``: the usual ones."""
    client_cert: ClientCertificate | None = None
    """Shown to its own origin, where that asks for one."""
    proxy: Proxy | None = None
    """Through which it and all it redirects to are asked."""
    http2: bool = False
    """Whether HTTP/2 is offered to it and to all it redirects to, over TLS."""
    keep: str | None = None
    drop: str | None = None
    limit_per_day: int | None = None
    """Articles of one day (UTC) that are shown alone, the first; the others are in one entry. ``None``: all."""
    identity: Identity = "auto"
    """By what its entries are told apart; ``auto``: by their ids, as long as these hold still."""
    on_remove: OnRemove = "keep"
    check_deleted: bool = False
    """Whether an article that is taken out of the feed is deleted where its page is gone (404, 410)."""
    first: int | None = 50
    """How many of its newest articles are taken where it is added to a store that has published; ``None``: all."""
    future: Future = "clamp"
    """Where an article with a date to come stands: with those of today, by its date, or nowhere until then."""

    @property
    def location(self) -> str:
        """Where it is, for people: the address or the folder."""
        return self.url if self.url is not None else str(self.folder)

    @property
    def host(self) -> str:
        """Whom a poll of it bothers: ``host:port`` of its address; a folder bothers nobody but itself."""
        if self.url is None:
            return f"folder:{self.id}"
        parts = urlsplit(self.url)
        return f"{(parts.hostname or '').lower()}:{parts.port or (443 if parts.scheme == 'https' else 80)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Polling(_Value):
    """How often and how hard to look, for all sources."""

    budget: float | None = None
    """Requests per source and day; ``None``: no budget."""
    floor: timedelta = timedelta(hours=1)
    invited_floor: timedelta = timedelta(minutes=15)
    ceiling: timedelta = timedelta(hours=24)
    without_validators: timedelta = timedelta(hours=4)
    """Between looks that each cost the publisher a whole document."""
    concurrency: int = 64
    per_host: int = 1
    timeout: timedelta = timedelta(seconds=30)
    max_bytes: int = 10 * 1024 * 1024
    """Bytes over the wire; decoded may be twice that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicates(_Value):
    """What becomes of an article that several sources have."""

    prefer: Literal["original", "first"] = "original"
    """Whether a copy waits for its original, or whoever comes first is shown."""
    show: Literal["one", "all"] = "one"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed(_Value):
    """An exception to the refusal of private addresses: a network (``10.0.0.0/8``) or a host name, and a port."""

    network: str | None = None
    host: str | None = None
    port: int | None = None
    """``None``: any port."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Output(_Value):
    """One document family to publish."""

    id: str
    title: str | None = None
    query: str | None = None
    limit: int = 100
    """Entries at most in the subscription document."""
    per_source: int | None = None
    """Of them at most of one source, its newest; ``None``: all."""
    formats: tuple[str, ...] = ("atom", "rss", "json", "html")
    stories: Literal["off", "join", "link"] = "off"
    """Whether articles that tell one story are one entry, or point to each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site(_Value):
    """The output as a whole."""

    title: str
    url: str
    """Public base address, ends in ``/``; every published link starts here, never from a Host header."""
    id: str
    author: str | None = None
    language: str | None = None


# --------------------------------------------------------------------------------------------------------------
# Fetched: how one look at a source ended
# --------------------------------------------------------------------------------------------------------------


class Code(StrEnum):
    """The one word every poll ends in."""

    OK = "ok"
    NOT_MODIFIED = "not_modified"
    EMPTY = "empty"
    NOT_A_FEED = "not_a_feed"
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
class Validators(_Value):
    """What a server gave to recognise its answer by: opaque, sent back byte for byte (as latin-1 text)."""

    etag: str | None = None
    last_modified: str | None = None

    def __bool__(self) -> bool:
        return self.etag is not None or self.last_modified is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness(_Value):
    """What an answer says about when to come back."""

    fresh_for: timedelta | None = None
    """From Cache-Control max-age or Expires, minus Age; ``None`` where the answer does not say."""
    retry_after: timedelta | None = None
    reason: str | None = None
    """Such as ``max-age 3600 s``; for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document(_Value):
    """One document as it came: decoded bytes and what is known about them."""

    body: bytes = field(repr=False)
    url: str
    """Base for relative references: the final address, or the file's ``file:`` address."""
    media_type: str | None = None
    """The Content-Type header as sent, parameters included; for files, by their ending."""
    name: str | None = None
    """Path inside the folder, for local articles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture(_Value):
    """A picture that lies beside local articles. Its bytes are read only where an article shows it."""

    url: str
    """Its ``file:`` address."""
    folder: Path
    """The folder of the source, out of which no link may lead."""
    name: str
    """Path inside that folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(_Value):
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
class Fetched(_Value):
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
    pictures: tuple[Picture, ...] = ()
    """What lies beside the documents; nothing but a folder has any."""
    status: int | None = None
    wire_bytes: int = 0
    asked: tuple[Asked, ...] = ()
    """Every request that it took, in order; a folder takes none."""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified(_Value):
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed(_Value):
    """The look failed. ``detail`` is one line of English, at most 300 characters, without secrets."""

    code: Code
    detail: str
    status: int | None = None
    final_url: str | None = None
    freshness: Freshness = field(default_factory=Freshness)
    wire_bytes: int = 0
    asked: tuple[Asked, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(_Value):
    """What came of a request that was no look at a source: a page, a list of feeds, a hub's word."""

    status: int
    url: str
    """Where it came from, after redirects."""
    body: bytes
    media_type: str | None = None
    hubs: tuple[str, ...] = ()
    freshness: Freshness = field(default_factory=Freshness)
    wire_bytes: int = 0


Outcome = Fetched | NotModified | Failed


# --------------------------------------------------------------------------------------------------------------
# Parsed: what they said
# --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedEntry(_Value):
    """One entry as claimed by its source; nothing is cleaned, nothing invented."""

    raw_id: str | None = None
    """guid, ``atom:id`` or JSON id, as written but for surrounding white space; a seed's ``id`` or its path."""
    raw_id_is_permalink: bool = False
    raw_hash: bytes
    """Hash of all that was said, to recognise an unchanged entry before any cleaning."""
    position: int = 0
    """Place in the document, 0 first."""
    links: tuple[Link, ...] = ()
    title: Text | None = None
    summary: Text | None = None
    contents: tuple[Text, ...] = ()
    authors: tuple[Person, ...] = ()
    contributors: tuple[Person, ...] = ()
    categories: tuple[Category, ...] = ()
    published: datetime | None = None
    updated: datetime | None = None
    enclosures: tuple[Enclosure, ...] = ()
    image: str | None = None
    pictures: tuple[str, ...] = ()
    """Addresses of the pictures that were published with it: what it means changes with them."""
    language: str | None = None
    rights: str | None = None
    comments: str | None = None
    base: str | None = None
    source: FeedInfo | None = None
    """The ``atom:source`` or RSS ``<source>`` it carries, where it came through another feed."""
    canonical: str | None = None
    """The address it names as its real one, where its link leads through a counter or a copy: ``rel=canonical``,
    ``feedburner:origLink``."""
    episode: Episode | None = None
    places: tuple[Place, ...] = ()
    in_reply_to: tuple[Reference, ...] = ()
    replies: Replies | None = None
    licence: str | None = None
    wishes: Wishes | None = None
    attribution: str | None = None
    """The agency a local article credits."""
    rating: Rating | None = None
    not_before: datetime | None = None
    """A seed's ``publish_at``: held until then."""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed(_Value):
    """One source's documents, read. ``entries`` keep the order of the document."""

    info: FeedInfo = field(default_factory=FeedInfo)
    entries: tuple[ParsedEntry, ...] = ()
    road: str
    """Which parser read it: ``feedparser``, ``jsonfeed``, ``folder``."""
    tombstones: tuple[Tombstone, ...] = ()
    """Entries the feed says were deleted, in the order of the document."""
    problem: Failed | None = None
    """Why reading stopped early or found nothing; the entries read so far are kept."""
    unread: tuple[str, ...] = ()
    """Names of a folder's files that cannot be read as what they are: while there is one, nothing is withdrawn."""
    warnings: tuple[str, ...] = ()


# --------------------------------------------------------------------------------------------------------------
# Held: what we know
# --------------------------------------------------------------------------------------------------------------


ABSORBED = "absorbed"
"""``Article.held`` of an article that the operator took in silently: a part of its source's history, never shown."""

DROPPED = "dropped"
"""``Article.held`` of one that the operator wants nothing to do with: never shown, and no part of any history."""

EARLIER = "already there when the source was added"
"""``Article.held`` of one that is a part of its source's history, never shown: only the newest are taken at first."""

FOLDED = "folded"
"""``Article.held`` of one beyond its source's ``limit_per_day``: it is shown in the entry of that day, never alone."""

FLOOD = "in a flood: "
"""How ``Article.held`` begins of one that came with many others and looks old."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article(_Value):
    """One article as we hold it: the shared model of everything that is published.

    ``key`` finds its row; ``id`` is what is published, decided once. ``sort_at`` is decided at first sight.
    """

    key: str
    """32 hex digits, from the source's id and the entry's identity within it."""
    id: str
    source: str
    raw_hash: bytes
    fingerprint: bytes
    """Hash of the meaning: title, link, text, authors, enclosures; not of dates nor of markup noise."""
    page_hash: int | None = None
    """64 bits of its address, whatever the scheme, ``www.`` and tracking; ``None`` where it has none."""
    text_hash: int | None = None
    """64 bits of its words; ``None`` where they are too few to know it by."""
    claimed_id: str | None = None
    """The id its source gave it, where it is published under another."""
    title: str
    """Plain text, never empty."""
    url: str | None = None
    summary: str | None = None
    """Plain text."""
    content_html: str | None = None
    """Clean HTML, every reference absolute."""
    words: int = 0
    """How many words there are to read; two characters of Chinese or Japanese count as one."""
    authors: tuple[Person, ...] = ()
    """Never empty after normalising, each with a name."""
    contributors: tuple[Person, ...] = ()
    tags: tuple[Category, ...] = ()
    published: datetime | None = None
    updated: datetime | None = None
    first_seen: datetime
    sort_at: datetime
    language: str | None = None
    links: tuple[Link, ...] = ()
    """Links besides the alternate and the enclosures."""
    enclosures: tuple[Enclosure, ...] = ()
    image: str | None = None
    rights: str | None = None
    comments: str | None = None
    origin: FeedInfo | None = None
    """The feed it was first published in, where it came through another feed."""
    source_updated: datetime | None = None
    """What the source's feed gave as its own ``updated`` when this article was last taken from it."""
    attribution: str | None = None
    rating: Rating | None = None
    canonical: str | None = None
    """The address its source names as the real one, where that is not ``url``."""
    episode: Episode | None = None
    places: tuple[Place, ...] = ()
    in_reply_to: tuple[Reference, ...] = ()
    replies: Replies | None = None
    licence: str | None = None
    """Address of the licence it is under, where it names one."""
    wishes: Wishes | None = None
    not_before: datetime | None = None
    duplicate_of: str | None = None
    """Key of the article of another source that is the same; this one is kept but not shown. That one is no duplicate
    itself."""
    left_out: str | None = None
    """The rule that leaves it out of every output, in words; it is kept but not shown."""
    held: str | None = None
    """Why it waits for the operator, in words, or :data:`ABSORBED`, :data:`DROPPED`, :data:`EARLIER` or
    :data:`FOLDED`; it is kept but not shown."""
    past: tuple[bytes, ...] = ()
    """Fingerprints of what it said before, the latest last."""
    flips: int = 0
    """How often it went back to what it had said before."""
    note: str | None = None
    """What the last edit changed, in a line."""
    hidden_at: datetime | None = None
    """Since when the operator leaves it out."""
    pinned_at: datetime | None = None
    """Since when the operator has it first in every output."""
    deleted_at: datetime | None = None
    """Since when it is withdrawn."""
    deleted_by: str | None = None
    """Who withdrew it: :data:`ABSENT`, :data:`PUBLISHER` or :data:`OPERATOR`."""
    warnings: tuple[str, ...] = ()


ABSENT = "absent"
"""``Article.deleted_by``: its folder no longer holds it. It is shown again when its file is there again."""
PUBLISHER = "publisher"
"""Its source said that it is deleted (RFC 6721), or its page is gone. It does not come back by being in the feed."""
OPERATOR = "operator"
"""It was retracted here. No poll brings it back; the operator may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownArticle(_Value):
    """What a poll has to know of an article that is already held."""

    key: str
    id: str
    raw_hash: bytes
    fingerprint: bytes
    published: datetime | None
    updated: datetime | None
    first_seen: datetime
    sort_at: datetime
    source: str = ""
    title: str = ""
    url: str | None = None
    page_hash: int | None = None
    text_hash: int | None = None
    past: tuple[bytes, ...] = ()
    flips: int = 0
    withdrawn: bool = False
    deleted_by: str | None = None
    not_before: datetime | None = None
    duplicate_of: str | None = None
    left_out: str | None = None
    held: str | None = None
    claimed_id: str | None = None
    """As in :class:`Article`; told only of articles of other sources, like ``origin``."""
    origin: FeedInfo | None = None

    @property
    def accepted(self) -> bool:
        """Whether it is a part of its source's history: not what waits for the operator, nor what he dropped."""
        return self.held in (None, ABSORBED, EARLIER, FOLDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting(_Value):
    """Articles of a source that wait for the operator, all for one reason."""

    reason: str
    articles: int
    since: datetime
    """When the first of them was seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known(_Value):
    """What the store knows about one source before a plan is made."""

    articles: Mapping[str, KnownArticle] = field(default_factory=dict)
    """By key: those asked for, and all live ones of the source where its documents are complete. An article that is
    asked for by an alias is under that alias; its own ``key`` is in the value."""
    owners: Mapping[str, str] = field(default_factory=dict)
    """Published id -> key of the article that holds it, for the ids asked for."""
    history: tuple[Article, ...] = ()
    """The source's newest accepted articles, where none of those asked for is one: is it still the same feed?"""
    upstream: tuple[KnownArticle, ...] = ()
    """What was in the source's last document, in its order, where anything in this one is not known by its key."""
    same_page: tuple[KnownArticle, ...] = ()
    """Articles of the source with the address, or with the words, of one that is not known by its key."""
    elsewhere: tuple[KnownArticle, ...] = ()
    """Articles of other sources with the address, or with the id, of one that is not known by its key. Those of a
    removed source that does not keep its articles are ``withdrawn``."""
    neighbours: Mapping[str, SourceState] = field(default_factory=dict)
    """Source -> how it stands, for the other sources that new articles may be from."""
    buried: Mapping[str, KnownArticle] = field(default_factory=dict)
    """Id -> article of the source, for the ids that its document says are deleted."""
    before: Mapping[str, Article] = field(default_factory=dict)
    """By their own keys, articles that are held and came in other bytes: what they say now, to compare with."""
    middle: datetime | None = None
    """``sort_at`` of the article in the middle of the shortest output, were it full and of all articles; ``None`` while
    there are fewer."""
    per_day: Mapping[date, int] = field(default_factory=dict)
    """How many articles of a source with ``limit_per_day`` are shown of each day (UTC) that new ones are of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature(_Value):
    """What an article is told by when others are looked for that tell the same story: see :mod:`aggregator.stories`."""

    at: datetime
    """Its place in time (``sort_at``)."""
    publisher: str
    """Who says it. A story has one article of each."""
    language: str | None = None
    """Two letters."""
    title: tuple[str, ...] = ()
    """Terms of its title, in their order."""
    words: tuple[str, ...] = ()
    """What stands in the title for each of them."""
    lead: tuple[str, ...] = ()
    """Terms of its first paragraph that are not in the title."""
    names: tuple[str, ...] = ()
    """Those of all these that are names."""
    capitals: tuple[str, ...] = ()
    """Those that are only capitalised, as every word of a headline may be."""
    sketch: tuple[int, ...] = ()
    """The least hashes of its text's shingles, ascending; none of a short text."""
    references: tuple[str, ...] = ()
    """Pages, media files and pictures it points to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate(_Value):
    """An article that shares a key with another one: the two may tell the same story."""

    key: str
    signature: Signature
    story: str | None = None
    """Id of the story it is in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed(_Value):
    """With what an article belongs together; nothing where it tells a story of its own."""

    stories: tuple[str, ...] = ()
    """Ids of the stories that it is in: where they are several, they turn out to be one."""
    others: tuple[str, ...] = ()
    """Keys of the articles that come in with it: they were in no story so far."""
    why: str | None = None
    """The evidence, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member(_Value):
    """One article of a story."""

    article: Article
    joined: datetime
    """When it was found to be one; of the first article, when there was no other yet."""
    shown: bool
    """Whether it may be published: neither withdrawn, left out, held, hidden, nor a copy of another."""
    why: str | None = None
    """The evidence, in words; ``None`` for the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story(_Value):
    """Articles of several publishers that tell of one event, first seen first."""

    id: str
    """``urn:uuid:``, made from its first article's id; it never changes."""
    members: tuple[Member, ...]


HELD = "held: every host fails"
"""How the reason of a next look begins that was put off because the machine seems to be offline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState(_Value):
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
    """Since when ``code`` has been of this kind: fine or failing."""
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
class Kept(_Value):
    """What of an article no source can be asked for again: a line of the memory file."""

    key: str
    id: str
    source: str
    first_seen: datetime
    sort_at: datetime
    published: datetime | None = None
    updated: datetime | None = None
    page_hash: int | None = None
    text_hash: int | None = None
    claim_hash: bytes | None = None
    """Of the id its source gave it, where it is published under another."""
    duplicate_of: str | None = None
    held: str | None = None
    not_before: datetime | None = None
    hidden_at: datetime | None = None
    pinned_at: datetime | None = None
    deleted_at: datetime | None = None
    deleted_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAlias(_Value):
    """Another key that an article is found by."""

    alias: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSource(_Value):
    """What of a source neither the configuration nor the source says."""

    source: str
    on_remove: str = "keep"
    removed_at: datetime | None = None
    identity: str | None = None
    """As in :class:`SourceState`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention(_Value):
    """For how long texts are kept. What an article is known by is kept for ever."""

    content: timedelta | None = timedelta(days=365)
    """Since it was first seen, and by its date; ``None``: for ever."""
    per_source: int | None = 10_000
    """Articles of a source with a text, the newest; ``None``: all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vanished(_Value):
    """An article that was taken out of its feed, and whose page is to tell whether it is deleted."""

    key: str
    source: str
    url: str
    missing_at: datetime | None = None
    """When the page was found to be gone, if it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostLedger(_Value):
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
class Claim(_Value):
    """The right to poll a source until ``expires``; ``token`` fences off whoever held it before."""

    source: str
    token: int
    expires: datetime
    state: SourceState


@dataclass(frozen=True, slots=True, kw_only=True)
class Version(_Value):
    """What an article said before it was edited."""

    key: str
    at: datetime
    """When the next one was found."""
    note: str
    """What the next one changed, in a line."""
    title: str
    updated: datetime | None = None
    summary: str | None = None
    content_html: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PollPlan(_Value):
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
    vanished: tuple[str, ...] = ()
    """Keys of articles that were taken out of the feed, where their pages are to tell whether they are deleted."""
    held: tuple[Article, ...] = ()
    """New articles that are stored, and shown nowhere until the operator releases them."""
    earlier: tuple[Article, ...] = ()
    """Articles that are stored and never shown: they were there when the source was added (:data:`EARLIER`)."""
    gives_way: tuple[tuple[str, str], ...] = ()
    """(key, key of the article that is shown instead) for articles of other sources that nobody has seen yet."""
    unchanged: int = 0
    wire_bytes: int = 0
    """What this poll cost the publisher."""
    asked: tuple[Asked, ...] = ()
    """The requests it took."""
    host_wait: datetime | None = None
    """Until when the whole host asked to be left alone."""


# --------------------------------------------------------------------------------------------------------------
# Published: what we say
# --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedEntry(_Value):
    """One entry of a published document: complete, absolute, valid. ``links`` has the alternate first."""

    id: str
    title: str
    updated: datetime
    published: datetime | None = None
    links: tuple[Link, ...] = ()
    authors: tuple[Person, ...] = ()
    contributors: tuple[Person, ...] = ()
    summary: str | None = None
    content_html: str | None = None
    categories: tuple[Category, ...] = ()
    language: str | None = None
    rights: str | None = None
    image: str | None = None
    words: int = 0
    source: FeedInfo

    @property
    def minutes(self) -> int:
        """How long it takes to read, at 250 words a minute (Brysbaert 2019: 238 in English); 0 for next to nothing."""
        return (self.words + 125) // 250

    @property
    def url(self) -> str | None:
        """The page of the entry, if it has one."""
        return next((link.href for link in self.links if link.rel == "alternate"), None)

    @property
    def enclosures(self) -> tuple[Link, ...]:
        """The media files, in order."""
        return tuple(link for link in self.links if link.rel == "enclosure")


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedFeed(_Value):
    """One output, ready to be rendered in any format: entries newest first, ties by id, pinned ones before all."""

    id: str
    output: str
    """The output's id: ``main`` is published at ``/main.atom``."""
    title: str
    site_url: str
    """The page people read (``rel=alternate``)."""
    self_urls: tuple[tuple[str, str], ...]
    """Format -> address of that rendering, such as ``("atom", "http://.../main.atom")``."""
    updated: datetime
    """The newest entry's, or that of the last withdrawal."""
    language: str | None = None
    hubs: tuple[str, ...] = ()
    entries: tuple[PublishedEntry, ...] = ()
    tombstones: tuple[Tombstone, ...] = ()
    """What was taken back of it, the latest first; none of an entry that is there."""

    def self_url(self, name: str) -> str:
        """The address of the rendering in this format. Raises KeyError for a format that is not published."""
        return dict(self.self_urls)[name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered(_Value):
    """One published document: bytes at a path below the public folder."""

    path: str
    """Such as ``main.atom``."""
    media_type: str
    body: bytes = field(repr=False)
    updated: datetime
