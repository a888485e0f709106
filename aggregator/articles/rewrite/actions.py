"""What each action does to an article: a function that gives another one, or the same where there is nothing to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from aggregator.articles.rewrite import selectors
from aggregator.articles.rewrite.selectors import TooManyTags
from aggregator.articles.rewrite.wording import (
    LONGEST,
    Unfit,
    with_authors,
    with_content,
    with_summary,
    with_tags,
    with_title,
    with_url,
)
from aggregator.articles.rules.fields import Facts
from aggregator.model import Article, Category, Markup, Person
from aggregator.model.terms import fold

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from aggregator.articles.rewrite.templates import Template

MOST_MATCHES = 10_000
"""Places in a text that are replaced: 6 us each."""

Change = Callable[[Article, datetime], Article]
"""Raises :class:`Unfit` where the article is to stay as it is."""


# ---- texts


def set_text(field: str, text: Template | None) -> Change:
    """Another title, summary, content or address."""

    def change(article: Article, now: datetime) -> Article:
        said = text.filled(Facts(article, now), html=field == "content") if text is not None else None
        return _with(article, field, said)

    return change


def set_authors(names: Sequence[Template]) -> Change:
    """Other authors. One who had that name already keeps address and email."""

    def change(article: Article, now: datetime) -> Article:
        facts = Facts(article, now)
        known = {each.name: each for each in article.authors}
        wanted = [each.filled(facts, html=False) for each in names]
        return with_authors(article, [(known.get(name, Person(name=name)), name) for name in wanted])

    return change


def substitute(field: str, pattern: Any, by: Template | None) -> Change:
    """Each match of the pattern replaced, or taken out."""

    def change(article: Article, now: datetime) -> Article:
        facts = Facts(article, now)

        def put(found: Any) -> str:
            return by.filled(facts, html=field == "content", found=lambda n: found[n] or "") if by is not None else ""

        if field == "author":
            names = [(each, _substituted(pattern, each.name or "", put, field)) for each in article.authors]
            return with_authors(article, names)
        before = _text(article, field)
        after = _substituted(pattern, before, put, field) if before is not None else None
        return article if after == before else _with(article, field, after)

    return change


def prepend(field: str, text: Template) -> Change:
    """The text put before what is there, unless it stands there already."""

    def change(article: Article, now: datetime) -> Article:
        before = _text(article, field)
        added = text.filled(Facts(article, now), html=field == "content")
        return article if before is None or before.startswith(added) else _with(article, field, added + before)

    return change


def append(field: str, text: Template) -> Change:
    """The text put behind what is there, unless it stands there already."""

    def change(article: Article, now: datetime) -> Article:
        before = _text(article, field)
        added = text.filled(Facts(article, now), html=field == "content")
        return article if before is None or before.endswith(added) else _with(article, field, before + added)

    return change


def _text(article: Article, field: str) -> str | None:
    said: str | None = article.content_html if field == "content" else getattr(article, field)
    return said


def _with(article: Article, field: str, text: str | None) -> Article:
    match field:
        case "title":
            return with_title(article, text or "")
        case "summary":
            return with_summary(article, text)
        case "url":
            return with_url(article, text or "")
        case _:
            return with_content(article, text)


def _substituted(pattern: Any, text: str, put: Callable[[Any], str], field: str) -> str:
    pieces: list[str] = []
    at = size = 0
    for found in pattern.finditer(text):
        if pieces and found.end() == at:
            continue  # nothing, behind what was found last: google-re2 finds /$/ twice
        pieces += (text[at : found.start()], put(found))
        at = found.end()
        size += len(pieces[-1]) + len(pieces[-2])
        if len(pieces) > 2 * MOST_MATCHES:
            raise Unfit(f"more than {MOST_MATCHES:,} places in its {field} match")
        if size > LONGEST[field]:
            raise Unfit(f"its {field} would be too long")
    return "".join([*pieces, text[at:]]) if pieces else text


# ---- tags and language


def set_tags(terms: Sequence[str]) -> Change:
    """Other tags."""
    return lambda article, _: with_tags(article, [Category(term=each) for each in terms])


def set_language(language: str | None) -> Change:
    """Another language."""
    return lambda article, _: replace(article, language=language)


def add_tag(terms: Sequence[str]) -> Change:
    """More tags."""

    def change(article: Article, _now: datetime) -> Article:
        return with_tags(article, (*article.tags, *(Category(term=each) for each in terms)))

    return change


def drop_tag(terms: Collection[str], patterns: Sequence[Any]) -> Change:
    """Without the tags that have one of these names (folded), or match one of the patterns."""

    def drops(tag: Category) -> bool:
        names = [each for each in (tag.term, tag.label) if each is not None]
        return any(fold(name) in terms or any(each.search(name) for each in patterns) for name in names)

    return lambda article, _: replace(article, tags=tuple(each for each in article.tags if not drops(each)))


def map_tag(become: Mapping[str, str]) -> Change:
    """Each tag that has one of these names (folded) under its other name. That is the operator's own, so it loses the
    scheme that the source's is of (RFC 4287 section 4.2.2.2)."""

    def mapped(tag: Category) -> Category:
        to = become.get(fold(tag.term)) or become.get(fold(tag.label or ""))
        return tag if to is None else Category(term=to)

    return lambda article, _: with_tags(article, map(mapped, article.tags))


# ---- markup


def css_remove(selector: str) -> Change:
    """Without the elements that the selector takes."""

    def change(article: Article, _now: datetime) -> Article:
        return _cut(article, selectors.without, selector)

    return change


def css_select(selector: str) -> Change:
    """Only the elements that the selector takes. Where it takes none, the article stays as it is, with a warning."""

    def change(article: Article, _now: datetime) -> Article:
        if article.content_html is None:
            return article
        cut = _cut(article, selectors.only, selector)
        if cut is article and selectors.only(_markup(article).html, selector) is None:
            raise Unfit("there is nothing of that in its content")
        return cut

    return change


def _cut(article: Article, way: Callable[[str, str], str | None], selector: str) -> Article:
    if article.content_html is None:
        return article
    markup = _markup(article)
    try:
        html = way(markup.html, selector)
    except TooManyTags as error:
        raise Unfit(str(error)) from None
    return article if html is None else with_content(article, html, replace(markup, html=html))


def _markup(article: Article) -> Markup:
    """With its classes, as long as nothing but selectors has changed it."""
    return article.markup or Markup(html=article.content_html or "", base=article.url)
