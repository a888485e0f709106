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


def squeezed(text: str) -> str:
    """The text without white space: justified, wrapped and double-spaced texts are one."""
    return "".join(text.split())
