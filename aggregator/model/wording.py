"""What an article says as its source has it, and as it is shown."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from aggregator.model.value import Value

if TYPE_CHECKING:
    from aggregator.model.held import Article
    from aggregator.model.shared import Category, Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Markup(Value):
    """The HTML of an article as its source has it, with the classes and all else that cleaning takes away."""

    html: str
    base: str | None
    """What its references are relative to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording(Value):
    """All of an article that the operator's ``rewrite`` may change, and what follows from that."""

    title: str
    url: str | None = None
    summary: str | None = None
    content_html: str | None = None
    words: int = 0
    authors: tuple[Person, ...] = ()
    tags: tuple[Category, ...] = ()
    language: str | None = None
    image: str | None = None
    warnings: tuple[str, ...] = ()


WORDING = tuple(each.name for each in fields(Wording))
"""The names of its fields."""


def wording_of(article: Article) -> Wording:
    """What the article says."""
    return Wording(**{name: getattr(article, name) for name in WORDING})


def as_shown(article: Article) -> Article:
    """The article as it is shown: as rewritten, with what its source said in ``original``."""
    if article.rewritten is None:
        return article
    return replace(article, **_values(article.rewritten), rewritten=None, original=wording_of(article))


def as_said(article: Article) -> Article:
    """The article as its source said it."""
    if article.original is None:
        return article if article.rewritten is None else replace(article, rewritten=None)
    return replace(article, **_values(article.original), rewritten=None, original=None)


def _values(wording: Wording) -> dict[str, Any]:
    return {name: getattr(wording, name) for name in WORDING}
