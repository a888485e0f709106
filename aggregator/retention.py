"""Once a day, the texts of old articles go; what they are known by stays (:mod:`aggregator.store.retention`)."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from aggregator.logs import get_logger
from aggregator.outputs.archiving import has_archive
from aggregator.outputs.choosing import chosen_for, folded_of, is_behind
from aggregator.outputs.digests import needed

if TYPE_CHECKING:
    from collections.abc import Callable

    from aggregator.wiring import App

log = get_logger()

LAST = "last pruned"
"""The setting that says when all sources were last gone through."""

EVERY = timedelta(days=1)

BATCH = 50
"""Articles looked at in one transaction: a few milliseconds, most of them for the disk to say that it is done."""

UNARCHIVED = 5000
"""Articles of an output that wait for an archive document and are kept for it, the newest."""

PAUSE = 0.02
"""Seconds between two batches, in which polls have the store."""


async def prune_if_due(app: App, stopped: Callable[[], bool] = lambda: False) -> int:
    """Prune all sources where that was not done for a day; gives how many texts went.

    Polls and publishes go on beside it. Where it is ``stopped`` before its end, it begins again the next time. It waits
    until every output has been asked about all that is stored. Raises StoreError.
    """
    now, rules = app.now(), app.config.retention
    if rules.content is None and rules.per_source is None:
        return 0
    last = await app.db(app.store.setting, LAST)
    if last is not None and timedelta(0) <= now - datetime.fromisoformat(last) < EVERY:
        return 0
    if await app.db(is_behind, app.store, app.config.outputs, copies=app.config.duplicates.show == "all"):
        return 0
    needed = await _needed(app, now)
    aged = now - rules.content if rules.content is not None else None
    gone = 0
    for source, texts in (await app.db(app.store.articles.texts)).items():
        many = rules.per_source is not None and texts > rules.per_source
        beyond = await app.db(app.store.articles.full, source, rules.per_source) if many and rules.per_source else None
        after: tuple[datetime, str] | None = None
        while not stopped():
            done = await app.db(
                app.store.articles.prune,
                source,
                aged=aged,
                beyond=beyond,
                needed=needed,
                after=after,
                now=now,
                limit=BATCH,
            )
            gone += done.texts
            after = done.last
            if after is None:
                break
            await asyncio.sleep(PAUSE)
    if not stopped():
        await app.db(app.store.set_setting, LAST, now.isoformat())
    if gone:
        log.info("pruned", texts=gone, advice="what they are known by is kept; 'retention' in config.yaml decides")
    return gone


async def _needed(app: App, now: datetime) -> frozenset[str]:
    """Keys of all that a document shows, or an archive document will. Whoever publishes more documents than the outputs
    adds theirs here."""
    copies = app.config.duplicates.show == "all"
    chosen = [
        await app.db(chosen_for, each, app.store, app.queries[each.id], now, copies=copies)
        for each in app.config.outputs
    ]
    folded = await app.db(folded_of, app.store, app.config.outputs, chosen, now)
    shown = {each.key for articles in (*chosen, folded) for each in articles}
    archived = filter(has_archive, app.config.outputs)
    waiting = [await app.db(app.store.outputs.unarchived, each.id, UNARCHIVED) for each in archived]
    return frozenset(shown.union(*waiting, await needed(app, now)))
