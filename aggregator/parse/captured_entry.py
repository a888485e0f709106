"""Puts a local article together: what its author set, what its name tells, what its text says, in this order."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aggregator.model import Category, Document, Link, ParsedEntry, Person, Rating, Text
from aggregator.parse import captured_dates as dates
from aggregator.parse.captured_bytes import shown
from aggregator.parse.rawhash import raw_hash
from aggregator.parse.seed import SeedResult

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.parse.frontmatter import FrontMatter


_INLINE = re.compile(r"""<img\b[^<>]*?\ssrc\s*=\s*["']?data:image/[^"'<>]{400}""", re.IGNORECASE)
"""A picture within the page, as SingleFile saves them; shorter ones hold the place of one that is loaded later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the text of a local article says by itself, whatever its format. ``html`` is its body."""

    title: str | None = None
    summary: str | None = None
    html: str | None = None
    authors: tuple[Person, ...] = ()
    tags: tuple[Category, ...] = ()
    claimed: datetime | None = None
    """The date a page's own metadata gives: as deliberate as front matter."""
    updated: datetime | None = None
    mentioned: dates.Dated | None = None
    """The date its text names."""
    link: str | None = None
    image: str | None = None
    language: str | None = None
    attribution: str | None = None
    rating: Rating | None = None
    base: str | None = None
    """Address its relative references start from, where that is not the document's own."""


def name_of(document: Document) -> str:
    """The path of a local article inside its folder, or the last part of its address."""
    return document.name or document.url.rpartition("/")[2] or "article"


def assemble(document: Document, front: FrontMatter, said: Said, warnings: tuple[str, ...]) -> SeedResult:
    """One entry, or none where the author holds it back or there is nothing to publish.

    The raw hash covers the bytes and what was read in them, but neither the file's name nor what is told from it,
    nor a date worked out from the day of first sight: so a renamed file and a later look give the same hash.
    """
    name = name_of(document)
    where = shown(name)
    if front.draft:
        return SeedResult(draft=True, warnings=(*warnings, f"{where}: draft, not published"))
    if front.held_back:
        return SeedResult(warnings=(*warnings, f"{where}: held back until its front matter is put right"))
    title = front.title or said.title
    if title is None and said.html is None:
        return SeedResult(warnings=(*warnings, f"{where}: nothing to publish, the file has no text"))
    if inline := len(_INLINE.findall(said.html or "")):
        pictures = "1 picture" if inline == 1 else f"{inline:,} pictures"
        note = f"{where}: {pictures} in the page itself (data:) left out; save each as a file beside the page"
        warnings = (*warnings, note)
    attribution = front.source or said.attribution
    agency = (Person(name=attribution),) if attribution else ()
    published = front.date or said.claimed or dates.in_name(name)
    entry = ParsedEntry(
        raw_id=front.id,
        raw_hash=b"",
        links=(Link(href=front.link or said.link or ""),) if front.link or said.link else (),
        title=Text(value=title) if title else None,
        summary=_summary(front.summary or said.summary),
        contents=(Text(value=said.html, type="text/html"),) if said.html else (),
        authors=front.authors or said.authors or agency,
        categories=front.tags or said.tags,
        published=front.date or said.claimed,
        updated=front.updated or said.updated,
        image=front.image or said.image,
        language=front.language or said.language,
        attribution=attribution,
        rating=said.rating,
        not_before=front.publish_at,
    )
    digest = hashlib.sha256(raw_hash(entry) + document.body).digest()
    if published is None and said.mentioned is not None:
        published = said.mentioned.at
        if said.mentioned.estimated:
            day = published.date().isoformat()
            warnings = (
                *warnings,
                f"{where}: the date {day} is estimated, the text names no year; set date: to be sure",
            )
    entry = replace(
        entry,
        raw_id=front.id or _path(name, front.slug),
        raw_hash=digest,
        title=entry.title or Text(value=_title_from(name)),
        published=published,
        base=said.base or document.url,
        warnings=warnings,
    )
    return SeedResult(entry=entry, warnings=warnings)


def _summary(text: str | None) -> Text | None:
    return Text(value=text) if text else None


def _path(name: str, slug: str | None) -> str:
    """The identity of an article that sets none: its path in the folder, with the slug, if any, as its last part."""
    folder, _, last = name.rpartition("/")
    path = f"{folder}/{slug or last}" if folder else slug or last
    return path if path.isprintable() else shown(path, len(path) * 10)


def _title_from(name: str) -> str:
    """A title from a file's name: ``2026-11-15-why-feeds.md`` gives ``Why feeds``."""
    stem = name.rpartition("/")[2].rpartition(".")[0] or name.rpartition("/")[2]
    printable = "".join(char if char.isprintable() else " " for char in stem)
    title = dates.without_date(printable) or printable.strip() or "Untitled"
    return title[0].upper() + title[1:]
