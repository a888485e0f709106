"""What a rule can ask about an article: one line per field."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aggregator.articles.clean import text_of_clean
from aggregator.articles.text import word_count
from aggregator.model.terms import fold, languages_of, names_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from aggregator.model import Article


@dataclass(frozen=True, slots=True)
class Kind:
    """What sort of value a field has, and the operators that make sense on it."""

    name: str
    example: str
    operators: tuple[str, ...]
    bare: bool = True
    """Whether the field's name alone is a condition: it has a value (or is true)."""


_ORDERED = ("=", "!=", "<", "<=", ">", ">=", "in", "not in")

TEXT = Kind("text", '"python"', ("=", "!=", "~", "!~", "in", "not in"))
DATE = Kind("a date", "2026-11-01", _ORDERED)
DURATION = Kind("a duration", "7d", _ORDERED, bare=False)
NUMBER = Kind("a number", "100", _ORDERED, bare=False)
BOOLEAN = Kind("true or false", "true", ("=", "!="))


@dataclass(frozen=True, slots=True)
class Field:
    """``values`` gives all there are for one article: none where the fact is unknown, several for ``tag``."""

    kind: Kind
    values: Callable[[Facts], Iterable[Any]]
    doc: str


class Facts:
    """What the fields say of one article at one time, each worked out at most once."""

    __slots__ = ("_bytes", "_folded", "_values", "article", "now")

    def __init__(self, article: Article, now: datetime) -> None:
        self.article = article
        self.now = now
        self._values: dict[str, tuple[Any, ...]] = {}
        self._folded: dict[str, tuple[Any, ...]] = {}
        self._bytes: dict[str, tuple[bytes, ...]] = {}

    def values(self, name: str) -> tuple[Any, ...]:
        """The field's values as they are."""
        if name not in self._values:
            self._values[name] = tuple(FIELDS[name].values(self))
        return self._values[name]

    def comparable(self, name: str) -> tuple[Any, ...]:
        """The values to compare with: text folded, all else as it is."""
        if name not in self._folded:
            values = self.values(name)
            self._folded[name] = tuple(map(fold, values)) if FIELDS[name].kind is TEXT else values
        return self._folded[name]

    def encoded(self, name: str) -> tuple[bytes, ...]:
        """The values of a text field in UTF-8, for regular expressions."""
        if name not in self._bytes:
            self._bytes[name] = tuple(each.encode(errors="replace") for each in self.values(name))
        return self._bytes[name]


def _known(*values: str | datetime | None) -> tuple[Any, ...]:
    return tuple(each for each in values if each is not None)


def _content(facts: Facts) -> tuple[str, ...]:
    """Many feeds give a summary and nothing else; a rule on the text has to see it."""
    html = facts.article.content_html
    return (text_of_clean(html),) if html is not None else _known(facts.article.summary)


def _host(facts: Facts) -> tuple[str, ...]:
    try:
        return _known(urlsplit(facts.article.url or "").hostname)
    except ValueError:  # "http://[": no host can be read
        return ()


def _has_image(facts: Facts) -> bool:
    article = facts.article
    return (
        article.image is not None
        or any((each.type or "").startswith("image/") for each in article.enclosures)
        or "<img " in (article.content_html or "")  # clean HTML escapes every < in text
    )


FIELDS: dict[str, Field] = {
    "title": Field(TEXT, lambda f: (f.article.title,), "The title."),
    "author": Field(TEXT, lambda f: _known(*(each.name for each in f.article.authors)), "The name of each author."),
    "content": Field(
        TEXT, _content, "The text without markup, one paragraph a line; the summary where there is no more."
    ),
    "summary": Field(TEXT, lambda f: _known(f.article.summary), "The summary."),
    "url": Field(TEXT, lambda f: _known(f.article.url), "The address of the article."),
    "host": Field(TEXT, _host, "The host in that address, without port: `www.example.org`."),
    "tag": Field(
        TEXT,
        lambda f: names_of(f.article.tags),
        "Each tag, and its label.",
    ),
    "source": Field(TEXT, lambda f: (f.article.source,), "The id of the source in `config.yaml`."),
    "language": Field(
        TEXT, lambda f: languages_of(f.article.language), "The language: `en-GB`, which `en` matches too."
    ),
    "date": Field(
        DATE,
        lambda f: (f.article.published or f.article.sort_at,),
        "When it was published; where the source does not say, when it was first seen.",
    ),
    "updated": Field(DATE, lambda f: _known(f.article.updated), "When the source says it last changed."),
    "seen": Field(DATE, lambda f: (f.article.first_seen,), "When it was first seen here."),
    "age": Field(
        DURATION, lambda f: (f.now - f.values("date")[0],), "The time since `date`, at the moment the rule is applied."
    ),
    "words": Field(
        NUMBER,
        lambda f: (f.article.words or sum(word_count(each.split()) for each in f.values("content")),),
        "How many words `content` has; two characters of Chinese or Japanese count as one, and five of Thai.",
    ),
    "has_image": Field(
        BOOLEAN, lambda f: (_has_image(f),), "Whether it has a picture: its own, enclosed or in its text."
    ),
    "enclosure": Field(
        TEXT, lambda f: _known(*(each.url for each in f.article.enclosures)), "The address of each enclosed file."
    ),
    "enclosure.type": Field(
        TEXT, lambda f: _known(*(each.type for each in f.article.enclosures)), "The media type of each: `audio/mpeg`."
    ),
    "enclosure.duration": Field(
        DURATION,
        lambda f: (timedelta(seconds=each.duration) for each in f.article.enclosures if each.duration is not None),
        "How long each recording is.",
    ),
    "comments": Field(TEXT, lambda f: _known(f.article.comments), "The address of its comments."),
    "attribution": Field(TEXT, lambda f: _known(f.article.attribution), "The agency or paper it credits."),
    "origin": Field(
        TEXT,
        lambda f: _known(*((f.article.origin.title, f.article.origin.url) if f.article.origin is not None else ())),
        "Title and site of the feed it first appeared in, where it came through another one.",
    ),
    "id": Field(TEXT, lambda f: (f.article.id,), "The id it is published under."),
    "rights": Field(TEXT, lambda f: _known(f.article.rights), "The copyright or licence line."),
}

_CALLED_ELSEWHERE = {
    "title": "headline",
    "author": "by creator",
    "content": "body text",
    "summary": "description",
    "url": "link",
    "host": "domain site",
    "tag": "category label",
    "source": "feed",
    "language": "lang",
    "date": "published pubdate created",
    "updated": "modified",
    "seen": "fetched first_seen",
    "words": "length",
    "has_image": "image",
    "enclosure": "media",
    "enclosure.type": "mime type",
    "enclosure.duration": "duration",
    "comments": "comment replies",
    "attribution": "agency credit",
    "origin": "via planet",
    "id": "guid",
    "rights": "copyright license licence",
}

SYNONYMS = {word: name for name, words in _CALLED_ELSEWHERE.items() for word in words.split()}
"""What other programs call our fields: for the hint in an error, not for use in a rule."""
