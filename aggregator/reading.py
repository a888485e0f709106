"""Where documents are read and entries cleaned: here in a thread, or apart in a process that can be killed.

Apart goes what a stranger can make slow or deadly: all that feedparser reads, other kinds than XML, local articles,
and whatever is large. No document holds up the event loop, and none takes another source down.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from aggregator.articles import Ruling, full_text, normalise, rule
from aggregator.model import Code, Failed, ParsedFeed
from aggregator.parse import certain, parse, together, unread
from aggregator.parse.page import article as on_page
from aggregator.workers import WorkerCrash, Workers, WorkerTimeout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from typing import ParamSpec, TypeVar

    from aggregator.articles import Identified, Ruled
    from aggregator.model import Article, Document, FeedInfo, FullText, PageText, Source

    P = ParamSpec("P")
    T = TypeVar("T")

READERS = 2
"""Processes, and threads; reading is CPU, and a machine that polls has other work too."""

PARSE_LIMIT = timedelta(seconds=15)
"""Wall time that reading one document may take, and again cleaning its entries."""

FOLDER_LIMIT = timedelta(seconds=60)
"""Wall time that reading a whole folder may take; 20,000 small files take half of it."""

FILE_SECONDS = 5
"""Processor time of a group of local files, and of a single one where the group took longer."""

GROUP_FILES = 50
GROUP_BYTES = 1024 * 1024
"""How many local files are handed over at once, unless a single one is larger."""

TEXT = 256 * 1024
"""Characters of titles, summaries and contents that are cleaned here at once. The worst found take 1.2 s of processor
time, and the event loop waits 36 ms at most; with 1 MB in one entry it is 130 ms, with 20 MB over 40 s of processor
time (all measured in November 2026)."""


TAGS = 10_000
"""Tags that selectors look through here at once; some selectors take the square of them, 0.3 s for so many elements."""


class Reading:
    """Reads documents and cleans entries, up to ``size`` at once in each way."""

    def __init__(self, size: int = READERS) -> None:
        self._threads = ThreadPoolExecutor(size, thread_name_prefix="read")
        self._pages = asyncio.Semaphore(1)
        """Pages wait for each other, and feeds for at most one of them."""
        self._workers = Workers(size, wall=PARSE_LIMIT)
        self._files = Workers(1, wall=PARSE_LIMIT, cpu_seconds=FILE_SECONDS)

    async def parse(self, documents: tuple[Document, ...], source: Source, now: datetime) -> ParsedFeed:
        """What the documents say. Where reading them was ended by force, that is the feed's ``problem``; in a folder
        the files that took it are in ``unread``, and all others are read."""
        source = _without_secrets(source)
        if source.folder is not None:
            return await self._folder(documents, source, now)
        if (
            source.scrape is None
            and len(documents) == 1
            and (found := await self.here(certain.parse, documents[0])) is not None
        ):
            return found
        try:
            return await self._workers.run(parse, documents, source, now)
        except (WorkerTimeout, WorkerCrash) as error:
            return ParsedFeed(road="none", problem=_failed(error))

    async def normalise(
        self, entries: tuple[Identified, ...], info: FeedInfo, source: Source, now: datetime
    ) -> tuple[Article, ...] | Failed:
        """The entries as articles; ``Failed`` where cleaning them was ended by force."""
        if _text(entries) <= TEXT:
            return await self.here(normalise, entries, info, source, now)
        try:
            return await self._workers.run(normalise, entries, info, _without_secrets(source), now)
        except (WorkerTimeout, WorkerCrash) as error:
            return _failed(error)

    async def rule(self, articles: tuple[Article, ...], source: Source, ruling: Ruling, now: datetime) -> Ruled:
        """What the operator's rules decide on articles. Where looking through their markup was ended by force, they
        stay as their source said them, with a warning."""
        if not any(each.selects for each in ruling.actions) or _tags(articles) <= TAGS:
            return await self.here(rule, articles, ruling, now)
        try:
            return await self._workers.run(rule_apart, articles, _without_secrets(source), now)
        except (WorkerTimeout, WorkerCrash) as error:
            warning = f"not rewritten: {error}"
            left = tuple(replace(each, warnings=(*each.warnings, warning)) for each in articles)
            return await self.here(rule, left, replace(ruling, actions=()), now)

    async def page(self, document: Document, wanted: FullText, article: Article, product: str) -> PageText | str:
        """The article on a page, clean, where it says more than its feed; else why not, in words."""
        try:
            async with self._pages:
                return await self._workers.run(read_page, document, wanted, article, product)
        except (WorkerTimeout, WorkerCrash) as error:
            return f"the page cannot be read, for {error}"

    async def _folder(self, documents: tuple[Document, ...], source: Source, now: datetime) -> ParsedFeed:
        """A folder, group by group; the files of a group that had to be ended by force, one by one."""
        read: list[ParsedFeed] = []
        done = 0
        try:
            async with asyncio.timeout(FOLDER_LIMIT.total_seconds()):
                for group in _groups(documents):
                    try:
                        read.append(await self._files.run(parse, group, source, now))
                    except (WorkerTimeout, WorkerCrash):
                        for each in group:
                            read.append(await self._file(each, source, now))
                            done += 1
                    else:
                        done += len(group)
        except TimeoutError:
            why = f"not reached, for the files before it took {FOLDER_LIMIT.seconds} s; move those that are slow away"
            read.extend(unread(each, why) for each in documents[done:])
        return together(read)

    async def _file(self, document: Document, source: Source, now: datetime) -> ParsedFeed:
        try:
            return await self._files.run(parse, (document,), source, now)
        except (WorkerTimeout, WorkerCrash) as error:
            return unread(document, f"it cannot be read, for {error}")

    async def apart(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a function in a process that can be killed. Raises WorkerTimeout, WorkerCrash."""
        return await self._workers.run(function, *args, **kwargs)

    async def here(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a pure function in a thread: the event loop goes on, where 2,000 entries would stop it for 0.4 s."""
        call = partial(copy_context().run, function, *args, **kwargs)  # what is logged there says of which poll it is
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    @property
    def started(self) -> int:
        """How many processes were started."""
        return self._workers.started + self._files.started

    @property
    def lost(self) -> int:
        """How many of them died, or were ended by force."""
        return self._workers.lost + self._files.lost

    async def close(self) -> None:
        """End every process and thread; what is read at the moment ends as a crash."""
        await self._workers.close()
        await self._files.close()
        self._threads.shutdown()


def rule_apart(articles: tuple[Article, ...], source: Source, now: datetime) -> Ruled:
    """See :meth:`Reading.rule`; rules that are compiled cannot be handed over."""
    return rule(articles, Ruling.of(source), now)


def _tags(articles: tuple[Article, ...]) -> int:
    return sum((each.markup.html if each.markup else each.content_html or "").count("<") for each in articles)


def read_page(document: Document, wanted: FullText, article: Article, product: str) -> PageText | str:
    """See :meth:`Reading.page`; ``product`` is what the page may call us."""
    found = on_page(document, wanted, product)
    return full_text(found.html, found.base, article) if found.html is not None else found.why or "nothing was found"


def _groups(documents: tuple[Document, ...]) -> Iterator[tuple[Document, ...]]:
    group: list[Document] = []
    size = 0
    for each in documents:
        if group and (len(group) == GROUP_FILES or size + len(each.body) > GROUP_BYTES):
            yield tuple(group)
            group, size = [], 0
        group.append(each)
        size += len(each.body)
    if group:
        yield tuple(group)


def _text(entries: tuple[Identified, ...]) -> int:
    texts = (text for each in entries for text in (each.entry.title, each.entry.summary, *each.entry.contents))
    return sum(len(text.value) for text in texts if text is not None)


def _without_secrets(source: Source) -> Source:
    """A source as a process may know it that reads a stranger's bytes."""
    return replace(source, headers=(), basic_auth=None, bearer=None, client_cert=None, proxy=None)


def _failed(error: WorkerTimeout | WorkerCrash) -> Failed:
    code = Code.PARSE_TIMEOUT if isinstance(error, WorkerTimeout) else Code.PARSE_CRASH
    return Failed(code=code, detail=str(error))
