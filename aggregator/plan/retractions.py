"""What a source takes back, and what stays taken back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aggregator.articles import identify
from aggregator.model import OPERATOR, PUBLISHER, ParsedEntry, ParsedFeed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aggregator.articles import Identified, Rights
    from aggregator.model import Known, KnownArticle, Source, Tombstone
    from aggregator.plan.changes import Changes


def standing(entries: Sequence[Identified], tombstones: Sequence[Tombstone]) -> tuple[Identified, ...]:
    """The entries of a document without those that it says are deleted.

    An entry beside its own tombstone stands if it was updated at that moment or later (RFC 6721 section 3).
    """
    if not tombstones:
        return tuple(entries)
    refs = {each.ref for each in tombstones}
    return tuple(each for each in entries if each.entry.raw_id not in refs or is_restored(each.entry, tombstones))


def is_restored(entry: ParsedEntry, tombstones: Sequence[Tombstone]) -> bool:
    """Whether the document says of an entry that it is deleted, and that it was updated since: RFC 6721 section 3.

    A tombstone that does not say when, as it must, says nothing against an entry.
    """
    moments = [each.when for each in tombstones if each.ref == entry.raw_id]
    said = entry.updated or entry.published
    return bool(moments) and all(when is None or (said is not None and said >= when) for when in moments)


def keys_of(tombstones: Sequence[Tombstone], source: Source) -> dict[str, str]:
    """Each id that is said to be deleted, with the key of an entry that has it and no more."""
    refs = dict.fromkeys(each.ref for each in tombstones)
    entries = tuple(ParsedEntry(raw_id=ref, raw_hash=b"", position=place) for place, ref in enumerate(refs))
    found = identify(ParsedFeed(road="tombstones", entries=entries), source)
    return {each.entry.raw_id: each.key for each in found if each.entry.raw_id is not None}


def taken_back(changes: Changes, tombstones: Sequence[Tombstone], known: Known, rights: Rights) -> Changes:
    """``changes`` with the articles that the document says are deleted.

    What it holds is not deleted: a source that gives its entries other ids may bury the old ones. Only the feed an
    article was first published in deletes it. What another feed carried is withdrawn there, and may come back; it is
    known by the ``atom:source`` it names, or by whose page it is.
    """
    there = set(changes.upstream)
    buried = (known.buried.get(each.ref) for each in tombstones)
    gone = {each.key: each for each in buried if each is not None and not each.withdrawn and each.key not in there}
    carried = {each.key for each in gone.values() if _is_anothers(each, rights)}
    return replace(
        changes,
        deleted=tuple(key for key in gone if key not in carried),
        withdrawn=tuple(sorted(carried.union(changes.withdrawn) - (gone.keys() - carried))),
    )


def _is_anothers(held: KnownArticle, rights: Rights) -> bool:
    """By the ``atom:source`` it names, which after a lost database is there for a source's own articles too."""
    if held.origin is not None:
        return held.source not in rights.named(held.origin)
    owners = rights.to_page(held.url)
    return bool(owners) and held.source not in owners


def taken_out(before: Sequence[str], changes: Changes) -> tuple[str, ...]:
    """Keys of the articles that left the feed though some of those behind them are still there; ``before`` are those of
    its last document. What leaves at the end made room for others."""
    there = set(changes.upstream)
    last = max((place for place, key in enumerate(before) if key in there), default=0)
    deleted = set(changes.deleted)
    return tuple(key for key in before[:last] if key not in there and key not in deleted)


def comes_back(held: KnownArticle, entry: ParsedEntry, tombstones: Sequence[Tombstone]) -> bool:
    """Whether a withdrawn article is shown again because its entry is there.

    A local file that is there again brings its article back. What the operator retracted, no poll brings back; what
    the publisher deleted, only his own word (:func:`is_restored`): entries come back by themselves after a restored
    backup or with a cached copy of the feed.
    """
    if held.deleted_by == OPERATOR:
        return False
    return held.deleted_by != PUBLISHER or is_restored(entry, tombstones)
