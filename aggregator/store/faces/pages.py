"""Pages that are asked whether their articles are still there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.store import (
    pages,
)
from aggregator.store.changes import count_change

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from aggregator.model import (
        Vanished,
    )
    from aggregator.store.database import Database


class Pages:
    """Pages that are asked whether their articles are still there.

    Each method is one transaction, and may raise StoreError.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self, now: datetime, limit: int) -> tuple[Vanished, ...]:
        """Articles that were taken out of their feeds and whose pages are to be asked for, the longest due first."""
        with self._database.writing() as db:
            return pages.due(db, now, limit)

    def ask(self, page: Vanished, host: str, gap: timedelta, now: datetime) -> bool:
        """Whether the page's host may be asked now; it is then not asked again for ``gap``, nor the page for a day."""
        with self._database.writing() as db:
            return pages.ask(db, page, host, gap, now)

    def told(self, page: Vanished, *, missing: bool, now: datetime) -> bool:
        """Writes down what a page told; whether the article is deleted with that, which takes two days."""
        with self._database.writing() as db:
            deleted = pages.told(db, page, missing=missing, now=now)
            if deleted:
                count_change(db)
            return deleted
