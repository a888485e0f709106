"""Whether a document looks like the successor of the one that is published. Pure.

Entries leave a feed for many reasons, and most of them the store can tell: newer ones came, somebody took them back, a
rule says so, another has the same article. What has none of these reasons is a sign that something went wrong on our
side: a disk is not mounted, a renderer refuses what it wrote yesterday, ids are made in another way. One entry proves
nothing; these do:

- at least :data:`MANY` entries, and half of what should still be there, are gone;
- at least :data:`RENAMED` of them are there under other ids, with the same title and page;
- the feed itself has another id.

Readers cannot undo what such a document tells them: they delete, or show everything twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aggregator.publish.profile import PROFILES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from aggregator.model import PublishedFeed

MANY = 10
"""Fewer that are gone are the everyday work of somebody who tidies up a folder."""

RENAMED = 3
"""Of one or two, a title and a page may be the same by chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a document has: its own id where its format has one, and title and page of each entry by its id."""

    id: str | None
    entries: Mapping[str, tuple[str | None, str | None]]


def said_in(feed: PublishedFeed) -> Said:
    """What the documents of this feed have."""
    return Said(id=feed.id, entries={each.id: (each.title, each.url) for each in feed.entries})


def read_said(name: str, body: bytes) -> Said:
    """What a document in this format has. Raises ValueError where it cannot be read."""
    profile = PROFILES[name]
    head, entries = profile.read(body)
    named = ((profile.id_of(each), profile.words_of(each)) for each in entries)
    return Said(id=profile.feed_id_of(head), entries={key: words for key, words in named if key is not None})


def doubtful(last: Said, new: Said) -> frozenset[str]:
    """The ids whose absence has to be explained before ``new`` may replace ``last``; nearly always none."""
    gone = last.entries.keys() - new.entries.keys()
    if len(gone) >= MANY and 2 * len(gone) >= len(last.entries):
        return frozenset(gone)
    renamed = _renamed(last, new, gone)
    return frozenset(renamed) if len(renamed) >= RENAMED else frozenset()


def suspicion(last: Said, new: Said, unexplained: Collection[str]) -> str | None:
    """Why ``new`` should not replace ``last``, in words; ``None`` where it may.

    ``unexplained`` are those of the :func:`doubtful` ids of which nothing says why they are gone.
    """
    if last.id is not None and new.id is not None and last.id != new.id:
        return f"its id was {last.id} and would be {new.id}: readers would take it for another feed"
    renamed = _renamed(last, new, unexplained)
    if len(renamed) >= RENAMED:
        example = min(renamed)
        return (
            f"{len(renamed)} of its entries would come under other ids, such as {example} under {renamed[example]}: "
            "readers would show them as new"
        )
    staying = len(last.entries.keys() & new.entries.keys())
    if len(unexplained) >= MANY and len(unexplained) >= staying:
        example = min(unexplained)
        return (
            f"{len(unexplained)} of its {len(last.entries)} entries would be gone, and nobody took them back, such as "
            f"{last.entries[example][0]!r} ({example})"
        )
    return None


def _renamed(last: Said, new: Said, gone: Collection[str]) -> dict[str, str]:
    """Those of ``gone`` that are there with their title and page: old id -> new id."""
    if not gone:
        return {}
    arrived = {words: key for key, words in new.entries.items() if key not in last.entries and words[1] is not None}
    return {key: arrived[last.entries[key]] for key in gone if last.entries[key] in arrived}
