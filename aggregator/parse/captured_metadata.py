"""What a page says about itself: JSON-LD and microdata (schema.org), Open Graph, Dublin Core and plain ``<meta>``."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from aggregator.model import Category, Person
from aggregator.parse import claims, dates
from aggregator.parse.captured_dateline import byline
from aggregator.parse.captured_dates import stated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

_LONGEST = 512 * 1024
"""Characters of one JSON-LD script; pages of online shops reach 200,000."""
_MOST_OBJECTS = 200
_MOST_AUTHORS = 50
ARTICLES = ("article", "posting", "report", "recipe", "review")
"""How the names of schema.org's types for articles end."""
PAGES = ("webpage", "creativework")
"""And those of the page around one: asked where a page names no article."""
_WRAPPED = re.compile(
    r"\A\s*(?:<!--|/\*\s*<!\[CDATA\[\s*\*/|//\s*<!\[CDATA\[|<!\[CDATA\[)|(?:-->|/\*\s*\]\]>\s*\*/|//\s*\]\]>|\]\]>|;)\s*\Z"
)
"""What old programs put around a script."""
_TRAILING_COMMA = re.compile(r",(?=\s{0,20}[}\]])")

_META = {
    "title": "headline og:title twitter:title dc.title dcterms.title citation_title",
    "summary": "og:description description twitter:description dc.description dcterms.description dcterms.abstract",
    "author": "author article:author dc.creator dcterms.creator citation_author parsely-author sailthru.author byl",
    "published": "article:published_time datepublished date dc.date dc.date.issued dc.date.created dcterms.date"
    " dcterms.issued dcterms.created pubdate publishdate publish-date citation_publication_date parsely-pub-date"
    " sailthru.date",
    "updated": "article:modified_time datemodified og:updated_time dcterms.modified dc.date.modified last-modified",
    "tags": "keywords news_keywords dc.subject dcterms.subject citation_keywords",
    "link": "og:url",
    "image": "og:image og:image:secure_url og:image:url twitter:image twitter:image:src image",
    "language": "content-language dc.language dcterms.language og:locale",
    "publisher": "og:site_name publisher dc.publisher dcterms.publisher",
}
"""Fact -> the names of ``<meta>`` and microdata it goes by, in the order they are asked."""


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
    paid: bool = False
    """Only subscribers are shown the whole text (schema.org ``isAccessibleForFree``)."""


def structured(
    scripts: Iterable[str], meta: Mapping[str, list[str]], *, link: str | None = None, time: str | None = None
) -> PageData:
    """The facts, JSON-LD before Open Graph before ``<meta>``. What is malformed is as if it were not there.

    ``meta`` maps lower-case property, name or microdata property to contents in order, ``link`` is the canonical
    address, ``time`` the ``datetime`` of the article's first ``<time>``.
    """
    said = _article(scripts)

    def all_of(fact: str) -> list[str]:
        return next((meta[each] for each in _META[fact].split() if meta.get(each)), [])

    def first(fact: str) -> str | None:
        return next(iter(all_of(fact)), None)

    page = _address(link) or _address(first("link")) or _address(_where(said))
    tags = _split_tags(said.get("keywords")) or _tags(meta.get("article:tag", [])) or _split_tags(all_of("tags"))
    return PageData(
        title=_words(said.get("headline")) or first("title") or _words(said.get("name")),
        summary=_words(said.get("description")) or first("summary"),
        authors=_people(said.get("author"), page) or _named(all_of("author")),
        tags=tags,
        published=_date(said.get("datePublished"), first("published"), time),
        updated=_date(said.get("dateModified"), first("updated")),
        link=page,
        image=_image(said.get("image")) or first("image"),
        language=_language(said.get("inLanguage")) or first("language"),
        publisher=_name(said.get("publisher")) or first("publisher"),
        paid=str(said.get("isAccessibleForFree")).casefold() == "false",
    )


def _article(scripts: Iterable[str]) -> dict[str, Any]:
    """The first JSON-LD object that is an article of some kind, else the first that is a page.

    Search engine plug-ins of WordPress write one graph of objects that refer to each other by ``@id``, the page
    before the article: what is referred to is put in its place.
    """
    objects = [each for script in scripts if len(script) <= _LONGEST for each in _objects(_json(script))]
    by_id = {each["@id"]: each for each in objects if isinstance(each.get("@id"), str) and len(each) > 1}
    for kinds in (ARTICLES, PAGES):
        for each in objects:
            names = each.get("@type")
            if any(isinstance(name, str) and name.casefold().endswith(kinds) for name in _list(names)):
                return {key: _followed(value, by_id) for key, value in each.items()}
    return {}


