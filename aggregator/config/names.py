"""Ids of sources: the rules for those given, and how the others are derived.

A source's id is the root of its articles' keys, so a derived one depends on the source's own address only; it does
not change when other sources are added below it.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aggregator.config.addresses import canonical
from aggregator.config.units import shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

ID_PATTERN = r"^[a-z0-9][a-z0-9-]{0,63}$"
LONGEST = 64

_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", *(f"com{n}" for n in range(10)), *(f"lpt{n}" for n in range(10))],
)
"""Names Windows keeps for devices: no file may be called so, and ids become file names."""

_TAKEN = frozenset(
    [
        "a",
        "admin",
        "feed",
        "healthz",
        "hub",
        "index",
        "languages",
        "metrics",
        "opml",
        "ops",
        "readyz",
        "search",
        "sources",
        "status",
        "tags",
        "websub",
    ]
)
"""First parts of addresses that are served besides the outputs, such as /ops.atom and /tags/cars.atom."""

_GENERIC = re.compile(
    r"(?:feeds?|rss2?|atom1?|index|default|posts|rdf|json|xml|f)(?:\.(?:xml|rss|atom|rdf|json|php|html?))?",
    re.IGNORECASE,
)
"""Path parts that say "feed" and nothing of which: the last part of 95 of the 108 addresses in the corpus."""


def check_id(value: object) -> str:
    """``value`` where it is an id: ``a-z``, ``0-9`` and ``-``, at most 64, safe as a file name. Raises ValueError."""
    if not isinstance(value, str) or not value:
        raise ValueError(f"{shown(value)} is no id; write one such as 'example'")
    if value in _DEVICES or value.lower() in _DEVICES:
        raise ValueError(
            f"{shown(value)} is the name of a device on some systems; write such as '{value.lower()}-feed'"
        )
    if not re.fullmatch(ID_PATTERN[1:-1], value):
        raise ValueError(
            f"{shown(value)} is no id (a-z, 0-9 and -, at most 64); write such as '{slug(value) or 'example'}'"
        )
    return value


def check_output_id(value: str) -> str:
    """``value`` where no address of the program's own has that name. Raises ValueError."""
    if value in _TAKEN:
        raise ValueError(f"'{value}' is an address of the site itself; write such as '{value}-output'")
    return value


def slug(text: str) -> str:
    """``text`` with everything but letters and digits turned into single hyphens; empty where nothing is left."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:LONGEST].strip("-")


def derived(url: str | None, folder: str | None, *, hashed: bool = False) -> str:
    """A readable id for an address (``https://example.org/blog/feed.xml`` -> ``example-org-blog``) or a folder.

    Ends in eight digits of a hash where the readable part alone would lose what tells addresses apart: a query,
    letters beyond ASCII, more than 64 characters; that of an address always, where ``hashed``.
    """
    if url is None:
        name = slug(re.split(r"[\\/]", (folder or "").rstrip("\\/"))[-1])
        return name if name and name not in _DEVICES else _hashed(name, folder or "")
    parts = urlsplit(url)
    segments = [each for each in parts.path.split("/") if each]
    while segments and _GENERIC.fullmatch(segments[-1]):
        segments.pop()
    readable = "-".join([re.sub(r"^www\.", "", parts.hostname or ""), *segments])
    name = re.sub(r"-(?:xml|rss|atom|rdf|json)$", "", re.sub(r"[^a-z0-9]+", "-", readable.lower()).strip("-"))
    if hashed or parts.query or not readable.isascii() or len(name) > LONGEST or name in _DEVICES or not name:
        return _hashed(name, canonical(url))
    return name


def _hashed(name: str, text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{name[: LONGEST - 9].strip('-')}-{digest}".strip("-")


def assign(sources: Iterable[tuple[str | None, str | None, str | None]]) -> list[str]:
    """An id for each source given as (id, url, folder): its own, else a derived one that no other has.

    Two addresses that derive the same (``/feed.xml`` and ``/rss.xml`` of one site) keep it for the first in the
    file; the others get the hash of their address, so that adding a source never renames one above it.
    """
    listed = list(sources)
    used = {given for given, _, _ in listed if given is not None}
    result = []
    for given, url, folder in listed:
        name = given if given is not None else unused(url, folder, used)
        used.add(name)
        result.append(name)
    return result


def unused(url: str | None, folder: str | None, used: Collection[str]) -> str:
    """The derived id of an address or folder, in another form where it is in use."""
    name = derived(url, folder)
    if name in used:
        name = _hashed(name, canonical(url) if url is not None else folder or "")
    while name in used:  # only where someone gave the hashed name to another source
        name = _hashed(name, name)
    return name
