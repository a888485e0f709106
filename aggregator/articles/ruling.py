"""What the operator decided about a source's articles: how they are rewritten, and which are shown."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from aggregator.articles.rewrite import compile_action, in_words, rewrite
from aggregator.articles.rules.apply import apply_rules
from aggregator.articles.rules.parser import compile_rule
from aggregator.model import DENIED, as_said, as_shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from aggregator.articles.rewrite import Action
    from aggregator.articles.rules.rule import Rule
    from aggregator.model import Article, Rewrite, Source


class RuleName(NamedTuple):
    """How a rule is counted: ``keep``, ``drop``, ``rewrite`` or ``query``, and its text."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Ruling:
    """All rules of a source, ready to be asked."""

    keep: Rule | None = None
    drop: Rule | None = None
    actions: tuple[Action, ...] = ()

    @staticmethod
    def of(source: Source) -> Ruling:
        """Those of a source. Raises Misspelt for what a configuration that was loaded does not hold."""
        return _compiled(source.keep, source.drop, source.rewrite)


@lru_cache(maxsize=256)
def _compiled(keep: str | None, drop: str | None, actions: tuple[Rewrite, ...]) -> Ruling:
    """Ten thousand sources may have the same rules, those of ``defaults``."""
    return Ruling(
        compile_rule(keep) if keep is not None else None,
        compile_rule(drop) if drop is not None else None,
        tuple(map(compile_action, actions)),
    )


def names_of(source: Source) -> tuple[RuleName, ...]:
    """All rules of a source."""
    rules = (("keep", source.keep), ("drop", source.drop))
    named = (RuleName(kind, text) for kind, text in rules if text is not None)
    return (*named, *dict.fromkeys(RuleName("rewrite", in_words(each)) for each in source.rewrite))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """Articles with ``rewritten`` and ``left_out``, and which rules hit each."""

    articles: tuple[Article, ...]
    hits: Mapping[str, tuple[RuleName, ...]] = field(default_factory=dict)
    """By key: the actions that changed it, ``keep`` where that took it, ``drop`` where that did."""


def rule(articles: Iterable[Article], ruling: Ruling, now: datetime) -> Ruled:
    """Decide on articles anew, whatever was decided before: how each is shown, and whether. ``keep`` and ``drop`` see
    an article as it is shown."""
    said, shown, hits = [], [], {}
    for each in articles:
        made, done = rewrite(as_said(each), ruling.actions, now)
        said.append(made)
        shown.append(as_shown(made))
        hits[each.key] = tuple(RuleName("rewrite", action.text) for action in done)
    judged = apply_rules(shown, ruling.keep, ruling.drop, now)
    for one in judged:
        hits[one.key] += tuple(_asked(one.left_out, ruling))
    return Ruled(
        articles=tuple(replace(was, left_out=is_.left_out) for was, is_ in zip(said, judged, strict=True)),
        hits={key: names for key, names in hits.items() if names},
    )


def _asked(left_out: str | None, ruling: Ruling) -> Iterator[RuleName]:
    """Which of ``keep`` and ``drop`` took an article that was left out for this."""
    if left_out == DENIED:
        return
    kept = left_out is None or left_out.startswith("drop rule")
    if ruling.keep is not None and kept:
        yield RuleName("keep", ruling.keep.text)
    if ruling.drop is not None and kept and left_out is not None:
        yield RuleName("drop", ruling.drop.text)
