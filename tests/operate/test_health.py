"""How a source is, in one word, and what the operator is told to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from aggregator.model import FLOOD, Code, Source, SourceState, Waiting
from aggregator.operate import State, board
from aggregator.operate.advice import ADVICE
from aggregator.operate.moved import MOVED_OVER, MOVED_POLLS, confirmed_move

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SOURCE = Source(id="a", url="https://example.org/feed")
FINE = SourceState(source="a", next_poll_at=NOW, code=Code.OK, since=NOW, last_success=NOW, requests=3, bytes=77)


WEEK_AGO = NOW - timedelta(days=7)
MISSING = replace(
    FINE, code=Code.HTTP_4XX, status=404, failures=15, status_polls=10, detail="404", last_success=None,
    since=WEEK_AGO, status_since=WEEK_AGO, last_poll=NOW,
)  # fmt: skip
QUARANTINED = replace(FINE, quarantine="the feed is called X now", quarantined_at=NOW - timedelta(days=2))
WEEKLY = tuple((NOW - timedelta(days=36 + 7 * week)).date() for week in range(9, -1, -1))
STALE = replace(FINE, last_new=NOW - timedelta(days=36), posted=WEEKLY)
MOVED = replace(FINE, moved_to="https://new.example/feed", moved_since=NOW - MOVED_OVER, moved_polls=MOVED_POLLS)


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
        (replace(MISSING, status_polls=9), State.FAILING),
        (replace(MISSING, last_poll=WEEK_AGO + timedelta(days=6.9)), State.FAILING),
        (replace(MISSING, status=500), State.FAILING),
        (MISSING, State.MISSING),
        (failing(Code.GONE, 410), State.GONE),
        (QUARANTINED, State.QUARANTINED),
        (replace(QUARANTINED, code=Code.NOT_MODIFIED), State.QUARANTINED),
        (MOVED, State.MOVED),
        (replace(MOVED, moved_polls=2), State.OK),
        (STALE, State.STALE),
        (replace(STALE, posted=tuple(each + timedelta(days=9) for each in WEEKLY)), State.OK),
        (replace(STALE, posted=()), State.OK),
        (replace(STALE, posted=(), last_new=NOW - timedelta(days=181)), State.STALE),
        (replace(STALE, failures=1, code=Code.DNS), State.FAILING),
    ],
)
def test_each_state_has_its_word(state: SourceState | None, word: State) -> None:
    """F29: 404 counts as missing after 10 in a row over 7 days, whatever failed before them."""
    (row,) = board([SOURCE], {} if state is None else {"a": state}, {})
    assert row.state is word


def test_the_weightiest_state_is_told() -> None:
    everything = replace(
        MISSING, quarantine="w", quarantined_at=NOW, posted=STALE.posted, moved_to="https://n.example/",
        moved_since=WEEK_AGO, moved_polls=9, last_success=NOW,
    )  # fmt: skip
    expected = [
        (replace(everything, code=Code.GONE), State.GONE),
        (replace(everything, code=Code.HTTP_4XX), State.MISSING),
        (replace(everything, code=Code.RATE_LIMITED, status=429), State.QUARANTINED),
        (replace(everything, code=Code.RATE_LIMITED, status=429, quarantine=None), State.RATE_LIMITED),
        (replace(everything, code=Code.DNS, status=None, quarantine=None), State.FAILING),
        (replace(everything, code=Code.OK, status=200, quarantine=None, failures=0), State.MOVED),
        (replace(everything, code=Code.OK, status=200, quarantine=None, failures=0, moved_to=None), State.STALE),
    ]
    words = [board([SOURCE], {"a": state}, {})[0].state for state, _ in expected]
    assert words == [word for _, word in expected]
    order = list(State)
    assert words == sorted(words, key=order.index, reverse=True)


@pytest.mark.parametrize(
    ("state", "since", "advice"),
    [
        (FINE, NOW, None),
        (
            QUARANTINED,
            NOW - timedelta(days=2),
            (
                "What is new is held: the feed is called X now. 'aggregator list --held' shows it, 'aggregator release "
                "a' lets it in, and with --silent the feed goes on without it. If the feed has another address now, "
                "set that; when the old feed is back, all goes on by itself."
            ),
        ),
        (
            STALE,
            datetime(2026, 11, 15, tzinfo=UTC),
            "Posts every 7 days, silent for 36; look on its site whether it goes on elsewhere.",
        ),
        (MISSING, WEEK_AGO, "There is nothing at this address; look for the feed's new address on the site."),
    ],
    ids=["ok", "quarantined", "stale", "missing"],
)
def test_each_state_is_told_since_when_and_what_to_do(
    state: SourceState, since: datetime | None, advice: str | None
) -> None:
    (row,) = board([SOURCE], {"a": state}, {})
    assert (row.since, row.advice) == (since, advice)


def test_a_folder_is_never_stale() -> None:
    (row,) = board([Source(id="a", folder=Path("seeds"))], {"a": STALE}, {})
    assert row.state is State.OK


@pytest.mark.parametrize(("held", "words"), [(1, "1 article is held"), (12, "12 articles are held")])
def test_what_is_still_held_of_a_source_that_is_well_again_is_told(held: int, words: str) -> None:
    waiting = Waiting(reason="the feed is called X now", articles=held, since=NOW)
    (row,) = board([SOURCE], {"a": FINE}, {"a": 20}, waiting={"a": [waiting]})
    assert (row.state, row.held, row.articles) == (State.OK, held, 20)
    assert row.advice is not None
    assert row.advice.startswith(f"{words} since another feed was at its address: 'aggregator release a' publishes")


def test_a_flood_is_told_with_its_reasons_until_it_is_released() -> None:
    """features.md N1: and a source that is also in quarantine for another reason tells that one first."""
    old = Waiting(reason=f"{FLOOD}dated over a year ago", articles=30, since=WEEK_AGO)
    known = Waiting(reason=f"{FLOOD}its title is known", articles=7, since=NOW)
    (row,) = board([SOURCE], {"a": FINE}, {"a": 50}, waiting={"a": [old, known]})
    assert (row.state, row.since, row.held, row.code) == (State.QUARANTINED, WEEK_AGO, 37, Code.OK)
    assert row.advice == (
        "37 articles are held: 30 in a flood: dated over a year ago; 7 in a flood: its title is known. "
        "'aggregator list --held' shows what is held, 'aggregator release a' publishes it, and with --silent it never "
        "is. Everything else that comes is published."
    )
    (row,) = board([SOURCE], {"a": QUARANTINED}, {"a": 50}, waiting={"a": [old]})
    assert row.since == QUARANTINED.quarantined_at
    assert (row.advice or "").startswith("What is new is held: the feed is called X now.")
    (row,) = board([replace(SOURCE, enabled=False)], {"a": FINE}, {"a": 50}, waiting={"a": [old]})
    assert row.state is State.DISABLED


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
        ({"quarantine": "the feed is called X now"}, False),
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
