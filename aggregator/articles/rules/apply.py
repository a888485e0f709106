"""Rules at work: leaving articles out, selecting them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aggregator.articles.rules.fields import Facts
from aggregator.articles.rules.lexer import shown
from aggregator.model import DENIED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from aggregator.articles.rules.rule import Rule
    from aggregator.model import Article


def apply_rules(
    articles: Iterable[Article], keep: Rule | None, drop: Rule | None, now: datetime
) -> tuple[Article, ...]:
    """The articles, each with ``left_out`` set to the words of the rule that leaves it out, or to None.

    What its publisher does not want published again is left out whatever the rules say; then ``keep`` is asked. All
    articles are given back: what is left out is held, not shown.
    """
    decided = ((each, _denied(each) or _left_out(Facts(each, now), keep, drop)) for each in articles)
    return tuple(each if each.left_out == words else replace(each, left_out=words) for each, words in decided)


def select(articles: Iterable[Article], query: Rule | None, now: datetime) -> Iterator[Article]:
    """The articles the query is true of, in their order; all of them without a query."""
    return (each for each in articles if query is None or query.matches(each, now))


def _denied(article: Article) -> str | None:
    return DENIED if article.wishes is not None and article.wishes.access == "deny" else None


def _left_out(facts: Facts, keep: Rule | None, drop: Rule | None) -> str | None:
    if keep is not None and not keep.root.test(facts):
        return f"keep rule '{shown(keep.text, 200)}' did not match"
    if drop is not None and drop.root.test(facts):
        return f"drop rule '{shown(drop.text, 200)}' matched: {drop.reason(facts)}"
    return None
