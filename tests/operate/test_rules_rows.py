"""Rules in force: which of them seem to hit nothing any more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from aggregator.model import RuleCount
from aggregator.operate import rules_rows

NOW = datetime(2026, 11, 23, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("since", "last", "warning"),
    [
        (89, None, None),
        (90, None, "has never matched in 90 days; correct it, or remove it"),
        (400, 89, None),
        (400, 90, "has not matched in 90 days; correct it, or remove it"),
        (10, 300, None),
    ],
)
def test_a_rule_that_hit_nothing_for_90_days_is_named(since: int, last: int | None, warning: str | None) -> None:
    count = RuleCount(
        owner="a", kind="drop", text="title", matched=0 if last is None else 1,
        last=None if last is None else NOW - last * DAY, since=NOW - since * DAY,
    )  # fmt: skip
    [row] = rules_rows([count], NOW)
    assert row.warning == warning
    assert row.as_json()["source"] == "a"
    assert row.as_json()["output"] is None
