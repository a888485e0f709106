"""Which archive documents an output has, in which order, and what becomes of them. Pure.

Numbers are given out once and never again: a reader that knows an address takes what is there for read (RFC 5005
section 4.2). So what changes a document gives it another number, at the same place in the chain.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aggregator.model import ArchiveDocument

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """The numbers of the documents before and after one."""

    before: int | None = None
    after: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What becomes of the documents of an output."""

    chain: tuple[ArchiveDocument, ...]
    """As it is then, the oldest first."""
    highest: int
    """The highest number that was ever given out."""
    closed: tuple[int, ...] = ()
    """Of the documents that are new, the oldest first; they are the last of the chain."""
    replaced: Mapping[int, int] = field(default_factory=dict)
    """Old number -> the one that the same document has without what is taken out of it."""
    emptied: tuple[int, ...] = ()
    """Documents of which nothing would be left."""
    moved: tuple[int, ...] = ()
    """Documents that stay, and have others before or after them than they had."""

    @property
    def gone(self) -> tuple[int, ...]:
        """Numbers of the documents that are there no longer."""
        return *self.replaced, *self.emptied

    @property
    def newest(self) -> int | None:
        """The number of the document that was closed last."""
        return self.chain[-1].number if self.chain else None


def links(chain: Sequence[ArchiveDocument]) -> Mapping[int, Links]:
    """What stands around each document of a chain."""
    numbers = [None, *(each.number for each in chain), None]
    return {
        each.number: Links(before=before, after=after)
        for each, before, after in zip(chain, numbers, numbers[2:], strict=False)
    }


def changed(
    chain: Sequence[ArchiveDocument],
    highest: int,
    *,
    closing: Sequence[int] = (),
    left: Mapping[int, int] | None = None,
) -> Change:
    """The chain after new documents are ``closing``, each of so many entries, and others are replaced.

    ``left`` tells of each document that is to be replaced how many entries it keeps.
    """
    left = left or {}
    given = highest
    after: list[ArchiveDocument] = []
    replaced: dict[int, int] = {}
    emptied: list[int] = []
    for each in chain:
        if each.number not in left:
            after.append(each)
        elif not left[each.number]:
            emptied.append(each.number)
        else:
            given += 1
            replaced[each.number] = given
            after.append(ArchiveDocument(number=given, place=each.place, entries=left[each.number]))
    place = max((each.place for each in chain), default=0)
    closed = tuple(range(given + 1, given + 1 + len(closing)))
    after += [
        ArchiveDocument(number=number, place=place + nth, entries=entries)
        for nth, (number, entries) in enumerate(zip(closed, closing, strict=True), start=1)
    ]
    was, is_ = links(chain), links(after)
    return Change(
        chain=tuple(after),
        highest=given + len(closing),
        closed=closed,
        replaced=replaced,
        emptied=tuple(emptied),
        moved=tuple(number for number, around in is_.items() if number in was and was[number] != around),
    )


def rebuilt(said: Mapping[int, Links], newest: int | None) -> tuple[int, ...]:
    """The order of documents by what they say of each other, the oldest first.

    ``newest`` is the one that the subscription document links to. A walk from there that comes to an end has all there
    is: what it did not meet are documents that were replaced, or that nobody was ever shown. Where documents are
    missing the walk goes on with those that lie behind the gap.
    """
    found: list[int] = []
    waiting = dict(said)
    at = newest if newest in waiting else _last(waiting)
    while at is not None:
        found.append(at)
        before = waiting.pop(at).before
        if before is None:
            break
        at = before if before in waiting else _last(waiting, below=before)
    return tuple(reversed(found))


def _last(said: Mapping[int, Links], below: int | None = None) -> int | None:
    """Where a walk begins: of the documents that no other leads to, the one that was made last."""
    led_to = {each.before for each in said.values()}
    behind = [each for each, around in said.items() if below is not None and around.after == below]
    return max(behind or (each for each in said if each not in led_to), default=None)
