"""Small values shared by all three lives of an entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aggregator.model.value import Value

if TYPE_CHECKING:
    from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Person(Value):
    """An author or contributor. ``name`` may be unknown only while parsed; articles always name their authors."""

    name: str | None = None
    url: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link(Value):
    """A link as RFC 4287 4.2.7 has it. ``length`` is bytes."""

    href: str
    rel: str = "alternate"
    type: str | None = None
    hreflang: str | None = None
    title: str | None = None
    length: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure(Value):
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
class Credit(Value):
    """Who had a part in an episode (``podcast:person``); ``role`` and ``group`` are of the Podcast Taxonomy Project."""

    name: str
    role: str = "host"
    group: str = "cast"
    url: str | None = None
    image: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter(Value):
    """A chapter of an episode, as the entry itself has it (Podlove Simple Chapters 1.2). ``start`` is seconds."""

    start: float
    title: str
    url: str | None = None
    image: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode(Value):
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
class Place(Value):
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
class Reference(Value):
    """What an entry answers to: ``thr:in-reply-to`` (RFC 4685 section 3). ``ref`` is the id of that entry."""

    ref: str | None = None
    href: str | None = None
    type: str | None = None
    source: str | None = None
    """Address of the feed that entry is in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replies(Value):
    """The answers to an entry: RFC 4685 (``thr:total``, ``rel=replies`` with ``thr:count`` and ``thr:updated``),
    ``slash:comments``, and the Comment API's ``wfw:commentRss`` and ``wfw:comment``."""

    count: int | None = None
    updated: datetime | None = None
    feed: str | None = None
    """Address of the feed that holds them."""
    post_to: str | None = None
    """Address that takes a new one (``wfw:comment``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes(Value):
    """What a publisher asks of those who publish its words again; unsaid is ``None``, never leave."""

    access: str | None = None
    """``allow`` or ``deny``: ``access:restriction relationship`` (Bloglines, 2006)."""
    index: bool | None = None
    """Whether search engines may list it: ``indexing:index`` (urn:atom-extension:indexing), ``xhtml:meta
    name="robots"``."""
    listed: bool | None = None
    """False where directories are asked to leave it out (``itunes:block``, ``googleplay:block``, ``podcast:block``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone(Value):
    """An entry its publisher took back: ``at:deleted-entry`` (RFC 6721 section 3). A claim, not yet an act."""

    ref: str
    """The id of the entry."""
    when: datetime | None = None
    by: Person | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Category(Value):
    """A tag: ``term`` is what machines compare, ``label`` what people read."""

    term: str
    scheme: str | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(Value):
    """Text as a source gave it, with the media type it claims: ``text/plain``, ``text/html`` or another."""

    value: str
    type: str = "text/plain"
    language: str | None = None
    base: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating(Value):
    """How many of those who voted found an article helpful."""

    helpful: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedInfo(Value):
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
