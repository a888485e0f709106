"""Atom 1.0 (RFC 4287), the format all others are measured by."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from aggregator.publish.extensions import NAMESPACES, THR, add_extensions
from aggregator.publish.feedgen_door import add, new_entry, new_feed, serialised
from aggregator.publish.formats import SIBLING, SIBLINGS, Format, Frame

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.model import FeedInfo, Link, Person, PublishedEntry, PublishedFeed, Replies, Tombstone

ESSENCE = SIBLINGS["atom"]
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
AT = "http://purl.org/atompub/tombstones/1.0"
FH = "http://purl.org/syndication/history/1.0"


def frame(feed: PublishedFeed) -> Frame:
    """The feed element without its entries. It has no author: clients would take it for that of the entries."""
    head = new_feed(partial(_finish_head, feed), NAMESPACES | _head_namespaces(feed))
    head.id(feed.id)
    head.title(feed.title)
    head.updated(feed.updated)
    if feed.language is not None:
        head.language(feed.language)
    head.link(href=feed.site_url, rel="alternate", type="text/html")
    head.link(href=feed.self_url("atom"), rel="self", type=ESSENCE)
    for kind, address in feed.siblings("atom"):
        head.link(href=address, rel=SIBLING, type=SIBLINGS[kind])
    for hub in feed.hubs:
        head.link(href=hub, rel="hub")
    for link in feed.history:
        head.link(href=link.href, rel=link.rel, type=link.type)
    document: bytes = head.atom_str()
    before, end, _ = document.rpartition(b"</feed>")
    return Frame(before=before + b"\n", between=b"\n", after=b"\n" + end + b"\n")


def _head_namespaces(feed: PublishedFeed) -> dict[str, str]:
    return ({"at": AT} if feed.tombstones else {}) | ({"fh": FH} if feed.archive else {})


def _finish_head(feed: PublishedFeed, head: Any) -> None:
    head.find("title").set("type", "text")
    if feed.archive:
        add(head, f"{{{FH}}}archive")
    for each in feed.tombstones:
        _add_tombstone(head, each)


def _add_tombstone(head: Any, tombstone: Tombstone) -> None:
    """What was taken back (RFC 6721 section 3)."""
    when = None if tombstone.when is None else tombstone.when.isoformat()
    element = add(head, f"{{{AT}}}deleted-entry", ref=tombstone.ref, when=when)
    if tombstone.comment is not None:
        add(element, f"{{{AT}}}comment", tombstone.comment)


def entry(published: PublishedEntry) -> bytes:
    """One entry element. Raises ValueError where XML cannot hold a character of it."""
    atom = new_entry(partial(_finish_entry, published))
    atom.id(published.id)
    atom.title(published.title)
    atom.updated(published.updated)
    if published.published is not None:
        atom.published(published.published)
    if published.url is not None:  # only to satisfy feedgen, which loses what it is told of links
        atom.link(href=published.url, rel="alternate")
    if published.content_html is not None:
        atom.content(published.content_html, type="html")
    if published.summary is not None:
        atom.summary(published.summary, type="text")
    for category in published.categories:
        given = {"term": category.term, "scheme": category.scheme, "label": category.label}
        atom.category({key: value for key, value in given.items() if value is not None})
    if published.rights is not None:
        atom.rights(published.rights)
    return serialised(atom.atom_entry(), NAMESPACES)


def _finish_entry(published: PublishedEntry, element: Any) -> None:
    """What feedgen loses or cannot say. The source goes last: sfeed takes the id of an earlier one for the entry's."""
    if published.language is not None:
        element.set(XML_LANG, published.language)
    element.find("title").set("type", "text")
    if published.rights is not None:
        element.find("rights").set("type", "text")
    for link in element.findall("link"):
        element.remove(link)
    for link in published.links:
        _add_link(element, link, **_answers(published.replies, link))
    for author in published.authors:
        _add_person(element, "author", author)
    for contributor in published.contributors:
        _add_person(element, "contributor", contributor)
    add_extensions(element, published, said={each.href for each in published.enclosures})
    _add_source(element, published.source, published.updated)


def _add_link(parent: Any, link: Link, **besides: str) -> None:
    add(
        parent,
        "link",
        rel=link.rel,
        href=link.href,
        type=link.type,
        hreflang=link.hreflang,
        title=link.title,
        length=None if link.length is None else str(link.length),
        **besides,
    )


def _answers(replies: Replies | None, link: Link) -> dict[str, str]:
    """How many there are and since when, on the link to the feed of them (RFC 4685 section 4)."""
    if replies is None or link.rel != "replies" or link.href != replies.feed:
        return {}
    said = {} if replies.count is None else {f"{{{THR}}}count": str(replies.count)}
    return said if replies.updated is None else {**said, f"{{{THR}}}updated": replies.updated.isoformat()}


def _add_person(parent: Any, role: str, person: Person) -> None:
    element = add(parent, role)
    add(element, "name", person.name)
    if person.url is not None:
        add(element, "uri", person.url)
    if person.email is not None:
        add(element, "email", person.email)


def _add_source(parent: Any, source: FeedInfo, entry_updated: datetime) -> None:
    element = add(parent, "source")
    if source.language is not None:
        element.set(XML_LANG, source.language)
    add(element, "id", source.id)
    add(element, "title", source.title, type="text")
    if source.subtitle is not None:
        add(element, "subtitle", source.subtitle, type="text")
    add(element, "updated", (source.updated or entry_updated).isoformat())
    if source.url is not None:
        add(element, "link", rel="alternate", href=source.url)
    if source.self_url is not None:
        add(element, "link", rel="self", href=source.self_url)
    for author in source.authors:
        _add_person(element, "author", author)
    if source.rights is not None:
        add(element, "rights", source.rights, type="text")
    if source.icon is not None:
        add(element, "icon", source.icon)
    if source.logo is not None:
        add(element, "logo", source.logo)


ATOM = Format(media_type=f"{ESSENCE}; charset=utf-8", extension="atom", frame=frame, entry=entry)
