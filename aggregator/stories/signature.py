"""What an article is told by, and the keys under which others that tell the same are found."""

from __future__ import annotations

import re
from hashlib import blake2b
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aggregator.model import Signature
from aggregator.stories.terms import language_of, terms_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aggregator.model import Article

LEAD = 300
"""Characters of the title, and of the text, whose terms count: who, what and where stand in the first paragraph."""
BODY = 4000
"""Characters of the text that are compared word by word."""
SKETCH = 24
"""Hashes kept of a text. A resemblance of 0.5 is told to about 0.1."""
KEYS = 16
"""Keys of an article at most: each is a row in the store, for as long as its article may find others."""
_SKETCH_KEYS = 3
_REFERENCE_KEYS = 4
_MOST_LINKS = 5
"""A text with more links to other sites is a digest: it tells no one story."""

_TAG = re.compile("<[^>]*>")
_HREF = re.compile(r'<a\s[^>]*?href="([^"]+)"')
_IMAGE = re.compile(r'<img\s[^>]*?src="([^"]+)"')
_WORD = re.compile(r"\w+")


def signature(article: Article) -> Signature:
    """What the article is told by: the terms of its title and of the first paragraph, a sketch of its text, and the
    pages, media files and pictures it points to."""
    content = article.content_html or ""
    text = unescape(_TAG.sub(" ", content[: 3 * BODY])) if content else article.summary or ""
    text = " ".join(text[:BODY].split())
    lead_text = article.summary if article.summary and len(article.summary) > len(text) else text
    language = language_of(f"{article.title}. {lead_text[:LEAD]}", article.language)
    lead = terms_of(lead_text[:LEAD], language)
    title = terms_of(article.title[:LEAD], language, lead.names)
    return Signature(
        at=article.sort_at,
        publisher=_publisher(article),
        language=language,
        title=title.terms,
        words=title.words,
        lead=tuple(each for each in lead.terms if each not in title.terms),
        names=tuple(sorted(title.names | lead.names)),
        capitals=tuple(sorted((title.capitals | lead.capitals) - title.names - lead.names)),
        sketch=_sketch(text),
        references=tuple(_references(article, content)),
    )


def bands(of: Signature) -> tuple[int, ...]:
    """64-bit keys, at most :data:`KEYS`: two articles that tell the same share one of them.

    The rarest kinds of terms come first: what both point to, texts that are alike, names, numbers and places, words.
    """
    keys = [f"r{each}" for each in of.references[:_REFERENCE_KEYS]]
    keys += [f"s{each}" for each in of.sketch[:_SKETCH_KEYS]]
    names = set(of.names)
    title = sorted(of.title, key=lambda term: -_rarity(term, names))
    keys += [f"t{term}" for term in title if _rarity(term, names) > 0][: KEYS - len(keys)]
    lead = sorted(
        (term for term in of.lead if _rarity(term, names) >= _TELLING), key=lambda term: -_rarity(term, names)
    )
    keys += [f"t{term}" for term in lead][: KEYS - len(keys)]
    return tuple(_bits(key) for key in dict.fromkeys(keys))


def term_band(term: str) -> int:
    """The key of a term, where it is one."""
    return _bits(f"t{term}")


_TELLING = 3


def _rarity(term: str, names: set[str]) -> int:
    """How well an article is found by a term: not at all by a day of the month, well by a name."""
    if term[0].isdigit():
        return 0 if len(term) < 3 or _is_year(term) else 4
    if term in names:
        return 5
    return 3 if term[0] == "@" else 2


def _is_year(term: str) -> bool:
    return len(term) == 4 and term[:2] in ("19", "20")


def _publisher(article: Article) -> str:
    """Who says it: an article that came through another feed is its first publisher's."""
    origin = article.origin
    return (origin.id or origin.url or origin.title or article.source) if origin is not None else article.source


def _sketch(text: str) -> tuple[int, ...]:
    """The least hashes of its shingles, a fixed number of them (Broder 1997: bottom-k, MinHash with one permutation):
    three words, or five characters where there are no spaces."""
    words = _WORD.findall(text.lower())
    if len(words) < 12 and len(text) > 60:
        words, size = list("".join(words)), 5
    else:
        size = 3
    shingles = {" ".join(words[at : at + size]) for at in range(len(words) - size + 1)}
    if len(shingles) < SKETCH:
        return ()
    return tuple(sorted(map(_half, shingles))[:SKETCH])


def _half(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=4).digest(), "big")


def _bits(text: str) -> int:
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def _references(article: Article, content: str) -> Iterable[str]:
    """Its own page and the few of other sites that it links to, its media files, and the names of its pictures."""
    own = _page(article.url)
    host = own.partition("/")[0] if own else None
    pages = {page for each in _HREF.findall(content) if (page := _page(unescape(each))) is not None}
    pages |= {page for link in article.links if link.rel in ("related", "via") and (page := _page(link.href))}
    pages = {each for each in pages if each.partition("/")[0] != host}
    named = [] if own is None else [own]
    if len(pages) <= _MOST_LINKS:
        named += sorted(pages)
    media = [f"file {each.url}" for each in article.enclosures if not (each.type or "").startswith("image/")]
    pictures = [article.image] if article.image else []
    pictures += map(unescape, _IMAGE.findall(content)[:3])
    return dict.fromkeys([*media, *(f"page {each}" for each in named), *_pictures(pictures)])


def _page(url: str | None) -> str | None:
    """An address as host and path; ``None`` for the front of a site, which is no story."""
    if url is None or not url.startswith(("http://", "https://")):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    path = parts.path.rstrip("/")
    query = "" if "utm_" in parts.query else parts.query
    if len(path) < 2 and not query:
        return None
    return f"{(parts.hostname or '').removeprefix('www.')}{path}{'?' if query else ''}{query}"


def _pictures(addresses: Iterable[str]) -> Iterable[str]:
    """Names of picture files that are likely to be one picture's: an agency's, not ``photo.jpg``."""
    for address in addresses:
        name = address.partition("?")[0].rpartition("/")[2]
        if len(name) >= 16 and sum(each.isdigit() for each in name) >= 4:
            yield f"picture {name.lower()}"
