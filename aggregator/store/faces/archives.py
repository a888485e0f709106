"""The archive documents of the outputs, and what is in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.store import (
    archives,
)
from aggregator.store.facts import fact, set_fact

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from aggregator.model import (
        ArchiveDocument,
        Article,
    )
    from aggregator.store.database import Database


ARCHIVED = "archive numbers of "
"""Begins the name of the setting that has the highest number an output ever gave to an archive document."""


class Archives:
    """The archive documents of the outputs, and what is in them.

    Each method is one transaction, and may raise StoreError.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def chain(self, output: str) -> tuple[tuple[ArchiveDocument, ...], int]:
        """The archive documents of an output, the oldest first, and the highest number it ever gave to one."""
        with self._database.reading() as db:
            return archives.chain(db, output), _highest(db, output)

    def highest(self, output: str) -> int:
        """The highest number that an output ever gave to an archive document; 0 for none."""
        with self._database.reading() as db:
            return _highest(db, output)

    def archived(self, output: str, ids: Collection[str]) -> Mapping[str, tuple[tuple[int, datetime], ...]]:
        """Id -> the documents that hold an entry, each with its ``updated`` there; those in none are absent."""
        with self._database.reading() as db:
            return archives.held(db, output, ids)

    def archived_in(self, output: str, number: int, now: datetime, *, copies: bool) -> tuple[Article, ...]:
        """The visible articles whose entries are in a document, as far as they have a text."""
        with self._database.reading() as db:
            return archives.inside(db, output, number, now, copies=copies)

    def waiting(self, output: str, limit: int, now: datetime, *, copies: bool) -> tuple[archives.Open, ...]:
        """What an output has and can be seen, and is in no archive document as it is now: the oldest of it."""
        with self._database.writing() as db:
            return archives.waiting(db, output, limit, now, copies=copies)

    def seen(
        self, now: datetime, *, keys: Collection[str] = (), ids: Collection[str] = (), copies: bool
    ) -> tuple[Article, ...]:
        """The visible ones of these articles, by key or by published id."""
        with self._database.reading() as db:
            return archives.texts(db, now, keys=keys, ids=ids, copies=copies)

    def taken_back(self, *, copies: bool) -> archives.TakenBack:
        """What was taken back or hidden, and may still be in archive documents. What sources have that came back waits
        to be archived again."""
        with self._database.writing() as db:
            return archives.taken_back(db, copies=copies)

    def taken_out(self, numbers: Sequence[int]) -> None:
        """No document holds any longer what these notes of the queue speak of."""
        with self._database.writing() as db:
            archives.cross_out(db, numbers)

    def record(self, output: str, written: archives.Written, highest: int) -> None:
        """Writes down which documents are new, which are replaced, and what is in them."""
        with self._database.writing() as db:
            archives.record(db, output, written)
            set_fact(db, f"{ARCHIVED}{output}", str(highest))

    def remake(
        self,
        output: str,
        documents: Sequence[tuple[ArchiveDocument, Sequence[tuple[str, datetime]]]],
        highest: int,
    ) -> None:
        """Forgets what is known of an output's archive documents and takes in what these say, each with the id and
        ``updated`` of its entries. What was taken back meanwhile comes into the queue."""
        with self._database.writing() as db:
            archives.remake(db, output, documents)
            set_fact(db, f"{ARCHIVED}{output}", str(highest))

    def forget(self, output: str) -> None:
        """The output has no archive documents any more; which numbers it gave out stays known."""
        with self._database.writing() as db:
            archives.forget(db, output)


def _highest(db: Connection, output: str) -> int:
    return int(fact(db, f"{ARCHIVED}{output}") or 0)
