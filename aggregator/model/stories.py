"""Stories: articles that tell of the same event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aggregator.model.value import Value

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.model.held import Article


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature(Value):
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
class Candidate(Value):
    """An article that shares a key with another one: the two may tell the same story."""

    key: str
    signature: Signature
    story: str | None = None
    """Id of the story it is in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed(Value):
    """With what an article belongs together; nothing where it tells a story of its own."""

    stories: tuple[str, ...] = ()
    """Ids of the stories that it is in: where they are several, they turn out to be one."""
    others: tuple[str, ...] = ()
    """Keys of the articles that come in with it: they were in no story so far."""
    why: str | None = None
    """The evidence, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member(Value):
    """One article of a story."""

    article: Article
    joined: datetime
    """When it was found to be one; of the first article, when there was no other yet."""
    shown: bool
    """Whether it may be published: neither withdrawn, left out, held, hidden, nor a copy of another."""
    why: str | None = None
    """The evidence, in words; ``None`` for the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story(Value):
    """Articles of several publishers that tell of one event, first seen first."""

    id: str
    """``urn:uuid:``, made from its first article's id; it never changes."""
    members: tuple[Member, ...]
