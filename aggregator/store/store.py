"""The face of the store. Each method is one transaction; what it wrote is on disk when it returns."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import update

from aggregator.errors import StoreError
from aggregator.store import (
    claims,
)
from aggregator.store.changes import count_change, counter
from aggregator.store.check import problems
from aggregator.store.faces.archives import Archives
from aggregator.store.faces.articles import Articles
from aggregator.store.faces.memory import Memory
from aggregator.store.faces.outputs import Outputs
from aggregator.store.faces.pages import Pages
from aggregator.store.faces.polls import Polls
from aggregator.store.faces.queue import Queue
from aggregator.store.faces.stories import Stories
from aggregator.store.facts import fact, set_fact
from aggregator.store.figures import StoreFigures
from aggregator.store.full_texts import FullTexts
from aggregator.store.health_changes import HealthChanges
from aggregator.store.lists import Lists
from aggregator.store.opening import is_there, open_database
from aggregator.store.recordings import Recordings
from aggregator.store.rewritings import Rewritings
from aggregator.store.rule_hits import RuleCounts
from aggregator.store.schema import counters
from aggregator.store.subscriptions import Subscriptions
from aggregator.store.sync import sync

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime, timedelta
    from typing import Self

    from aggregator.model import (
        Source,
    )
    from aggregator.store.database import Database
    from aggregator.store.lock import InstanceLock
    from aggregator.store.sync import SyncResult


class Store:
    """The memory, in SQLite or PostgreSQL. Synchronous, and safe to call from several threads.

    Every method may raise StoreError with what happened and what to do; nothing is then half written.
    """

    def __init__(self, database: Database, lock: InstanceLock, *, locked: bool) -> None:
        self._database = database
        self._lock = lock
        self.queue = Queue(database, lock.confirm if locked else lambda: None)
        self.polls = Polls(database)
        self.pages = Pages(database)
        self.articles = Articles(database)
        self.stories = Stories(database)
        self.outputs = Outputs(database)
        self.archives = Archives(database)
        self.memory = Memory(database)
        self.subscriptions = Subscriptions(database)
        """What our hub remembers."""
        self.lists = Lists(database)
        """What lists of feeds name that are followed."""
        self.figures = StoreFigures(database)
        """What is measured of it."""
        self.health_changes = HealthChanges(database)
        """What has changed of how things stand, and who was told."""
        self.full_texts = FullTexts(database)
        """What the pages of articles say."""
        self.recordings = Recordings(database)
        """What sources answered last."""
        self.rewritings = Rewritings(database)
        """What is shown of articles in place of what their sources said."""
        self.rule_counts = RuleCounts(database)
        """How often each rule in force hit."""

    @classmethod
    def open(cls, url: str, *, lock: bool = True) -> Self:
        """The store at ``sqlite:///FILE`` or ``postgresql://USER@HOST/DB``, made or migrated if need be.

        With ``lock`` it is ours alone until it is closed or the process ends, and what a killed process had claimed
        is due again: at once, or of a stranger's host when the claim would have run out. Without, it may be looked at
        beside a running service. Raises StoreLocked with the holder's process id; StoreError for a damaged, foreign
        or newer database, which is left as it is.
        """
        database, guard = open_database(url, lock=lock)
        store = cls(database, guard, locked=lock)
        if lock:
            try:
                with database.writing() as db:
                    claims.give_back_all(db)
            except BaseException:
                store.close()
                raise
        return store

    @staticmethod
    def exists(url: str) -> bool:
        """Whether there is anything to look at; a PostgreSQL database is taken to be there."""
        return is_there(url)

    @classmethod
    @contextmanager
    def beside(cls, url: str) -> Iterator[Self | None]:
        """The store without its lock, beside a running service; ``None`` where nothing is stored yet, and none is
        made. Raises as :meth:`open`."""
        if not cls.exists(url):
            yield None
            return
        with cls.open(url, lock=False) as store:
            yield store

    def close(self) -> None:
        """Ends all connections and gives the lock back. May be called again."""
        self._database.close()
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    # ---- configuration

    def sync(
        self,
        configured: Sequence[Source],
        now: datetime,
        spread: Callable[[Source], datetime],
        gap: Callable[[str], timedelta],
    ) -> SyncResult:
        """Brings the tables in line with the configured sources.

        A new source is first due at ``spread(source)``; ``gap(host)`` is the least time between two starts on a
        host. Another address forgets what was learnt at the old one and is due now. A source that is gone is not
        polled any more, and ``on_remove`` as it last was decides whether its articles are still shown; when it comes
        back so do they, and its state. Polls under way of gone and moved sources are fenced off. What a clock that was
        ahead put off for longer than any poll asks for (``SOURCE_AHEAD``, ``HOST_AHEAD``) is due now.
        """
        with self._database.writing() as db:
            result, visible = sync(db, configured, now, spread, gap)
            if visible:
                count_change(db)
        return result

    # ---- publishing

    def publish_seq(self) -> int:
        """The number of the last change that readers can see; it only grows."""
        with self._database.reading() as db:
            return counter(db, "publish_seq")

    def published_seq(self) -> int:
        """Up to which change everything is published."""
        with self._database.reading() as db:
            return counter(db, "published_seq")

    def mark_published(self, seq: int) -> None:
        """Everything up to this change is published. An older number than before is ignored."""
        with self._database.writing() as db:
            db.execute(
                update(counters).where(counters.c.name == "published_seq", counters.c.value < seq).values(value=seq)
            )

    # ---- the rest

    def setting(self, name: str) -> str | None:
        """A fact stored under this name, such as the site's id."""
        with self._database.reading() as db:
            return fact(db, name)

    def set_setting(self, name: str, value: str) -> None:
        """Stores it."""
        with self._database.writing() as db:
            set_fact(db, name, value)

    def check(self) -> tuple[str, ...]:
        """Problems with the database's integrity, each a sentence; reads all of it. Raises nothing."""
        found: list[str] = []
        try:
            with self._database.reading() as db:
                found.extend(problems(db))
        except StoreError as error:
            found.append(str(error))
        return tuple(found)
