"""How a source is, in one word, and what the operator is told to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aggregator.model import Code, Source, SourceState
from aggregator.operate import State, board
from aggregator.operate.health import ADVICE
from aggregator.operate.moved import MOVED_OVER, MOVED_POLLS, confirmed_move

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SOURCE = Source(id="a", url="https://example.org/feed")
FINE = SourceState(source="a", next_poll_at=NOW, code=Code.OK, since=NOW, last_success=NOW, requests=3, bytes=77)


def failing(code: Code, status: int | None = None, failures: int = 1) -> SourceState:
    return replace(FINE, code=code, status=status, failures=failures, detail="what happened")


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (None, State.NEW),
        (FINE, State.OK),
        (replace(FINE, code=Code.NOT_MODIFIED), State.OK),
        (failing(Code.DNS), State.FAILING),
        (failing(Code.RATE_LIMITED, 429, failures=0), State.RATE_LIMITED),
        (failing(Code.HTTP_4XX, 404, failures=9), State.FAILING),
        (failing(Code.HTTP_4XX, 404, failures=10), State.MISSING),
        (failing(Code.GONE, 410), State.GONE),
    ],
)
def test_each_state_has_its_word(state: SourceState | None, word: State) -> None:
    (row,) = board([SOURCE], {} if state is None else {"a": state}, {})
    assert row.state is word


def test_a_disabled_source_says_so_and_is_not_polled_again() -> None:
    (row,) = board([replace(SOURCE, enabled=False)], {"a": FINE}, {})
    assert (row.state, row.next_poll) == (State.DISABLED, None)


@pytest.mark.parametrize("code", [each for each in Code if each not in (Code.OK, Code.NOT_MODIFIED, Code.HTTP_4XX)])
def test_every_failure_comes_with_advice(code: Code) -> None:
    (row,) = board([SOURCE], {"a": failing(code)}, {})
    assert row.advice == ADVICE[code]
    assert row.advice.endswith(".")


@pytest.mark.parametrize("status", [401, 403, 404, 410, 418])
def test_refusals_have_advice_of_their_own(status: int) -> None:
    (row,) = board([SOURCE], {"a": failing(Code.HTTP_4XX, status)}, {})
    assert row.advice


MOVED = replace(FINE, moved_to="https://new.example/feed", moved_since=NOW - MOVED_OVER, moved_polls=MOVED_POLLS)


def test_a_healthy_source_needs_no_advice_unless_it_has_moved() -> None:
    (fine,) = board([SOURCE], {"a": FINE}, {})
    (once,) = board([SOURCE], {"a": replace(MOVED, moved_since=NOW, moved_polls=1)}, {})
    (moved,) = board([SOURCE], {"a": MOVED}, {})
    assert fine.advice is None
    assert once.advice == (
        "The feed has moved to https://new.example/feed, seen once since 2026-11-23; "
        "not yet confirmed, which takes 3 looks over 7 days."
    )
    assert moved.advice == (
        "The feed has moved to https://new.example/feed, seen 3 times since 2026-11-16; "
        "confirmed: 'aggregator status --patch' shows what to change."
    )


@pytest.mark.parametrize(
    ("changes", "confirmed"),
    [
        ({}, True),
        ({"moved_polls": 100, "moved_since": NOW - timedelta(days=90)}, True),
        ({"code": Code.NOT_MODIFIED}, True),
        ({"moved_polls": MOVED_POLLS - 1}, False),
        ({"moved_since": NOW - MOVED_OVER + timedelta(seconds=1)}, False),
        ({"failures": 1, "code": Code.NOT_A_FEED}, False),
        ({"last_success": NOW - timedelta(days=1)}, False),
        ({"moved_to": None, "moved_since": None, "moved_polls": 0}, False),
    ],
)
def test_a_move_is_confirmed_by_three_looks_over_seven_days_the_last_of_which_went_well(
    changes: dict[str, Any], confirmed: bool
) -> None:
    assert confirmed_move(replace(MOVED, **changes)) == ("https://new.example/feed" if confirmed else None)


def test_the_row_for_machines_has_the_promised_names() -> None:
    (row,) = board([SOURCE], {"a": FINE}, {"a": 12})
    shape = row.as_json()
    promised = {
        "id",
        "url",
        "state",
        "code",
        "since",
        "last_success",
        "next_poll",
        "reason",
        "advice",
        "articles",
        "bytes",
    }
    assert promised | {"requests"} <= set(shape)
    assert (shape["articles"], shape["bytes"], shape["requests"]) == (12, 77, 3)
    assert shape["last_success"] == "2026-11-23T10:00:00Z"


def test_rows_keep_the_order_of_the_configuration() -> None:
    sources = [replace(SOURCE, id=name) for name in ("z", "a", "m")]
    assert [row.id for row in board(sources, {}, {})] == ["z", "a", "m"]
