"""How a source is, in one word, and what the operator is told to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from aggregator.model import Code, Source, SourceState
from aggregator.operate import State, board
from aggregator.operate.health import ADVICE

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


def test_a_healthy_source_needs_no_advice_unless_it_has_moved() -> None:
    (fine,) = board([SOURCE], {"a": FINE}, {})
    (moved,) = board([SOURCE], {"a": replace(FINE, moved_to="https://new.example/feed")}, {})
    assert fine.advice is None
    assert moved.advice is not None
    assert "https://new.example/feed" in moved.advice


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
