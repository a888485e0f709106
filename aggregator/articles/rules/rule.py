"""A compiled rule: whether it matches an article, and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from aggregator.articles.rules.fields import Facts
from aggregator.articles.rules.lexer import shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from aggregator.model import Article

_END = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Node:
    """A condition on one field, or conditions joined. ``text`` is the piece of the rule it was read from."""

    text: str
    test: Callable[[Facts], bool]
    field: str = ""
    join: Literal["and", "or", "not"] | None = None
    parts: tuple[Node, ...] = ()

    def decided_by(self, facts: Facts) -> list[Node]:
        """The conditions that settle it: one false settles an ``and``, one true an ``or``, else it takes them all."""
        if self.join is None:
            return [self]
        settles = self.join == "or"
        settling = next((part for part in self.parts if part.test(facts) is settles), None)
        if settling is not None:
            return settling.decided_by(facts)
        return [node for part in self.parts for node in part.decided_by(facts)]


def negated(text: str, part: Node) -> Node:
    """True where the part is false."""
    test = part.test
    return Node(text, lambda facts: not test(facts), join="not", parts=(part,))


def joined(text: str, join: Literal["and", "or"], parts: list[Node]) -> Node:
    """True where all parts are (``and``) or any is (``or``), asked from left to right."""
    tests = tuple(part.test for part in parts)
    settles = join == "or"

    def test(facts: Facts) -> bool:
        for each in tests:
            if each(facts) is settles:
                return settles
        return not settles

    return Node(text, test, join=join, parts=tuple(parts))


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, ready to be asked. Two rules are equal if their texts are; ``str(rule)`` compiles to the same rule."""

    text: str
    root: Node = field(repr=False, compare=False)
    ages: tuple[timedelta, ...] = field(default=(), repr=False, compare=False)
    """What it compares ``age`` with: a rule without any says the same of an article for ever."""

    def __str__(self) -> str:
        return self.text

    def matches(self, article: Article, now: datetime) -> bool:
        """Whether the rule is true of the article. ``now`` (aware UTC) is what ``age`` is counted from."""
        return self.root.test(Facts(article, now))

    def turns(self, article: Article, now: datetime) -> datetime | None:
        """When, after ``now``, it next says something else of the article, if that stays as it is."""
        if not self.ages:
            return None
        (date,) = Facts(article, now).values("date")
        ages = [each for each in self.ages if each < _END - date]
        moments = {date + each + past for each in ages for past in (timedelta(0), timedelta.resolution)}
        says = self.matches(article, now)
        return next((each for each in sorted(moments) if each > now and self.matches(article, each) != says), None)

    def reason(self, facts: Facts) -> str:
        """The conditions that decided, as they are true: ``content ~ /sponsored/i``, ``not tag = "python"``."""
        return ", ".join(
            shown(each.text) if each.test(facts) else f"not {shown(each.text)}" for each in self.root.decided_by(facts)
        )

    def explain(self, article: Article, now: datetime) -> str:
        """What decided, for people: ``matched because words > 100 is true (words: 412)``."""
        facts = Facts(article, now)
        outcome = "matched" if self.root.test(facts) else "did not match"
        return f"{outcome} because " + " and ".join(_in_words(each, facts) for each in self.root.decided_by(facts))


def _in_words(condition: Node, facts: Facts) -> str:
    values = facts.values(condition.field)
    listed = ", ".join(shown(str(each)) for each in values[:3]) or "none"
    more = f", and {len(values) - 3} more" if len(values) > 3 else ""
    truth = "true" if condition.test(facts) else "false"
    return f"{shown(condition.text)} is {truth} ({condition.field}: {listed}{more})"
