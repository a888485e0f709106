"""Which articles each output takes, asked of each once: of what is new before it is published, and of all that is
stored, a part at each publish, where an output or its query is new (:mod:`aggregator.store.members`).

An output's query is asked beside the event loop and the store's thread: it is the operator's, and may be slow.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aggregator.choosing import TAKEN, Taken, taken_by, written

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
PAGE = 500
"""Stored articles looked at in one."""
PAGES = 10
"""Of them in one publish; the next goes on."""
FORGOTTEN = 2000
"""Rows taken away at once of an output that is gone."""


async def take(app: App) -> None:
    """Ask every output about what is new, and about a part of what else it has not been asked about. Raises
    StoreError."""
    now, queries, outputs = app.now(), app.queries, app.config.outputs
    copies = app.config.duplicates.show == "all"
    while (found := await app.db(app.store.queued, AT_ONCE, now, copies=copies)).keys:
        for key in found.keys:
            app.articles.pop(key, None)
        taken, later = await app.reading.here(asked, found.articles, queries, queries, now)
        await app.db(app.store.take, found, taken, later)
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


async def _begun(app: App, outputs: Sequence[Output], *, copies: bool) -> dict[str, Taken]:
    """How far each output is; what was taken for those that are gone goes."""
    before = await app.db(taken_by, app.store)
    now = {
        each.id: before[each.id]
        if each.id in before and (before[each.id].query, before[each.id].copies) == (each.query, copies)
        else Taken(query=each.query, copies=copies)
        for each in outputs
    }
    for gone in before.keys() - now.keys():
        while await app.db(app.store.forget_output, gone, FORGOTTEN):
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
        page: Undecided = await app.db(app.store.stored, PAGE, place, now, copies=copies)
        found, later = await app.reading.here(asked, page.articles, together, queries, now)
        for name in together:
            taken[name] = replace(taken[name], to=page.last, whole=page.last is None)
        await app.db(app.store.take, page, found, later, {TAKEN: written(taken)})
