"""Names of elements and attributes as everybody writes them, whatever prefix and spelling of a namespace was used."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from aggregator.parse import claims

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

    Named = dict[str, list[etree._Element]]  # noqa: SLF001 - its only name

CORE = ""
"""The prefix of RSS and Atom themselves, which share no name that means two things here."""

_NAMESPACES = {
    "http://www.w3.org/2005/atom": CORE,
    "http://purl.org/atom/ns": CORE,
    "http://purl.org/rss/1.0": CORE,
    "http://my.netscape.com/rdf/simple/0.9": CORE,
    "http://channel.netscape.com/rdf/simple/0.9": CORE,
    "http://backend.userland.com/rss2": CORE,
    "http://purl.org/dc/elements/1.1": "dc",
    "http://purl.org/dc/terms": "dcterms",
    "http://purl.org/rss/1.0/modules/content": "content",
    "http://purl.org/rss/1.0/modules/slash": "slash",
    "http://purl.org/syndication/thread/1.0": "thr",
    "http://purl.org/atompub/tombstones/1.0": "at",
    "http://wellformedweb.org/commentapi": "wfw",
    "http://search.yahoo.com/mrss": "media",
    "http://video.search.yahoo.com/mrss": "media",
    "http://tools.search.yahoo.com/mrss": "media",
    "http://www.rssboard.org/media-rss": "media",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://example.com/dtds/podcast-1.0.dtd": "itunes",
    "http://www.google.com/schemas/play-podcasts/1.0": "googleplay",
    "https://podcastindex.org/namespace/1.0": "podcast",
    "https://github.com/podcastindex-org/podcast-namespace/blob/main/docs/1.0.md": "podcast",
    "http://podlove.org/simple-chapters": "psc",
    "http://www.georss.org/georss": "georss",
    "http://www.opengis.net/gml": "gml",
    "http://www.w3.org/2003/01/geo/wgs84_pos": "geo",
    "http://backend.userland.com/creativecommonsrssmodule": "creativecommons",
    "http://creativecommons.org/ns": "cc",
    "http://web.resource.org/cc": "cc",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns": "rdf",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "http://www.pheedo.com/namespace/pheedo": "pheedo",
    "http://webfeeds.org/rss/1.0": "webfeeds",
    "urn:atom-extension:indexing": "indexing",
    "http://www.bloglines.com/about/specs/fac-1.0": "access",
    "http://www.w3.org/1999/xhtml": "xhtml",
}
"""By address in lower case without its last ``/`` or ``#``: half of the podcasts write one of those differently."""


_LONGEST = 200
"""Characters of a name that means something; longer ones are not remembered either."""


def common(tag: str) -> str:
    """``{http://search.yahoo.com/mrss}Thumbnail`` -> ``media:thumbnail``; RSS and Atom names have no prefix.

    A prefix that nobody declared (``itunes:image`` in a recovered tree) is taken at its word. Names of any other
    namespace begin with ``?:``.
    """
    return _common(tag) if len(tag) <= _LONGEST else "?:"


@lru_cache(maxsize=4096)
def _common(tag: str) -> str:
    namespace, brace, local = tag.rpartition("}")
    if not brace:
        return tag.lower().removeprefix("atom:")
    name = namespace[1:].lower().rstrip("/#")
    prefix = _NAMESPACES.get(name, _NAMESPACES.get(name.replace("https://", "http://", 1), "?"))
    return f"{prefix}:{local.lower()}" if prefix else local.lower()


class Children:
    """The children of an element by their common names, in document order; ``element`` is their parent.

    Atom links are also under ``link/`` and their relation, attributes of a namespace under ``@`` and their name.
    """

    __slots__ = ("_given", "element")

    def __init__(self, element: etree._Element, named: Named | None = None) -> None:
        """``named``: the children by their names, where somebody went over them already."""
        self.element = element
        self._given = _named(element) if named is None else named
        for link in self._given.get("link", ()):
            if (rel := link.get("rel")) and rel != "alternate" and link.get("href"):
                self._given.setdefault(f"link/{claims.relation(rel)}", []).append(link)
        for key in element.keys():  # noqa: SIM118 - an element is no mapping: iterating it gives its children
            if key[0] == "{":
                self._given.setdefault(f"@{common(key)}", [])

    def any(self, names: frozenset[str]) -> bool:
        """Whether there is a child of one of these names."""
        return not names.isdisjoint(self._given)

    def among(self, names: frozenset[str]) -> frozenset[str]:
        """Of which of these names there are children."""
        return names.intersection(self._given)

    def all(self, *names: str) -> Iterator[etree._Element]:
        """Every child of these names, those of the first name first."""
        for name in names:
            yield from self._given.get(name, ())

    def text(self, *names: str) -> str | None:
        """The first text that is not empty."""
        return next((said for each in self.all(*names) if (said := content(each)) is not None), None)


def _named(element: etree._Element) -> Named:
    found: Named = {}
    for child in element:
        if isinstance(child.tag, str):  # else it is a comment or a processing instruction
            found.setdefault(common(child.tag), []).append(child)
    return found


def content(element: etree._Element) -> str | None:
    """The text in an element, ``None`` for nothing."""
    return claims.text(element.text if len(element) == 0 else "".join(element.itertext()))


def attribute(element: etree._Element, name: str) -> str | None:
    """The value of an attribute by its common name, ``None`` for nothing."""
    found = element.get(name)
    if found is None and ":" in name:
        keys = (key for key in element.keys() if common(key) == name)  # noqa: SIM118 - its own iteration gives children
        found = next((element.get(key) for key in keys), None)  # items() takes 4 s for 40,000 of them (lxml 6)
    return claims.text(found)


def joined(base: str | None, reference: str) -> str:
    """The reference made absolute, as far as it can be."""
    try:
        return urljoin(base or "", reference)
    except ValueError:  # such as "http://[": the feed's reference, not ours
        return reference


def href(link: etree._Element) -> str | None:
    """Where an Atom link leads, in the scope of its ``xml:base`` (RFC 4287 2)."""
    written = attribute(link, "href")
    return joined(link.base, written) if written and "://" not in written[:12] else written
