"""On which days a source posts: what its silence is judged by."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from aggregator.model import Article, SourceState

REMEMBERED = 48
"""Days: a year of what comes each week, four years of what comes each month."""


def posted_after(
    state: SourceState, articles: Iterable[Article], now: datetime, *, first_look: bool
) -> tuple[date, ...]:
    """The days of posting that are remembered of a source, the latest last, with those of ``articles`` that are new.

    ``state`` is how it stood before this look. What is new was posted since the last look that went well, whatever its
    date says: feeds without dates, and those that date a post by something else, post all the same. At the first look
    only dates can tell.
    """
    since = None if first_look else state.last_success
    days = set(state.posted)
    for each in articles:
        at = min(each.published or now, now)
        days.add((at if since is None else max(at, since)).date())
    return tuple(sorted(days)[-REMEMBERED:])
