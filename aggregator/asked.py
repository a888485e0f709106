"""Outputs that nobody configured, made when they are asked for: an address to a document, on the road of all others.

::

    asked_at (publish/automatic.py) -> choose by an index or by looking -> assemble -> render, read back

What was made is kept until the next publish, so such an output changes when all others do. Whatever is asked, one
document is made at a time from the index and one by looking; who waits behind more than others has to come again.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter, OrderedDict, defaultdict
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from time import thread_time
from typing import TYPE_CHECKING

from aggregator.articles import FIELDS, RuleError, compile_rule, select
from aggregator.errors import PublishError, StoreError
from aggregator.logs import get_logger
from aggregator.model import FeedInfo, Output
from aggregator.model.terms import fold, language_term, names_of, tag_term
from aggregator.outputs.choosing import FOLDED_AT_MOST, LONG_AGO, MANY
from aggregator.outputs.gathering import MOURNED
from aggregator.outputs.public import public_rules, public_sources
from aggregator.outputs.rendering import TOMBSTONES, as_public
from aggregator.publish import FORMATS, assemble, document, files, folded_days
from aggregator.publish.assemble import ARTICLES
from aggregator.publish.automatic import Asked, Unclear, address, asked_at, pages_of, query_of, typed
from aggregator.publish.html import Listed, listing, page_below, search_page
from aggregator.publish.valid import web_address
from aggregator.serve.asked import Refusal, prepared, size

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from aggregator.articles import Rule
    from aggregator.model import Article, PublishedFeed, Rendered, Source
    from aggregator.publish import Format
    from aggregator.serve import Documents
    from aggregator.serve.negotiate import Document
    from aggregator.wiring import App

log = get_logger()

LOOKED_AT = 5000
"""The newest articles, among which a search finds what it finds and tags are counted."""
PAGE = 250
"""Of them read from the store at once: 15 ms, between which polls write."""
SECONDS = 2.0
"""Processor time that a search may take: 5,000 articles of 400 words take 0.1 s, with a regular expression too."""
PROGRAM = 500
"""Instructions of a regular expression in a search: a tenth of what one in the configuration may have."""

QUEUE = 32
"""Documents that may wait to be made, in each of the two lines."""
KEPT, KEPT_BYTES = 1000, 32 * 1024 * 1024
"""Documents that are kept until the next publish, those asked for last, and their bytes."""

TAGS, SOURCES = 500, 1000
"""At most in a list."""
SOURCES_AT_ONCE = 50


class Unknown(Exception):
    """There is nothing at the address."""


class Busy(Exception):
    """Too many documents wait to be made; the message is for who asks."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What an output has, and how many articles were looked at for it."""

    articles: tuple[Article, ...]
    looked_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shared:
    """What all these outputs have in common until the next publish."""

    pinned: tuple[Article, ...]
    withdrawn: tuple[Article, ...]
    folded: tuple[Article, ...]
    sources: Mapping[str, Source]
    infos: Mapping[str, FeedInfo]
    hidden: Collection[str]
    public_sources: Collection[str]
    written: Collection[str]
    """Slugs of local articles that have pages: those that no output takes have none."""


