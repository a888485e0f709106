"""One poll and one publish, as numbered steps you can read top to bottom.

::

    claim | fetch | parse | identify | recall | normalise | apply_rules | plan | record
    newest | select | assemble | render | check | write | tell the readers

Data walks down once and nothing is handed back. What a stranger's bytes touch is inside one guard: a failure becomes
an outcome, a bug becomes an outcome and a traceback, and no other source notices.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aggregator.articles import apply_rules, identify, normalise, select
from aggregator.errors import ClaimLost, StaleKnowledge
from aggregator.logs import get_logger
from aggregator.model import Code, Failed, Fetched, Known, Validators
from aggregator.parse import PARSER_VERSION
from aggregator.plan import plan
from aggregator.publish import assemble, documents, opml, write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from aggregator.articles import Identified
    from aggregator.model import Article, Claim, Output, PollPlan, Source, SourceState
    from aggregator.wiring import App

log = get_logger()

ATTEMPTS = 3
"""Times a poll is planned again because another source took an id in between."""


async def poll(app: App, claim: Claim) -> PollPlan | None:
    """Look at one source once and record what that changes; ``None`` where somebody else took over the claim.

    Never raises for anything a source does, nor for a bug that a source's bytes bring out.
    """
    source, now = app.sources[claim.source], app.now()
    try:
        return await _poll(app, source, claim, now)
    except ClaimLost:
        log.warning("claim lost", source=source.id, advice="the poll took longer than its lease; it is done again")
        return None
    except Exception as bug:
        log.exception("bug while polling", source=source.id)
        detail = f"{type(bug).__name__} while polling: a bug of this program; the log has the traceback"
        outcome = Failed(code=Code.INTERNAL, detail=detail)
        decided = plan(source, claim.state, outcome, polling=app.config.polling, now=now, parser_version=PARSER_VERSION)
        await app.db(app.store.record, decided, claim, now)
        return decided


async def _poll(app: App, source: Source, claim: Claim, now: datetime) -> PollPlan:
    state = _forgetting(claim.state)
    settled = {"polling": app.config.polling, "now": now, "parser_version": PARSER_VERSION}

    # 1. What does the source give?
    outcome = await app.fetch(source, state, now)
    if not isinstance(outcome, Fetched):
        decided = plan(source, state, outcome, **settled)
        await app.db(app.store.record, decided, claim, now)
        return decided

    # 2. What do its documents say?
    feed = await app.parse(outcome.documents, source, now)

    # 3. Which entries are these?
    entries = identify(feed, source)

    for attempt in range(1, ATTEMPTS + 1):
        # 4. What do we know of them?
        known = await app.db(app.store.known, source.id, *_named(entries), all_live=outcome.complete)

        # 5. Clean those that are new or changed, and only those.
        fresh = tuple(each for each in entries if _is_news(each, known))
        articles = await asyncio.to_thread(normalise, fresh, feed.info, source, now)

        # 6. Which of them does the operator want?
        articles = apply_rules(articles, *app.rules[source.id], now)

        # 7. What does that change?
        decided = plan(source, state, outcome, **settled, feed=feed, entries=entries, articles=articles, known=known)

        # 8. Write it down, whole or not at all.
        try:
            await app.db(app.store.record, decided, claim, now)
        except StaleKnowledge:
            if attempt == ATTEMPTS:
                raise
            continue
        break
    return decided


def _forgetting(state: SourceState) -> SourceState:
    """Without validators where another version of the parser read the last document: it is to be read again."""
    if state.parser_version == PARSER_VERSION:
        return state
    return replace(state, validators=Validators(), body_hash=None)


def _named(entries: Sequence[Identified]) -> tuple[list[str], list[str]]:
    return [each.key for each in entries], [each.claimed_id for each in entries if each.claimed_id is not None]


def _is_news(each: Identified, known: Known) -> bool:
    held = known.articles.get(each.key)
    return held is None or held.withdrawn or held.raw_hash != each.entry.raw_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What one publish did."""

    written: tuple[str, ...]
    """Paths of the documents whose bytes changed."""
    documents: int
    entries: int
    """Entries of the first output."""
    problems: tuple[str, ...] = ()
    """Entries and documents that could not be published, each with the reason."""


async def publish(app: App) -> Publication:
    """Render every output from the store and replace the files that changed.

    Raises OSError where the public folder cannot be written.
    """
    # 9. What is there to say?
    now = app.now()
    seq = await app.db(app.store.publish_seq)
    infos = await app.db(app.store.infos)
    chosen = [(output, await _choose(app, output, now)) for output in app.config.outputs]

    # 10. Say it in every format, checked; 11. replace what changed; 12. show it to readers.
    publication = await app.publishing(_publish, app, infos, chosen)
    await app.db(app.store.mark_published, seq)
    for problem in publication.problems:
        log.warning("not published", problem=problem)
    if publication.written:
        log.info("published", written=list(publication.written), entries=publication.entries)
    return publication
