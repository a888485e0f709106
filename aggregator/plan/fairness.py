"""Which of a source's new articles are shown alone, where only so many of a day are. docs/fairness.md has the rules."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from aggregator.model import FOLDED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aggregator.model import Article, Known, Source


def folded(new: Sequence[Article], source: Source, known: Known, *, copies: bool = False) -> tuple[Article, ...]:
    """The articles with those marked :data:`FOLDED` that are beyond the ``limit_per_day`` of their source.

    The first of a day are shown; who comes later takes nobody's place. It is decided once, when an article is found,
    so no other limit changes it. What a rule leaves out takes no place, nor what another source has, unless ``copies``
    are shown as well. What has no page and no file is always shown: from a list nobody could reach it.
    """
    if source.limit_per_day is None:
        return tuple(new)
    taken = Counter(known.per_day)
    beyond = set()
    for each in sorted(new, key=lambda article: (article.sort_at, article.key)):
        if each.left_out is not None or (each.duplicate_of is not None and not copies):
            continue
        day = each.sort_at.date()
        if taken[day] >= source.limit_per_day and (each.url is not None or each.enclosures):
            beyond.add(each.key)
        taken[day] += each.key not in beyond
    return tuple(replace(each, held=FOLDED) if each.key in beyond else each for each in new)
