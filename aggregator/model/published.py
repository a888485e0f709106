"""Published: what we say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aggregator.model.value import Value

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.model.shared import (
        Category,
        Enclosure,
        Episode,
        FeedInfo,
        Link,
        Person,
        Place,
        Reference,
        Replies,
        Tombstone,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedEntry(Value):
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
    media: tuple[Enclosure, ...] = ()
    """All that is known of its media files; each is an ``enclosure`` among its links as well."""
    episode: Episode | None = None
    places: tuple[Place, ...] = ()
    in_reply_to: tuple[Reference, ...] = ()
    replies: Replies | None = None
    local: bool = False
    """Whether it is the operator's own, out of a folder."""
    source: FeedInfo

    def __hash__(self) -> int:
        """By the id alone: all of it is hashed in 10 µs, and each publish looks up every entry it published before."""
        return hash(self.id)

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
class PublishedFeed(Value):
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
    pages: tuple[Link, ...] = ()
    """Other pages of the site, for people; each with its title."""
    entries: tuple[PublishedEntry, ...] = ()
    tombstones: tuple[Tombstone, ...] = ()
    """What was taken back of it, the latest first; none of an entry that is there."""
    history: tuple[Link, ...] = ()
    """Where what it published before is (RFC 5005 section 4): ``prev-archive``; of an archive document ``current`` and
    ``next-archive``, too."""
    archive: bool = False
    """Whether it is an archive document."""
    private: bool = False
    """Whether only those with a token may read it, so that its addresses alone open nothing."""

    digest: str | None = None
    """``daily`` or ``weekly`` where its entries are of days or weeks that are over."""

    def self_url(self, name: str) -> str:
        """The address of the rendering in this format. Raises KeyError for a format that is not published."""
        return dict(self.self_urls)[name]

    @property
    def listed(self) -> bool:
        """Whether search engines may list its page: not where it is private, or shows articles of others."""
        return not self.private and all(each.local for each in self.entries)

    def siblings(self, name: str) -> tuple[tuple[str, str], ...]:
        """Format and address of its other renderings for programs, that a document in this format names."""
        return tuple(each for each in self.self_urls if each[0] not in (name, "html"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered(Value):
    """One published document: bytes at a path below the public folder."""

    path: str
    """Such as ``main.atom``."""
    media_type: str
    body: bytes = field(repr=False)
    updated: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveDocument(Value):
    """A document of what an output published before (RFC 5005 section 4)."""

    number: int
    """By which its address is made; never given out again."""
    place: int
    """Where it stands among the others of its output, the oldest first; those between may be missing."""
    entries: int
