"""Config -> App: the only place where clock, sockets, processes and database enter."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from aggregator import __version__
from aggregator.articles import compile_rule
from aggregator.errors import StoreError
from aggregator.fetch import Fetcher
from aggregator.model import Code, Failed, ParsedFeed
from aggregator.parse import parse
from aggregator.publish import remove_leftovers
from aggregator.schedule import first_poll, host_gap
from aggregator.serve import Documents
from aggregator.store import Store
from aggregator.workers import WorkerCrash, Workers, WorkerTimeout

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import ParamSpec, TypeVar

    from aggregator.articles import Rule
    from aggregator.config import Config
    from aggregator.model import Document, Outcome, Source, SourceState
    from aggregator.store import SyncResult

    P = ParamSpec("P")
    T = TypeVar("T")

PARSERS = 2
"""Processes that read documents; reading is CPU, and a machine that polls has other work too."""

LEASE_MARGIN = timedelta(seconds=30)
"""How much longer a claim holds than a poll may take, so that no live poll is ever fenced off."""


def utc_now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


class App:
    """Everything one running program has. Made by :func:`open_app`, ended by :meth:`close`."""

    def __init__(self, config: Config, store: Store, now: Callable[[], datetime]) -> None:
        self.now = now
        self.store = store
        self.documents = Documents()
        self.config_problem: str | None = None
        """Why the configuration on disk is not the one in force."""
        self._database = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._publisher = ThreadPoolExecutor(1, thread_name_prefix="publish")
        self._workers = Workers(PARSERS)
        self._use(config)

    def _use(self, config: Config) -> None:
        self.config = config
        self.sources: dict[str, Source] = {each.id: each for each in config.sources}
        self.rules: dict[str, tuple[Rule | None, Rule | None]] = {
            each.id: (_compiled(each.keep), _compiled(each.drop)) for each in config.sources
        }
        self.queries: dict[str, Rule | None] = {each.id: _compiled(each.query) for each in config.outputs}
        agent = f"aggregator/{__version__} (+{config.site.url})"
        self.fetcher = Fetcher(polling=config.polling, allow=config.allow, agent=agent)

    async def use(self, config: Config) -> SyncResult:
        """Run by this configuration from now on; polls under way end under the old one."""
        before = self.fetcher
        self._use(config)
        await before.aclose()
        return await self.sync()

    async def sync(self) -> SyncResult:
        """Bring the store in line with the configured sources."""
        now = self.now()
        first = first_poll(self.sources.values(), now)
        return await self.db(self.store.sync, self.config.sources, now, lambda source: first[source.id], host_gap)

    @property
    def lease(self) -> timedelta:
        """How long a claim lasts."""
        longest = max((each.timeout or timedelta(0) for each in self.config.sources), default=timedelta(0))
        return max(self.config.polling.timeout, longest) + self._workers.wall + LEASE_MARGIN

    async def fetch(self, source: Source, state: SourceState, now: datetime) -> Outcome:
        """What the source gives."""
        return await self.fetcher.fetch(source, state, now)

    async def parse(self, documents: tuple[Document, ...], source: Source, now: datetime) -> ParsedFeed:
        """What the documents say, read in a process that is killed when it takes too long or too much."""
        try:
            return await self._workers.run(parse, documents, source, now)
        except WorkerTimeout as error:
            return ParsedFeed(road="none", problem=Failed(code=Code.PARSE_TIMEOUT, detail=str(error)))
        except WorkerCrash as error:
            return ParsedFeed(road="none", problem=Failed(code=Code.PARSE_CRASH, detail=str(error)))

    async def db(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a store call in the store's own thread: one writer, and the event loop goes on."""
        return await self._in(self._database, function, *args, **kwargs)

    async def publishing(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run rendering and writing in a thread of its own (feedgen's RSS dates switch the process's locale)."""
        return await self._in(self._publisher, function, *args, **kwargs)

    async def _in(self, pool: ThreadPoolExecutor, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(pool, partial(function, *args, **kwargs))

    async def close(self) -> None:
        """End every process, socket and thread. What was committed stays."""
        await self.fetcher.aclose()
        await self._workers.close()
        self._publisher.shutdown()
        self._database.shutdown()
        self.store.close()


async def open_app(config: Config, *, now: Callable[[], datetime] = utc_now) -> App:
    """Open the store (taking its lock) and bring it in line with the configuration.

    Raises StoreLocked where another instance holds the store, StoreError where it cannot be used.
    """
    store = await asyncio.to_thread(Store.open, config.store)
    app = App(config, store, now)
    try:
        await app.db(_keep_site_id, store, config)
        await app.sync()
        await app.publishing(remove_leftovers, config.public)
        await app.publishing(app.documents.load, config.public)
    except BaseException:
        await app.close()
        raise
    return app


def _keep_site_id(store: Store, config: Config) -> None:
    """The site's id is what subscribers know the feed by: stored once, and a changed one is refused."""
    stored = store.setting("site.id")
    if stored is None:
        store.set_setting("site.id", config.site.id)
    elif stored != config.site.id:
        raise StoreError(
            f"{config.path}: site.id is {config.site.id}, but this store has published as {stored}; readers would take "
            f"every entry for a new one. Write 'id: {stored}' under 'site:' to keep it, or start with another store."
        )


def _compiled(text: str | None) -> Rule | None:
    return compile_rule(text) if text is not None else None
