"""An article with another title, content or the like: cleaned, bounded, and with what follows from it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aggregator.articles.characters import collapse, cut, legal
from aggregator.articles.clean import clean_with_text, unescaped
from aggregator.articles.content import MAX_CONTENT, first_picture, summary_of
from aggregator.articles.text import MAX_TITLE, word_count
from aggregator.articles.urls import web

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aggregator.model import Article, Category, Markup, Person

LONGEST = {"title": MAX_TITLE, "author": MAX_TITLE, "url": 8 * 1024, "summary": 8 * 1024, "content": MAX_CONTENT}
"""Bytes that a replacement may make of a field."""
MAX_TAGS = 50
_SHOWS = ("<img ", "<video ", "<audio ", "<svg ")


class Unfit(ValueError):
    """What an action would make of an article is none; it stays as it was. Says why."""


def with_title(article: Article, text: str) -> Article:
    """Raises Unfit where nothing is left of it."""
    title = cut(collapse(legal(text)), MAX_TITLE)
    if not title:
        raise Unfit("nothing would be left of its title")
    return replace(article, title=title)


def with_summary(article: Article, text: str | None) -> Article:
    """None where nothing is left of it."""
    lines = (" ".join(line.split()) for line in legal(text or "").split("\n"))
    summary = "\n".join(each for each in lines if each)
    return replace(article, summary=cut(summary, LONGEST["summary"]) or None)


def with_url(article: Article, text: str) -> Article:
    """Raises Unfit for what is no address on the web."""
    url = web(text.strip(), None)
    if url is None:
        raise Unfit("its address would be no address on the web")
    return replace(article, url=url)


def with_authors(article: Article, names: Iterable[tuple[Person, str]]) -> Article:
    """Each person with another name; those without any go. Raises Unfit where none is left."""
    named = ((person, cut(collapse(legal(name)), MAX_TITLE)) for person, name in names)
    authors = tuple(person if person.name == name else replace(person, name=name) for person, name in named if name)
    if not authors:
        raise Unfit("it would have no author")
    return replace(article, authors=authors)


def with_tags(article: Article, tags: Iterable[Category]) -> Article:
    """Each term once, whatever its case. Raises Unfit where they are too many."""
    found: dict[str, Category] = {}
    for each in tags:
        found.setdefault(each.term.casefold(), each)
    if len(found) > max(MAX_TAGS, len(article.tags)):
        raise Unfit(f"it would have more than {MAX_TAGS} tags")
    return replace(article, tags=tuple(found.values()))


def with_content(article: Article, html: str | None, markup: Markup | None = None) -> Article:
    """Cleaned again, with the words counted, and with the summary and picture that were only taken from the content.

    ``markup`` is what the HTML was cut out of, where more may be cut out of it. Raises Unfit where nothing is left.
    """
    if html is None:
        return replace(article, content_html=None, words=word_count((article.summary or "").split()), markup=None)
    if len(html.encode()) > 2 * MAX_CONTENT:
        raise Unfit(f"its content would be longer than {MAX_CONTENT // 1024} KiB")
    made = clean_with_text(html, markup.base if markup is not None else article.url)
    if len(made.html.encode()) > MAX_CONTENT:
        raise Unfit(f"its content would be longer than {MAX_CONTENT // 1024} KiB")
    if not made.text.strip() and not any(each in made.html for each in _SHOWS):
        raise Unfit("nothing would be left of its content")
    if made.html == article.content_html:
        return article
    return replace(
        article,
        content_html=made.html,
        words=word_count(unescaped(made.text).split()),
        summary=_summary(article, made.html),
        image=_image(article, made.html),
        markup=markup,
    )


def _summary(article: Article, html: str) -> str | None:
    before = article.content_html
    made = before is not None and article.summary == summary_of(before)
    return summary_of(html) if made else article.summary


def _image(article: Article, html: str) -> str | None:
    before = first_picture(article.content_html or "")
    return first_picture(html) if before is not None and article.image == before else article.image
