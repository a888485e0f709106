"""What becomes of new articles: which are shown, which wait, and where they stand. docs/dates.md has the rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from aggregator.model import EARLIER, Fetched
from aggregator.plan.floods import in_flood

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from aggregator.articles import Identified
    from aggregator.model import Article, Known, KnownArticle, Outcome, Source, SourceState
    from aggregator.plan.changes import Changes


def is_first_look(state: SourceState, outcome: Outcome, known: Known) -> bool:
    """Whether this is the first time that the source's documents are read, or the first that they are read whole.

    A source whose articles are remembered from before the database was lost has been looked at.
    """
    if state.last_success is not None:
        return False
    return not known.articles if state.last_new is None else isinstance(outcome, Fetched)


def receive(
    changes: Changes,
    source: Source,
    state: SourceState,
    outcome: Outcome,
    entries: Sequence[Identified],
    known: Known,
    now: datetime,
) -> Changes:
    """The changes with what is new judged: at the first look only the newest, later on what is no flood.

    ``state`` is how the source stood before this look. A folder is the operator's own; all of it is taken.
    """
    if source.folder is None:
        changes = replace(
            changes,
            updated=tuple(_not_hidden_again(changes.updated, known)),
            refreshed=tuple(_not_hidden_again(changes.refreshed, known)),
        )
    if is_first_look(state, outcome, known):
        earlier = _earlier(changes.new, source.first) if state.late and source.folder is None else frozenset()
        return replace(
            changes,
            new=tuple(each for each in changes.new if each.key not in earlier),
            earlier=(
                *changes.earlier,
                *(replace(each, held=EARLIER) for each in changes.new if each.key in earlier),
            ),
        )
    new = stood(changes.new, known.middle, now)
    held = in_flood(new, state, entries, known, now) if source.folder is None else {}
    return replace(
        changes,
        new=tuple(each for each in new if each.key not in held),
        held=tuple(replace(each, held=held[each.key]) for each in new if each.key in held),
    )


def _earlier(new: Iterable[Article], first: int | None) -> frozenset[str]:
    """Keys of what came before the ``first`` newest articles that the rules take."""
    if first is None:
        return frozenset()
    taken, earlier = 0, set()
    for each in sorted(new, key=_order, reverse=True):
        if taken >= first:
            earlier.add(each.key)
        taken += each.left_out is None
    return frozenset(earlier)


def stood(new: Sequence[Article], middle: datetime | None, now: datetime) -> tuple[Article, ...]:
    """The articles where they stand: by their date, but above the ``middle`` of the shortest output.

    Below it, who reads the newest entries might never see them: one that is approved after three weeks, or that a
    source dates wrongly. So they stand with those of today, in their own order.
    """
    if middle is None:
        return tuple(new)
    late = sorted((each for each in new if each.sort_at < middle), key=_order, reverse=True)
    at = {each.key: now - timedelta(microseconds=place + 1) for place, each in enumerate(late)}
    return tuple(replace(each, sort_at=at[each.key]) if each.key in at else each for each in new)


def _order(article: Article) -> tuple[datetime, str]:
    return article.sort_at, article.key


def _not_hidden_again(articles: Iterable[Article], known: Known) -> Iterable[Article]:
    """From when on an article is shown is decided at first sight, like its date."""
    held: dict[str, KnownArticle] = {each.key: each for each in known.articles.values()}
    for each in articles:
        before = held.get(each.key)
        yield each if before is None else replace(each, not_before=before.not_before)