def _json(script: str) -> Any:
    """What a script says; ``None`` where it is broken beyond line ends in its texts, commas too many and wrappings."""
    bare = _WRAPPED.sub("", _WRAPPED.sub("", script))
    for text in (bare, _TRAILING_COMMA.sub("", bare)):
        try:
            return json.loads(text, strict=False)
        except (ValueError, RecursionError):
            continue  # a broken script is the page's affair: the other metadata are asked
    return None


def _followed(value: Any, by_id: Mapping[str, dict[str, Any]]) -> Any:
    if isinstance(value, list):
        return [_followed(each, by_id) for each in value[:_MOST_OBJECTS]]
    if isinstance(value, dict) and not (set(value) & {"name", "url"}):
        reference = value.get("@id")
        return by_id.get(reference, value) if isinstance(reference, str) else value
    return value


def _objects(data: Any) -> Iterator[dict[str, Any]]:
    """Objects at the top, in lists and under ``@graph`` and ``mainEntity``, breadth first."""
    waiting = [data]
    for _ in range(_MOST_OBJECTS):
        if not waiting:
            return
        each = waiting.pop(0)
        if isinstance(each, list):
            waiting += each[:_MOST_OBJECTS]
        elif isinstance(each, dict):
            yield each
            waiting += [each.get("@graph"), each.get("mainEntity")]


def _words(value: Any) -> str | None:
    """Text on one line. A script holds no entities, and yet many sites write them there."""
    return (" ".join(claims.unescaped(value).split()) or None) if isinstance(value, str) else None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _name(value: Any) -> str | None:
    first = _list(value)[0] if _list(value) else None
    return _words(first.get("name")) if isinstance(first, dict) else _words(first)


def _people(value: Any, page: str | None) -> tuple[Person, ...]:
    found: list[Person] = []
    for each in _list(value)[:_MOST_AUTHORS]:
        url = _words(_first_of(each.get("url"))) if isinstance(each, dict) else None
        person = _named([_name(each) or ""])
        found += [Person(name=person[0].name, url=_joined(page, url))] if url and len(person) == 1 else person
    return tuple(dict.fromkeys(found))


def _named(names: Iterable[str]) -> tuple[Person, ...]:
    """Persons by name; ``By Jane Doe and John Roe`` is two, an address none."""
    found: dict[str, None] = {}
    for each in list(names)[:_MOST_AUTHORS]:
        by = byline(each)
        found.update(dict.fromkeys(by.names if by is not None else (each,)))
    return tuple(Person(name=each) for each in found if each and "://" not in each)


def _first_of(value: Any) -> Any:
    return next(iter(_list(value)), None)


def _image(value: Any) -> str | None:
    first = _first_of(value)
    return _words(_first_of(first.get("url") or first.get("contentUrl"))) if isinstance(first, dict) else _words(first)


def _language(value: Any) -> str | None:
    first = _first_of(value)
    return _words(first.get("alternateName")) if isinstance(first, dict) else _words(first)


def _where(said: Mapping[str, Any]) -> str | None:
    """The address an article names as its own."""
    page = said.get("mainEntityOfPage")
    return _words(page.get("@id") if isinstance(page, dict) else page) or _words(said.get("url"))


def _split_tags(value: Any) -> tuple[Category, ...]:
    return _tags(part for each in _list(value) if isinstance(each, str) for part in re.split("[,;]", each))


def _tags(words: Iterable[str]) -> tuple[Category, ...]:
    return tuple(Category(term=each) for each in dict.fromkeys(" ".join(word.split()) for word in words) if each)


def _date(*values: Any) -> datetime | None:
    written = (each for each in values if isinstance(each, str))
    return next((found for each in written if (found := dates.read(each) or stated(each)) is not None), None)


def _joined(page: str | None, url: str) -> str | None:
    try:
        return _address(urljoin(page or "", url))
    except ValueError:  # "http://["
        return None


def _address(value: str | None) -> str | None:
    """An absolute web address; a relative one in a saved page leads nowhere."""
    return value if value is not None and value.startswith(("http://", "https://")) else None
