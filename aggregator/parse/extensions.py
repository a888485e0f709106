"""What feeds say beyond RSS and Atom themselves, read from the tree of elements; whatever else reads the document.

Each function gives keyword arguments for the value it is about, and only those that were said. To add a vocabulary,
name it in :mod:`aggregator.parse.names` and read it here.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from aggregator.model import Category, Person, Reference, Replies, Text, Tombstone, Wishes
from aggregator.parse import claims, dates, limits, media, podcast
from aggregator.parse.names import Children, attribute, common, content, href
from aggregator.parse.places import PLACES, places

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lxml import etree

REFERENCES = 20
"""Entries that one answers to."""

_Readers = dict[str, tuple[frozenset[str], "Callable[[Children], Any]"]]
"""Field -> the elements any of which says something about it, and what reads them: most entries have none."""

_FEED_TYPES = ("application/atom+xml", "application/rss+xml", "application/rdf+xml", "text/xml", "application/xml")
_WEB = re.compile(r"https?://[^\s<>\"]{3,2000}", re.IGNORECASE)
_KNOWN_CREATORS = frozenset({"author", "dc:creator", "itunes:author"})
_TITLES = ("title", "dc:title", "media:title")
_SUMMARIES = ("description", "summary", "dc:description", "itunes:summary")
_SUBJECTS = frozenset(
    ["category", "keywords", "dc:subject", "media:category", "media:keywords", "itunes:category", "itunes:keywords"]
)
_CAPTIONS = ("itunes:summary", "googleplay:description", "media:description")
_CAPTIONED = frozenset({*_CAPTIONS, "media:group", "media:content"})


class Captions(NamedTuple):
    """Texts that describe the media and not the article, and those that are the article's own, for telling which of
    the two feedparser took for which."""

    captions: tuple[Text, ...] = ()
    described: str | None = None
    """The entry's own description or summary, as :func:`squeezed`."""
    description: Text | None = None
    """The same as it was written: a caption after it may be all that feedparser keeps."""
    contents: tuple[str, ...] = ()
    """Its own contents, as :func:`squeezed`."""


def entry(given: Children) -> dict[str, Any]:
    """Of an ``item`` or ``entry``: fields of :class:`~aggregator.model.ParsedEntry`."""
    return _said(given, _OF_ENTRIES, _IN_ENTRIES, _ENTRY_WORDS)


def feed(given: Children) -> dict[str, Any]:
    """Of a ``channel`` or ``feed``: fields of :class:`~aggregator.model.FeedInfo`."""
    return _said(given, _OF_FEEDS, _IN_FEEDS, _FEED_WORDS)


def _said(
    given: Children, readers: _Readers, fields: Mapping[str, tuple[str, ...]], words: frozenset[str]
) -> dict[str, Any]:
    """What the readers make of it, of those that one of its elements calls for."""
    found: dict[str, Any] = {}
    for word in given.among(words):
        for name in fields[word]:
            if name not in found:
                found[name] = readers[name][1](given)
    return {name: said for name, said in found.items() if said not in (None, ())}


def tombstone(element: etree._Element) -> Tombstone | None:
    """Of an ``at:deleted-entry`` (RFC 6721 3); without its ``ref`` it names no entry."""
    ref = attribute(element, "ref")
    if ref is None or common(element.tag) != "at:deleted-entry":
        return None
    given = Children(element)
    when = attribute(element, "when")
    return Tombstone(
        ref=ref,
        when=dates.read(when) if when else None,
        by=next((_person(each) for each in given.all("at:by")), None),
        comment=given.text("at:comment"),
    )


def captions(given: Children) -> Captions:
    """Of an ``item`` or ``entry``: which of its texts are about its media (``itunes:summary``, ``media:description``).

    An ``itunes:summary`` becomes the article where a description came first, and the description where it did not
    (feedparser 6.0.14); so it is with the caption of a picture.
    """
    if not given.any(_CAPTIONED):
        return Captions()
    found = [*given.all(*_CAPTIONS)]
    for holder in given.all("media:group", "media:content"):
        inside = Children(holder)
        found += inside.all("media:description")
        found += (each for one in inside.all("media:content") for each in Children(one).all("media:description"))
    texts = claims.distinct(map(_caption, found))
    if not texts:
        return Captions()
    described = next((each for each in given.all("description", "summary") if content(each)), None)
    own = (content(each) for each in given.all("content:encoded", "content", "xhtml:body", "xhtml:div"))
    said = squeezed(content(described) or "") if described is not None else None
    description = _caption(described) if described is not None and len(described) == 0 else None
    return Captions(texts, said, description, tuple(squeezed(each) for each in own if each))


