"""Actions done to articles, one after the other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aggregator.articles.rewrite.wording import Unfit
from aggregator.model import wording_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from aggregator.articles.rewrite.compiled import Action
    from aggregator.model import Article


def rewrite(article: Article, actions: Sequence[Action], now: datetime) -> tuple[Article, tuple[Action, ...]]:
    """The article with ``rewritten`` set to what is to be shown of it (None: what its source said), and the actions
    that changed anything.

    Whatever they do, its key, id, dates and fingerprint stay: it is the same article. An action that would leave no
    article is passed over, with a warning.
    """
    shown, done, warnings = article, [], []
    for each in actions:
        if each.when is not None and not each.when.matches(shown, now):
            continue
        changed, problems = _done(shown, each, now)
        warnings += problems
        if wording_of(changed) != wording_of(shown):
            done.append(each)
        shown = changed
    if warnings:
        shown = replace(shown, warnings=(*shown.warnings, *warnings))
    made, said = wording_of(shown), wording_of(article)
    return replace(article, rewritten=made if made != said else None), tuple(done)


def _done(article: Article, action: Action, now: datetime) -> tuple[Article, list[str]]:
    problems = []
    for change in action.changes:
        try:
            article = change(article, now)
        except Unfit as error:
            problems.append(f"not rewritten ({action.text[:100]}): {error}")
    return article, problems
