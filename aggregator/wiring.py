"""Config -> App: the only place where clock, sockets, processes and database enter."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from time import perf_counter
from types import MappingProxyType
from typing import TYPE_CHECKING

from aggregator import __version__, folders
from aggregator.articles import Rights, Ruling, compile_rule
from aggregator.config import effective
from aggregator.errors import StoreError
from aggregator.fetch import Fetcher
from aggregator.in_force import SETTING as IN_FORCE
from aggregator.in_force import InForce
from aggregator.judging import all_judged, followed, judge, judge_some, live_rules, unjudged
from aggregator.lists import with_members
from aggregator.measuring import Figures, Traces
from aggregator.memory import published_as, recall
from aggregator.publish import paths
from aggregator.publish.assemble import Made
from aggregator.publish.digest import Digests
from aggregator.reading import FOLDER_LIMIT, PARSE_LIMIT, Reading
from aggregator.schedule import first_poll, host_gap
from aggregator.store import Store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping
    from typing import ParamSpec, TypeVar

    from aggregator.articles import Rule
    from aggregator.config import Config, Difference
    from aggregator.fetch import Resolve
    from aggregator.model import Answer, Article, Failed, LiveRule, Outcome, Source, SourceState
    from aggregator.outputs.archive_changes import Archive
    from aggregator.publish import Publication
    from aggregator.publish.sitemap import Page
    from aggregator.store import SyncResult

    P = ParamSpec("P")
    T = TypeVar("T")


TOLD = "subscribers.told"
"""The setting that holds the number of subscribers that sources are told, and since when."""

CALM = timedelta(hours=1)
"""For so long at least sources are told the same number: some servers vary their answer by the User-Agent."""

LEASE_MARGIN = timedelta(seconds=30)
"""How much longer a claim holds than a poll may take, so that no live poll is ever fenced off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became otherwise when a configuration was taken into force."""

    sources: SyncResult
    difference: Difference
    judged: Mapping[str, int] = field(default_factory=dict)
    """By source: how many of its articles changed rules keep that were dropped, or drop that were kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    """What follows from a configuration: of 10,000 sources it takes a second, beside the event loop."""

    config: Config
    sources: dict[str, Source]
    rules: dict[str, Ruling]
    live: frozenset[LiveRule]
    rights: Rights
    queries: dict[str, Rule | None]
    configuration: str


def _drawn(config: Config) -> _Drawn:
    return _Drawn(
        config=config,
        sources={each.id: each for each in config.sources},
        rules={each.id: Ruling.of(each) for each in config.sources},
        live=live_rules(config.sources, config.outputs),
        rights=Rights.of(config.sources, config.site, _documents(config)),
        queries={each.id: _compiled(each.query) for each in config.outputs},
        configuration=configuration_of(config),
    )


def utc_now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


