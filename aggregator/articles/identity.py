"""Which entry is which: the key an entry is found again by, and the id it is published under."""

from __future__ import annotations

import hashlib
import uuid
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aggregator.articles.characters import collapse
from aggregator.articles.urls import canonical, is_iri, web

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aggregator.model import ParsedEntry, ParsedFeed, Source, SourceState

_MAX_ID = 2048
"""Bytes of an identity that are kept as they are; of longer ones only the hash is."""
_MINT = uuid.UUID("6a0b8f6e-9d0c-5c1e-8c55-3f1f6a4f5f0b")
"""Name space of the ids we mint. Never to be changed: every minted id would change with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """An entry that can be told from all others of its source."""

    key: str
    """32 hex digits."""
    claimed_id: str | None
    """Its own id, character for character, where that may be published; ``None`` where one has to be minted."""
    entry: ParsedEntry


def identity_by(source: Source, state: SourceState) -> str:
    """By what the entries of a source are told apart: as configured, else as learnt, else ``auto``."""
    return source.identity if source.identity != "auto" else state.told_by or "auto"


def identify(feed: ParsedFeed, source: Source, by: str = "auto") -> tuple[Identified, ...]:
    """The feed's entries with their keys, in document order, each key once.

    An entry is its own id (guid, ``atom:id``, a seed's path), else its link, else its words; with ``by`` a ``link``,
    a ``title`` (and its date) or a ``text``, it is that before all others. Where one document uses an identity twice:

    * for the same entry (equal link and title), the copy with the latest ``updated`` stays, else the first;
    * for different entries, none is lost: all of them are told apart by link as well, and where that is not enough
      by title or words, then by date. Ten items sharing a guid lost nine in miniflux (#4197), all but the last in
      FreshRSS (#5329). Such an id names no single entry, so none of them claims it.

    What a key is made of never depends on the place in the document.
    """
    groups: dict[tuple[str, str], list[ParsedEntry]] = defaultdict(list)
    for entry in feed.entries:
        groups[_identity(entry, source, by)].append(entry)
    found: list[Identified] = []
    for (kind, identity), group in groups.items():
        distinct = _distinct(kind, group, source)
        if len(distinct) == 1:
            found.append(_identified(source, kind, identity, distinct[0], _claimed(distinct[0])))
        else:
            found.extend(_told_apart(source, kind, identity, distinct))
    return tuple(sorted(found, key=lambda each: each.entry.position))


def narrower_keys(entry: ParsedEntry, source: Source, by: str = "auto") -> tuple[str, ...]:
    """The keys an entry has where its identity alone does not name it: with its words and with its link, in this order.

    Whether an entry shares its id changes from one document to the next; under one of these it was held when it did.
    """
    kind, identity = _identity(entry, source, by)
    link = link_of(entry, source)
    spelled = _spelled(link) if link else ""
    with_words = _key(source, f"{kind}+words", _with_words(kind, identity, spelled, entry))
    return (with_words, _key(source, f"{kind}+link", f"{identity}\0{spelled}")) if link else (with_words,)


def key_by_id(entry: ParsedEntry, source: Source) -> str:
    """The key an entry has where nothing has been said or learnt of its source, and no other entry shares its id."""
    return _key(source, *_identity(entry, source, "auto"))


def minted_id(source_id: str, identity: str) -> str:
    """A ``urn:uuid:`` for an entry whose own id is no IRI, or is taken; ``identity`` is its key.

    Made from nothing but the source's id and the entry's identity, so that it is the same again after the database
    was lost (RFC 4287 4.2.6: an id never changes, whatever happens to the entry).
    """
    name = f"{source_id}\0{identity}".encode("utf-8", "surrogatepass")
    digest = hashlib.sha1(_MINT.bytes + name, usedforsecurity=False).digest()
    return uuid.UUID(bytes=digest[:16], version=5).urn


def published_id(identified: Identified, source: Source) -> str:
    """The id the entry is published under as long as nobody else holds it: its own, else a minted one."""
    return identified.claimed_id or minted_id(source.id, identified.key)


def link_of(entry: ParsedEntry, source: Source) -> str | None:
    """The address of the entry's page as claimed: its first web link, one to a page before one to a file, else a guid
    that says it is one."""
    base = web(entry.base) or source.url
    links = [each for each in entry.links if each.rel == "alternate"]
    if len(links) > 1:
        links.sort(key=lambda each: "html" not in (each.type or "html").lower())
    addresses = (web(each.href, base) for each in links)
    found = next((each for each in addresses if each is not None), None)
    return found or (web(entry.raw_id) if entry.raw_id_is_permalink else None)


def _identity(entry: ParsedEntry, source: Source, by: str) -> tuple[str, str]:
    """What kind of identity an entry has, and which."""
    if by == "link" and (link := link_of(entry, source)) is not None:
        return "link", _spelled(link)
    if by == "title" and (title := _title(entry)):
        return "title", f"{title}\0{entry.published.isoformat() if entry.published is not None else ''}"
    if by == "text" and (
        text := "\0".join(collapse(each.value) for each in entry.contents or (entry.summary,) if each)
    ):
        return "text", _digest(text)
    if entry.raw_id:
        return "id", entry.raw_id
    link = link_of(entry, source)
    if link is not None:
        return "link", _spelled(link)
    return "words", _words(entry)


def _date(kind: str, entry: ParsedEntry) -> str:
    """What tells apart entries that have neither id nor link and say the same: an event that happens again.

    areweanticheatyet.com's feed (2026-02) lists "Unknown => KSophon" twice, five weeks apart.
    """
    return entry.published.isoformat() if kind == "words" and entry.published is not None else ""


def _spelled(link: str) -> str:
    """A link for comparing; its fragment counts, since change logs put all their entries on one page."""
    return f"{canonical(link)}#{link.partition('#')[2]}"


def _title(entry: ParsedEntry) -> str:
    return collapse(entry.title.value) if entry.title is not None else ""


def _words(entry: ParsedEntry) -> str:
    texts = (entry.title, entry.summary, *entry.contents)
    return _digest("\0".join("" if text is None else collapse(text.value) for text in texts))


def _distinct(kind: str, group: list[ParsedEntry], source: Source) -> list[ParsedEntry]:
    """The entries of a group without repeated ones."""
    if len(group) == 1:
        return group
    copies: dict[tuple[str, str], list[ParsedEntry]] = defaultdict(list)
    for entry in group:
        link, title = link_of(entry, source), _title(entry)
        words = "" if link or title else _words(entry)
        copies[_spelled(link) if link else "", f"{title}\0{words}\0{_date(kind, entry)}"].append(entry)
    return [_latest(same) for same in copies.values()]


def _latest(copies: list[ParsedEntry]) -> ParsedEntry:
    """The copy that was updated last, else the first."""
    return max(copies, key=lambda entry: entry.updated.timestamp() if entry.updated else float("-inf"))


def _told_apart(source: Source, kind: str, identity: str, entries: Iterable[ParsedEntry]) -> list[Identified]:
    by_link: dict[str, list[ParsedEntry]] = defaultdict(list)
    for entry in entries:
        link = link_of(entry, source)
        by_link[_spelled(link) if link else ""].append(entry)
    found = []
    for link, same in by_link.items():
        if link and len(same) == 1:
            found.append(_identified(source, f"{kind}+link", f"{identity}\0{link}", same[0], None))
            continue
        found.extend(
            _identified(source, f"{kind}+words", _with_words(kind, identity, link, entry), entry, None)
            for entry in same
        )
    return found


def _with_words(kind: str, identity: str, link: str, entry: ParsedEntry) -> str:
    words = _digest(_title(entry)) if _title(entry) else _words(entry)
    return f"{identity}\0{link}\0{words}\0{_date(kind, entry)}"


def _identified(source: Source, kind: str, identity: str, entry: ParsedEntry, claimed: str | None) -> Identified:
    return Identified(key=_key(source, kind, identity), claimed_id=claimed, entry=entry)


def _key(source: Source, kind: str, identity: str) -> str:
    if len(identity.encode("utf-8", "surrogatepass")) > _MAX_ID:
        identity = _digest(identity)
    return _digest(f"{source.id}\0{kind}\0{identity}")[:32]


def _claimed(entry: ParsedEntry) -> str | None:
    raw = entry.raw_id
    return raw if raw and len(raw.encode("utf-8", "surrogatepass")) <= _MAX_ID and is_iri(raw) else None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
