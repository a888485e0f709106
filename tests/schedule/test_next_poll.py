"""When a source is looked at again: rules F20 to F32."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aggregator.model import (
    Asked,
    Code,
    Failed,
    FeedInfo,
    Fetched,
    Freshness,
    NotModified,
    Outcome,
    Polling,
    Source,
    SourceState,
    Validators,
)
from aggregator.schedule import Next, next_poll, refresh_at

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
SOURCE = Source(id="a", url="https://example.org/feed")
STATE = SourceState(source="a", next_poll_at=NOW)
GOOD = Validators(etag='"1"')


def fetched(validators: Validators = GOOD, **freshness: object) -> Fetched:
    return Fetched(
        documents=(),
        validators=validators,
        final_url="https://example.org/feed",
        body_hash=b"",
        freshness=Freshness(**freshness),  # type: ignore[arg-type]
    )


def failed(code: Code, status: int | None = None, retry_after: timedelta | None = None) -> Failed:
    return Failed(code=code, detail="", status=status, freshness=Freshness(retry_after=retry_after))


def after(
    outcome: Outcome,
    *,
    source: Source = SOURCE,
    state: SourceState = STATE,
    info: FeedInfo | None = None,
    polling: Polling | None = None,
) -> Next:
    return next_poll(source, state, outcome, info or FeedInfo(), polling or Polling(), NOW)


def assert_wait(decided: Next, wait: timedelta) -> None:
    """At least ``wait``, and at most the jitter more."""
    assert wait <= decided.at - NOW <= wait * 1.1, decided


def test_an_hour_passes_between_looks_by_default() -> None:
    """F20."""
    assert_wait(after(fetched()), HOUR)
    assert Polling().floor == HOUR


def test_jitter_differs_between_sources_and_is_never_negative() -> None:
    """F20: of 59 minutes the publisher counts each as one too early."""
    waits = {after(fetched(), source=replace(SOURCE, id=f"s{n}")).at - NOW for n in range(200)}
    assert len(waits) == 200
    assert HOUR <= min(waits) < HOUR * 1.01
    assert HOUR * 1.09 < max(waits) <= HOUR * 1.1


def test_a_configured_interval_is_kept() -> None:
    assert_wait(after(fetched(), source=replace(SOURCE, interval=timedelta(minutes=30))), timedelta(minutes=30))


def test_without_validators_the_source_is_spared_for_four_hours() -> None:
    """F21."""
    assert_wait(after(fetched(Validators())), 4 * HOUR)
    assert_wait(after(fetched(Validators(), fresh_for=timedelta(minutes=20))), 4 * HOUR)


def test_the_strict_spare_a_source_without_validators_for_a_day() -> None:
    """F21: rachelbythebay.com asks for at most one unconditional request in 24 hours."""
    assert_wait(after(fetched(Validators()), polling=Polling(without_validators=24 * HOUR)), 24 * HOUR)


def test_a_304_without_validators_keeps_the_stored_ones() -> None:
    outcome = NotModified(final_url="https://example.org/feed")
    assert_wait(after(outcome, state=replace(STATE, validators=GOOD)), HOUR)


def test_max_age_lengthens_the_wait() -> None:
    """F22."""
    decided = after(fetched(fresh_for=2 * HOUR, reason="max-age 7200 s"))
    assert_wait(decided, 2 * HOUR)
    assert "max-age 7200 s" in decided.reason


def test_freshness_of_a_304_counts_as_that_of_a_200() -> None:
    """F24."""
    outcome = NotModified(validators=GOOD, final_url="x", freshness=Freshness(fresh_for=2 * HOUR))
    assert_wait(after(outcome), 2 * HOUR)


def test_an_absurd_max_age_is_held_to_the_ceiling_and_says_so() -> None:
    """F23."""
    decided = after(fetched(fresh_for=timedelta(days=365)))
    assert_wait(decided, timedelta(days=1))
    assert "held to 1 d" in decided.reason


@pytest.mark.parametrize(("invited", "wait"), [(20, 20), (5, 15), (60, 60)])
def test_a_short_max_age_invites_sooner_looks_but_never_under_a_quarter_of_an_hour(invited: int, wait: int) -> None:
    assert_wait(after(fetched(fresh_for=timedelta(minutes=invited))), timedelta(minutes=wait))


def test_no_cache_is_no_invitation() -> None:
    """``no-cache`` and ``max-age=0`` are what many servers send without a thought for feed readers."""
    assert_wait(after(fetched(fresh_for=timedelta(0), reason="no-cache")), HOUR)


def test_ttl_only_lengthens() -> None:
    """F32."""
    assert_wait(after(fetched(), info=FeedInfo(ttl=timedelta(days=300))), 24 * HOUR)
    assert_wait(after(fetched(), info=FeedInfo(ttl=3 * HOUR)), 3 * HOUR)
    assert_wait(after(fetched(), info=FeedInfo(ttl=timedelta(minutes=1))), HOUR)


def test_skip_hours_move_the_look_to_the_next_allowed_hour() -> None:
    """F32."""
    decided = after(fetched(), info=FeedInfo(skip_hours=(11, 12)))
    assert decided.at == datetime(2026, 11, 23, 13, 0, tzinfo=UTC)


def test_skip_days_move_the_look_to_the_next_allowed_day() -> None:
    decided = after(fetched(), info=FeedInfo(skip_days=(0,)))
    assert decided.at == datetime(2026, 11, 24, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "info",
    [
        FeedInfo(skip_hours=tuple(range(24))),
        FeedInfo(skip_days=tuple(range(7))),
        FeedInfo(skip_hours=tuple(range(1, 24)), skip_days=tuple(range(7))),
    ],
)
def test_wishes_that_leave_no_hour_are_ignored(info: FeedInfo) -> None:
    """F32."""
    assert_wait(after(fetched(), info=info), HOUR)


def test_retry_after_of_a_429_is_kept_and_the_whole_host_waits() -> None:
    """F25."""
    decided = after(failed(Code.RATE_LIMITED, 429, 2 * HOUR))
    assert decided.at == NOW + 2 * HOUR
    assert decided.host_wait == decided.at
    assert decided.paused


def slow(outcome: Outcome, took: timedelta) -> Outcome:
    """The same, read so long after the look began, the last second of it behind a redirect."""
    first = Asked(host="example.org:443", at=NOW, took=took - SECOND, conditional=False)
    return replace(outcome, asked=(first, replace(first, at=NOW + took - SECOND, took=SECOND)))


def test_what_an_answer_asks_for_counts_from_when_it_came() -> None:
    waits = slow(failed(Code.RATE_LIMITED, 429, 2 * HOUR), 20 * SECOND)
    assert after(waits).at == after(waits).host_wait == NOW + 2 * HOUR + 20 * SECOND
    fresh = slow(fetched(fresh_for=2 * HOUR), 20 * SECOND)
    sources = [replace(SOURCE, id=f"s{n}") for n in range(1000)]
    assert min(after(fresh, source=each).at for each in sources) == NOW + 2 * HOUR + 20 * SECOND


def test_retry_after_shorter_than_the_interval_does_not_shorten_it() -> None:
    assert after(failed(Code.RATE_LIMITED, 429, timedelta(seconds=5))).at == NOW + HOUR


def test_retry_after_is_capped_at_a_week() -> None:
    decided = after(failed(Code.RATE_LIMITED, 429, timedelta(days=400)))
    assert decided.at == NOW + timedelta(days=7)
    assert "held to 7 d" in decided.reason


def test_a_429_without_retry_after_waits_four_hours() -> None:
    """F26: and never sooner than the interval."""
    assert after(failed(Code.RATE_LIMITED, 429)).at == NOW + 4 * HOUR
    assert after(failed(Code.RATE_LIMITED, 429), source=replace(SOURCE, interval=9 * HOUR)).at == NOW + 9 * HOUR


def test_a_503_with_retry_after_is_a_wait_not_a_failure() -> None:
    """F27: like a 429."""
    decided = after(failed(Code.HTTP_5XX, 503, 3 * HOUR))
    assert decided.at == NOW + 3 * HOUR
    assert decided.host_wait == decided.at
    assert decided.paused


def test_a_503_without_retry_after_is_an_ordinary_failure() -> None:
    """F31, not F27."""
    decided = after(failed(Code.HTTP_5XX, 503))
    assert_wait(decided, HOUR)
    assert (decided.host_wait, decided.paused) == (None, False)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1200/a", "http://localhost/a", "http://10.1.2.3/a", "http://rss-bridge/"]
)
def test_a_private_host_is_not_stopped_as_a_whole(url: str) -> None:
    assert after(failed(Code.RATE_LIMITED, 429), source=replace(SOURCE, url=url)).host_wait is None


def test_failures_double_the_wait_up_to_the_ceiling_and_never_end() -> None:
    """F31, and F29 for a 404."""
    waits = [after(failed(Code.HTTP_5XX, 500), state=replace(STATE, failures=n)) for n in (0, 1, 2, 5, 1000)]
    for decided, hours in zip(waits, (1, 2, 4, 24, 24), strict=True):
        assert_wait(decided, hours * HOUR)
    assert_wait(after(failed(Code.HTTP_4XX, 404), state=replace(STATE, failures=2)), 4 * HOUR)
    assert_wait(after(failed(Code.HTTP_4XX, 404), state=replace(STATE, failures=99)), 24 * HOUR)
    spread = {after(failed(Code.DNS), source=replace(SOURCE, id=f"s{n}")).at for n in range(50)}
    assert len(spread) == 50, "jittered"


def test_the_first_retry_is_not_sooner_than_the_interval() -> None:
    """F31."""
    assert_wait(after(failed(Code.TIMEOUT), source=replace(SOURCE, interval=2 * HOUR)), 2 * HOUR)


@pytest.mark.parametrize("status", [401, 403, 451])
def test_a_refusal_is_respected_for_four_hours_then_for_a_day(status: int) -> None:
    """F28: 4 h after the first refusal, whatever failed before it."""
    assert_wait(after(failed(Code.HTTP_4XX, status)), 4 * HOUR)
    assert_wait(after(failed(Code.HTTP_4XX, status), state=replace(STATE, failures=5, status=500)), 4 * HOUR)
    assert_wait(after(failed(Code.HTTP_4XX, status), state=replace(STATE, failures=1, status=403)), 24 * HOUR)


def test_a_feed_that_is_not_well_formed_is_looked_at_as_usual() -> None:
    assert_wait(after(failed(Code.XML), state=replace(STATE, failures=7)), HOUR)


def test_a_parser_that_died_three_times_rests_for_a_day() -> None:
    assert_wait(after(failed(Code.PARSE_CRASH), state=replace(STATE, failures=2)), 24 * HOUR)


class TestGone:
    """F30."""

    answer = failed(Code.HTTP_4XX, 410)

    def state(self, answers: int, hours: int) -> SourceState:
        """After so many answers 410 in a row, the first of them so long ago; it had failed before."""
        since = NOW - hours * HOUR
        return replace(
            STATE, code=Code.HTTP_4XX, status=410, status_polls=answers, status_since=since,
            failures=answers + 20, since=since - 99 * HOUR,
        )  # fmt: skip

    def test_three_times_over_a_day_is_gone_and_asked_once_a_month(self) -> None:
        decided = after(self.answer, state=self.state(2, 25))
        assert decided.gone
        assert decided.at == NOW + timedelta(days=30)

    def test_three_times_within_an_hour_is_not(self) -> None:
        assert not after(self.answer, state=self.state(2, 1)).gone

    def test_twice_is_not(self) -> None:
        assert not after(self.answer, state=self.state(1, 48)).gone

    def test_a_first_410_after_other_failures_is_not(self) -> None:
        state = replace(self.state(9, 48), status=500, code=Code.HTTP_5XX)
        assert_wait(after(self.answer, state=state), 12 * HOUR)
        assert not after(self.answer, state=state).gone

    def test_what_is_gone_stays_gone(self) -> None:
        assert after(self.answer, state=replace(self.state(3, 48), code=Code.GONE)).gone


class TestRefresh:
    """F10: a server may answer 304 to anything, so the whole document is asked for every 8 days."""

    due = replace(STATE, refresh_at=NOW)
    later = replace(STATE, refresh_at=NOW + HOUR)
    unchanged = NotModified(final_url="x", status=304)

    def at(self, state: SourceState, outcome: Outcome, source: Source = SOURCE) -> datetime | None:
        return refresh_at(source, state, outcome, NOW)

    def test_a_document_that_came_begins_the_time_anew(self) -> None:
        for outcome in (replace(fetched(), status=200), NotModified(final_url="x", status=200)):
            for state in (STATE, self.due, self.later):
                assert self.at(state, outcome) == NOW + timedelta(days=8)

    def test_each_source_may_have_a_time_of_its_own(self) -> None:
        source = replace(SOURCE, refresh=timedelta(days=30))
        assert self.at(STATE, replace(fetched(), status=200), source) == NOW + timedelta(days=30)

    def test_a_304_leaves_it_as_it_is(self) -> None:
        assert self.at(self.later, self.unchanged) == self.later.refresh_at

    def test_what_an_older_version_stored_is_refreshed_in_its_time(self) -> None:
        assert self.at(STATE, self.unchanged) == NOW + timedelta(days=8)

    def test_a_refresh_that_failed_is_tried_again_after_a_day_not_at_each_look(self) -> None:
        assert self.at(self.due, failed(Code.HTTP_5XX, 500)) == NOW + 24 * HOUR
        assert self.at(self.later, failed(Code.HTTP_5XX, 500)) == self.later.refresh_at

    def test_a_304_to_a_refresh_is_asked_again_without_a_condition(self) -> None:
        """F9."""
        assert self.at(self.due, failed(Code.UNEXPECTED_STATUS, 304)) == NOW


def test_a_local_folder_is_looked_at_each_minute() -> None:
    source = Source(id="seeds", folder=Path("seeds"))
    assert after(fetched(), source=source).at == NOW + timedelta(minutes=1)
    assert after(failed(Code.UNREADABLE), source=source, state=replace(STATE, failures=9)).at == NOW + timedelta(
        minutes=1
    )


def test_the_reason_of_a_failure_counts_in_words() -> None:
    reasons = [after(failed(Code.TIMEOUT), state=replace(STATE, failures=n)).reason for n in (0, 1, 2, 10)]
    assert [reason.split(" after ")[1].split(" ")[0] for reason in reasons] == ["1st", "2nd", "3rd", "11th"]
