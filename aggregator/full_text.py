"""The text of articles' pages, for sources with ``full_text``: asked for a few at a time, as hosts allow.

A new article waits for its page, :data:`WAIT` at most, for many readers never look again at an entry they have; after
that it is published as its feed says it, and the text of its page takes that place whenever it comes. None of this is
an edit: ``updated`` never moves for it (docs/decisions/0011-full-text.md).
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from aggregator import robots
from aggregator.articles import RECIPE, rule
from aggregator.errors import StoreError
from aggregator.fetch.robots import token
from aggregator.logs import get_logger
from aggregator.model import Code, Failed, NotModified, PageText, ReadPage, Source, SourceState, with_text
from aggregator.pipeline import NO_RULES
from aggregator.schedule import host_gap

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from aggregator.model import Document, Fetched, FullText, Outcome, WantedPage
    from aggregator.wiring import App

log = get_logger()

SECONDS = 3
"""How often the service looks for pages that are due."""
AT_ONCE = 16
"""Pages asked for in one go, one of a host."""
DUE = 500
"""Pages looked at for those."""
GAP = timedelta(seconds=10)
"""Between two pages of one host: six a minute."""
TIMEOUT = timedelta(seconds=20)
MOST_BYTES = 3 * 1024 * 1024
"""Of a page; newspapers send up to one."""
FRESH = timedelta(days=1)
"""How long the text of a page is good for another article with the same page."""
RETRIES = (timedelta(minutes=15), timedelta(hours=2), timedelta(hours=12))
"""When a page that did not come is asked for again; after that, when its article is edited."""
FOR_GOOD = frozenset({Code.BLOCKED_ADDR, Code.BLOCKED_SCHEME, Code.TOO_LARGE, Code.ROBOTS})
"""Failures that do not pass."""
_HTML = ("text/html", "application/xhtml+xml")


async def read_if_due(app: App) -> int:
    """Ask for the pages that are due, one of each host and as the hosts allow; gives how many requests were begun.

    Raises StoreError.
    """
    hosts: dict[str, list[WantedPage]] = {}
    for page in await app.db(app.store.full_texts.due, app.now(), DUE):
        source = app.sources.get(page.article.source)
        if source is None or source.full_text is None:
            continue  # it is forgotten when the configuration is taken
        hosts.setdefault(_host(page.url), []).append(page)
    asked = await asyncio.gather(*(_Asking(app, queue).ask_once() for queue in list(hosts.values())[:AT_ONCE]))
    return sum(asked)


async def read_all(app: App, patience: timedelta) -> None:
    """Ask for every page that is due, for so long at most; then no article waits for its page any longer. Raises
    StoreError."""
    end = app.now() + patience
    while (due := await app.db(app.store.full_texts.next_due)) is not None and due <= end > app.now():
        if not await read_if_due(app):
            await asyncio.sleep(0.5)
    await app.db(app.store.full_texts.let_out)


class _Asking:
    """One page that is asked for, the first in the queue of its host."""

    def __init__(self, app: App, queue: Sequence[WantedPage]) -> None:
        self._app = app
        self._page = page = queue[0]
        self._queue = [each.article.key for each in queue]
        self._host = _host(page.url)
        self._gap = host_gap(self._host)
        self._source = app.sources[page.article.source]
        wanted = self._source.full_text
        assert wanted is not None  # noqa: S101 - see read_if_due
        self._wanted = wanted
        self._recipe = recipe_of(wanted)
        self._agent = self._source.user_agent or app.agent

    async def ask_once(self) -> bool:
        """:meth:`ask`, and a bug that a page brings out is this page's alone."""
        try:
            return await self.ask()
        except StoreError:
            raise
        except Exception as bug:
            log.exception("bug while asking for a page", source=self._source.id, url=self._page.url)
            detail = f"{type(bug).__name__}: a bug of this program; the log has the traceback"
            await self._tell(self._failed(Failed(code=Code.INTERNAL, detail=detail)))
            return True

    async def ask(self) -> bool:
        """Ask for it, or for its host's robots.txt first; whether anything was asked for."""
        app, now = self._app, self._app.now()
        known = await app.db(app.store.full_texts.elsewhere, self._page, self._recipe, now - FRESH)
        if known is not None and may_have(self._source, app.sources.get(known[0]), self._page.url):
            await self._tell(ReadPage(key=self._page.article.key, text=known[1]))
            return True
        told = await robots.remembered(app, self._page.url, now)
        if told is None:
            return await self._ask_robots()
        if told.said == robots.CLOSED:
            why = "its host's robots.txt could not be read"
            await self._tell(
                ReadPage(key=self._page.article.key, keeps=True, why=why, again=told.until, tries=self._page.tries)
            )
            return True
        if not await app.reading.here(robots.allows, told, self._page.url, self._agent):
            await self._tell(self._failed(Failed(code=Code.ROBOTS, detail="robots.txt asks programs not to read it")))
            return True
        if not await app.db(app.store.full_texts.take, self._page, self._host, self._gap, TIMEOUT, now, self._queue):
            return False
        asked = self._source.named(self._page.url, max_bytes=MOST_BYTES, timeout=TIMEOUT)
        outcome = await app.page(asked, self._state(now), now)
        wait = _wait(outcome, app.now())
        await app.db(app.store.full_texts.leave, self._host, self._gap, GAP, wait, app.now())
        read = await self._read(outcome)
        await self._tell(replace(read, asked=outcome.asked, host_wait=wait))
        return True

    async def _ask_robots(self) -> bool:
        app, now = self._app, self._app.now()
        if not await app.db(app.store.full_texts.take_host, self._host, self._gap, robots.TIMEOUT, now, self._queue):
            return False
        told = await robots.ask(app, self._source, self._page.url, now)
        await app.db(app.store.full_texts.leave, self._host, self._gap, self._gap, told.wait, app.now())
        await app.db(app.store.full_texts.count, told.asked, told.wait)
        if told.failure is not None:
            await self._tell(self._failed(replace(told.failure, detail=f"robots.txt: {told.failure.detail}")))
        return True

    def _state(self, now: datetime) -> SourceState | None:
        """What it may be compared with: only a page whose text is held, as it would be told today."""
        if self._page.recipe != self._recipe:
            return None
        return SourceState(
            source=self._source.id,
            next_poll_at=now,
            location=self._page.url,
            validators=self._page.validators,
            final_url=self._page.final_url,
            body_hash=self._page.body_hash,
        )

    async def _read(self, outcome: Outcome) -> ReadPage:
        page, key = self._page, self._page.article.key
        if isinstance(outcome, Failed):
            return self._failed(outcome)
        if isinstance(outcome, NotModified):
            return ReadPage(key=key, keeps=True, validators=outcome.validators or page.validators,
                            final_url=outcome.final_url, body_hash=page.body_hash)  # fmt: skip
        (document,) = outcome.documents
        known = ReadPage(
            key=key, validators=outcome.validators, final_url=outcome.final_url, body_hash=outcome.body_hash
        )
        if _host(outcome.final_url) != self._host and not await self._allowed(outcome.final_url):
            return replace(known, why="robots.txt of the host it leads to asks programs not to read it")
        product = token(self._agent)
        if (refused := _refused(outcome, document, product)) is not None:
            return replace(known, why=refused)
        found = await self._app.reading.page(document, self._wanted, page.article, product)
        return replace(known, text=found) if isinstance(found, PageText) else replace(known, why=found)

    async def _allowed(self, url: str) -> bool:
        """Whether the page that another one led to, on another host, may be read."""
        app, now = self._app, self._app.now()
        told = await robots.remembered(app, url, now)
        if told is None:
            told = await robots.ask(app, self._source, url, now)
            await app.db(app.store.full_texts.count, told.asked, told.wait)
        return await app.reading.here(robots.allows, told, url, self._agent)

    def _failed(self, failure: Failed) -> ReadPage:
        """The text that is held stays for as long as the page is asked for again."""
        page = self._page
        tries = page.tries + 1
        again = None if failure.code in FOR_GOOD or tries > len(RETRIES) else self._app.now() + RETRIES[tries - 1]
        return ReadPage(
            key=page.article.key,
            keeps=again is not None,
            why=f"{failure.code}: {failure.detail}",
            again=again,
            tries=tries,
            validators=page.validators,
            final_url=page.final_url,
        )

    async def _tell(self, read: ReadPage) -> None:
        app, article = self._app, self._page.article
        shown = article if read.text is None else with_text(article, read.text)
        rules = app.rules.get(self._source.id, NO_RULES)
        (judged,) = rule((shown,), rules, app.now()).articles
        tell = app.store.full_texts.told
        await app.db(tell, read, self._recipe, judged.left_out, app.now(), let_out=not rules.actions)
        if rules.actions:  # what is rewritten is the text that is shown
            await app.judge_some(self._source, [article.key])
            await app.db(app.store.full_texts.let_out, article.key)
        if read.why is not None:
            log.info("no full text", source=self._source.id, url=self._page.url, reason=read.why)