def squeezed(text: str) -> str:
    """The text without white space, for comparing."""
    return "".join(text.split())


def own_texts(
    said: Captions, summary: Text | None, contents: tuple[Text, ...], *, rss: bool
) -> tuple[Text | None, tuple[Text, ...]]:
    """Summary and contents without captions that were taken for them. A caption is the summary where there is no
    other: of a video that is all there is to read. ``rss``: the type of a description is HTML, whatever it became.
    """
    if not said.captions:
        return summary, contents
    about_media = {squeezed(each.value) for each in said.captions} - {said.described, *said.contents}
    texts = [each for each in (summary, *contents) if each is not None and squeezed(each.value) not in about_media]
    described = next((each for each in texts if squeezed(each.value) == said.described), None)
    rest = [each for each in texts if each is not described]
    if described is None:
        described = said.description
    if described is not None:  # a caption that repeats it is no content
        rest = [each for each in rest if squeezed(each.value) != said.described or said.described in said.contents]
        return replace(described, type="text/html") if rss else described, tuple(rest)
    if summary in texts:
        return summary, tuple(each for each in rest if each is not summary)
    return max(said.captions, key=lambda each: len(each.value)), tuple(rest)


def _caption(element: etree._Element) -> Text | None:
    value = content(element)
    kind = "text/html" if (attribute(element, "type") or "").lower() in ("html", "text/html") else "text/plain"
    return Text(value=value, type=kind) if value else None


def _in_reply_to(given: Children) -> tuple[Reference, ...]:
    """RFC 4685 3: ``ref`` is what counts; an entry may answer several."""
    found = (
        Reference(
            ref=attribute(each, "ref"),
            href=attribute(each, "href"),
            type=attribute(each, "type"),
            source=attribute(each, "source"),
        )
        for each in given.all("thr:in-reply-to")
    )
    return claims.distinct(each if each != Reference() else None for each in found)[:REFERENCES]


def _replies(given: Children) -> Replies | None:
    linked = list(given.all("link/replies"))
    total = claims.number(given.text("thr:total") or given.text("slash:comments"))
    counts = [number for each in linked if (number := claims.number(attribute(each, "thr:count"))) is not None]
    times = [written for each in linked if (written := attribute(each, "thr:updated") or attribute(each, "thr:when"))]
    feeds = (each for each in linked if (attribute(each, "type") or "").lower() in _FEED_TYPES)
    found = Replies(
        count=total if total is not None else max(counts, default=None),
        updated=max(filter(None, map(dates.read, times)), default=None),
        feed=given.text("wfw:commentrss") or next(map(href, feeds), None),
        post_to=given.text("wfw:comment"),
    )
    return found if found != Replies() else None


def _comments(given: Children) -> str | None:
    """The page of the replies: RSS ``comments``, or the link to it of RFC 4685 4. Jira has the comments themselves."""
    pages = (
        href(each) for each in given.all("link/replies") if (attribute(each, "type") or "text/html") == "text/html"
    )
    said = (content(each) for each in given.all("comments") if len(each) == 0)
    return next((each for each in said if each), None) or next(pages, None)


def _licence(given: Children) -> str | None:
    """The address of the licence: a link (RFC 4946), the Creative Commons modules, ``dcterms:license``, Media RSS, a
    ``rights`` that is nothing but an address."""
    linked = map(href, given.all("link/license"))
    texts = map(content, given.all("creativecommons:license", "cc:license", "dcterms:license"))
    named = (
        attribute(each, name)
        for each in given.all("cc:license", "dcterms:license", "media:license", "podcast:license")
        for name in ("rdf:resource", "href", "url")
    )
    prose = map(content, given.all("rights", "dc:rights", "dcterms:rights", "copyright"))
    found = (each for each in (*linked, *texts, *named, *prose) if each and _WEB.fullmatch(each))
    return next(found, None)


def _canonical(given: Children) -> str | None:
    return next(map(href, given.all("link/canonical")), None) or given.text("feedburner:origlink", "pheedo:origlink")


def _wishes(given: Children) -> Wishes | None:
    relations = ((attribute(each, "relationship") or "").lower() for each in given.all("access:restriction"))
    index = podcast.yes_or_no(attribute(given.element, "indexing:index") or given.text("indexing:index"))
    robots = " ".join(
        (attribute(each, "content") or "").lower()
        for each in given.all("xhtml:meta")
        if (attribute(each, "name") or "").lower() == "robots"
    )
    blocked = given.text("itunes:block", "googleplay:block", "podcast:block")
    found = Wishes(
        access=next((each for each in relations if each in ("allow", "deny")), None),
        index=False if re.search(r"\b(?:noindex|none)\b", robots) else index,
        listed=False if podcast.yes_or_no(blocked) else None,
    )
    return found if found != Wishes() else None


