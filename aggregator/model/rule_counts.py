"""How often rules hit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aggregator.model.value import Value

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRule(Value):
    """A rule that is in force."""

    owner: str
    """Id of the source whose articles it is asked about; of a ``query``, of the output."""
    kind: str
    """``keep``, ``drop``, ``rewrite`` or ``query``."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleHits(Value):
    """Articles that a rule took, or changed, which it was not asked about before."""

    rule: LiveRule
    articles: int
    last: datetime
    """When it did; of what had been stored before, when the newest of them was first seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCount(Value):
    """How often a rule hit since it was written."""

    owner: str
    kind: str
    text: str
    matched: int
    last: datetime | None
    since: datetime
    """When the program first had it."""