def may_have(source: Source, other: Source | None, url: str) -> bool:
    """Whether the text of a page that was read for the other one is for this source too: not where the other may ask
    the own network for it, and this one may not."""
    if other is None:
        return False
    return other.named(url, max_bytes=1).public_only or not source.named(url, max_bytes=1).public_only


def recipe_of(wanted: FullText) -> str:
    """By what a text is told on a page: another recipe may find another text."""
    return RECIPE if wanted.select is None and wanted.remove is None else f"{RECIPE} {wanted.select} - {wanted.remove}"


def _refused(outcome: Fetched, document: Document, product: str) -> str | None:
    kind = (document.media_type or _HTML[0]).partition(";")[0].strip().lower()
    if kind not in _HTML:
        return f"it is no HTML page but {kind[:80]}"
    headers = outcome.exchange.headers if outcome.exchange is not None else ()
    said = [value for name, value in headers if name == "x-robots-tag"]
    return "its publisher asks that it is kept nowhere else (X-Robots-Tag)" if asks_not_to(said, product) else None


def asks_not_to(said: Iterable[str], product: str) -> bool:
    """Whether ``X-Robots-Tag`` header fields ask ``product`` not to keep or show a page."""
    for line in said:
        name, colon, rest = line.partition(":")
        named = bool(colon) and name.strip().lower() not in _WITH_VALUES and not set(" ,") & set(name.strip())
        about = name.strip().lower() if named else None
        words = rest if named else line
        if about in (None, product) and not FORBIDS.isdisjoint(word.strip().lower() for word in words.split(",")):
            return True
    return False


FORBIDS = frozenset({"noarchive", "nosnippet", "noindex", "none"})
_WITH_VALUES = frozenset({"max-snippet", "max-image-preview", "max-video-preview", "unavailable_after"})
"""What has a colon behind it and is no program's name."""


def _wait(outcome: Outcome, now: datetime) -> datetime | None:
    if not isinstance(outcome, Failed):
        return None
    asked = outcome.freshness.retry_after
    if asked is not None:
        return now + asked
    return now + timedelta(minutes=15) if outcome.code is Code.RATE_LIMITED else None


def _host(url: str) -> str:
    try:
        return Source(id="page", url=url).host
    except ValueError:  # no port is that large; asking for it fails
        return url[:200]
