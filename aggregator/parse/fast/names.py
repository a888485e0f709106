"""What an element is called, whatever prefix its document gives it: ``title``, ``media:content``, ``dc:date``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.parse.fast.unsure import Unsure

if TYPE_CHECKING:
    from lxml import etree

RSS10 = "http://purl.org/rss/1.0/"
RSS090 = "http://my.netscape.com/rdf/simple/0.9/"
ATOM10 = "http://www.w3.org/2005/atom"
XHTML = "http://www.w3.org/1999/xhtml"
XML = "http://www.w3.org/XML/1998/namespace"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"

NAMESPACES = {
    ATOM10: "",
    RSS10: "",
    RSS090: "",
    "http://purl.org/atom/ns#": "",
    "http://purl.org/rss/1.0/modules/rss091#": "",
    "http://blogs.law.harvard.edu/tech/rss": "",
    "http://creativecommons.org/ns#license": "cc",
    "http://web.resource.org/cc/": "cc",
    "http://cyber.law.harvard.edu/rss/creativecommonsrssmodule.html": "creativecommons",
    "http://backend.userland.com/creativecommonsrssmodule": "creativecommons",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "http://search.yahoo.com/mrss": "media",
    "http://search.yahoo.com/mrss/": "media",
    "http://www.georss.org/georss": "georss",
    "http://www.opengis.net/gml": "gml",
    "http://www.w3.org/2003/01/geo/wgs84_pos#": "geo",
    "http://podlove.org/simple-chapters": "psc",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    XHTML: "xhtml",
    RDF: "rdf",
}
"""Namespace in lower case -> prefix: those feedparser knows something about. RSS and Atom share the empty one."""

_PREFIXES = frozenset(NAMESPACES.values())


def standard(namespace: str) -> str | None:
    """The prefix that stands for a namespace; ``None`` for one we know nothing about."""
    lower = namespace.lower()
    return "" if "backend.userland.com/rss" in lower else NAMESPACES.get(lower)


def name_of(element: etree._Element, taken: frozenset[str] = frozenset()) -> str:
    """The element's name in lower case behind its standard prefix; ``?:name`` behind one nobody knows.

    A namespace nobody knows counts as what its prefix promises. ``taken`` as :func:`taken_prefixes` gives them; raises
    Unsure for an element behind one of those, and for one that takes another.
    """
    tag: str = element.tag
    namespace, _, local = tag.rpartition("}")
    if not namespace:
        return local.lower()
    prefix, given = standard(namespace[1:]), (element.prefix or "").lower()
    if prefix is None:
        prefix = given if given in _PREFIXES else "?"
    elif given in _PREFIXES and given not in (prefix, "") and given not in taken:
        raise Unsure(f"prefix {given!r} stands for {namespace[1:]}")
    if prefix in taken:
        raise Unsure(f"prefix {prefix!r} stands for another namespace as well")
    return f"{prefix}:{local.lower()}" if prefix else local.lower()


def taken_prefixes(root: etree._Element) -> frozenset[str]:
    """Standard prefixes that this document gives to another namespace we know, as Medium does with ``cc``.

    feedparser reads the elements of the namespace they stand for as of that other one.
    """
    given = ((prefix.lower(), standard(uri)) for prefix, uri in root.nsmap.items() if prefix)
    return frozenset(prefix for prefix, known in given if prefix in _PREFIXES and known not in (None, prefix))


def version_of(root: etree._Element, name: str) -> str:
    """feedparser's word for the format, such as ``rss20``. Raises Unsure where the root claims several."""
    versions = set()
    for prefix, namespace in root.nsmap.items():
        lower = namespace.lower()
        if lower == RSS10:
            versions.add("rss10")
        elif lower == RSS090 and prefix is None:
            versions.add("rss090")
        elif lower == ATOM10 and name != "rss":
            versions.add("atom10")
    if len(versions) == 1 and (version := versions.pop()).startswith("atom" if name == "feed" else "rss"):
        return version
    attribute = root.get("version") or ""
    if not versions and name == "feed":
        return {"0.1": "atom01", "0.2": "atom02", "0.3": "atom03"}.get(attribute, "atom")
    if not versions and name == "rss":
        numbered = {"0.91": "rss091u", "0.92": "rss092", "0.93": "rss093", "0.94": "rss094"}
        return "rss20" if attribute.startswith("2.") else numbered.get(attribute, "rss")
    raise Unsure(f"<{name}> is of no version, or of several")
