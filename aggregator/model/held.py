"""Held: what we know."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from aggregator.model.value import Value

if TYPE_CHECKING:
    from collections.abc import Mapping

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
        Wishes,
    )
    from aggregator.model.state import SourceState
    from aggregator.model.wording import Markup, Wording

ABSORBED = "absorbed"
"""``Article.held`` of an article that the operator took in silently: a part of its source's history, never shown."""

DROPPED = "dropped"
"""``Article.held`` of one that the operator wants nothing to do with: never shown, and no part of any history."""

EARLIER = "already there when the source was added"
"""``Article.held`` of one that is a part of its source's history, never shown: only the newest are taken at first."""

DENIED = "its publisher asks that it is not published again (access:restriction)"
"""``Article.left_out`` of one whose feed or entry says ``access:restriction relationship="deny"``."""

FOLDED = "folded"
"""``Article.held`` of one beyond its source's ``limit_per_day``: it is shown in the entry of that day, never alone."""

FLOOD = "in a flood: "
"""How ``Article.held`` begins of one that came with many others and looks old."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article(Value):
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
    slug: str | None = None
    """Of a local article without a page of its own: the last part of the address of its page here (``/a/{slug}``),
    decided at first sight."""
    summary: str | None = None
    """Plain text."""
    content_html: str | None = None
    """Clean HTML, every reference absolute."""
    full_text: bool = False
    """Whether ``content_html`` is the text of its page, which its feed does not have."""
    words: int = 0
    """How many words there are to read; two characters of Chinese or Japanese count as one, and five of Thai."""
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
    markup: Markup | None = None
    """What its content was cleaned from; only of one that was just read, and whose source's ``rewrite`` looks at it."""
    rewritten: Wording | None = None
    """What is to be shown of one that was just read in place of what its source said."""
    original: Wording | None = None
    """Of one that is shown rewritten, what its source said."""


ABSENT = "absent"
"""``Article.deleted_by``: its folder no longer holds it. It is shown again when its file is there again."""
PUBLISHER = "publisher"
"""Its source said that it is deleted (RFC 6721), or its page is gone. It does not come back by being in the feed."""
OPERATOR = "operator"
"""It was retracted here. No poll brings it back; the operator may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownArticle(Value):
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
    slug: str | None = None
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
class Waiting(Value):
    """Articles of a source that wait for the operator, all for one reason."""

    reason: str
    articles: int
    since: datetime
    """When the first of them was seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known(Value):
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
class Retention(Value):
    """For how long texts are kept. What an article is known by is kept for ever."""

    content: timedelta | None = timedelta(days=365)
    """Since it was first seen, and by its date; ``None``: for ever."""
    per_source: int | None = 10_000
    """Articles of a source with a text, the newest; ``None``: all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version(Value):
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
