"""What is held, how it stands, and what the operator does with it."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from aggregator.store import (
    articles,
    elsewhere,
    held,
    operated,
    retention,
    terms,
    versions,
    withdrawn,
)
from aggregator.store.changes import count_change
from aggregator.store.trace import trace

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date, datetime

    from aggregator.model import (
        Article,
        Version,
        Waiting,
    )
    from aggregator.store.database import Database
    from aggregator.store.trace import Trace


class Articles:
    """What is held, how it stands, and what the operator does with it.

    Each method is one transaction, and may raise StoreError.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def newest(
        self,
        limit: int,
        *,
        now: datetime,
        before: tuple[datetime, str] | None = None,
        source: str | None = None,
        output: str | None = None,
        since: tuple[datetime, str] | None = None,
        visible: bool = True,
        pinned: bool = False,
        copies: bool = False,
        held: Mapping[str, Article] = MappingProxyType({}),
    ) -> tuple[Article, ...]:
        """The newest articles, by ``sort_at`` and then ``key``, both descending; or those that are ``pinned``, the last
        one first.

        ``before`` goes on after the last one of the page before, ``since`` is where to end. Of an ``output`` only what
        it has taken is given.
        ``visible`` leaves out what is withdrawn, hidden, left out by a rule, held for the operator or until after
        ``now``, of a removed source that does not keep its articles, or a duplicate of an article to which none of this
        applies, or that was taken back or hidden itself. ``held`` are articles by key that were read before and have
        not changed since: only the others are read.
        """
        with self._database.reading() as db:
            return articles.newest(
                db,
                limit,
                now=now,
                before=before,
                source=source,
                output=output,
                since=since,
                visible=visible,
                pinned=pinned,
                copies=copies,
                held=held,
            )

    def newest_of(
        self,
        term: str,
        limit: int,
        *,
        now: datetime,
        before: tuple[datetime, str] | None = None,
        copies: bool = False,
    ) -> tuple[Article, ...]:
        """As :meth:`newest`, of the visible articles with a tag or in a language (:mod:`aggregator.model.terms`)."""
        with self._database.reading() as db:
            return terms.newest_of(db, term, limit, now=now, before=before, copies=copies)

    def index_more(self, limit: int) -> int:
        """Lets ``limit`` more of the articles be found by their terms that were there before these were written down,
        the newest first; gives how many these were, 0 where all are found."""
        with self._database.writing() as db:
            return terms.index_more(db, limit)

    def withdrawn(self, now: datetime, since: datetime, limit: int) -> tuple[Article, ...]:
        """What readers may have seen and is taken back since then, each with ``deleted_at``.

        At most ``limit`` articles that were withdrawn, the latest first, and as many of removed sources with
        ``on_remove: tombstone``, which count as withdrawn when their source was removed. Nothing that a rule left out,
        that was hidden, held, or not yet due: that takes no tombstone.
        """
        with self._database.reading() as db:
            return withdrawn.withdrawn(db, now, since, limit)

    def per_day(self, source: str, days: Collection[date], *, copies: bool = False) -> Mapping[date, int]:
        """How many articles of a source are shown, or were, of each of these days (UTC); with ``copies`` those count
        that repeat another source's."""
        with self._database.reading() as db:
            return articles.per_day(db, source, days, copies=copies)

    def place(self, number: int, now: datetime) -> datetime | None:
        """``sort_at`` of the visible article that is the ``number``-th newest; None where there are fewer."""
        with self._database.reading() as db:
            return articles.place(db, number, now)

    def find(self, key_or_id_or_url: str) -> Article | None:
        """One article, visible or not: by key, else by published id, else the newest with this address."""
        with self._database.reading() as db:
            return articles.find(db, key_or_id_or_url)

    def at_page(self, page_hash: int, limit: int) -> tuple[Article, ...]:
        """The newest articles, visible or not, whose address has this hash."""
        with self._database.reading() as db:
            return operated.at_page(db, page_hash, limit)

    def operate(
        self, hand: operated.Hand, keys: Collection[str], now: datetime, *, undo: bool = False
    ) -> frozenset[str]:
        """Retracts, hides or pins articles, or undoes it; gives the keys of those for which that changed anything.

        No poll undoes it, not even one that is under way; it may be done while another instance polls. To undo a
        retraction takes back a publisher's deletion as well.
        """
        with self._database.writing() as db:
            changed = operated.operate(db, hand, keys, now, undo=undo)
            if changed:
                count_change(db)
            return changed

    def trace(self, what: str, page_hash: int | None, now: datetime) -> tuple[Trace, ...]:
        """All that is held under a key, an id, or at an address (``page_hash`` is the address's), the likeliest first.

        Articles without a text too, by all keys they are found by, and by the ids that their sources gave them.
        """
        with self._database.reading() as db:
            return trace(db, what, page_hash, now)

    def versions(self, key: str) -> tuple[Version, ...]:
        """What an article said before each of its last edits, the latest first."""
        with self._database.reading() as db:
            return versions.read(db, key)

    def through(self, keys: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        """Key -> the sources that have the same article too, in the order they came; those without any are absent."""
        with self._database.reading() as db:
            return elsewhere.through(db, keys)

    def conflicts(self) -> Mapping[str, tuple[str, ...]]:
        """Source -> which of its articles came under ids of other sources without being the same, in words."""
        with self._database.reading() as db:
            return elsewhere.conflicts(db)

    def counts(self) -> Mapping[str, int]:
        """Source -> how many of its articles are not withdrawn; sources without any are absent."""
        with self._database.reading() as db:
            return articles.counts(db)

    def held(self, limit: int) -> tuple[Article, ...]:
        """The newest articles that wait for the operator, of all sources."""
        with self._database.reading() as db:
            return held.waiting(db, limit)

    def waiting(self) -> Mapping[str, tuple[Waiting, ...]]:
        """Source -> why and how many of its articles wait for the operator; sources without any are absent."""
        with self._database.reading() as db:
            return held.reasons(db)

    def let_go(self, source: str, now: datetime, *, silent: bool = False, middle: int | None = None) -> int:
        """Lets the articles of a source go that wait for the operator; gives how many they were.

        They are shown with their own ids and dates; those that would stand below the ``middle``-th newest article stand
        with what is new now. With ``silent`` they never are: known, so that they do not come as
        new again, and taken for a part of the source where it is in quarantine. That ends with it, and what is at the
        address is the source from now on. May be done while another instance polls.
        """
        with self._database.writing() as db:
            let = held.let_go(db, source, now, silent=silent, middle=middle)
            if let and not silent:
                count_change(db)
            return let

    def mark_left_out(self, changes: Mapping[str, str | None]) -> None:
        """Key -> the rule that leaves the article out, or None to show it."""
        with self._database.writing() as db:
            if articles.mark_left_out(db, changes):
                count_change(db)

    def prune(
        self,
        source: str,
        *,
        aged: datetime | None,
        beyond: datetime | None,
        needed: Collection[str],
        after: tuple[datetime, str] | None,
        now: datetime,
        limit: int,
    ) -> retention.Pruned:
        """Takes away the texts of a source's articles that were seen and are dated before ``aged``, or are dated
        before ``beyond``; looks at ``limit`` of them, the oldest ``after`` the place where the last batch ended.

        Kept are those in ``needed``, those that are still in the source's document, pinned, or waiting for the
        operator. What an article is known by stays: it does not come as new again.
        """
        with self._database.writing() as db:
            return retention.prune(
                db, source, aged=aged, beyond=beyond, needed=needed, after=after, now=now, limit=limit
            )

    def full(self, source: str, number: int) -> datetime | None:
        """``sort_at`` of the ``number``-th newest article of a source that has a text; None where there are fewer."""
        with self._database.reading() as db:
            return retention.full(db, source, number)

    def texts(self) -> Mapping[str, int]:
        """Source -> how many of its articles have a text; sources without any are absent."""
        with self._database.reading() as db:
            return retention.texts(db)
