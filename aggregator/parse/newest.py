"""Of feeds without end, the newest entries. Archives list thousands, some of them the oldest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from aggregator.parse import dates

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

ENTRIES = 2000
"""Entries read of one document; feedparser takes about a millisecond each."""

_NAMES = ("{*}item", "{*}entry")
_DATES = ("{*}pubDate", "{*}published", "{*}updated", "{*}date", "{*}modified", "{*}issued", "{*}created")


def keep(root: etree._Element) -> str | None:
    """Take all but the newest entries out of the tree, and say so; ``None``: there were no more than are read.

    Where there is one without a date that can be read, the first are kept: nearly every feed begins with the newest.
    """
    holders = (root, *root.iterchildren("{*}channel"))
    if max(map(len, holders)) <= ENTRIES:
        return None
    entries = [(holder, entry) for holder in holders for entry in holder.iterchildren(*_NAMES)]
    if len(entries) <= ENTRIES:
        return None
    times = _times(entry for _, entry in entries)
    order = sorted(range(len(entries)), key=times.__getitem__, reverse=True) if times else range(len(entries))
    for position in order[ENTRIES:]:
        holder, entry = entries[position]
        holder.remove(entry)
    return f"only the {'newest' if times else 'first'} {ENTRIES:,} of {len(entries):,} entries were read"


def kept(text: str) -> tuple[str, str | None]:
    """The text of a document without those entries, and :func:`keep`'s word; as it is where it is not well-formed."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, collect_ids=False)
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return text, None
    said = keep(root)
    return (etree.tostring(root, encoding="unicode"), said) if said else (text, None)


def _times(entries: Iterable[etree._Element]) -> list[datetime]:
    """When each was written or changed; nothing where one does not say."""
    found: list[datetime] = []
    for entry in entries:
        written = (dates.read((each.text or "").strip()) for each in entry.iterchildren(*_DATES))
        time = max(filter(None, written), default=None)
        if time is None:
            return []
        found.append(time)
    return found
