"""Looks that change nothing: the health board, stored articles, what one document says."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from aggregator.articles import Ruling, identify, select
from aggregator.config import Change, patch, redact
from aggregator.errors import UsageError
from aggregator.fetch import Fetcher
from aggregator.last_publish import SETTING as LAST_PUBLISH
from aggregator.last_publish import LastPublish, last_publish
from aggregator.lists import with_members
from aggregator.model import Code, Document, Failed, Fetched, ParsedFeed, Polling, Source, SourceState, as_shown
from aggregator.operate import State, board, confirmed_move, learnt, of_pages, state_of
from aggregator.outputs.choosing import choose
from aggregator.outputs.telling import discover
from aggregator.parse import SEEDS
from aggregator.reading import Reading
from aggregator.store import Store
from aggregator.store.log import without_secrets
from aggregator.wiring import AGENT, agent, utc_now

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.articles import Rule
    from aggregator.config import Config, Patch
    from aggregator.model import Article, HealthChange, HostLedger, Story
    from aggregator.operate import Health
    from aggregator.serve.subscribers import Tally
    from aggregator.store.log import PollRecord

POLLS = 20
"""Of a source that are shown."""

HELD_AT_MOST = 10_000
"""Articles that wait for the operator, read to find those that a query takes."""


def in_full(config: Config) -> Config:
    """The configuration with the feeds of its lists, as far as they are known. Raises StoreError."""
    if not any(each.members is not None for each in config.sources):
        return config
    with Store.beside(config.store) as store:
        return with_members(config, store.lists.members()) if store is not None else config


def read_board(config: Config) -> tuple[Health, ...]:
    """The health of every configured source, in the order of the configuration. Raises StoreError."""
    with Store.beside(config.store) as store:
        return board_of(config, store)


def board_of(config: Config, store: Store | None) -> tuple[Health, ...]:
    """The same, from a store that is open, or ``None`` where nothing is stored yet."""
    hide = partial(redact, secrets=config.secrets)
    if store is None:
        return board(config.sources, {}, {}, hide)
    states = {each.source: each for each in store.polls.states()}
    return board(
        config.sources, states, store.articles.counts(), hide, store.articles.waiting(), store.articles.conflicts()
    )


def read_source(config: Config, name: str) -> tuple[tuple[PollRecord, ...], tuple[tuple[str, str], ...]]:
    """Its last polls that brought something or failed, the newest first, and what has been learnt of it, secrets
    hidden. Raises StoreError."""
    hide = partial(redact, secrets=config.secrets)
    source = next(each for each in config.sources if each.id == name)
    with Store.beside(config.store) as store:
        if store is None:
            return (), ()
        polls, state = store.polls.log(name, POLLS), store.polls.state(name)
        pages = store.full_texts.counts().get(name)
    told = tuple((what, hide(words)) for what, words in (*learnt(source, state), *of_pages(pages)))
    return tuple(without_secrets(each, hide) for each in polls), told


def read_last_publish(config: Config) -> LastPublish | None:
    """How each output stands since the last publish; ``None`` where there was none. Raises StoreError."""
    with Store.beside(config.store) as store:
        if store is None:
            return None
        return last_publish(store.setting(LAST_PUBLISH))


def read_health_changes(config: Config, limit: int, *, alerts: bool) -> tuple[HealthChange, ...]:
    """What has changed of how things stand, or with ``alerts`` what receivers are told; the newest first, at most
    ``limit``. Raises StoreError."""
    with Store.beside(config.store) as store:
        if store is None:
            return ()
        return store.health_changes.newest(limit, alerts=alerts)


def read_subscribers(config: Config) -> Tally:
    """How many people read what is published, as the service last wrote it down. Raises StoreError."""
    from aggregator.serve.subscribers import SETTING, Subscribers  # loads a web server, which takes 0.1 s

    stored = None
    with Store.beside(config.store) as store:
        if store is not None:
            stored = store.setting(SETTING)
    return Subscribers(utc_now(), stored).tally()


def read_websub(config: Config) -> dict[str, Any]:
    """Who subscribed at our hub, and what other hubs were told. Raises StoreError."""
    from aggregator.hub.pings import websub_rows  # loads a web server too

    with Store.beside(config.store) as store:
        if store is None:
            return {"topics": [], "hubs": []}
        return websub_rows(store, utc_now())


def read_ledger(config: Config, host: str | None = None) -> tuple[HostLedger, ...]:
    """How each host (or only ``host``) has been treated, by name, secrets hidden. Raises StoreError."""
    with Store.beside(config.store) as store:
        if store is None:
            return ()
        ledger = store.polls.ledger()
    return tuple(replace(each, host=redact(each.host, config.secrets)) for each in ledger if host in (None, each.host))


def read_patch(config: Config, only: str | None = None) -> Patch:
    """What the configuration should say of sources (or ``only`` one) that have moved or are gone, and why nothing is
    offered for those in quarantine. Raises StoreError."""
    changes: list[Change] = []
    held: list[str] = []
    with Store.beside(config.store) as store:
        states = {each.source: each for each in store.polls.states()} if store is not None else {}
    for source in config.sources:
        state = states.get(source.id)
        if state is None or not source.enabled or only not in (None, source.id):
            continue
        if (to := confirmed_move(state)) is not None:
            changes.append(Change(source=source.id, url=to))
        elif (word := state_of(source, state)) is State.GONE:
            changes.append(Change(source=source.id))
        elif word is State.QUARANTINED:
            held.append(f"{source.id}: nothing is offered while it is quarantined: {state.quarantine}")
    hide = partial(redact, secrets=config.secrets)
    offered = patch(config, changes, os.environ, hide)
    return replace(offered, left_out=(*offered.left_out, *map(hide, held)))


def read_articles(config: Config, query: Rule | None, limit: int) -> tuple[Article, ...]:
    """The newest visible articles that ``query`` takes, at most ``limit``. Raises StoreError."""
    with Store.beside(config.store) as store:
        if store is None:
            return ()
        return choose(store, query, limit, utc_now(), copies=config.duplicates.show == "all")


def read_held(config: Config, query: Rule | None, limit: int) -> tuple[Article, ...]:
    """The newest articles that wait for the operator and that ``query`` takes. Raises StoreError."""
    with Store.beside(config.store) as store:
        if store is None:
            return ()
        return tuple(islice(select(store.articles.held(HELD_AT_MOST), query, utc_now()), limit))


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """An article, its story, and what is like it."""

    article: Article
    story: Story | None
    like_it: tuple[Article, ...]

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        members = self.story.members if self.story is not None else ()
        return {
            "id": self.article.id,
            "story": self.story.id if self.story is not None else None,
            "members": [
                {"id": each.article.id, "source": each.article.source, "shown": each.shown, "why": each.why}
                for each in members
            ],
            "like_it": [{"id": each.id, "source": each.source, "title": each.title} for each in self.like_it],
        }


def read_related(config: Config, what: str, limit: int) -> Related | None:
    """What belongs to the story of an article, and at most ``limit`` articles like it; ``None`` where it is not held.
    Raises StoreError."""
    with Store.beside(config.store) as store:
        if store is None:
            return None
        article = store.articles.find(what)
        if article is None:
            return None
        story = store.stories.of([article.key], utc_now()).get(article.key)
        known = {each.article.key for each in story.members} if story is not None else set()
        alike = discover(store, article, limit + len(known))
        like_it = tuple(each for each in alike if each.key not in known)[:limit]
        return Related(article=article, story=story, like_it=like_it)


async def look_at(
    what: str, base: str | None, config: Config | None, ruled_as: str | None = None
) -> tuple[ParsedFeed, tuple[Article, ...]]:
    """What the program reads in one document: a file, an address, a folder, or ``-`` for standard input.

    A file that ends as local articles do is read as one, any other as a feed. It is as the rules of a source make it,
    where ``ruled_as`` is its id. Raises UsageError where it cannot be read, and for a source that is not configured.
    """
    ruled = _ruled_as(ruled_as, config) if ruled_as is not None else None
    now = utc_now()
    if "://" in what:
        source = Source(id="document", url=what)
        documents = await _fetched(source, config, now)
    elif _is_folder(what):
        source = Source(id="document", folder=Path(what))
        documents = await _fetched(source, config, now)
    elif PurePath(what).suffix.lower() in SEEDS:
        source = Source(id="document", folder=Path(what).parent)
        documents = _read(what, base)
    else:
        source = Source(id="document", url=base or "file:document")
        documents = _read(what, base)
    if isinstance(documents, Failed):
        return ParsedFeed(road="none", problem=documents), ()
    if ruled is not None:
        source = replace(
            source, id=ruled.id, title=ruled.title, tags=ruled.tags, language=ruled.language, rewrite=ruled.rewrite
        )
    reading = Reading(1)
    try:
        feed = await reading.parse(documents, source, now)
        articles = await reading.normalise(identify(feed, source), feed.info, source, now)
        if ruled is not None and not isinstance(articles, Failed):
            articles = (await reading.rule(articles, ruled, Ruling.of(ruled), now)).articles
            articles = tuple(map(as_shown, articles))
    finally:
        await reading.close()
    return (replace(feed, problem=articles), ()) if isinstance(articles, Failed) else (feed, articles)


def _ruled_as(name: str, config: Config | None) -> Source:
    known = config.sources if config is not None else ()
    source = next((each for each in known if each.id == name), None)
    if source is None:
        raise UsageError(f"no source is called {name}; there are {', '.join(each.id for each in known[:20]) or 'none'}")
    return source


def _is_folder(what: str) -> bool:
    return Path(what).is_dir()


async def _fetched(source: Source, config: Config | None, now: datetime) -> tuple[Document, ...] | Failed:
    if config is None:
        fetcher = Fetcher(polling=Polling(), agent=AGENT)
    else:
        fetcher = Fetcher(polling=config.polling, allow=config.allow, agent=agent(config))
    try:
        outcome = await fetcher.fetch(source, SourceState(source=source.id, next_poll_at=now), now)
    finally:
        await fetcher.aclose()
    if isinstance(outcome, Fetched):
        return outcome.documents
    if isinstance(outcome, Failed):
        return outcome
    return Failed(code=Code.UNEXPECTED_STATUS, detail="304 to a request that asked for the document")


def _read(what: str, base: str | None) -> tuple[Document, ...]:
    try:
        body = sys.stdin.buffer.read() if what == "-" else Path(what).read_bytes()
    except OSError as error:
        raise UsageError(f"{what}: {error.strerror}; name a file that can be read, an address, or '-'") from None
    address = base or ("about:blank" if what == "-" else Path(what).resolve().as_uri())
    return (Document(body=body, url=address, name=None if what == "-" else Path(what).name),)