class Asking:
    """Makes what is asked for, each document once however many ask for it at once. ``documents`` prepares it as what is
    published is prepared."""

    def __init__(self, app: App, documents: Documents) -> None:
        self._app = app
        self._prepare = partial(prepared, documents)
        self._kept: OrderedDict[Asked, Document | Busy] = OrderedDict()
        self._kept_bytes = 0
        self._making: dict[Asked, asyncio.Task[Document]] = {}
        self._lines = {searching: _Line() for searching in (False, True)}
        self._shared: _Shared | None = None
        self._generation = 0

    def forget(self) -> None:
        """What was made is old: something was published, or is configured otherwise."""
        self._kept.clear()
        self._kept_bytes = 0
        self._making.clear()  # who waits gets what is being made; who comes now does not
        self._shared = None
        self._generation += 1

    async def answer(self, path: str, query: bytes) -> Document | Refusal:
        """The document at an address, or why there is none; ``path`` is decoded."""
        try:
            return await self.document(path, query)
        except Unknown:
            return Refusal(404, "There is nothing at this address. The feed is at /feed.atom.")
        except Unclear as problem:
            words = str(problem)
            return Refusal(400, words, self._problem(words, typed(query)) if path == "/search" else None)
        except Busy as later:
            return Refusal(503, str(later))
        except (StoreError, PublishError) as error:
            log.error("cannot answer", path=path, error=str(error))
            return Refusal(503, "This cannot be made at the moment; please come again later.")

    async def current(self, path: str) -> bytes | None:
        """What is at an address now, if anything."""
        found = await self.answer(path, b"")
        return found.identity.body if not isinstance(found, Refusal) else None

    async def document(self, path: str, query: bytes) -> Document:
        """The document at an address.

        Raises Unknown where there is none, Unclear for a search that cannot be understood, Busy where it has to be
        asked for again later; StoreError and PublishError as publishing does.
        """
        asked = asked_at(path, query)
        if asked is None or not getattr(self._app.config.automatic, asked.kind):
            raise Unknown
        if asked in self._kept:
            self._kept.move_to_end(asked)
            kept = self._kept[asked]
            if isinstance(kept, Busy):
                raise kept
            return kept
        making = self._making.get(asked)
        if making is None:
            rule, output = self._output(asked)
            line = self._lines[asked.kind == "search" or not asked.name]
            if line.waiting >= QUEUE:
                raise Busy("Many ask for something at the moment; please come again in a minute.")
            making = asyncio.create_task(self._make(asked, output, rule, line))
            self._making[asked] = making
            line.waiting += 1
            making.add_done_callback(partial(self._made, asked, line))
        return await asyncio.shield(making)

    def _made(self, asked: Asked, line: _Line, done: asyncio.Task[Document]) -> None:
        """Keep it, unless it is old by now."""
        line.waiting -= 1
        if self._making.get(asked) is not done:
            if not done.cancelled():
                done.exception()  # nobody may be there any more to be told
            return
        del self._making[asked]
        if done.cancelled():
            return
        error = done.exception()
        if isinstance(error, Busy):
            self._kept[asked] = error
        elif error is None:
            self._kept[asked] = done.result()
            self._kept_bytes += size(done.result())
        while len(self._kept) > KEPT or (self._kept_bytes > KEPT_BYTES and len(self._kept) > 1):
            _, oldest = self._kept.popitem(last=False)
            self._kept_bytes -= size(oldest) if not isinstance(oldest, Busy) else 0

    def _output(self, asked: Asked) -> tuple[Rule | None, Output]:
        """What is asked for as an output, and its query. Raises Unclear, Unknown."""
        site, title = self._app.config.site, self._title(asked)
        output = Output(id=asked.output, title=f"{site.title}: {title}", limit=self._app.config.automatic.limit)
        if not asked.name:
            if asked.kind == "search" and asked.format != "html":
                raise Unclear("Say what to search for, as ?q=words.")
            return None, output
        rule = _rule(asked)
        return rule, replace(output, query=rule.text)

    def _title(self, asked: Asked) -> str:
        if asked.kind == "sources":
            source = self._app.sources.get(asked.name)
            return (source.title if source is not None else None) or asked.name
        return asked.name if asked.kind != "search" else f'search for "{asked.name}"' if asked.name else "search"

    async def _make(self, asked: Asked, output: Output, rule: Rule | None, line: _Line) -> Document:
        async with line.turn:
            now = self._app.now()
            shared = await self._common(now)
            if rule is not None:
                made = await self._articles(asked, output, rule, shared, now)
            elif asked.kind == "search":
                made = self._nothing(asked, output, None)
            else:
                made = await (self._tags(now) if asked.kind == "tags" else self._sources(shared, now))
            return await self._app.publishing(self._prepare, made, now)

    async def _common(self, now: datetime) -> _Shared:
        app = self._app
        if (shared := self._shared) is None:
            generation = self._generation
            infos = await app.db(app.store.polls.infos)
            sources, said, hidden = as_public(app, infos)
            pinned = await app.db(app.store.articles.newest, MANY, now=now, pinned=True, copies=self._copies)
            withdrawn = await app.db(app.store.articles.withdrawn, now, now - MOURNED, MANY)
            folded = await app.db(app.store.outputs.folded, LONG_AGO, FOLDED_AT_MOST, now)
            shared = _Shared(
                pinned=await self._public(pinned, now),
                withdrawn=await self._public(withdrawn, now),
                folded=await self._public(folded, now),
                sources=sources,
                infos=said,
                hidden=hidden,
                public_sources=await public_sources(app),
                written=await app.publishing(files.pages, app.config.public, ARTICLES),
            )
            if generation == self._generation:
                self._shared = shared
        return shared

    @property
    def _copies(self) -> bool:
        return self._app.config.duplicates.show == "all"

    def _problem(self, problem: str, words: str) -> bytes:
        """The page to search in, with what was searched for and what is wrong with that."""
        asked = Asked(kind="search", name="", format="html")
        _, output = self._output(asked)
        return self._nothing(asked, output, problem, words).body

    def _nothing(self, asked: Asked, output: Output, problem: str | None, words: str = "") -> Rendered:
        site = self._app.config.site
        feed = self._addressed(assemble((), {}, {}, site, output, first=False), asked)
        return document(feed, "html", search_page(site, words, 0, problem)).documents[0]

    # ---- articles

    async def _articles(self, asked: Asked, output: Output, rule: Rule, shared: _Shared, now: datetime) -> Rendered:
        app, site = self._app, self._app.config.site
        found = await self._found(asked, rule, output.limit, shared, now)
        whole = len(found.articles) < output.limit
        since = LONG_AGO.date() if whole else min(each.sort_at for each in found.articles).date()
        folded = [each for each in select(shared.folded, rule, now) if each.sort_at.date() >= since]
        was = tuple(islice(select(shared.withdrawn, rule, now), TOMBSTONES))
        known = asked.kind == "search" or (asked.kind == "sources" and asked.name in shared.public_sources)
        if not (found.articles or folded or was or known):
            raise Unknown
        keys = [each.key for each in found.articles]
        through = await app.db(app.store.articles.through, keys) if not self._copies else {}

        def render() -> Rendered:
            there = (_with_its_page(each, shared.written) for each in found.articles)
            told = folded_days(folded, shared.infos, shared.sources, site, output)
            feed = assemble(
                (*there, *told),
                shared.infos,
                shared.sources,
                site,
                replace(output, title=f"{site.title}: {self._name(asked, found.articles, shared.infos)}"),
                first=False,
                hubs=app.config.hubs if asked.kind != "search" else (),
                withdrawn=was,
                through=through,
            )
            kind = self._format(asked, found.looked_at)
            publication = document(self._addressed(feed, asked), asked.format, kind)
            for problem in publication.problems:
                log.warning("not published", problem=problem)
            return publication.documents[0]

        return await app.publishing(render)

    def _name(self, asked: Asked, articles: Sequence[Article], infos: Mapping[str, FeedInfo]) -> str:
        """A tag as most of its articles write it, a source as it calls itself."""
        if asked.kind == "tags":
            written = Counter(name for each in articles for name in names_of(each.tags) if fold(name) == asked.name)
            return min(written, key=lambda name: (-written[name], name), default=asked.name)
        source = self._app.sources.get(asked.name) if asked.kind == "sources" else None
        if asked.kind == "sources" and (source is None or source.title is None):
            return infos.get(asked.name, FeedInfo()).title or asked.name
        return self._title(asked)

    def _addressed(self, feed: PublishedFeed, asked: Asked) -> PublishedFeed:
        """The same feed at the addresses of what is asked for."""
        site = self._app.config.site
        urls = tuple((name, address(site, replace(asked, format=name))) for name in FORMATS)
        if asked.kind == "search" and not asked.name:
            urls = tuple((name, url) for name, url in urls if name == "html")
        pages = pages_of(site, self._app.config.automatic, home=True)
        return replace(feed, self_urls=urls, site_url=dict(urls)["html"], pages=pages)

    def _format(self, asked: Asked, looked_at: int) -> Format:
        site = self._app.config.site
        if asked.format != "html":
            return FORMATS[asked.format]
        return page_below(site) if asked.kind != "search" else search_page(site, asked.name, looked_at)

    async def _found(self, asked: Asked, rule: Rule, limit: int, shared: _Shared, now: datetime) -> _Found:
        """The pinned and then the newest articles that the rule takes: out of an index where there is one, or by
        looking at the newest. Raises Busy where that takes too long."""
        store = self._app.store
        page_by: dict[str, Callable[..., tuple[Article, ...]]] = {
            "tags": partial(store.articles.newest_of, tag_term(asked.name) or ""),
            "languages": partial(store.articles.newest_of, language_term(asked.name) or ""),
            "sources": partial(store.articles.newest, source=asked.name),
            "search": store.articles.newest,
        }
        many = PAGE if asked.kind == "search" else limit
        found = {each.key: each for each in select(shared.pinned, rule, now)}
        looked_at, left = 0, SECONDS
        async for page in self._pages(page_by[asked.kind], many, now):
            taken, left = await asyncio.to_thread(_look, page, rule, now, left)
            if left <= 0:
                raise Busy("The search takes too long; please ask for something simpler.")
            found |= {each.key: each for each in taken}
            looked_at += len(page)
            if len(found) >= limit:
                break
        return _Found(tuple(islice(found.values(), limit)), looked_at)

    async def _pages(
        self, page_of: Callable[..., tuple[Article, ...]], size: int, now: datetime
    ) -> AsyncIterator[tuple[Article, ...]]:
        """The newest articles, page by page, about :data:`LOOKED_AT` of them."""
        before: tuple[datetime, str] | None = None
        for _ in range(0, LOOKED_AT, size):
            page = await self._app.db(page_of, size, now=now, before=before, copies=self._copies)
            yield await self._public(page, now)
            if len(page) < size:
                return
            before = (page[-1].sort_at, page[-1].key)

    async def _public(self, articles: tuple[Article, ...], now: datetime) -> tuple[Article, ...]:
        """Those that the public may know of."""
        if (rules := public_rules(self._app)) is None:
            return articles
        taken = partial(_taken_by, tuple(rules.values()), now)
        return await asyncio.to_thread(lambda: tuple(filter(taken, articles)))

    # ---- lists

    async def _tags(self, now: datetime) -> Rendered:
        app = self._app
        counts, written = Counter[str](), defaultdict[str, Counter[str]](Counter)
        async for page in self._pages(app.store.articles.newest, PAGE, now):
            for article in page:
                names = {fold(name): name for name in names_of(article.tags) if tag_term(name) is not None}
                counts.update(names.keys())
                for folded, name in names.items():
                    written[folded][name] += 1

        def render() -> Rendered:
            site = app.config.site
            most = sorted(counts, key=lambda name: (-counts[name], name))[:TAGS]
            items = [
                Listed(
                    title=min(written[name], key=lambda each: (-written[name][each], each)),
                    href=address(site, Asked(kind="tags", name=name, format="html")),
                    count=counts[name],
                )
                for name in sorted(most)
            ]
            beyond = f"The {TAGS} of most articles of {len(counts):,}." if len(counts) > TAGS else None
            pages = pages_of(site, app.config.automatic, home=True)
            return listing(site, "tags", f"{site.url}tags", items, beyond, pages)

        return await app.publishing(render)

    async def _sources(self, shared: _Shared, now: datetime) -> Rendered:
        app = self._app
        known = [
            each
            for each in app.config.sources
            if each.id in shared.public_sources and each.enabled and each.members is None
        ]
        listed = known[:SOURCES]
        counted = public_rules(app) is None  # else the numbers would tell of articles that are not public
        texts = await app.db(app.store.articles.texts) if counted else None
        newest: dict[str, Article] = {}
        for start in range(0, len(listed) if counted else 0, SOURCES_AT_ONCE):
            names = [each.id for each in listed[start : start + SOURCES_AT_ONCE]]
            newest |= await app.db(self._newest_of_each, names, now)

        def render() -> Rendered:
            site = app.config.site
            items = []
            for source in listed:
                info, last = shared.infos.get(source.id, FeedInfo()), newest.get(source.id)
                items.append(
                    Listed(
                        title=source.title or info.title or source.id,
                        href=address(site, Asked(kind="sources", name=source.id, format="html")),
                        site=web_address(info.url),
                        feed=web_address(source.url) if _is_open(source) and source.id not in shared.hidden else None,
                        count=texts.get(source.id, 0) if texts is not None else None,
                        last=last.published or last.first_seen if last is not None else None,
                    )
                )
            items.sort(key=lambda each: fold(each.title))
            more = len(known) > SOURCES
            beyond = f"The first {SOURCES:,}; all are in opml.xml." if more else None
            pages = pages_of(site, app.config.automatic, home=True)
            return listing(site, "sources", f"{site.url}sources", items, beyond, pages)

        return await app.publishing(render)

    def _newest_of_each(self, names: Sequence[str], now: datetime) -> dict[str, Article]:
        store = self._app.store
        return {name: each for name in names for each in store.articles.newest(1, now=now, source=name)}


