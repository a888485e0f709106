"""Whether two versions of an article say the same."""

from __future__ import annotations

import hashlib
import re
from html import escape, unescape
from typing import TYPE_CHECKING, Any

from aggregator.articles.furniture import is_ad, text_without, without, without_pictures_elsewhere
from aggregator.articles.urls import canonical, is_tracker

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aggregator.model import Article, Enclosure

_TAG = re.compile("<[^<>]*>")
_TAGS = re.compile("(<[^<>]*>)")
_ATTRIBUTE = re.compile(r'([a-z]+)="([^"]*)"')
_TYPOGRAPHY = (
    *((mark, "'") for mark in "‘’‚‛ʼ′"),
    *((mark, '"') for mark in "“”„‟″"),
    *((mark, "-") for mark in "‐‑‒–—−"),
    *((mark, "") for mark in "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"),
    ("…", "..."),
)
"""What programs that improve typography put for plain characters, and characters that show nothing."""


def fingerprint(*, title: str, text: str, enclosures: Iterable[Enclosure]) -> bytes:
    """A hash of what an article says: its title, its words, its recordings; 16 bytes.

    ``text`` is what :func:`meaning` gives. Not in it: dates, markup, addresses, authors, tags and pictures. A feed that
    is re-dated (FreshRSS #5909), rotates its advertisements (miniflux #1409), moves to another host or begins to name
    its authors says nothing new by that.
    """
    parts = (title_meaning(title), text, *media(enclosures))
    return hashlib.blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def meaning(html: str, squeezed_text: str) -> str:
    """The words of clean HTML for comparing: no white space, plain typography, no counters and the like around them.

    ``squeezed_text`` is all of its text, :func:`squeezed`.
    """
    kept = without(html) if html else html
    return folded(squeezed_text if kept is html else squeezed(unescape(_TAG.sub("", kept))))


def title_meaning(title: str) -> str:
    """A title for comparing, without a counter behind it: ``News (12 comments)``."""
    return folded(squeezed(text_without(title, counters_only=True) or title))


def media(enclosures: Iterable[Enclosure]) -> list[str]:
    """The recordings by the names of their files: hosts, folders and queries of media are rotated and signed."""
    return sorted(
        {
            each.url.partition("?")[0].partition("#")[0].rstrip("/").rpartition("/")[2]
            for each in enclosures
            if not _is_picture(each)
        }
    )


def _is_picture(enclosure: Enclosure) -> bool:
    return enclosure.medium == "image" or (enclosure.type or "").startswith("image/")


def folded(text: str) -> str:
    """The text in plain typography: straight quotes, one kind of dash, no invisible characters."""
    if not text.isascii():
        for mark, plain in _TYPOGRAPHY:
            text = text.replace(mark, plain)
    while "--" in text:
        text = text.replace("--", "-")
    return text


def is_noise(before: Article, after: Article) -> bool:
    """Whether readers would find nothing in ``after`` that ``before`` does not say: of two articles with one
    fingerprint, those that differ in counters, advertisements, spelling of markup and addresses."""
    return _form(before) == _form(after)


def _form(article: Article) -> tuple[Any, ...]:
    return (
        "" if article.url is None else canonical(article.url),
        _own_summary(article),
        _html(article.content_html or "", article.url),
        sorted((each.name or "").casefold() for each in article.authors),
        sorted((each.name or "").casefold() for each in article.contributors),
        sorted(each.term.casefold() for each in article.tags),
        sorted((each.rel, canonical(each.href)) for each in article.links),
        sorted(
            (_picture(each.url), each.title or "", each.duration or 0)
            for each in article.enclosures
            if not is_ad(each.url)
        ),
        _own_picture(article),
        None if article.origin is None else (article.origin.id, article.origin.url, article.origin.title),
        *(getattr(article, name) for name in _AS_THEY_ARE),
    )


def _own_picture(article: Article) -> str | None:
    """Its picture, where that is not just the first one in its text, which may be an advertisement's."""
    image = article.image
    if image is None or is_ad(image) or escape(image) in (article.content_html or ""):
        return None
    return _picture(image)


_AS_THEY_ARE = (
    "language", "rights", "attribution", "canonical", "episode", "places", "in_reply_to", "licence", "wishes",
    "not_before", "duplicate_of", "left_out",
)  # fmt: skip
"""What an article says besides, in which nothing is noise. How many answered, voted and commented always is."""


def _own_summary(article: Article) -> str:
    """Its summary, where that is not just the beginning of its text with all that stands around it."""
    summary = article.summary or ""
    if squeezed(summary).rstrip("….") in squeezed(unescape(_TAG.sub("", article.content_html or ""))):
        return ""
    return folded(squeezed("\n".join(map(text_without, summary.split("\n")))))


def _html(html: str, page: str | None) -> list[str]:
    pieces = _TAGS.split(without_pictures_elsewhere(without(html), page))
    keep_space = "<pre" in html
    pieces[::2] = [folded(text if keep_space else squeezed(text)) for text in map(unescape, pieces[::2])]
    pieces[1::2] = map(_tag, pieces[1::2])
    return [each for each in pieces if each]


def _tag(tag: str) -> str:
    """A tag for comparing: nothing of what only counts and advertises, attributes in order, addresses as pages."""
    if " " not in tag:
        return tag
    attributes = {name: unescape(value) for name, value in _ATTRIBUTE.findall(tag)}
    source = attributes.get("src", "")
    if source and (is_ad(source) or is_tracker(source)):
        return ""
    for name in ("src", "poster"):
        if name in attributes:
            attributes[name] = _picture(attributes[name])
    if "href" in attributes:
        attributes["href"] = canonical(attributes["href"]) + "#" + attributes["href"].partition("#")[2]
    attributes.pop("srcset", None)  # the same picture in other sizes
    attributes.pop("sizes", None)
    return f"{tag.split()[0]} {sorted(attributes.items())}"


def _picture(url: str) -> str:
    """A picture by its path: which of its hosts serves it, how large and signed by whom, changes from day to day."""
    path = url.partition("//")[2].partition("?")[0].partition("#")[0]
    return path.partition("/")[2]


_TELLING = 80
"""Letters without spaces. Shorter texts repeat from post to post: "New episode out now", "Read more on our site"."""


def page_hash(url: str | None) -> int | None:
    """64 bits of an address, whatever its scheme, ``www.`` and tracking parameters; its fragment counts, since
    change logs have all their entries on one page."""
    return None if url is None else _bits(f"{canonical(url)}#{url.partition('#')[2]}")


def text_hash(text: str) -> int | None:
    """64 bits of a text as :func:`meaning` gives it; ``None`` where it is too short to know an article by."""
    return _bits(text) if len(text) >= _TELLING else None


def _bits(text: str) -> int:
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def squeezed(text: str) -> str:
    """The text without white space: justified, wrapped and double-spaced texts are one."""
    return "".join(text.split())
