"""Pages of articles: what is to be asked for, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from aggregator.model.fetched import Asked, Validators
from aggregator.model.value import Value

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.model.held import Article


@dataclass(frozen=True, slots=True, kw_only=True)
class PageText(Value):
    """What a page says besides what its feed does."""

    html: str
    """Clean, every reference absolute."""
    words: int
    summary: str | None = None
    """What the feed says, or its first sentences: for an article without a summary."""
    image: str | None = None
    """For one whose feed has no picture."""


def with_text(article: Article, text: PageText) -> Article:
    """The article as it is shown: with the text of its page, and what its feed left out."""
    return replace(
        article,
        content_html=text.html,
        full_text=True,
        words=text.words,
        summary=article.summary or text.summary,
        image=article.image or text.image,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedPage(Value):
    """A page that is to be asked for, for the full text of an article."""

    article: Article
    """As its feed says it."""
    url: str
    tries: int = 0
    """How often in a row it did not come."""
    validators: Validators = field(default_factory=Validators)
    final_url: str | None = None
    body_hash: bytes | None = None
    """SHA-256 of the page as it was read last."""
    recipe: str | None = None
    """By which its text was told; ``None``: no text of it is held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPage(Value):
    """What came of asking for a page, whole: it takes the place of what was known of it."""

    key: str
    text: PageText | None = None
    keeps: bool = False
    """The text that is held stays: the page is as it was, or did not come this time."""
    why: str | None = None
    """Why there is no text, in words."""
    again: datetime | None = None
    """When it is asked for again; ``None``: when its article is edited."""
    host_wait: datetime | None = None
    """Until when the host asked to be left alone."""
    asked: tuple[Asked, ...] = ()
    """The requests it took."""
    tries: int = 0
    validators: Validators = field(default_factory=Validators)
    final_url: str | None = None
    body_hash: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FullTextCounts(Value):
    """How a source's pages stand."""

    waiting: int = 0
    """To be asked for."""
    texts: int = 0
    """Articles that have the text of their pages."""
    without: int = 0
    """Articles whose pages gave none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageStory(Value):
    """What is known of the page of one article."""

    read_at: datetime | None = None
    """When it came last."""
    due: datetime | None = None
    """When it is asked for next; ``None``: when its article is edited."""
    why: str | None = None
    """Why there is no text of it, in words."""
