"""Which articles tell the same story."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.store import (
    stories,
)
from aggregator.store.changes import count_change

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from aggregator.model import (
        Article,
        Candidate,
        Story,
    )
    from aggregator.store.database import Database
    from aggregator.store.stories import Decide, Signed


class Stories:
    """Which articles tell the same story.

    Each method is one transaction, and may raise StoreError.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def follow(self, now: datetime, *, wanted: bool) -> None:
        """Whether it is decided of what is new in which stories it is; what is recent is then made up for.

        Which articles belong together is kept while it is not.
        """
        with self._database.writing() as db:
            stories.follow(db, now, wanted=wanted)

    def undecided(self, limit: int, now: datetime) -> tuple[Article, ...]:
        """Articles whose place among the stories is to be decided, first seen first."""
        with self._database.reading() as db:
            return stories.undecided(db, limit, now)

    def place(self, signed: Sequence[Signed], decide: Decide, now: datetime) -> None:
        """Decides in which stories these articles are, one after the other, and lets others find them from now on.

        Each is compared with a few dozen articles within 72 hours of it, however many are held.
        """
        with self._database.writing() as db:
            if stories.place(db, signed, decide, now):
                count_change(db)

    def of(self, keys: Collection[str], now: datetime) -> Mapping[str, Story]:
        """Key -> the story it is in, with all its articles; of those that are in none there is nothing."""
        with self._database.reading() as db:
            return stories.stories_of(db, keys, now)

    def nearby(self, signed: Signed) -> tuple[Candidate, ...]:
        """The few articles of the last two weeks that share the rarest keys with this one."""
        with self._database.reading() as db:
            return tuple(stories.nearby(db, signed))
