"""What an answer says about when to come back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from aggregator.fetch.freshness import MOST_SECONDS, freshness, http_date

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DATE = "Sun, 06 Nov 1994 08:00:00 GMT"
HOUR_LATER = "Sun, 06 Nov 1994 09:00:00 GMT"


def fresh(status: int = 200, **fields: str | list[str]) -> float | None:
    given = {name.replace("_", "-"): [value] if isinstance(value, str) else value for name, value in fields.items()}
    found = freshness(status, given, NOW)
    return None if found.fresh_for is None else found.fresh_for.total_seconds()


def retry(value: str | list[str], status: int = 429, **fields: str) -> float | None:
    given = {name: [each] for name, each in fields.items()}
    found = freshness(status, {"retry-after": [value] if isinstance(value, str) else value, **given}, NOW).retry_after
    return None if found is None else found.total_seconds()


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("max-age=3600", 3600),
        ("MAX-AGE=3600", 3600),
        ("public, max-age=60, must-revalidate", 60),
        ('max-age="60"', 60),
        ("max-age = 60", 60),
        ("max-age=0", 0),
        ("max-age=60, max-age=30", 30),
        (["max-age=60", "max-age=30"], 30),
        ("max-age=x, max-age=30", 30),
        ("max-age=-5", None),
        ("max-age=1.5", None),
        ("max-age=", None),
        ("max-age", None),
        ("max-age=60s", None),
        ("x-max-age=60", None),
        ("s-maxage=60", None),
        ('ext="max-age=5", max-age=60', 60),
        ("max-age=" + "9" * 5000, MOST_SECONDS),
        ("max-age=31536000", 31536000),
        ("no-cache, max-age=60", 0),
        ("no-store", 0),
        ("max-age=60, no-store", 0),
        ("", None),
        ("stale-if-error=5", None),
    ],
)
def test_cache_control(value: str | list[str], seconds: float | None) -> None:
    """F22: s-maxage is ignored, so is what is invalid; of several the smallest, and what is too large is the cap."""
    assert fresh(cache_control=value) == seconds


def test_age_is_taken_off_and_never_below_zero() -> None:
    """F22."""
    assert fresh(cache_control="max-age=100", age="40") == 60
    assert fresh(cache_control="max-age=100", age="400") == 0
    assert fresh(cache_control="max-age=100", age="-1") == 100
    assert fresh(cache_control="max-age=100", age="9" * 5000) == 0
    assert fresh(age="40") is None


def test_expires_counts_from_the_servers_own_date() -> None:
    """F22."""
    assert fresh(expires=HOUR_LATER, date=DATE) == 3600
    assert fresh(expires=[HOUR_LATER, DATE], date=DATE) == 0
    assert fresh(expires="Sun, 01 Mar 2026 12:01:00 GMT") == 60
    assert fresh(expires="Sun, 01 Mar 2026 12:01:00 GMT", date="yesterday") == 60
    assert fresh(expires=HOUR_LATER, date=DATE, age="600") == 3000


@pytest.mark.parametrize("value", ["0", "-1", "never", "", "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_an_invalid_or_past_expires_is_the_past(value: str) -> None:
    assert fresh(expires=value, date=DATE) == 0


def test_max_age_wins_over_expires_unless_it_is_invalid() -> None:
    """F22."""
    assert fresh(cache_control="max-age=5", expires=HOUR_LATER, date=DATE) == 5
    assert fresh(cache_control="max-age=x", expires=HOUR_LATER, date=DATE) == 3600


def test_an_expires_in_the_year_9999_does_not_overflow() -> None:
    assert fresh(expires="Fri, 31 Dec 9999 23:59:59 GMT", date=DATE) == MOST_SECONDS


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 120 ", 120),
        ("0", None),
        ("-5", None),
        ("soon", None),
        ("1.5", None),
        ("9" * 400, MOST_SECONDS),
        ("Sun, 01 Mar 2026 13:00:00 GMT", 3600),
        ("Sunday, 01-Mar-26 13:00:00 GMT", 3600),
        ("Sun Mar  1 13:00:00 2026", 3600),
        ("Sun, 01 Mar 2026 11:00:00 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", MOST_SECONDS),
        (["120", "60"], 60),
        (["x", "60"], 60),
    ],
)
def test_retry_after(value: str | list[str], seconds: float | None) -> None:
    """F25: seconds or a date; past, 0 and garbage are none."""
    assert retry(value) == seconds


def test_a_retry_date_counts_from_the_servers_own_date() -> None:
    """F25."""
    assert retry(HOUR_LATER, date=DATE) == 3600


def test_retry_after_means_nothing_in_a_good_answer() -> None:
    """F25, F27."""
    assert retry("120", status=200) is None
    assert retry("120", status=503) == 120


def test_reasons_are_for_people() -> None:
    assert (
        freshness(200, {"cache-control": ["max-age=3600"], "age": ["60"]}, NOW).reason
        == "max-age 3600 s minus Age 60 s"
    )
    assert freshness(429, {"retry-after": ["7"]}, NOW).reason == "Retry-After 7 s"
    assert freshness(200, {}, NOW).reason is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "0001",
        "Sun, 32 Nov 1994 08:00:00 GMT",
        "1" * 10000,
        "1 jan 99999",
        "\x00",
        "Sun, 06 Nov 1994 08:00:00 +9999999999999",
        "Sun, 06 Nov 1994 25:00:00 GMT",
    ],
)
def test_what_is_no_date_is_none_and_never_raises(text: str) -> None:
    assert http_date(text) is None


@pytest.mark.parametrize("year", ["0000", "0001", "9999", "99999", "-1"])
def test_absurd_years_do_not_raise(year: str) -> None:
    for zone in ("GMT", "+2359", "-2359"):
        fresh(expires=f"Fri, 31 Dec {year} 23:59:59 {zone}", date=DATE)
        retry(f"Fri, 31 Dec {year} 23:59:59 {zone}")


def test_a_date_of_any_length_is_not_read() -> None:
    assert http_date(DATE) is not None
    assert http_date(DATE + " " * 1000) is None


def test_a_zone_is_honoured() -> None:
    assert http_date("Sun, 06 Nov 1994 09:00:00 +0100") == datetime(1994, 11, 6, 8, tzinfo=UTC)
    assert http_date("Sun, 06 Nov 1994 08:00:00 -0000") == datetime(1994, 11, 6, 8, tzinfo=UTC)


def test_every_length_fits_a_timedelta_that_can_be_added() -> None:
    assert NOW + timedelta(seconds=MOST_SECONDS) > NOW
