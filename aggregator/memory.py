"""What outlives the database: kept in a file beside the published documents, and read where the database is lost.

``keep`` writes down what the store has learnt since, after each poll that changed something and before each publish.
``recall`` makes a store know again what it does not: all of it where the database was deleted, the newest where an old
backup was put back. Texts come from the published documents as far as these reach, so that the next publish shows what
the last one did; of all other articles it is only known that they are no news, until their sources say them again.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aggregator import memory_file
from aggregator.articles import Identified, identify, minted_id, page_hash
from aggregator.folders import folders_of
from aggregator.logs import get_logger
from aggregator.model import (
    FOLDED,
    Article,
    Document,
    Failed,
    FeedInfo,
    Kept,
    KeptAlias,
    KeptSource,
    ParsedFeed,
    Source,
)
from aggregator.publish import paths as documents_of
from aggregator.publish.assemble import ARTICLES, below
from aggregator.publish.digest import listed_in as in_digest
from aggregator.publish.fairness import digest_id_of, listed_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from aggregator.memory_file import Line
    from aggregator.model import ParsedEntry
    from aggregator.store import Store
    from aggregator.wiring import App

log = get_logger()

POSITION = "memory file"
"""The setting that says up to where the file says all: its stamp, that size, and the size it was written anew with."""

BATCH = 1_000
"""Lines read from the store at once: 10 ms."""

SLACK = 1024 * 1024
"""Bytes the file may grow by in any case before it is written anew."""

UNKNOWN = "unknown"
"""Whose articles are that are in the documents, and of no source that is configured."""

_MICROSECOND = timedelta(microseconds=1)


# ---- writing


async def keep(app: App) -> None:
    """Write down what the memory file does not say yet; what it costs is what changed. Raises OSError, StoreError."""
    path = app.config.public / memory_file.NAME
    told = await app.db(app.store.setting, POSITION)
    size = path.stat().st_size if path.exists() else 0
    if told is None or size < json.loads(told)["size"]:
        await _write_anew(app, path)
        return
    at = json.loads(told)
    while True:
        news = await app.db(app.store.memory.unsaved, BATCH)
        if not news.numbers:
            break
        at["size"] = await app.publishing(memory_file.append, path, at["size"], news.lines)
        await app.db(app.store.memory.saved, news.numbers, POSITION, json.dumps(at))
    if at["size"] > 2 * at["base"] + SLACK:
        await _write_anew(app, path)


async def _write_anew(app: App, path: Path) -> None:
    """Each article once. What changes meanwhile is appended afterwards."""
    waiting = await app.db(app.store.memory.unsaved_numbers)
    site = app.config.site.id
    new = await app.publishing(memory_file.Rewriting, path, site)
    try:
        for kind in (KeptSource, Kept, KeptAlias):
            after = ""
            while lines := await app.db(app.store.memory.kept, kind, after, BATCH):
                await app.publishing(new.write, lines)
                after = _name(lines[-1])
        size = await app.publishing(new.finish)
    except BaseException:
        new.give_up()
        raise
    at = json.dumps({"stamp": new.stamp, "size": size, "base": size})
    for start in range(0, max(len(waiting), 1), BATCH):
        await app.db(app.store.memory.saved, waiting[start : start + BATCH], POSITION, at)


def _name(line: Line) -> str:
    match line:
        case Kept():
            return line.key
        case KeptAlias():
            return line.alias
        case KeptSource():
            return line.source


# ---- reading


def published_as(public: Path) -> str | None:
    """The site's id that the documents there were published under, as the memory file has it. Raises OSError."""
    head = memory_file.head_of(public / memory_file.NAME)
    return head.site if head is not None else None


async def recall(app: App) -> None:
    """Make the store know what the memory file says beyond it, and what the published documents say where it is new.

    Nothing happens where the store knows the file, as it nearly always does. Raises OSError, StoreError.
    """
    path = app.config.public / memory_file.NAME
    told = await app.db(app.store.setting, POSITION)
    there = await app.publishing(memory_file.position, path)
    at = json.loads(told) if told is not None else None
    if at is not None and (there is None or (there[0] == at["stamp"] and there[1] <= at["size"])):
        return
    new = at is None and not await app.db(_has_held, app.store)
    lines = await _lines_in(app, path) if there is not None else ()
    if not lines and not new:
        return
    entries, order, ended = await _published(app)
    kept = {each.id: _as_shown(each, entries.get(each.id)) for each in lines if isinstance(each, Kept)}
    days = _days(app, kept.values(), entries)
    besides = [each for each in _lines_of(app, entries, order, kept) if each.id not in days] if new else []
    texts = {
        **_in_digests(kept.values(), ended),
        **await _texts(app, (*kept.values(), *besides), entries),
        **_folded(kept.values(), days.values()),
    }
    known = (*(each for each in lines if not isinstance(each, Kept)), *kept.values(), *besides)
    if not known:
        return
    count = await app.db(app.store.memory.remake, known, texts, app.now(), POSITION, late=not lines)
    if count:
        source = "the memory file" if lines else "the published documents"
        log.warning(f"memory rebuilt from {source}", file=str(path), articles=count, texts=len(texts))


