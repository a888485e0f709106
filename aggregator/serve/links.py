"""What a document says of itself and its relatives, for the ``Link`` header. Pure.

WebSub 4 and RFC 8288 want header and document to agree; reading the document is how they cannot disagree.
"""

from __future__ import annotations

import json
from html.parser import HTMLParser

from aggregator.model import Link

_RELATIONS = ("self", "hub", "prev-archive", "next-archive", "current", "alternate")
"""What a header says, the most important first: without ``self`` and a ``hub`` nobody can subscribe (WebSub 4)."""

MOST_BYTES = 2_500
"""Of a header: nginx in front takes 4,096 bytes for all headers of an answer (``proxy_buffer_size``), and makes a 502
of an answer that has more. Links that find no room, as of forty hubs, are in the document all the same."""

_ITEMS = b'"items":['
_END_OF_HEAD = (b"<entry", b"<item>", b"<body")


def links(extension: str, body: bytes) -> tuple[Link, ...]:
    """The links of a published document's head to itself and its relatives, by the ending of its file's name."""
    if extension in ("atom", "rss", "html"):
        return _markup_links(body)
    if extension == "json":
        return _json_links(body)
    return ()


def header(found: tuple[Link, ...]) -> str | None:
    """The value of a ``Link`` header; links that do not fit into a header field as they are stay in the document."""
    fitting = {link: _value(link) for link in found if _fits(link.href)}
    kept: set[Link] = set()
    room = MOST_BYTES
    for link in sorted(fitting, key=lambda each: _RELATIONS.index(each.rel)):
        room -= len(fitting[link]) + len(", ")
        if room >= 0:
            kept.add(link)
    return ", ".join(value for link, value in fitting.items() if link in kept) or None


def _value(link: Link) -> str:
    return f'<{link.href}>; rel="{link.rel}"' + (f'; type="{link.type}"' if link.type else "")


def _fits(href: str) -> bool:
    return href.isascii() and href.isprintable() and not set(href) & set(' <>"')


class _Head(HTMLParser):
    """Start tags are written alike in Atom, RSS and HTML, so one reader does for all three."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Link] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        rel, href = said.get("rel"), said.get("href")
        if tag in ("link", "atom:link") and rel in _RELATIONS and href:
            self.found.append(Link(rel=rel, href=href, type=said.get("type")))


def _markup_links(body: bytes) -> tuple[Link, ...]:
    ends = [end for end in (body.find(mark) for mark in _END_OF_HEAD) if end >= 0]
    head = _Head()
    head.feed(body[: min(ends, default=len(body))].decode("utf-8"))
    return tuple(head.found)


def _json_links(body: bytes) -> tuple[Link, ...]:
    """Without the items, which no other bytes of a document begin with: a quote within a text is escaped."""
    head, items, _ = body.partition(_ITEMS)
    feed = json.loads(head + b'"items":[]}' if items else body)
    return (
        Link(rel="alternate", href=feed["home_page_url"], type="text/html"),
        Link(rel="self", href=feed["feed_url"]),
        *(Link(rel="hub", href=each["url"]) for each in feed.get("hubs", ())),
    )
