"""The rules in force and how often each hit, for people and machines. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from aggregator.operate.shapes import rfc3339

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from aggregator.model import RuleCount

NEVER = timedelta(days=90)
"""A rule that hit nothing for so long is likely to be misspelt, or no longer needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """One rule in force."""

    owner: str
    """Id of the source, or of the output of a ``query``."""
    kind: str
    """``keep``, ``drop``, ``rewrite`` or ``query``."""
    text: str
    matched: int
    last: datetime | None
    since: datetime
    warning: str | None

    def as_json(self) -> dict[str, Any]:
        """For machines: absent facts are null."""
        return {
            "source": None if self.kind == "query" else self.owner,
            "output": self.owner if self.kind == "query" else None,
            "kind": self.kind,
            "rule": self.text,
            "matched": self.matched,
            "last": rfc3339(self.last),
            "since": rfc3339(self.since),
            "warning": self.warning,
        }


def rules_rows(counts: Iterable[RuleCount], now: datetime) -> tuple[RuleRow, ...]:
    """What is to be said of each rule; those with a warning hit nothing for :data:`NEVER`."""
    return tuple(
        RuleRow(
            owner=each.owner,
            kind=each.kind,
            text=each.text,
            matched=each.matched,
            last=each.last,
            since=each.since,
            warning=_warning(each, now),
        )
        for each in counts
    )


def _warning(count: RuleCount, now: datetime) -> str | None:
    if now - max(count.since, count.last or count.since) < NEVER:
        return None
    what = "has never matched" if count.last is None else "has not matched"
    return f"{what} in {NEVER.days} days; correct it, or remove it"
