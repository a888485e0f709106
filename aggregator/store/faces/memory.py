"""What is to be known even where the database is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.store import (
    memory,
)
from aggregator.store.changes import count_change
from aggregator.store.facts import forget_fact, set_fact

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from aggregator.model import (
        Article,
    )
    from aggregator.store.database import Database


class Memory:
    """What is to be known even where the database is lost.

    Each method is one transaction, and may raise StoreError.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def unsaved(self, limit: int) -> memory.Unsaved:
        """What the memory file does not say yet, about ``limit`` lines of it."""
        with self._database.reading() as db:
            return memory.unsaved_lines(db, limit)

    def unsaved_numbers(self) -> tuple[int, ...]:
        """The numbers of all that it does not say yet: they are saved once all is written anew."""
        with self._database.reading() as db:
            return memory.unsaved_numbers(db)

    def saved(self, numbers: Sequence[int], name: str, position: str) -> None:
        """The memory file says these by now; the setting ``name`` tells up to where."""
        with self._database.writing() as db:
            memory.cross_out(db, numbers)
            set_fact(db, name, position)

    def kept(self, kind: type[memory.Line], after: str, limit: int) -> tuple[memory.Line, ...]:
        """A page of all that the memory file has to say of one kind, by key, alias or source; begins after ``""``."""
        with self._database.reading() as db:
            return memory.page(db, kind, after, limit)

    def remake(
        self,
        lines: Sequence[memory.Line],
        texts: Mapping[str, Article],
        now: datetime,
        name: str,
        *,
        late: bool = False,
    ) -> int:
        """Takes in what a memory file says beyond what is known here; gives how many articles that are.

        ``texts`` are their texts by key, where there are any; all others are known and shown nowhere, as if pruned.
        What is known here already stays as it is, but that it is retracted, hidden or pinned where the file says so.
        Sources that are not configured count as removed. The setting ``name`` is forgotten, so that the file is written
        anew. ``late`` says that not all may be known that sources brought before: of those that were never read, the
        newest articles are taken, as of any that is added late.
        """
        with self._database.writing() as db:
            count = memory.remake(db, lines, texts, now, late=late)
            forget_fact(db, name)
            if count:
                count_change(db)
            return count