class App:
    """Everything one running program has. Made by :func:`open_app`, ended by :meth:`close`."""

    def __init__(
        self, config: Config, store: Store, now: Callable[[], datetime], resolve: Resolve | None = None
    ) -> None:
        self.now = now
        self._resolve = resolve
        self.store = store
        self.published: dict[str, Publication] = {}
        """By output: what was published last, so that only what is new is rendered."""
        self.archives: dict[str, Archive] = {}
        """By output: what is known of its archive documents since the last publish."""
        self.digests = Digests()
        """The digests that were made."""
        self.articles: dict[str, Article] = {}
        """By key: those that were published last and have not changed since, so that only what is new is read."""
        self.entries = Made()
        """What was said of them."""
        self._database = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._publisher = ThreadPoolExecutor(1, thread_name_prefix="publish")
        self.reading = Reading()
        self.figures = Figures()
        """What is counted of all this."""
        self.traces = Traces()
        self.answers: Callable[[Source, SourceState, datetime], Outcome] | None = None
        """What answers in place of the web, where a bundle is done again."""
        self._fetches: Counter[Fetcher] = Counter()
        self._told, self._told_at = _told(store)
        self._lists = store.lists.version()
        self._use(_drawn(config))

    def _use(self, drawn: _Drawn) -> None:
        config = self.config = drawn.config
        self.sources = drawn.sources
        self.rules = drawn.rules
        self._live = drawn.live
        self.rights = drawn.rights
        self.queries = drawn.queries
        self.pages: dict[str, tuple[bytes, Page]] = {}
        """By article: what its page here was made from last, and where it is."""
        self.configuration = drawn.configuration
        self.edition = sha256(f"{__version__} {self.configuration}".encode()).hexdigest()
        """What the documents depend on besides the store."""
        self._fetcher = Fetcher(
            polling=config.polling, allow=config.allow, agent=agent(config, self._told), resolve=self._resolve
        )

    async def use(self, config: Config) -> Taken:
        """Run by this configuration from now on; polls under way end under the old one.

        Raises StoreError where the store refuses it; the old one then stays in force.
        """
        lists = await self.db(self.store.lists.version)
        config = await self.db(_completed, self.store, config)
        drawn = await asyncio.to_thread(_drawn, config)
        sources = await self._sync(config)
        before = self._fetcher
        self._use(drawn)
        self._lists = lists
        if not self._fetches[before]:
            await before.aclose()
        return await self._taken(sources)

    async def lists_changed(self) -> bool:
        """Whether a list of feeds that is followed is another than the one in force; :meth:`use` takes what it names by
        now. Raises StoreError."""
        if not any(each.members is not None for each in self.config.sources):
            return False
        return self._lists != await self.db(self.store.lists.version)

    async def sync(self) -> Taken:
        """Bring the store in line with the configuration that this began with. Raises StoreError."""
        return await self._taken(await self._sync(self.config))

    async def _sync(self, config: Config) -> SyncResult:
        now = self.now()
        first = await asyncio.to_thread(first_poll, config.sources, now)
        return await self.db(self.store.sync, config.sources, now, lambda source: first[source.id], host_gap)

    async def _taken(self, sources: SyncResult) -> Taken:
        """What is stored already is judged by the rules in force: a poll that ends meanwhile knows them, or has
        :meth:`judge` called."""
        config, now = self.config, self.now()
        await self.db(self.store.recordings.follow, [each.id for each in config.sources])
        await self.db(self.store.full_texts.follow, [each.id for each in config.sources if each.full_text is not None])
        fresh = await self.db(followed, self.store, self._live, now)
        judged = {
            each.id: await judge(self.db, self.store, each, self.rules[each.id], now, fresh)
            for each in await self.db(unjudged, self.store, config.sources)
        }
        await self.db(all_judged, self.store, config.sources)
        in_force = await self.db(InForce, self.store)
        difference, written = await asyncio.to_thread(in_force.followed_by, config)
        if written is not None:
            await self.db(self.store.set_setting, IN_FORCE, written)
        return Taken(sources=sources, difference=difference, judged={name: n for name, n in judged.items() if n})

    async def judge(self, source: Source) -> None:
        """Let a source's rules decide anew on all its articles."""
        await judge(self.db, self.store, source, self.rules[source.id], self.now())

    async def judge_some(self, source: Source, keys: Collection[str]) -> None:
        """The same on some of its articles, whose texts are others now. Nothing for sources that are gone."""
        if source.id in self.rules and keys:
            await self.db(judge_some, self.store, source, self.rules[source.id], keys, self.now())

    async def tell(self, subscribers: int) -> None:
        """Let the sources know for how many people they are asked; within an hour of the last time nothing happens.

        Raises StoreError.
        """
        now = self.now()
        if self._told_at is not None and timedelta(0) <= now - self._told_at < CALM:
            return
        await self.db(self.store.set_setting, TOLD, json.dumps([subscribers, now.isoformat()]))
        self._told, self._told_at = subscribers, now
        self._fetcher.call_yourself(agent(self.config, subscribers))

    @property
    def agent(self) -> str:
        """What the program calls itself: the User-Agent of its requests."""
        return agent(self.config, self._told)

    @property
    def lease(self) -> timedelta:
        """How long a claim lasts."""
        longest = max((each.timeout or timedelta(0) for each in self.config.sources), default=timedelta(0))
        return max(self.config.polling.timeout, longest) + max(2 * PARSE_LIMIT, FOLDER_LIMIT) + LEASE_MARGIN

    async def fetch(self, source: Source, state: SourceState, now: datetime) -> Outcome:
        """What the source gives."""
        if self.answers is not None:
            return self.answers(source, state, now)
        with self.step("fetch"):
            async with self._fetching() as fetcher:
                return await fetcher.fetch(source, state, now)

    async def page(self, source: Source, state: SourceState | None, now: datetime) -> Outcome:
        """What a page gives, asked for as ``source`` (see :meth:`aggregator.model.Source.named`)."""
        async with self._fetching() as fetcher:
            return await fetcher.page(source, state, now)

    async def call_back(
        self,
        url: str,
        now: datetime,
        *,
        content: tuple[str, bytes] | None = None,
        headers: Mapping[str, str] = MappingProxyType({}),
        max_bytes: int = 0,
        timeout: timedelta,  # noqa: ASYNC109 - a setting, as Source.timeout is
    ) -> Answer | Failed:
        """What a subscriber of our hub answers."""
        async with self._fetching() as fetcher:
            return await fetcher.call_back(
                url, now, content=content, headers=headers, max_bytes=max_bytes, timeout=timeout
            )

    async def post(
        self,
        url: str,
        body: bytes,
        media_type: str,
        now: datetime,
        *,
        max_bytes: int,
        timeout: timedelta,  # noqa: ASYNC109 - a setting, as Source.timeout is
    ) -> Answer | Failed:
        """What somebody answers who is told something."""
        async with self._fetching() as fetcher:
            return await fetcher.post(url, body, media_type, now, max_bytes=max_bytes, timeout=timeout)

    @asynccontextmanager
    async def _fetching(self) -> AsyncIterator[Fetcher]:
        """The fetcher of the configuration in force, which lasts until all who began with it have ended."""
        fetcher = self._fetcher
        self._fetches[fetcher] += 1
        try:
            yield fetcher
        finally:
            self._fetches[fetcher] -= 1
            if not self._fetches[fetcher] and fetcher is not self._fetcher:
                await fetcher.aclose()

    async def db(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a store call in the store's own thread: one writer, and the event loop goes on."""
        began = perf_counter()
        call = partial(copy_context().run, function, *args, **kwargs)  # what is logged there says of which poll it is
        try:
            return await asyncio.get_running_loop().run_in_executor(self._database, call)
        finally:
            self.figures.store.observe(perf_counter() - began)

    async def publishing(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run rendering and writing in a thread of its own (feedgen's RSS dates switch the process's locale)."""
        call = partial(copy_context().run, function, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._publisher, call)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """A step of a poll or a publish: how long it takes is counted, and it is a span where those are wanted."""
        began = perf_counter()
        try:
            with self.traces.span(name):
                yield
        finally:
            self.figures.steps[name].observe(perf_counter() - began)

    async def close(self) -> None:
        """End every process, socket and thread. What was committed stays."""
        await self._fetcher.aclose()
        await self.reading.close()
        self._publisher.shutdown()
        self._database.shutdown()
        self.store.close()
        await asyncio.to_thread(self.traces.close)


def configuration_of(config: Config) -> str:
    """A name for all that the operator decided; another one for whatever else he might decide."""
    return sha256(json.dumps(effective(config)).encode()).hexdigest()


AGENT = f"aggregator/{__version__}"


def agent(config: Config, subscribers: int = 0) -> str:
    """The User-Agent: who asks, where a publisher can read about it, and for how many people, if that is known."""
    people = f"; {subscribers} subscriber{'s' if subscribers > 1 else ''}" if subscribers else ""
    return f"{AGENT} (+{config.site.url}{people})"


async def open_app(config: Config, *, now: Callable[[], datetime] = utc_now, resolve: Resolve | None = None) -> App:
    """Open the store (taking its lock) and bring it in line with the configuration.

    ``resolve`` finds the addresses of a host's name; the system's resolver does unless it is given.

    Raises StoreLocked where another instance holds the store, StoreError where it cannot be used.
    """
    store = await asyncio.to_thread(Store.open, config.store)
    try:
        config = await asyncio.to_thread(_completed, store, config)
    except BaseException:
        store.close()
        raise
    app = App(config, store, now, resolve)
    try:
        await app.sync()
        await app.publishing(folders.prepare, config)
        await recall(app)
    except BaseException:
        await app.close()
        raise
    return app


def _completed(store: Store, config: Config) -> Config:
    """The configuration with what only the store knows: the id of the site, and the feeds of its lists."""
    return with_members(_with_stored_id(store, config), store.lists.members())


def _with_stored_id(store: Store, config: Config) -> Config:
    """The configuration with the id that subscribers know the site by.

    It is stored at the first start and never changes: not with ``site.url``, and another ``site.id`` is refused. Where
    the database was lost, it is the id in the memory file, unless another is given.
    """
    stored = store.setting("site.id")
    if stored is None:
        stored = config.site.id if config.site_id_given else published_as(config.public) or config.site.id
        store.set_setting("site.id", stored)
    if stored == config.site.id:
        return config
    if not config.site_id_given:
        return replace(config, site=replace(config.site, id=stored))
    raise StoreError(
        f"{config.path}: site.id is {config.site.id}, but this store has published as {stored}; readers would take "
        f"every entry for a new one. Write 'id: {stored}' under 'site:' to keep it, or start with another store."
    )


def _told(store: Store) -> tuple[int, datetime | None]:
    stored = store.setting(TOLD)
    if stored is None:
        return 0, None
    subscribers, at = json.loads(stored)
    return subscribers, datetime.fromisoformat(at)


def _documents(config: Config) -> Iterator[str]:
    """Where we publish."""
    for place, output in enumerate(config.outputs):
        yield from (f"{config.site.url}{path}" for path in paths(output, first=place == 0))


def _compiled(text: str | None) -> Rule | None:
    return compile_rule(text) if text is not None else None