class _Line:
    """Whose turn it is, one at a time, and how many wait for it or have it."""

    def __init__(self) -> None:
        self.waiting = 0
        self.turn = asyncio.Lock()


def _with_its_page(article: Article, written: Collection[str]) -> Article:
    """The same article, which leads nowhere where it is local and has no page."""
    return article if article.slug is None or article.slug in written else replace(article, slug=None)


def _taken_by(rules: Sequence[Rule], now: datetime, article: Article) -> bool:
    return any(each.matches(article, now) for each in rules)


def _look(page: Sequence[Article], rule: Rule, now: datetime, seconds: float) -> tuple[list[Article], float]:
    """Those the rule takes, and how much is left of the time; nothing where it is up."""
    began = thread_time()
    taken = []
    for each in page:
        if rule.matches(each, now):
            taken.append(each)
        if thread_time() - began > seconds:
            return [], 0.0
    return taken, seconds - (thread_time() - began)


_RULE = re.compile(r"[\s(]*(?:not[\s(]+)*([a-z_.]+)\s*(?:!?=|!?~|<|>|(?:not\s+)?in\s*\[)", re.IGNORECASE)
_SIGNS = frozenset("=~<>[")


def _rule(asked: Asked) -> Rule:
    """What is taken. A search is a rule where it can be read as one and compares something, and words otherwise: the
    name of a field alone is a rule too (``author``), but who searches for the word means the word. What begins as a
    rule and cannot be read is a mistake. Raises Unclear."""
    if asked.kind != "search":
        return compile_rule(query_of(asked))
    try:
        if _SIGNS & set(asked.name):
            return compile_rule(asked.name, program=PROGRAM)
    except RuleError as error:
        found = _RULE.match(asked.name)
        if found is not None and found[1].lower() in FIELDS:
            raise Unclear(f"The search begins as a rule, and is none: {error}") from error
    return compile_rule(query_of(asked))


def _is_open(source: Source) -> bool:
    """Whether others can subscribe to it as well."""
    return not (source.headers or source.basic_auth or source.bearer is not None or source.client_cert is not None)
