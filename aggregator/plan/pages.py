"""Which pages are asked for, for the full text of what is new or edited."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.model import Article, PollPlan, Source

WAIT = timedelta(minutes=5)
"""How long at most a new article waits for the text of its page before it is published as its feed says it."""
MOST = 50
"""Pages asked for after one poll, those of the newest articles: a new source may bring thousands."""


def with_pages(plan: PollPlan, source: Source, now: datetime) -> PollPlan:
    """The plan with the pages to be asked for. New articles wait for them, and those that have been published do not.

    An article that nobody will see, or that says the same as another source's, needs no page.
    """
    if source.full_text is None:
        return plan
    until = now + WAIT
    wanted = sorted(
        (each for each in plan.new if _is_shown(each)), key=lambda each: (each.sort_at, each.key), reverse=True
    )[:MOST]
    waits = {each.key for each in wanted if each.not_before is None or each.not_before <= now}
    edited = [each for each in plan.updated if _is_shown(each)][: MOST - len(wanted)]
    return replace(
        plan,
        new=tuple(replace(each, not_before=until) if each.key in waits else each for each in plan.new),
        pages=(
            *((each.key, until if each.key in waits else None) for each in wanted),
            *((each.key, None) for each in edited),
        ),
    )


def _is_shown(article: Article) -> bool:
    hidden = (article.left_out, article.held, article.duplicate_of, article.hidden_at, article.deleted_at)
    return article.url is not None and all(each is None for each in hidden)
