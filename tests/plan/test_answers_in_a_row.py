"""Sources that refuse, are missing or gone: look after look, each at the time the one before it set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from aggregator.model import Code, Failed, NotModified, Polling, Source, SourceState, Validators
from aggregator.operate import State, board
from aggregator.plan import plan

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SOURCE = Source(id="a", url="https://example.org/feed")
KEPT = Validators(etag='"kept"')


def looks(*answers: int | None) -> list[SourceState]:
    """The states after looks that were answered so (``None``: not at all)."""
    states = [SourceState(source="a", next_poll_at=NOW, validators=KEPT)]
    for status in answers:
        code = Code.HTTP_4XX if status else Code.CONNECT
        now = states[-1].next_poll_at
        outcome = Failed(code=code, detail=str(status), status=status)
        decided = plan(SOURCE, states[-1], outcome, polling=Polling(), now=now, parser_version=1)
        assert decided.withdrawn == ()
        states.append(decided.state)
    return states[1:]


def word(state: SourceState) -> State:
    (row,) = board([SOURCE], {"a": state}, {})
    return row.state


def test_three_answers_410_over_a_day_are_gone_whatever_failed_before_them() -> None:
    """F30: and an answer of another kind begins the count anew."""
    states = looks(*[500] * 9, 410, 410, 410)
    assert [each.code for each in states[-3:]] == [Code.HTTP_4XX, Code.HTTP_4XX, Code.GONE]
    assert states[-1].next_poll_at - (states[-1].last_poll or NOW) == timedelta(days=30)
    assert states[-1].validators == KEPT
    assert looks(410, 410, None, 410)[-1].code is Code.HTTP_4XX


def test_a_gone_source_that_answers_again_is_well() -> None:
    """F30: once it is asked, by its month or by name."""
    gone = looks(410, 410, 410)[-1]
    outcome = NotModified(final_url="x", status=304)
    back = plan(SOURCE, gone, outcome, polling=Polling(), now=gone.next_poll_at, parser_version=1).state
    assert (word(back), back.failures, back.status_polls) == (State.OK, 0, 1)


def test_a_source_is_missing_after_ten_answers_404_in_a_row_over_a_week() -> None:
    """F29: it is asked all the same, at most a day later, and keeps what is known of it."""
    states = looks(*[404] * 14)
    words = [word(each) for each in states]
    assert words[:9] == [State.FAILING] * 9
    first = words.index(State.MISSING)
    assert (states[first].last_poll or NOW) - NOW >= timedelta(days=7)
    assert set(words[first:]) == {State.MISSING}
    assert all(each.next_poll_at - (each.last_poll or NOW) <= 24 * HOUR * 1.1 for each in states)
    assert states[-1].validators == KEPT


def test_the_first_refusal_after_other_failures_waits_four_hours_and_the_next_a_day() -> None:
    """F28."""
    states = looks(500, 500, 403, 401)
    waits = [each.next_poll_at - (each.last_poll or NOW) for each in states]
    assert 4 * HOUR <= waits[2] <= 4.4 * HOUR
    assert 24 * HOUR <= waits[3] <= 26.4 * HOUR
