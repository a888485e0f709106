"""Which articles each output takes, asked of each once: of what is new before it is published, and of all that is
stored, a part at each publish, where an output or its query is new (:mod:`aggregator.store.members`).

An output's query is asked beside the event loop and the store's thread: it is the operator's, and may be slow.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aggregator.model import LiveRule, RuleHits
from aggregator.outputs.choosing import TAKEN, Taken, taken_by, written
from aggregator.outputs.digests import forget_changed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from aggregator.articles import Rule
    from aggregator.model import Article, Output
    from aggregator.store import Undecided
    from aggregator.wiring import App

    Queries = Mapping[str, Rule | None]

AT_ONCE = 250
"""New articles decided in one transaction: polls write theirs in between."""
PAGE = 250
"""Stored articles looked at in one."""
PAGES = 20
"""Of them in one publish; the next goes on."""
FORGOTTEN = 2000
"""Rows taken away at once of an output that is gone."""


async def take(app: App) -> None:
    """Ask every output about what is new, and about a part of what else it has not been asked about. Raises
    StoreError."""
    now, queries, outputs = app.now(), app.queries, app.config.outputs
    copies = app.config.duplicates.show == "all"
    before = await app.db(taken_by, app.store)
    whole = {each.id for each in outputs if before.get(each.id) == Taken.by(each, copies=copies, whole=True)}
    while (found := await app.db(app.store.outputs.queued, AT_ONCE, now, copies=copies)).keys:
        for key in found.keys:
            app.articles.pop(key, None)
        taken, later = await app.reading.here(asked, found.articles, queries, queries, now)
        await forget_changed(app, found.keys)
        since = {each.id: _since(found.articles, now if each.id in whole else None) for each in _with_digests(outputs)}
        await _count(app, taken, queries, {each.key: now for each in found.articles})
        await app.db(app.store.outputs.take, found, taken, later, since=since, now=now)
    await _catch_up(app, await _begun(app, outputs, copies=copies), queries, now, copies=copies)


def asked(
    articles: Sequence[Article], outputs: Queries, queries: Queries, now: datetime
) -> tuple[dict[str, list[str]], dict[str, datetime]]:
    """Output -> keys of the articles it takes; and key -> when to ask again, where any of all the ``queries`` says
    something else then."""
    taken = {
        name: [each.key for each in articles if query is None or query.matches(each, now)]
        for name, query in outputs.items()
    }
    aging = [query for query in queries.values() if query is not None and query.ages]
    turns = {each.key: [at for query in aging if (at := query.turns(each, now)) is not None] for each in articles}
    return taken, {key: min(moments) for key, moments in turns.items() if moments}


async def _count(app: App, taken: Mapping[str, list[str]], queries: Queries, came: Mapping[str, datetime]) -> None:
    """Count what each query takes that its output did not have. ``came`` is when each article did."""
    hits = []
    for output, keys in taken.items():
        query = queries[output]
        if query is not None and keys:
            new = set(keys) - await app.db(app.store.rule_counts.taken, output, keys)
            rule = LiveRule(owner=output, kind="query", text=query.text)
            hits += [RuleHits(rule=rule, articles=len(new), last=max(came[key] for key in new))] if new else []
    if hits:
        await app.db(app.store.rule_counts.count, hits)


def _with_digests(outputs: Sequence[Output]) -> list[Output]:
    return [each for each in outputs if each.digest is not None]


def _since(articles: Sequence[Article], now: datetime | None) -> dict[str, datetime]:
    """Key -> when the article could first be read; of what was there before anybody asked, when it was first seen."""
    return {each.key: max(now or each.first_seen, each.not_before or each.first_seen) for each in articles}


async def _begun(app: App, outputs: Sequence[Output], *, copies: bool) -> dict[str, Taken]:
    """How far each output is; what was taken for those that are gone goes."""
    before = await app.db(taken_by, app.store)
    now = {
        each.id: before[each.id]
        if each.id in before and replace(before[each.id], to=None, whole=False) == Taken.by(each, copies=copies)
        else Taken.by(each, copies=copies)
        for each in outputs
    }
    turned = {name for name in before.keys() & now.keys() if before[name].digest != now[name].digest}
    for gone in (before.keys() - now.keys()) | turned:
        while await app.db(app.store.outputs.forget, gone, FORGOTTEN):
            pass
    if now != before:
        await app.db(app.store.set_setting, TAKEN, written(now))
    return now


async def _catch_up(app: App, taken: dict[str, Taken], queries: Queries, now: datetime, *, copies: bool) -> None:
    """Those that are behind together ask about the next pages, from the newest article to the oldest."""
    for _ in range(PAGES):
        behind = {name: each.to for name, each in taken.items() if not each.whole}
        if not behind:
            return
        place = None if None in behind.values() else max(each for each in behind.values() if each is not None)
        together = {name: queries[name] for name, each in behind.items() if each == place}
        page: Undecided = await app.db(app.store.outputs.stored, PAGE, place, now, copies=copies)
        found, later = await app.reading.here(asked, page.articles, together, queries, now)
        for name in together:
            taken[name] = replace(taken[name], to=page.last, whole=page.last is None)
        since = {name: _since(page.articles, None) for name in together if taken[name].digest}
        await _count(app, found, queries, {each.key: each.first_seen for each in page.articles})
        await app.db(app.store.outputs.take, page, found, later, {TAKEN: written(taken)}, since=since, now=now)
