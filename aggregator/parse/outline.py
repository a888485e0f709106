"""What feedparser does not tell, read in one pass over the tree: bases, ids as written, extensions, limits.

feedparser resolves ids that may be links against the base, drops ``skipHours`` and ``skipDays``, and keeps the
``xml:base`` of texts only. It keeps the last of several tombstones (feedparser #149), one rendition of many, and takes
captions of media for articles.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lxml import etree

from aggregator.parse import claims, extensions, media, names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aggregator.model import Person, Tombstone

DEPTH = 100
ATTRIBUTES = 200
"""Per element; feedparser is quadratic in them: 10,000 take 7.4 s (6.0.14, measured)."""

TOMBSTONES = 2000
AUTHORS = 100
HEADLESS = "the feed has no channel"
"""So it says nothing of itself, and in RSS 2.0 it holds no entries (RSS 2.0, "Required channel elements")."""

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ENTRIES = ("item", "entry")
_FEEDS = ("channel", "feed")
_ATOM = "{http://www.w3.org/2005/Atom}"
_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_AUTHORS = ("author", "managingeditor", "dc:author", "dc:creator", "itunes:author")
_OWNER = frozenset({"itunes:owner"})
_CUT_MAIL = re.compile(r"@(?:[A-Za-z0-9-]{1,63}\.){1,9}[A-Za-z]{5}")
"""feedparser ends a domain after four letters: of ``ann@site.online (Ann)`` it makes ``ne (Ann`` (6.0.14)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Id:
    """An id as written, and whether it claims to be the entry's address (RSS ``isPermaLink``, true by default)."""

    value: str
    permalink: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """What the tree tells of one entry."""

    base: str
    id: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    """As :func:`aggregator.parse.extensions.entry` gives them."""
    captions: extensions.Captions = field(default_factory=extensions.Captions)
    found: bool = True
    """False where the tree has no entry that is surely this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """``limit`` says in words what the document exceeds, if it does; nothing else is filled in then."""

    base: str
    ids: Mapping[str, Id] = field(default_factory=dict)
    """By the id as written and by the id resolved against its base."""
    entries: tuple[Noted, ...] = ()
    """In the order of the document."""
    feed: Mapping[str, Any] = field(default_factory=dict)
    """As :func:`aggregator.parse.extensions.feed` gives it."""
    tombstones: tuple[Tombstone, ...] = ()
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    headless: bool = False
    """Whether it is of RSS, and has no ``channel``."""
    limit: str | None = None

    def notes(self, ids: Sequence[str | None]) -> tuple[Noted, ...]:
        """What is noted of the entries with these ids, which another parser found: in order where there are as many,
        else by id, where that is of one entry only."""
        if len(self.entries) == len(ids):
            return self.entries
        by_id: dict[str, list[Noted]] = {}
        for each in self.entries:
            if each.id is not None:
                by_id.setdefault(each.id, []).append(each)
                by_id.setdefault(names.joined(each.base, each.id), []).append(each)
        unknown = Noted(base=self.base, found=False)
        return tuple(found[0] if len(set(map(id, found := by_id.get(one or "", [])))) == 1 else unknown for one in ids)


def tree(data: bytes, url: str) -> etree._Element | None:
    """The root element of UTF-8 XML, mended as far as it can be; ``None`` where nothing can be made out."""
    parser = etree.XMLParser(
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        huge_tree=True,  # texts over 10 MB; documents are bounded by the fetcher, and declare no entities
    )
    try:
        return etree.fromstring(data, parser, base_url=url)
    except (etree.XMLSyntaxError, ValueError):
        return None


def read(data: bytes, url: str) -> Outline:
    """The outline of UTF-8 XML. Never raises; of broken XML, what can be made out. No entity is expanded."""
    root = tree(data, url)
    if root is None:  # nothing could be recovered
        return Outline(base=url)

    ids: dict[str, Id] = {}
    entries: list[Noted] = []
    about: dict[str, Any] = {}
    tombstones: list[Tombstone | None] = []
    hours: set[int] = set()
    days: set[int] = set()
    headless = _name(root) in ("rss", "rdf")
    depth = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "end":
            depth -= 1
            continue
        depth += 1
        if depth > DEPTH:
            return Outline(base=url, limit=f"nested deeper than {DEPTH}")
        if len(element.attrib) > ATTRIBUTES:
            return Outline(base=url, limit=f"more than {ATTRIBUTES} attributes on one element")
        name = _name(element)
        if name in _ENTRIES:
            entries.append(_noted(element, url))
        elif name == "channel" and names.common(element.tag) == name:
            headless = False
            about = about or _about(element)
        elif name in _FEEDS and not about:
            about = _about(element)
        elif name == "deleted-entry" and len(tombstones) < TOMBSTONES:
            tombstones.append(extensions.tombstone(element))
        if found := _id(element):
            ids.setdefault(found.value, found)
            ids.setdefault(names.joined(element.base or url, found.value), found)
        if name == "skiphours":
            hours |= skipped_hours(element)
        elif name == "skipdays":
            days |= skipped_days(element)
    return Outline(
        base=root.base or url,
        ids=ids,
        entries=tuple(entries),
        feed=about,
        tombstones=claims.distinct(tombstones),
        skip_hours=tuple(sorted(hours)),
        skip_days=tuple(sorted(days)),
        headless=headless,
    )


def skipped_hours(element: etree._Element) -> set[int]:
    """The hours of a ``skipHours``, 0 to 23; RSS 0.91 has them from 1 to 24."""
    numbers = (claims.number(each.text) for each in element)
    return {hour % 24 for hour in numbers if hour is not None and hour <= 24}


def skipped_days(element: etree._Element) -> set[int]:
    """The days of a ``skipDays``; Monday is 0."""
    words = ((each.text or "").strip().lower() for each in element)
    return {_DAYS.index(day) for day in words if day in _DAYS}


def _name(element: etree._Element) -> str:
    """The local name in lower case; prefixes nobody declared stay in the tag of a recovered tree."""
    return element.tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(element.tag, str) else ""


def _about(element: etree._Element) -> dict[str, Any]:
    given = names.Children(element)
    return extensions.feed(given) | _authors(given)


def _authors(given: names.Children) -> dict[str, Any]:
    """The authors, where feedparser cuts the mail address of one, or writes the owner of a podcast over one."""
    found = [each for each in given.element if isinstance(each.tag, str) and names.common(each.tag) in _AUTHORS]
    if not (given.any(_OWNER) or any(_CUT_MAIL.search(each.text or "") for each in found)):
        return {}
    persons = claims.distinct(map(_person, found))
    return {"authors": persons[:AUTHORS]} if persons else {}


def _person(element: etree._Element) -> Person | None:
    if len(element) == 0:
        return claims.person(element.text)
    given = names.Children(element)
    return claims.person(given.text("name"), given.text("uri", "url", "homepage"), given.text("email"))


def _noted(element: etree._Element, url: str) -> Noted:
    given = names.Children(element)
    ids = (found.value for each in (element, *element) if (found := _id(each)) is not None)
    facts = extensions.entry(given) | _authors(given)
    if elsewhere := media.remote(given):
        facts["enclosures"] = claims.distinct((*facts.get("enclosures", ()), *elsewhere))
    return Noted(
        base=element.base or url,
        id=next(ids, None),
        facts=facts,
        captions=extensions.captions(given),
    )


def _id(element: etree._Element) -> Id | None:
    """The id this element is, wherever it stands: in broken XML an entry's may be anywhere below it."""
    name = _name(element)
    if name in ("guid", "id") and (element.prefix is None or element.tag.startswith(_ATOM)):
        value = claims.text("".join(element.itertext()))
        permalink = name == "guid" and (element.get("isPermaLink") or "true").strip().lower() == "true"
        return Id(value=value, permalink=permalink) if value else None
    about = claims.text(element.get(_ABOUT)) if name in _ENTRIES else None
    return Id(value=about, permalink=False) if about else None
