"""When a source is looked at again, and why, in words.

The rules are those of the polite: an hour between looks unless the source or the operator says otherwise, never
sooner than the source asks, longer and longer after failures, and never silently for good. Stronger rules come
later in each function, so that the last word stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from aggregator.model import Code, Failed, FeedInfo, Freshness
from aggregator.schedule.spread import is_private

if TYPE_CHECKING:
    from aggregator.model import Outcome, Polling, Source, SourceState

FOLDER_INTERVAL = timedelta(minutes=1)
"""A look at a local folder costs no stranger anything."""

REFUSALS = (401, 403, 451)
REFUSED = (timedelta(hours=4), timedelta(hours=24))
"""After one of these: the first time, then each time (fetching.md F28; Unread Cloud waits 4 h)."""

RATE_LIMITED = timedelta(hours=4)
"""After 429 without Retry-After (fetching.md F26)."""

LONGEST_WAIT = timedelta(days=7)
"""What Retry-After may ask for at most (fetching.md F25)."""

GONE_AFTER = 3
"""Answers 410 in a row, over at least ``GONE_WITHIN``, until a source counts as gone (fetching.md F30)."""
GONE_WITHIN = timedelta(hours=24)
GONE_PROBE = timedelta(days=30)
"""A gone source is asked once a month whether it is back (features.md R21)."""

REFRESH_RETRY = timedelta(hours=24)
"""Until a refresh that failed is tried again (fetching.md F10)."""

CRASHES = 3
"""Times the parser may die or hang on a source in a row until it is left alone for a day (fetching.md)."""

JITTER = 0.1
"""Looks are up to this share later than asked, never sooner: 59 minutes are not an hour (fetching.md F20)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """When to come back."""

    at: datetime
    reason: str
    host_wait: datetime | None = None
    """Until when the whole host is to be left alone."""
    paused: bool = False
    """Whether the server asked for a pause, which is no failure of the source."""
    gone: bool = False
    """Whether the source is now held to be gone for good."""


def next_poll(
    source: Source, state: SourceState, outcome: Outcome, info: FeedInfo, polling: Polling, now: datetime
) -> Next:
    """When ``source`` is looked at again after ``outcome``.

    ``state`` is what was known before this poll (its ``failures`` do not count this one); ``info`` is what the feed
    says of itself now; ``now`` is when this poll's request began (fetching.md F20).
    """
    if source.folder is not None:
        return Next(at=now + (source.interval or FOLDER_INTERVAL), reason="local folder")
    if isinstance(outcome, Failed):
        return _after_failure(source, state, outcome, polling, now)
    has_validators = bool(outcome.validators) if outcome.validators is not None else bool(state.validators)
    wait, reason = _interval(source, outcome.freshness, has_validators, polling)
    wait, reason = _as_asked(wait, reason, outcome.freshness, info, polling)
    at = max(now + wait * (1 + JITTER * _chance(source.id, now)), _heard(outcome, now) + wait)
    allowed = awake(at, info)
    return Next(at=allowed, reason=reason if allowed == at else f"{reason}; the feed asks not to be read before then")


def _interval(source: Source, freshness: Freshness, has_validators: bool, polling: Polling) -> tuple[timedelta, str]:
    """The time between looks before the source's own wishes."""
    if source.interval is not None:
        return source.interval, f"every {_words(source.interval)}, as configured"
    if not has_validators:
        wait = max(polling.without_validators, polling.floor)
        return wait, f"every {_words(wait)}: the server sends no validators, so each look costs a whole document"
    if freshness.fresh_for is not None and timedelta(0) < freshness.fresh_for < polling.floor:
        wait = max(freshness.fresh_for, polling.invited_floor)
        return wait, f"every {_words(wait)}: the server invites it ({freshness.reason})"
    return polling.floor, f"every {_words(polling.floor)}"


def _as_asked(
    wait: timedelta, reason: str, freshness: Freshness, info: FeedInfo, polling: Polling
) -> tuple[timedelta, str]:
    """Lengthened to what the answer's headers and the feed's ``ttl`` ask for, up to the ceiling."""
    for asked, words in ((freshness.fresh_for, freshness.reason or "max-age"), (info.ttl, "the feed's ttl")):
        if asked is None or asked <= wait:
            continue
        longest = max(wait, polling.ceiling)
        wait = min(asked, longest)
        reason = f"{words} asks for {_words(asked)}" + (f", held to {_words(longest)}" if asked > longest else "")
    return wait, reason