def _creators(given: Children) -> tuple[Person, ...]:
    """``dcterms:creator``, where nobody is named in a word feedparser knows; else ``media:credit`` of an author, whose
    face DeviantArt has in a second one."""
    if given.any(_KNOWN_CREATORS):
        return ()
    named = claims.distinct(claims.person(content(each)) for each in given.all("dcterms:creator"))
    credited = (content(each) for each in given.all("media:credit") if attribute(each, "role") == "author")
    return named or claims.distinct(claims.person(each) for each in credited if each and not _WEB.fullmatch(each))


def _title(given: Children) -> Text | None:
    """The title of an entry that has none in a word feedparser knows; a podcast's is the same without its number."""
    found = None if given.text(*_TITLES) else given.text("itunes:title", "dcterms:title")
    return Text(value=found) if found else None


def _summary(given: Children) -> Text | None:
    """The same of its summary."""
    found = None if given.text(*_SUMMARIES) else given.text("dcterms:abstract", "dcterms:description")
    return Text(value=found) if found else None


def _subjects(given: Children) -> tuple[Category, ...]:
    """The same of its categories."""
    if given.any(_SUBJECTS):
        return ()
    terms = map(content, islice(given.all("dcterms:subject"), limits.CATEGORIES))
    return claims.distinct(Category(term=term) if term else None for term in terms)


def _person(element: etree._Element) -> Person | None:
    given = Children(element)
    if given.any(frozenset({"name", "email", "uri"})):
        return claims.person(given.text("name"), given.text("uri"), given.text("email"))
    return claims.person(content(element))


def _new_url(given: Children) -> str | None:
    return given.text("itunes:new-feed-url")


def _ended(given: Children) -> bool | None:
    return True if (given.text("itunes:complete") or "").lower() == "yes" else None


_LICENCES = frozenset(
    [
        "link/license",
        "creativecommons:license",
        "cc:license",
        "dcterms:license",
        "media:license",
        "podcast:license",
        "rights",
        "dc:rights",
        "dcterms:rights",
        "copyright",
    ]
)
_WISHES = frozenset(
    [
        "access:restriction",
        "indexing:index",
        "@indexing:index",
        "xhtml:meta",
        "itunes:block",
        "googleplay:block",
        "podcast:block",
    ]
)


def _by_word(readers: _Readers) -> dict[str, tuple[str, ...]]:
    """Element -> the fields it says something about."""
    words = frozenset[str]().union(*(triggers for triggers, _ in readers.values()))
    return {word: tuple(name for name, (triggers, _) in readers.items() if word in triggers) for word in words}


_OF_ENTRIES: _Readers = {
    "enclosures": (media.FILES, media.enclosures),
    "image": (media.PICTURES, media.image),
    "episode": (podcast.EPISODES, podcast.episode),
    "places": (PLACES, places),
    "in_reply_to": (frozenset({"thr:in-reply-to"}), _in_reply_to),
    "replies": (
        frozenset({"link/replies", "thr:total", "slash:comments", "wfw:commentrss", "wfw:comment"}),
        _replies,
    ),
    "comments": (frozenset({"comments", "link/replies"}), _comments),
    "licence": (_LICENCES, _licence),
    "canonical": (frozenset({"link/canonical", "feedburner:origlink", "pheedo:origlink"}), _canonical),
    "wishes": (_WISHES, _wishes),
    "authors": (frozenset({"dcterms:creator", "media:credit"}), _creators),
    "title": (frozenset({"itunes:title", "dcterms:title"}), _title),
    "summary": (frozenset({"dcterms:abstract", "dcterms:description"}), _summary),
    "categories": (frozenset({"dcterms:subject"}), _subjects),
}
_IN_ENTRIES = _by_word(_OF_ENTRIES)
_ENTRY_WORDS = frozenset(_IN_ENTRIES)
WORDS = _CAPTIONED | _ENTRY_WORDS
"""Children of an entry that say something here; an entry with none of them need not be looked at."""

_OF_FEEDS: _Readers = {
    "id": (frozenset({"podcast:guid"}), podcast.show_id),
    "licence": (_LICENCES, _licence),
    "wishes": (_WISHES, _wishes),
    "new_url": (frozenset({"itunes:new-feed-url"}), _new_url),
    "ended": (frozenset({"itunes:complete"}), _ended),
}
_IN_FEEDS = _by_word(_OF_FEEDS)
_FEED_WORDS = frozenset(_IN_FEEDS)
