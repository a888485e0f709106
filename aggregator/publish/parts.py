"""A published document taken apart again: its entries, its tombstones, and the frame around them. Pure.

For answers that hold only what is new to a reader (``A-IM: feed``). The bytes that are published are cut, nothing is
rendered again, so an entry in such an answer is the entry of the whole document to the byte.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container

MARK = 8
"""Bytes of a mark."""

_XML = {"atom": (re.compile(rb"<entry[ >]"), b"</entry>"), "rss": (re.compile(rb"<item[ >]"), b"</item>")}
"""How an entry begins and ends. A ``<`` of a text or an attribute is escaped where it is serialised, so these are
elements and nothing else."""

_TOMBSTONE = re.compile(rb"(<at:deleted-entry [^>]*(?:/>|(?<!/)>.*?</at:deleted-entry>))", re.DOTALL)
_COMPLETE = b"<fh:complete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """A document: ``head`` with the tombstones at its odd places, entries, and what stands around them."""

    head: tuple[bytes, ...]
    between: bytes
    entries: tuple[bytes, ...]
    after: bytes

    @property
    def whole(self) -> bytes:
        """The document."""
        return b"".join(self.head) + self.between.join(self.entries) + self.after

    def without(self, known: Container[bytes]) -> bytes:
        """The document without those entries and tombstones whose mark is ``known``."""
        head = b"".join(each for place, each in enumerate(self.head) if place % 2 == 0 or _mark(each) not in known)
        return head + self.between.join(each for each in self.entries if _mark(each) not in known) + self.after


def marks(extension: str, body: bytes) -> tuple[bytes, ...] | None:
    """What tells each entry and tombstone of a document from what it was, 8 bytes each; None for one that is not cut.

    ``extension`` is the ending of the file's name, such as ``atom``.
    """
    parts = _parts(extension, body)
    return None if parts is None else tuple(map(_mark, (*parts.entries, *parts.head[1::2])))


def without(extension: str, body: bytes, known: Container[bytes]) -> bytes | None:
    """The document with only those entries and tombstones whose mark is not ``known``; None for one that is not cut.

    Pages are not (no browser asks for that), nor is a feed that says it is complete: in such a one an entry that is
    not there counts as deleted (RFC 5005 section 2).
    """
    parts = _parts(extension, body)
    return None if parts is None else parts.without(known)


def _parts(extension: str, body: bytes) -> Parts | None:
    if extension == "json":
        parts = _of_json(body)
    elif extension in _XML:
        parts = _of_xml(*_XML[extension], body)
    else:
        return None
    return parts if parts is not None and parts.whole == body else None


def _of_xml(begins: re.Pattern[bytes], ends: bytes, body: bytes) -> Parts | None:
    places: list[tuple[int, int]] = []
    while found := begins.search(body, places[-1][1] if places else 0):
        end = body.find(ends, found.end())
        if end < 0:
            return None
        places.append((found.start(), end + len(ends)))
    start, end = (places[0][0], places[-1][1]) if places else (len(body), len(body))
    if _COMPLETE in body[:start]:
        return None
    return Parts(
        head=tuple(_TOMBSTONE.split(body[:start])),
        between=b"\n",
        entries=tuple(body[first:last] for first, last in places),
        after=body[end:],
    )


def _of_json(body: bytes) -> Parts | None:
    """No text in JSON holds a line break as it is."""
    before, opened, rest = body.partition(b'"items":[\n')
    items, closed, after = rest.rpartition(b"\n]")
    if not opened or not closed:
        return None
    return Parts(
        head=(before + opened,),
        between=b",\n",
        entries=tuple(items.split(b",\n")) if items else (),
        after=closed + after,
    )


def _mark(part: bytes) -> bytes:
    return blake2b(part, digest_size=MARK).digest()
