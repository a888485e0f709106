"""What an answer says about when to come back (RFC 9111, RFC 9110 10.2.3; pure).

Only reading; how much of it to believe is the scheduler's policy.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_tz
from typing import TYPE_CHECKING

from aggregator.model import Freshness

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Fields = Mapping[str, Sequence[str]]

MOST_SECONDS = 2**31
"""RFC 9111 1.2.1: a delta-seconds too large to hold is taken for this, 68 years."""
_DATE_CHARACTERS = 64
_DIRECTIVE = re.compile(r'([^\s",;=]+)(?:\s*=\s*("[^"]*"|[^\s",;]*))?')


def freshness(status: int, fields: Fields, now: datetime) -> Freshness:
    """Reads Cache-Control, Expires, Date, Age and, in an error, Retry-After.

    ``fields``: lower-case names to all their values. ``now``: when the answer came, used where it has no Date.
    As a private cache we ignore s-maxage; no-cache and no-store mean no time at all, not no validators.
    """
    date = _earliest(fields.get("date", ())) or now
    fresh_for, reason = _lifetime(fields, date)
    age = next((seconds for value in fields.get("age", ()) if (seconds := _seconds(value)) is not None), 0)
    if fresh_for and age:
        fresh_for = max(0, fresh_for - age)
        reason = f"{reason} minus Age {age} s"
    retry = _retry_after(fields.get("retry-after", ()), date) if status >= 400 else None
    if retry is not None:
        reason = f"Retry-After {retry} s"
    return Freshness(
        fresh_for=None if fresh_for is None else timedelta(seconds=fresh_for),
        retry_after=None if retry is None else timedelta(seconds=retry),
        reason=reason,
    )


def http_date(text: str) -> datetime | None:
    """Reads a date in any of HTTP's three forms (RFC 9110 5.6.7) or an e-mail's; ``None`` for what is no date."""
    if len(text) > _DATE_CHARACTERS:
        return None
    try:
        parts = parsedate_tz(text)
        if parts is None:
            return None
        return datetime(*parts[:6], tzinfo=UTC) - timedelta(seconds=parts[9] or 0)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None  # parsedate_tz raises on some text that is no date, datetime on 31 February and year 0


def _lifetime(fields: Fields, date: datetime) -> tuple[int | None, str | None]:
    ages = []
    for name, value in _DIRECTIVE.findall(",".join(fields.get("cache-control", ()))):
        if name.lower() in ("no-store", "no-cache"):
            return 0, name.lower()
        if name.lower() == "max-age" and (seconds := _seconds(value.strip('"'))) is not None:
            ages.append(seconds)
    if ages:
        return min(ages), f"max-age {min(ages)} s"
    if not fields.get("expires"):
        return None, None
    expires = _earliest(fields["expires"])
    if expires is None or expires <= date:
        return 0, "Expires is past"  # RFC 9111 5.3: "0" and other invalid dates mean the past
    seconds = min(int((expires - date).total_seconds()), MOST_SECONDS)
    return seconds, f"Expires after {seconds} s"


def _retry_after(values: Sequence[str], date: datetime) -> int | None:
    waits = []
    for value in values:
        wait = _seconds(value)
        if wait is None and (until := http_date(value)) is not None:
            wait = min(int((until - date).total_seconds()), MOST_SECONDS)
        if wait is not None and wait > 0:
            waits.append(wait)
    return min(waits, default=None)


def _earliest(values: Sequence[str]) -> datetime | None:
    return min((date for value in values if (date := http_date(value)) is not None), default=None)


def _seconds(text: str) -> int | None:
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit()):
        return None
    return MOST_SECONDS if len(digits.lstrip("0")) > 10 else min(int(digits[-10:]), MOST_SECONDS)
