"""RSS 2.0 after the RSS Board's Best Practices Profile."""

from __future__ import annotations

import html
import re
from email.utils import format_datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from aggregator.publish.extensions import NAMESPACES as EXTENSIONS
from aggregator.publish.extensions import WFW, add_extensions
from aggregator.publish.feedgen_door import add, new_entry, new_feed, serialised
from aggregator.publish.formats import SIBLING, SIBLINGS, Format, Frame

if TYPE_CHECKING:
    from aggregator.model import PublishedEntry, PublishedFeed

ESSENCE = SIBLINGS["rss"]
ATOM_NS = "http://www.w3.org/2005/Atom"
CONTENT_NS = "http://purl.org/rss/1.0/modules/content/"
DC_NS = "http://purl.org/dc/elements/1.1/"
DCTERMS_NS = "http://purl.org/dc/terms/"
SLASH_NS = "http://purl.org/rss/1.0/modules/slash/"
LICENSE_NS = "http://backend.userland.com/creativeCommonsRssModule"
NAMESPACES = {
    "atom": ATOM_NS,
    "content": CONTENT_NS,
    "dc": DC_NS,
    "dcterms": DCTERMS_NS,
    "slash": SLASH_NS,
    "creativeCommons": LICENSE_NS,
    **EXTENSIONS,
}


def frame(feed: PublishedFeed) -> Frame:
    """The rss and channel elements without items."""
    head = new_feed(partial(_finish_head, feed), NAMESPACES)
    head.title(feed.title)
    head.description(feed.title)
    head.updated(feed.updated)
    if feed.language is not None:
        head.language(feed.language)
    head.link(href=feed.self_url("rss"), rel="self", type=ESSENCE)
    head.link(href=feed.site_url, rel="alternate")  # last: feedgen takes the last link for the channel's
    document = _plain(head.rss_str())
    before, end, rest = document.rpartition(b"</channel>")
    return Frame(before=before + b"\n", between=b"\n", after=b"\n" + end + rest + b"\n")


def _finish_head(feed: PublishedFeed, rss: Any) -> None:
    for kind, address in feed.siblings("rss"):
        add(rss[0], f"{{{ATOM_NS}}}link", rel=SIBLING, href=address, type=SIBLINGS[kind])
    for hub in feed.hubs:
        add(rss[0], f"{{{ATOM_NS}}}link", rel="hub", href=hub)


def entry(published: PublishedEntry) -> bytes:
    """One item element. Raises ValueError where XML cannot hold a character of it."""
    rss = new_entry(partial(_finish_item, published))
    rss.title(published.title)
    rss.guid(published.id, permalink=published.id == published.url)
    if published.url is not None:
        rss.link(href=published.url)
    if published.content_html is not None:
        rss.content(published.content_html)
    if published.summary is not None:  # a description is HTML: plain text has to be escaped into it
        rss.description(html.escape(published.summary, quote=False), isSummary=True)
    for category in published.categories:
        given = {"term": category.term, "label": category.label, "scheme": category.scheme}
        rss.category({key: value for key, value in given.items() if value is not None})
    answers = published.replies.feed if published.replies is not None else None
    comments = next((link.href for link in published.links if link.rel == "replies" and link.href != answers), None)
    if comments is not None:
        rss.comments(comments)
    if published.enclosures:  # the profile allows one; length and type are required, 0 and octet-stream mean unknown
        media = published.enclosures[0]
        rss.enclosure(media.href, media.length or 0, media.type or "application/octet-stream")
    if published.source.self_url is not None:
        rss.source(published.source.self_url, published.source.title)
    return _plain(serialised(rss.rss_entry(), NAMESPACES))


def _finish_item(published: PublishedEntry, item: Any) -> None:
    """What RSS itself has no word for, and dates without ``locale``, by which feedgen writes them."""
    for author in published.authors:
        add(item, f"{{{DC_NS}}}creator", author.name)
    for contributor in published.contributors:
        add(item, f"{{{DC_NS}}}contributor", contributor.name)
    if published.language is not None:
        add(item, f"{{{DC_NS}}}language", published.language)
    if (rights := published.rights or published.source.rights) is not None:
        add(item, f"{{{DC_NS}}}rights", rights)
    add(item, "pubDate", format_datetime(published.published or published.updated))
    if published.published is not None and published.updated != published.published:
        add(item, f"{{{DCTERMS_NS}}}modified", published.updated.isoformat())
    for link in published.links:
        if link.rel == "license":
            add(item, f"{{{LICENSE_NS}}}license", link.href)
    if published.replies is not None:
        if published.replies.count is not None:
            add(item, f"{{{SLASH_NS}}}comments", str(published.replies.count))
        if published.replies.feed is not None:
            add(item, f"{{{WFW}}}commentRss", published.replies.feed)
    add_extensions(item, published, said={each.href for each in published.enclosures[:1]})


def _plain(document: bytes) -> bytes:
    """``<`` and ``&`` of titles as the hexadecimal references of the profile ("Character Data"), by which readers tell
    plain text from HTML. No ``<`` in a text survives serialising, so the pattern finds these elements only.
    """
    return re.sub(
        rb"<(?:title|source)[^>]*>[^<]*</",
        lambda found: found[0].replace(b"&lt;", b"&#x3C;").replace(b"&amp;", b"&#x26;"),
        document,
    )


RSS = Format(media_type=f"{ESSENCE}; charset=utf-8", extension="rss", frame=frame, entry=entry)