async def _lines_in(app: App, path: Path) -> Sequence[Line]:
    memory = await app.publishing(memory_file.read, path)
    if memory.damaged:
        aside = path.with_name(f"{path.name}.damaged")
        await app.publishing(_set_aside, path, aside)
        advice = f"what else it says was taken; the file as it was is {aside}"
        log.warning("lines of the memory file cannot be read", lines=memory.damaged, advice=advice)
    return memory.lines


def _as_shown(kept: Kept, entry: ParsedEntry | None) -> Kept:
    """As late as readers saw it: an entry that stands for a story is updated with it."""
    if entry is None or entry.updated is None:
        return kept
    last = max(kept.updated, kept.sort_at) if kept.updated is not None else kept.published or kept.first_seen
    return replace(kept, updated=entry.updated) if entry.updated > last else kept


def _set_aside(path: Path, aside: Path) -> None:
    aside.touch(mode=0o600)
    aside.write_bytes(path.read_bytes())


def _has_held(store: Store) -> bool:
    return bool(store.articles.counts()) or bool(store.memory.kept(Kept, "", 1))


async def _published(
    app: App,
) -> tuple[Mapping[str, ParsedEntry], Sequence[Sequence[str]], Sequence[ParsedEntry]]:
    """The entries of our published Atom documents by their ids, the ids of each document in its order, and the entries
    of documents whose entries are digests."""
    first = [f"{each.id}.atom" for each in app.config.outputs]
    folders = folders_of(app.config)
    paths = await app.publishing(lambda: sorted(path for each in folders for path in each.glob("*.atom")))
    paths.sort(key=lambda path: first.index(path.name) if path.name in first else len(first))
    site = app.config.site.id
    ours = {site, *(below(site, "output", each.id) for each in app.config.outputs)}
    lists = _with_digests(app)
    entries: dict[str, ParsedEntry] = {}
    order: list[list[str]] = []
    told: list[ParsedEntry] = []
    for path in paths:
        url = f"{app.config.site.url}{path.name}"
        document = Document(body=await app.publishing(path.read_bytes), url=url)
        feed = await app.reading.parse((document,), Source(id=UNKNOWN, url=url), app.now())
        if feed.problem is not None or feed.info.id not in ours:
            why = feed.problem.detail if feed.problem is not None else "it has the id of another site"
            log.warning("nothing is taken from a document", path=str(path), text=why)
            continue
        if path.name in lists:
            told.extend(feed.entries)
            continue
        ids = [each.raw_id for each in feed.entries if each.raw_id is not None]
        order.append(ids)
        for each in feed.entries:
            if each.raw_id is not None:
                entries.setdefault(each.raw_id, each)
    return entries, order, told


def _with_digests(app: App) -> frozenset[str]:
    """Names of documents whose entries are no articles, but list such."""
    outputs = enumerate(app.config.outputs)
    return frozenset(path for place, each in outputs if each.digest for path in documents_of(each, first=place == 0))


async def _texts(app: App, lines: Iterable[Kept], entries: Mapping[str, ParsedEntry]) -> Mapping[str, Article]:
    """Key -> the article as it was published, for those that the documents show."""
    shown = {each.key: each for each in lines if each.id in entries}
    named = tuple(Identified(key=key, claimed_id=None, entry=entries[each.id]) for key, each in shown.items())
    said = await app.reading.normalise(named, FeedInfo(), Source(id=UNKNOWN, url=app.config.site.url), app.now())
    if isinstance(said, Failed):
        log.warning("cannot read what was published", text=said.detail)
        return {}
    folders = {each.id for each in app.config.sources if each.folder is not None}
    here = f"{app.config.site.url}{ARTICLES}/"
    return {each.key: _as_published(each, shown[each.key].source in folders, here) for each in said}


def _as_published(article: Article, local: bool, here: str) -> Article:
    """What its source says next is compared with nothing: it was cleaned once more, and counts as no edit.

    A local article may have another name by then, by which it is known again. A page of it below ``here`` is ours.
    """
    if article.url is not None and article.url.startswith(here):
        article = replace(article, url=None, page_hash=None, slug=article.url.removeprefix(here))
    return replace(article, raw_hash=b"", fingerprint=article.fingerprint if local else b"")