def _after_failure(source: Source, state: SourceState, failed: Failed, polling: Polling, now: datetime) -> Next:
    interval = source.interval or polling.floor
    asked = failed.freshness.retry_after
    if failed.code is Code.RATE_LIMITED or (failed.status == 503 and asked is not None):
        wait = min(asked, LONGEST_WAIT) if asked is not None else RATE_LIMITED
        at = max(now + interval, _heard(failed, now) + wait)
        words = f"Retry-After {int(asked.total_seconds())} s" if asked is not None else "no Retry-After given"
        held = f", held to {_words(LONGEST_WAIT)}" if asked is not None and asked > LONGEST_WAIT else ""
        host_wait = None if is_private(source.host) else at
        return Next(at=at, reason=f"{failed.status}: {words}{held}", host_wait=host_wait, paused=True)
    alike = state.status_polls if failed.status == state.status else 0
    if failed.status == 410 and alike and state.status_since is not None:
        long = alike + 1 >= GONE_AFTER and now - state.status_since >= GONE_WITHIN
        if state.code is Code.GONE or long:
            return Next(at=now + GONE_PROBE, reason="410 Gone: asked again once a month", gone=True)
    if failed.code in (Code.TRUNCATED, Code.XML):
        return _later(source, interval, f"every {_words(interval)}", now)
    if failed.status in REFUSALS:
        wait = max(interval, REFUSED[0] if state.status not in REFUSALS else REFUSED[1])
        return _later(source, wait, f"{failed.status}: refused", now)
    if failed.status == 410:
        return _later(source, max(interval, GONE_WITHIN / 2), "410: asked again before it counts as gone", now)
    if failed.code in (Code.PARSE_TIMEOUT, Code.PARSE_CRASH) and state.failures + 1 >= CRASHES:
        return _later(source, polling.ceiling, "the parser failed on it three times", now)
    wait = min(interval * 2 ** min(state.failures, 16), max(interval, polling.ceiling))
    return _later(source, wait, f"{_words(wait)} after {_ordinal(state.failures + 1)} failure in a row", now)


def refresh_at(source: Source, state: SourceState, outcome: Outcome, now: datetime) -> datetime | None:
    """From when on the whole document is asked for, whatever the server says; ``state`` and ``now`` as above.

    Some servers answer 304 to anything, and their readers never see another article (fetching.md F10). A document that
    comes, asked for or not, begins the time anew. After a refresh that failed a day passes; but for a 304, which costs
    the server nothing and has to be repeated without a condition (F9, RFC 2068 10.3.5).
    """
    if isinstance(outcome, Failed):
        due = state.refresh_at is not None and state.refresh_at <= now
        return now + REFRESH_RETRY if due and outcome.status != 304 else state.refresh_at
    if outcome.status != 304 or state.refresh_at is None:
        return now + source.refresh
    return state.refresh_at


def _later(source: Source, wait: timedelta, reason: str, now: datetime) -> Next:
    return Next(at=now + wait * (1 + JITTER * _chance(source.id, now)), reason=reason)


def _heard(outcome: Outcome, now: datetime) -> datetime:
    """When the answer came: what it asks for counts from then, and a server may take half a minute to say it."""
    return max((each.at + each.took for each in outcome.asked), default=now)


def awake(at: datetime, info: FeedInfo) -> datetime:
    """Moved past the hours and days the feed asks not to be read in (RSS 2.0 skipHours, skipDays; GMT).

    Wishes that leave no hour of a week are ignored (fetching.md F32).
    """
    hours, days = set(info.skip_hours), set(info.skip_days)
    moment = at
    for _ in range(7 * 24):
        if moment.hour not in hours and moment.weekday() not in days:
            return moment
        moment = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return at


def _chance(source_id: str, now: datetime) -> float:
    """A number in [0, 1) that differs from poll to poll and source to source, yet is a function of both."""
    digest = sha256(f"{source_id} {now.astimezone(UTC).isoformat()}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def _words(span: timedelta) -> str:
    """A span for people: ``90 s``, ``15 min``, ``4 h``, ``2 d``."""
    seconds = span.total_seconds()
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{int(seconds // size)} {unit}"
    return f"{seconds / 3600:.1f} h" if seconds > 5400 else f"{int(seconds)} s"


def _ordinal(number: int) -> str:
    """``1st``, ``2nd``, ``11th``."""
    suffix = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"
