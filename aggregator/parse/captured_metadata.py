"""What a page says about itself: JSON-LD and microdata (schema.org), Open Graph and plain ``<meta>``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aggregator.model import Category, Person
from aggregator.parse.captured_dates import stated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

_LONGEST = 512 * 1024
"""Characters of one JSON-LD script; pages of online shops reach 200,000."""
_MOST_OBJECTS = 200
ARTICLES = ("article", "posting", "report", "webpage", "creativework", "recipe", "review")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageData:
    """Facts a page states about its article."""

    title: str | None = None
    summary: str | None = None
    authors: tuple[Person, ...] = ()
    tags: tuple[Category, ...] = ()
    published: datetime | None = None
    updated: datetime | None = None
    link: str | None = None
    image: str | None = None
    language: str | None = None
    publisher: str | None = None


def structured(
    scripts: Iterable[str], meta: Mapping[str, list[str]], *, link: str | None = None, time: str | None = None
) -> PageData:
    """The facts, JSON-LD before Open Graph before ``<meta>``. What is malformed is as if it were not there.

    ``meta`` maps lower-case property, name or microdata property to contents in order, ``link`` is the canonical
    address, ``time`` the ``datetime`` of the article's first ``<time>``.
    """
    said = _article(scripts)

    def first(*names: str) -> str | None:
        return next((meta[each][0] for each in names if meta.get(each)), None)

    authors = _people(said.get("author")) or tuple(
        Person(name=each) for each in meta.get("author", meta.get("article:author", [])) if "://" not in each
    )
    return PageData(
        title=_words(said.get("headline")) or first("headline", "og:title", "twitter:title", "dc.title"),
        summary=_words(said.get("description")) or first("og:description", "description", "twitter:description"),
        authors=authors,
        tags=_tags(said.get("keywords")) or _tags(meta.get("article:tag")) or _tags(first("keywords", "news_keywords")),
        published=_date(
            said.get("datePublished"),
            first("article:published_time", "date", "dc.date", "dcterms.date", "pubdate", "datepublished"),
            time,
        ),
        updated=_date(said.get("dateModified"), first("article:modified_time", "datemodified", "last-modified")),
        link=_address(link) or _address(first("og:url")),
        image=_image(said.get("image")) or first("og:image", "twitter:image", "image"),
        language=_words(said.get("inLanguage")),
        publisher=_name(said.get("publisher")) or first("og:site_name", "publisher"),
    )


def _article(scripts: Iterable[str]) -> dict[str, Any]:
    """The first JSON-LD object that is an article of some kind."""
    for script in scripts:
        if len(script) > _LONGEST:
            continue
        try:
            data = json.loads(script)
        except (ValueError, RecursionError):
            continue  # a broken script is the page's affair: the other metadata are asked
        for each in _objects(data):
            kinds = each.get("@type")
            names = kinds if isinstance(kinds, list) else [kinds]
            if any(isinstance(name, str) and name.casefold().endswith(ARTICLES) for name in names):
                return each
    return {}


def _objects(data: Any) -> Iterator[dict[str, Any]]:
    """Objects at the top, in lists and under ``@graph``, breadth first."""
    waiting = [data]
    for _ in range(_MOST_OBJECTS):
        if not waiting:
            return
        each = waiting.pop(0)
        if isinstance(each, list):
            waiting += each[:_MOST_OBJECTS]
        elif isinstance(each, dict):
            yield each
            waiting.append(each.get("@graph"))


def _words(value: Any) -> str | None:
    return (" ".join(value.split()) or None) if isinstance(value, str) else None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _name(value: Any) -> str | None:
    return _words(value.get("name")) if isinstance(value, dict) else _words(value)


def _people(value: Any) -> tuple[Person, ...]:
    named = ((_name(each), each) for each in _list(value))
    return tuple(
        Person(name=name, url=_address(_words(each.get("url"))) if isinstance(each, dict) else None)
        for name, each in named
        if name
    )


def _image(value: Any) -> str | None:
    first = _list(value)[0] if _list(value) else None
    return _words(first.get("url")) if isinstance(first, dict) else _words(first)


def _tags(value: Any) -> tuple[Category, ...]:
    words = [part for each in _list(value) if isinstance(each, str) for part in each.split(",")]
    return tuple(Category(term=each) for each in dict.fromkeys(" ".join(word.split()) for word in words) if each)


def _date(*values: Any) -> datetime | None:
    return next((found for each in values if isinstance(each, str) and (found := stated(each)) is not None), None)


def _address(value: str | None) -> str | None:
    """An absolute web address; a relative one in a saved page leads nowhere."""
    return value if value is not None and value.startswith(("http://", "https://")) else None
