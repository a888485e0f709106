"""Whether two versions of an article say the same."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from aggregator.articles.urls import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aggregator.model import Enclosure, Person


def fingerprint(
    *, title: str, url: str | None, text: str, authors: Iterable[Person], enclosures: Iterable[Enclosure]
) -> bytes:
    """A hash of what an article means: title, page, words, who, which media; 16 bytes.

    ``text`` is the plain text of its content, squeezed. Dates, markup, white space, tracking parameters and the
    order of authors do not count, so that re-dating a feed or rotating its advertisements is no edit (FreshRSS #5909,
    miniflux #1409).
    """
    parts = (
        squeezed(title),
        "" if url is None else canonical(url),
        text,
        *sorted(squeezed(author.name or "") for author in authors),
        "",
        *sorted(canonical(enclosure.url) for enclosure in enclosures),
    )
    return hashlib.blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).digest()


_TELLING = 80
"""Letters without spaces. Shorter texts repeat from post to post: "New episode out now", "Read more on our site"."""


def page_hash(url: str | None) -> int | None:
    """64 bits of an address, whatever its scheme, ``www.`` and tracking parameters; its fragment counts, since
    change logs have all their entries on one page."""
    return None if url is None else _bits(f"{canonical(url)}#{url.partition('#')[2]}")


def text_hash(text: str) -> int | None:
    """64 bits of a squeezed text; ``None`` where it is too short to know an article by."""
    return _bits(text) if len(text) >= _TELLING else None


def _bits(text: str) -> int:
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def squeezed(text: str) -> str:
    """The text without white space: justified, wrapped and double-spaced texts are one."""
    return "".join(text.split())
