"""The Link header field (RFC 8288): the hubs and the feeds an answer names (pure)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MOST = 10
"""A feed may name a thousand hubs; nobody has more than two."""
FEED_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"})
_LINK = re.compile(r"<([^<>]*)>([^<]*)")
_REL = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))', re.IGNORECASE)
_TYPE = re.compile(r';\s*type\s*=\s*(?:"([^"]*)"|([^\s;,"]+))', re.IGNORECASE)


def hubs(values: Sequence[str], base: str) -> tuple[str, ...]:
    """Gives the web addresses of ``rel=hub`` links, resolved against ``base``, in order, at most ten."""
    return tuple(dict.fromkeys(href for href, rels, _ in _links(values, base) if "hub" in rels))[:MOST]


def feeds(values: Sequence[str], base: str) -> tuple[str, ...]:
    """Gives the web addresses of feeds among the links: ``rel=alternate`` of a feed's type, or ``rel=feed``."""
    found = (
        href
        for href, rels, kind in _links(values, base)
        if "feed" in rels or ("alternate" in rels and kind in FEED_TYPES)
    )
    return tuple(dict.fromkeys(found))[:MOST]


def _links(values: Sequence[str], base: str) -> Iterator[tuple[str, list[str], str]]:
    """Address, relations and media type of each link."""
    for value in values:
        for href, parameters in _LINK.findall(value):
            rel, kind = _REL.search(parameters), _TYPE.search(parameters)
            try:
                address = urljoin(base, href.strip())
            except ValueError:
                continue  # not an address, such as http://[
            if address.startswith(("http://", "https://")) and address.isascii() and address.isprintable():
                media_type = (kind[1] or kind[2] or "").partition(";")[0].strip().lower() if kind is not None else ""
                yield address, (rel[1] or rel[2] or "").lower().split() if rel is not None else [], media_type
