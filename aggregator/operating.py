"""The operator's hand on what is stored: what the commands and the admin API do alike."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from aggregator.articles import page_hash
from aggregator.config import nearest
from aggregator.errors import AggregatorError, UsageError
from aggregator.last_publish import ANYWAY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from aggregator.config import Config
    from aggregator.model import Article, Source
    from aggregator.store import Hand, Store

CANDIDATES = 20
"""Articles at one address that are looked at."""

NEWEST = 500
"""Articles among which the one is looked for that may have been meant."""


class NotHeld(AggregatorError):
    """No article is meant, or more than one."""


class UnknownSource(UsageError):
    """No source of the configuration is called so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operated:
    """What became of articles that were named."""

    articles: tuple[Article, ...]
    """All that were meant: at an address the copies too."""
    changed: frozenset[str]
    """Keys of those for which that changed anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """What was let go of a source."""

    articles: int
    accepted: bool
    """Whether it was in quarantine, so that what is at its address is the source from now on."""
    feeds: int | None = None
    """How many feeds it has from now on, where it is a list whose change was held."""


def named(config: Config, source: str) -> Source:
    """The source with this id. Raises UnknownSource with the nearest one."""
    known = {each.id: each for each in config.sources}
    if source not in known:
        near = nearest(source, known)
        advice = f"did you mean {near}?" if near is not None else "'aggregator status' lists them"
        raise UnknownSource(f"{config.path.name}: no source is called {source}; {advice}")
    return known[source]


def release(store: Store, config: Config, source: str, now: datetime, *, silent: bool) -> Released:
    """Let go what is held of a source; with ``silent`` it is published nowhere. Raises UnknownSource, StoreError."""
    named(config, source)
    state = store.polls.state(source)
    quarantined = state is not None and state.quarantine is not None
    feeds = store.lists.let_go(source)
    let = store.articles.let_go(source, now, silent=silent, middle=config.middle)
    if feeds is not None:
        store.queue.poll_now([source], now)  # what is said of it is of the look that held it
    return Released(articles=let, accepted=quarantined, feeds=feeds)


def operate(store: Store, hand: Hand, wanted: Sequence[str], now: datetime, *, undo: bool) -> Operated:
    """Retract, hide or pin all that are named by id, key or address, or where one is unknown none; or undo it.

    Raises NotHeld, StoreError.
    """
    found = {each.key: each for each in chain.from_iterable(_find(store, each, now) for each in wanted)}
    changed = store.articles.operate(hand, found, now, undo=undo)
    return Operated(articles=tuple(found.values()), changed=changed)


def accept(store: Store, now: datetime) -> None:
    """Let the next publish, whoever does it, hold nothing. Raises StoreError."""
    store.set_setting(ANYWAY, now.isoformat())


def _find(store: Store, what: str, now: datetime) -> tuple[Article, ...]:
    """What is meant: one article, and at an address its copies too."""
    if (found := store.articles.find(what)) is not None and what in (found.key, found.id):
        return (found,)
    digest = page_hash(what) if "://" in what else None
    there = store.articles.at_page(digest, CANDIDATES) if digest is not None else ()
    keys = {each.key for each in there}
    originals = [each for each in there if each.duplicate_of not in keys]
    if len(originals) > 1:
        lines = "\n".join(f"  {each.id}  {each.title} ({each.source})" for each in originals)
        several = f"{len(originals)} articles have this address"
        raise NotHeld(f"{what}: {several}; name the one you mean by its id:\n{lines}")
    if not there:
        raise NotHeld(f"{what}: no article has this id, key or address; {_advice(store, what, now)}")
    return there


def _advice(store: Store, what: str, now: datetime) -> str:
    newest = store.articles.newest(NEWEST, now=now, visible=False)
    near = nearest(what, chain.from_iterable((each.id, each.key, each.url or each.id) for each in newest))
    return f"did you mean {near}?" if near is not None else "'aggregator list' names them"
