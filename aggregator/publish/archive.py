"""One archive document (RFC 5005 section 4) as bytes: made, taken apart, linked anew. Pure.

It is an Atom feed with the id and title of its output that holds what left the subscription document. Once it is
written, its entries stay as they are to the byte; whoever makes another document of it cuts the bytes of the old one,
as texts may be gone from the store by then.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from html import escape, unescape
from typing import TYPE_CHECKING

from aggregator.model import Link, Rendered
from aggregator.publish import gate
from aggregator.publish.assemble import with_entries
from aggregator.publish.atom import ATOM, ESSENCE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from aggregator.model import PublishedEntry, PublishedFeed
    from aggregator.publish.chain import Links

FOLDER = "archive"
"""Of each output, below a folder with its name."""

MOST = 500
"""Entries of a document."""

LINKS = ("self", "current", "prev-archive", "next-archive")
"""Relations that tell where a document stands, in the order in which they are written."""

_ENTRY = re.compile(rb"<entry[ >].*?</entry>", re.DOTALL)
"""A ``<`` of a text or an attribute is escaped where it is serialised, so this is an element and nothing else."""
_LINK = re.compile(rb'<link (?:[^>]*? )?rel="(' + b"|".join(each.encode() for each in LINKS) + rb')"[^>]*/>')
_HREF = re.compile(rb' href="([^"]*)"')
_ID = re.compile(rb"<id>([^<]*)</id>")
_UPDATED = re.compile(rb"<updated>([^<]*)</updated>")
_PUBLISHED = re.compile(rb"<published>([^<]*)</published>")
_START = re.compile(rb"<entry[ >]|</feed>")
_NUMBER = re.compile(rf"/{FOLDER}/([0-9]+)\.atom")


def path(output: str, number: int) -> str:
    """Where the document is, below the public folder and below the site's address."""
    return f"{output}/{FOLDER}/{number}.atom"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a document stands: what its head says beside what is said of every document of the output."""

    feed_id: str
    links: Mapping[str, str] = field(default_factory=dict)
    """Relation (one of :data:`LINKS`) -> address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One entry of a document."""

    id: str
    updated: datetime
    published: datetime | None = None
    piece: bytes = field(default=b"", repr=False)


def standing(feed: PublishedFeed, site_url: str, number: int, around: Links) -> Standing:
    """Where document ``number`` of an output stands."""
    links = {"self": f"{site_url}{path(feed.output, number)}", "current": feed.self_url("atom")}
    for rel, other in (("prev-archive", around.before), ("next-archive", around.after)):
        if other is not None:
            links[rel] = f"{site_url}{path(feed.output, other)}"
    return Standing(feed_id=feed.id, links=links)


def document(feed: PublishedFeed, entries: Mapping[PublishedEntry, bytes], stands: Standing, number: int) -> Rendered:
    """A document of these entries and what they are rendered to, in their order.

    ``feed`` is the output as it is published now. Raises PublishError where it is not sound.
    """
    head = _head(feed, stands, tuple(entries))
    frame, pieces = ATOM.frame(head), list(entries.values())
    rendered = Rendered(
        path=path(feed.output, number), media_type=ATOM.media_type, body=frame.filled(pieces), updated=head.updated
    )
    gate.check_composed(rendered, head, frame, pieces)
    return rendered


def rendered(entry: PublishedEntry) -> bytes:
    """The entry as it stands in a document, read back. Raises ValueError where none can hold it."""
    piece = ATOM.entry(entry)
    if len(piece) > gate.MAX_BYTES // 2:
        raise ValueError(f"it alone has {len(piece):,} bytes")
    gate.check_entry("atom", piece, entry)
    return piece


def parts(sizes: Sequence[int], space: int) -> Iterator[slice]:
    """How to divide entries of so many bytes over documents with ``space`` for them: as many documents as they need,
    alike in length."""
    start = 0
    while start < len(sizes):
        rest = len(sizes) - start
        most = -(-rest // -(-rest // MOST))
        end, filled = start, 0
        while end - start < most and end < len(sizes) and (end == start or filled + sizes[end] < space):
            filled += sizes[end] + 1
            end += 1
        yield slice(start, end)
        start = end


def room(feed: PublishedFeed, stands: Standing) -> int:
    """Bytes that are left for the entries of a document."""
    return gate.MAX_BYTES - ATOM.frame(_head(feed, stands, ())).size([])


def _head(feed: PublishedFeed, stands: Standing, entries: Sequence[PublishedEntry]) -> PublishedFeed:
    history = (Link(rel=rel, href=stands.links[rel], type=ESSENCE) for rel in LINKS[1:] if rel in stands.links)
    alone = replace(
        feed, self_urls=(("atom", stands.links["self"]),), hubs=(), tombstones=(), history=tuple(history), archive=True
    )
    return with_entries(alone, tuple(entries))


def standing_of(body: bytes) -> Standing:
    """Where a document says that it stands. Raises ValueError where it says no id."""
    head, _ = _cut(body)
    found = _ID.search(head)
    if found is None:
        raise ValueError("it has no id")
    return Standing(feed_id=_text(found[1]), links=_links(head))


def previous(body: bytes) -> str | None:
    """The address of the newest archive document that a subscription document knows of."""
    return _links(_cut(body)[0]).get("prev-archive")


def number_in(address: str | None) -> int | None:
    """The number of the archive document at an address, or None."""
    found = _NUMBER.search(address or "")
    return int(found[1]) if found is not None else None


def has_end(body: bytes) -> bool:
    """Whether a document, or the last bytes of one, goes on to its end: it may have been cut off on its way back from a
    backup."""
    return body.rstrip().endswith(b"</feed>")


def entries_of(body: bytes) -> tuple[Said, ...]:
    """The entries of a document in their order. Raises ValueError where one has no id or no date, or it is cut off."""
    if not has_end(body):
        raise ValueError("it is cut off")
    return tuple(map(_said, _ENTRY.findall(body)))


def _said(piece: bytes) -> Said:
    own_id, updated = _ID.search(piece), _UPDATED.search(piece)
    if own_id is None or updated is None:
        raise ValueError("one of its entries has no id or no date")
    published = _PUBLISHED.search(piece)
    return Said(
        id=_text(own_id[1]),
        updated=datetime.fromisoformat(_text(updated[1])),
        published=datetime.fromisoformat(_text(published[1])) if published is not None else None,
        piece=piece,
    )


def moved(body: bytes, stands: Standing) -> bytes:
    """The same document at another place, or between others; all else in it stays to the byte."""
    head, rest = _cut(body)
    feed_id = b"<id>" + escape(stands.feed_id, quote=False).encode() + b"</id>"
    head = _ID.sub(lambda _: feed_id, head, count=1)
    written = b"".join(_link(rel, stands.links[rel]) for rel in LINKS if rel in stands.links)
    first = _LINK.search(head)
    start = first.start() if first is not None else head.index(feed_id) + len(feed_id)
    return head[:start] + written + _LINK.sub(b"", head[start:]) + rest


def without(body: bytes, taken: Collection[str]) -> bytes:
    """The document without the entries of these ids; the others stay to the byte."""
    kept = [each.piece for each in entries_of(body) if each.id not in taken]
    head, rest = _cut(body)
    last = max((each.end() for each in _ENTRY.finditer(rest)), default=0)
    return head + b"\n".join(kept) + rest[last:]


def _cut(body: bytes) -> tuple[bytes, bytes]:
    """What stands before the first entry, and all the rest."""
    first = _START.search(body)
    start = first.start() if first is not None else len(body)
    return body[:start], body[start:]


def _links(head: bytes) -> dict[str, str]:
    found = {}
    for each in _LINK.finditer(head):
        if (href := _HREF.search(each[0])) is not None:
            found[each[1].decode()] = _text(href[1])
    return found


def _link(rel: str, href: str) -> bytes:
    return f'<link href="{escape(href)}" rel="{rel}" type="{ESSENCE}"/>'.encode()


def _text(value: bytes) -> str:
    return unescape(value.decode())
