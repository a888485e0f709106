"""One poll decided: each question has its own module, asked in turn."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aggregator.model import Code, Fetched, PollPlan
from aggregator.plan.arrivals import is_first_look, receive
from aggregator.plan.changes import ALONE, compare
from aggregator.plan.fairness import folded
from aggregator.plan.floods import habit_after
from aggregator.plan.match import match
from aggregator.plan.posted import posted_after
from aggregator.plan.quarantine import quarantine_of
from aggregator.plan.retractions import taken_back, taken_out
from aggregator.plan.state import as_outcome, info_of, next_state_of, unless_emptied

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from aggregator.articles import Identified
    from aggregator.model import Article, Known, Outcome, ParsedFeed, Polling, Source, SourceState
    from aggregator.plan.changes import Changes
    from aggregator.plan.copies import Others


def plan(
    source: Source,
    state: SourceState,
    outcome: Outcome,
    *,
    polling: Polling,
    now: datetime,
    parser_version: int,
    feed: ParsedFeed | None = None,
    entries: Sequence[Identified] = (),
    articles: Iterable[Article] = (),
    known: Known | None = None,
    others: Others = ALONE,
) -> PollPlan:
    """Decide what one poll changes.

    ``outcome`` is how the look ended, ``feed`` what was read where there was something to read, ``entries`` all
    identified entries of it, ``articles`` those of them that are new or changed, ``known`` what the store holds of
    them, ``others`` what is to be known of other sources. ``now`` is when the poll's request began. Raises nothing.
    """
    given = outcome
    if feed is not None and feed.problem is not None:
        outcome = as_outcome(feed.problem, outcome)
    elif known is not None and not entries and isinstance(outcome, Fetched) and outcome.complete:
        outcome = outcome if feed is not None and feed.unread else unless_emptied(outcome, known)
    articles = tuple(articles)
    info = info_of(source, state, feed, outcome)
    quarantine = quarantine_of(source, state, outcome, info, entries, articles, known)
    if quarantine is not None:
        info = state.info  # what is published of the source stays its own
        state = replace(state, quarantine=quarantine, quarantined_at=state.quarantined_at or now)
    elif state.quarantine is not None:
        state = replace(state, quarantine=None, quarantined_at=None, since=None)  # it is well again since now
    next_state, host_wait = next_state_of(source, state, outcome, feed, info, polling, now, parser_version)
    if feed is None or known is None:
        return PollPlan(
            source=source.id,
            state=next_state,
            wire_bytes=outcome.wire_bytes,
            bytes=_decoded(given),
            final_url=outcome.final_url,
            asked=outcome.asked,
            host_wait=host_wait,
        )
    complete = isinstance(outcome, Fetched) and outcome.complete
    reread = state.parser_version != parser_version
    graves = feed.tombstones
    matched = match(source, state, info, entries, articles, known, quarantined=quarantine is not None, reread=reread)
    entries, articles, known = matched.entries, matched.articles, matched.known
    changes = compare(
        source, entries, articles, known, now, complete=complete, reread=reread, tombstones=graves, others=others
    )
    if quarantine is None and feed.problem is None:  # a document that is cut off may lack what overrules a tombstone
        changes = taken_back(changes, graves, known, others.rights)
        vanished = taken_out(state.upstream, changes) if source.check_deleted and not complete else ()
    else:
        vanished = ()
    if quarantine is not None:
        changes = replace(changes, new=(), held=tuple(replace(each, held=quarantine) for each in changes.new))
    else:
        changes = receive(changes, source, state, outcome, entries, known, now)
        copies = others.duplicates.show == "all"
        changes = replace(changes, new=folded(changes.new, source, known, copies=copies))
    if feed.unread:  # an article that is missing may be in a file that could not be read
        changes = replace(changes, withdrawn=())
    if next_state.code is Code.OK:
        found = changes.words()
        next_state = replace(next_state, detail=found if quarantine is None else f"{found}: {quarantine}")
    if (remapped := matched.words()) is not None:
        next_state = replace(next_state, detail=remapped, warnings=(*next_state.warnings, remapped))
    if changes.new:
        next_state = replace(next_state, last_new=now)
        if not is_first_look(state, outcome, known):
            next_state = replace(next_state, habit=habit_after(state.habit, len(changes.new)))
    if quarantine is None:
        first_look = is_first_look(state, outcome, known)
        posted = posted_after(state, (*changes.new, *changes.earlier), now, first_look=first_look)
        next_state = replace(next_state, posted=posted)
    if not complete:  # a folder is known whole
        next_state = replace(next_state, upstream=changes.upstream, identity=matched.learnt(state.identity))
    return PollPlan(
        source=source.id,
        state=next_state,
        new=changes.new,
        updated=changes.updated,
        refreshed=changes.refreshed,
        untouched=changes.untouched,
        versions=changes.versions,
        aliases=matched.aliases + changes.aliases,
        withdrawn=changes.withdrawn,
        deleted=changes.deleted,
        vanished=vanished,
        held=changes.held,
        earlier=changes.earlier,
        gives_way=_shown_instead(changes),
        unchanged=changes.unchanged,
        wire_bytes=outcome.wire_bytes,
        bytes=_decoded(given),
        final_url=outcome.final_url,
        asked=outcome.asked,
        host_wait=host_wait,
    )


def _decoded(outcome: Outcome) -> int:
    return sum(len(each.body) for each in outcome.documents) if isinstance(outcome, Fetched) else 0


def _shown_instead(changes: Changes) -> tuple[tuple[str, str], ...]:
    """What gives way to articles that are shown: what is held itself sends nobody away."""
    kept = {each.key for each in (*changes.held, *changes.earlier)}
    return tuple((key, owner) for key, owner in changes.gives_way if owner not in kept)
