"""What each output has, and which versions of it readers have."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from aggregator.store import (
    articles,
    digests,
    editions,
    local,
    members,
)
from aggregator.store.facts import set_fact
from aggregator.store.schema import EPOCH

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from aggregator.model import (
        Article,
        Editions,
    )
    from aggregator.store.database import Database
    from aggregator.store.members import Undecided


class Outputs:
    """What each output has, and which versions of it readers have.

    Each method is one transaction, and may raise StoreError.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def queued(self, limit: int, now: datetime, *, copies: bool) -> Undecided:
        """What is new or changed since every output was last asked about it, or is as old now as a rule has it: about
        ``limit`` articles of each.

        With ``copies`` those may be taken that repeat another which is shown.
        """
        with self._database.reading() as db:
            return members.queued(db, limit, now, copies=copies)

    def stored(
        self, limit: int, before: tuple[datetime, str] | None, now: datetime, *, copies: bool = False
    ) -> Undecided:
        """A page of all that is held with a text, the newest first, for an output with a rule it was not asked by.

        ``before`` is where the page before ended.
        """
        with self._database.reading() as db:
            return members.stored(db, limit, before, now, copies=copies)

    def take(
        self,
        undecided: Undecided,
        taken: Mapping[str, Collection[str]],
        later: Mapping[str, datetime] = MappingProxyType({}),
        made: Mapping[str, str] = MappingProxyType({}),
        *,
        since: Mapping[str, Mapping[str, datetime]] = MappingProxyType({}),
        now: datetime = EPOCH,
    ) -> None:
        """Writes down which of the ``undecided`` each output takes: output -> keys. Other outputs stay as they are.

        ``later`` are those to ask about again, and when. ``made`` are settings that say by which rules that was
        decided, and how far. ``since`` says, of outputs with digests, when what is taken could first be read: what was
        taken already and could be read before ``now`` keeps the time it has.
        """
        with self._database.writing() as db:
            members.take(db, undecided, taken, later, since, now)
            for name, value in made.items():
                set_fact(db, name, value)

    def forget(self, output: str, limit: int) -> int:
        """Takes away what an output had, at most ``limit`` articles at once; gives how many these were."""
        with self._database.writing() as db:
            return members.forget(db, output, limit)

    def joined(
        self, output: str, start: datetime, end: datetime, limit: int, now: datetime, *, copies: bool
    ) -> tuple[tuple[Article, ...], int, datetime | None]:
        """The newest visible articles that an output with digests took from ``start`` to before ``end``, how many there
        are, and when the last of those that are not was withdrawn."""
        with self._database.reading() as db:
            return digests.joined(db, output, start, end, limit, now, copies=copies)

    def joined_at(self, output: str, keys: Collection[str]) -> tuple[datetime, ...]:
        """When an output with digests took these articles, as far as it did."""
        with self._database.reading() as db:
            return digests.joined_at(db, output, keys)

    def joined_since(self, output: str, since: datetime) -> frozenset[str]:
        """Keys of what an output with digests took since then."""
        with self._database.reading() as db:
            return digests.joined_since(db, output, since)

    def unarchived(self, output: str, limit: int) -> tuple[str, ...]:
        """Keys of the newest articles that an output has taken and no archive document has yet."""
        with self._database.reading() as db:
            return members.unarchived(db, output, limit)

    def sources_of(self, outputs: Collection[str]) -> frozenset[str]:
        """Sources of which one of these outputs has taken an article."""
        with self._database.reading() as db:
            return members.sources_of(db, outputs)

    def with_page(
        self, outputs: Collection[str], now: datetime, limit: int, *, copies: bool
    ) -> tuple[tuple[str, bytes], ...]:
        """Key and ``raw_hash`` of the newest local articles that have a page here: that one of these outputs takes, and
        that are visible."""
        with self._database.reading() as db:
            return local.with_page(db, outputs, now, limit, copies=copies)

    def folded(self, since: datetime, limit: int, now: datetime) -> tuple[Article, ...]:
        """The newest articles beyond a limit of their day, since then; also those that are withdrawn or hidden."""
        with self._database.reading() as db:
            return articles.folded(db, since, limit, now)

    def next_release(self, now: datetime) -> datetime | None:
        """When the next article that is held until a time of its own becomes visible, without any poll."""
        with self._database.reading() as db:
            return articles.next_release(db, now)

    def note_editions(self, published: Mapping[str, tuple[str, Sequence[bytes]]], now: datetime) -> None:
        """That these documents were published: path -> the name of the version, and a mark of each of its parts."""
        with self._database.writing() as db:
            editions.note(db, published, now)

    def editions(self, paths: Collection[str] | None = None) -> Mapping[str, Editions]:
        """Path -> its known versions, of all documents or of these; those without any are absent."""
        with self._database.reading() as db:
            return editions.read(db, paths)

    def forget_editions(self, paths: Collection[str]) -> None:
        """Documents that are published no longer."""
        with self._database.writing() as db:
            editions.forget(db, paths)
