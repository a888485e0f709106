"""Whether a source is still the feed it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.articles import in_words, is_replaced

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aggregator.articles import Identified
    from aggregator.model import Article, FeedInfo, Known, Outcome, Source, SourceState


def quarantine_of(
    source: Source,
    state: SourceState,
    outcome: Outcome,
    info: FeedInfo,
    entries: Sequence[Identified],
    articles: Iterable[Article],
    known: Known | None,
) -> str | None:
    """Why what is new at the source is held, in words; ``None`` where it is still the feed it was.

    A look that gave no entries leaves it as it was. An address that the operator has changed himself, and that was
    never read since, has no past to be held to.
    """
    if known is None or not entries:
        return state.quarantine
    if state.final_url is None or any(held.accepted for held in known.articles.values()):
        return None
    asked = {each for each in (source.url, state.final_url, outcome.final_url) if each is not None}
    if not is_replaced(state.info, known.history, info, articles, asked):
        return None
    return in_words(state.info, info, len(entries))
