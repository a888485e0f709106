"""Parsed: what they said."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aggregator.model.shared import (
    Category,
    Enclosure,
    Episode,
    FeedInfo,
    Link,
    Person,
    Place,
    Rating,
    Reference,
    Replies,
    Text,
    Tombstone,
    Wishes,
)
from aggregator.model.value import Value

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.model.fetched import Failed


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedEntry(Value):
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
class ParsedFeed(Value):
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
