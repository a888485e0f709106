"""The Link header field (RFC 8288): the hubs an answer names (pure)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin

if TYPE_CHECKING:
    from collections.abc import Sequence

HUBS = 10
"""A feed may name a thousand; nobody has more than two."""
_LINK = re.compile(r"<([^<>]*)>([^<]*)")
_REL = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))', re.IGNORECASE)


def hubs(values: Sequence[str], base: str) -> tuple[str, ...]:
    """Gives the web addresses of ``rel=hub`` links, resolved against ``base``, in order, at most ten."""
    found: dict[str, None] = {}
    for value in values:
        for href, parameters in _LINK.findall(value):
            rel = _REL.search(parameters)
            if rel is None or "hub" not in (rel[1] or rel[2] or "").lower().split():
                continue
            try:
                address = urljoin(base, href.strip())
            except ValueError:
                continue  # not an address, such as http://[
            if address.startswith(("http://", "https://")) and address.isascii() and address.isprintable():
                found[address] = None
    return tuple(found)[:HUBS]