def _days(app: App, lines: Iterable[Kept], entries: Mapping[str, ParsedEntry]) -> Mapping[str, ParsedEntry]:
    """Entries that list what is folded of a day, by their ids: they are made of that, and are no articles."""
    days = {(each.source, each.sort_at.date()) for each in lines if each.held == FOLDED}
    ids = {digest_id_of(*each, app.config.site, output) for each in days for output in app.config.outputs}
    return {each: entries[each] for each in sorted(ids & entries.keys())}


def _folded(lines: Iterable[Kept], told: Iterable[ParsedEntry]) -> Mapping[str, Article]:
    """Key -> title and address of a folded article, as the entry of its day lists it."""
    pages = {
        page_hash(url): (url, title, entry.source)
        for entry in told
        for text in entry.contents
        for url, title in listed_in(text.value)
    }
    return {
        each.key: Article(
            key=each.key,
            id=each.id,
            source=each.source,
            raw_hash=b"",
            fingerprint=b"",
            title=pages[each.page_hash][1],
            url=pages[each.page_hash][0],
            first_seen=each.first_seen,
            sort_at=each.sort_at,
            origin=pages[each.page_hash][2],
        )
        for each in lines
        if each.held == FOLDED and each.page_hash in pages
    }


def _in_digests(lines: Iterable[Kept], told: Iterable[ParsedEntry]) -> Mapping[str, Article]:
    """Key -> what a digest says of an article: its title, summary, address, and whose it is."""
    pages = {
        page_hash(url): (url, title, summary, FeedInfo(title=name))
        for entry in told
        for text in entry.contents
        for url, title, summary, name in in_digest(text.value)
    }
    shown = [each for each in lines if each.held is None and each.deleted_at is None and each.page_hash in pages]
    return {
        each.key: Article(
            key=each.key,
            id=each.id,
            source=each.source,
            raw_hash=b"",
            fingerprint=b"",
            title=pages[each.page_hash][1],
            url=pages[each.page_hash][0],
            summary=pages[each.page_hash][2],
            first_seen=each.first_seen,
            sort_at=each.sort_at,
            origin=pages[each.page_hash][3],
        )
        for each in shown
    }


# ---- what only the documents say


def _lines_of(
    app: App, entries: Mapping[str, ParsedEntry], order: Sequence[Sequence[str]], known: Mapping[str, Kept]
) -> Sequence[Kept]:
    """A line for each entry that none is ``known`` of, dated so that the documents keep their order."""
    now = app.now()
    lines = dict(known)
    for ids in order:
        above: Kept | None = None
        for each in ids:
            if each not in lines:
                lines[each] = _line_of(app, entries[each], each, above, now)
            above = lines[each]
    return [line for name, line in lines.items() if name not in known]


def _line_of(app: App, entry: ParsedEntry, published_id: str, above: Kept | None, now: datetime) -> Kept:
    source = _source_of(entry, app.config.sources)
    updated = entry.updated or entry.published or now
    sort_at = min(entry.published or updated, updated)
    if above is not None and (sort_at, above.id) >= (above.sort_at, published_id):
        sort_at = above.sort_at - (_MICROSECOND if above.id > published_id else timedelta(0))
    return Kept(
        key=_key_of(entry, published_id, source),
        id=published_id,
        source=source.id,
        first_seen=sort_at,
        sort_at=sort_at,
        published=entry.published,
        updated=updated,
    )


def _key_of(entry: ParsedEntry, published_id: str, source: Source) -> str:
    """The key its source's entry has. Of an id that was minted from a key that cannot be told, any will do: the entry
    is known again by that id (:meth:`aggregator.store.faces.polls.Polls.known`)."""
    for raw_id in (published_id, None):
        feed = ParsedFeed(road="published", entries=(replace(entry, raw_id=raw_id),))
        (found,) = identify(feed, source)
        if raw_id is None and minted_id(source.id, found.key) == published_id:
            return found.key
        if raw_id is not None:
            own = found.key
    return own


def _source_of(entry: ParsedEntry, sources: Iterable[Source]) -> Source:
    """The configured source an entry came from, by what its ``source`` element says; else by its host."""
    said = entry.source or FeedInfo()
    named = {said.self_url, said.id, said.url} - {None}
    for each in sources:
        if each.url in named or (each.folder is not None and each.title is not None and each.title == said.title):
            return each
    hosts = {_host(address) for address in named if address} - {None}
    for each in sources:
        if each.url is not None and _host(each.url) in hosts:
            return each
    return Source(id=UNKNOWN)


def _host(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None
