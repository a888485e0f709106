"""Dates as feeds write them, in the languages they write them in."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone

from aggregator.parse import claims
from aggregator.parse.date_words import ZONES, fold, month

_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)
"""Outside of these a date is a mistake: year 0001 is .NET's nothing, 1970 a clock's, 9999 a database's."""

_LONGEST = 120
"""Characters looked at; the longest honest date in the corpus has 37."""

_ENGLISH = {
    "Jan": 1, "Feb": 2, "Mar": 3, "Apr": 4, "May": 5, "Jun": 6,
    "Jul": 7, "Aug": 8, "Sep": 9, "Oct": 10, "Nov": 11, "Dec": 12,
}  # fmt: skip
_NAMES = {number: name.lower() for name, number in _ENGLISH.items()}
_STANDARD = re.compile(
    r"(?:(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), ?)?([0-3]?\d) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (\d{4}) "
    r"|(\d{4}-\d\d-\d\d)T)((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?) ?(GMT|UTC?|Z|[+-](?:0\d|1[0-4]):?[0-5]\d)",
    re.ASCII,
)
_EPOCH = re.compile(r"(?:@|\\?/date\()?(\d{9,10}|\d{13}|\d{16})(?:\.(\d{1,9}))?(?:(?:[+-]\d{4})?\)\\?/)?", re.ASCII)
_COMPACT = re.compile(r"\A(\d{4})(\d{2})(\d{2})(?:[t ]?(\d{2})(\d{2})(\d{2})?)?(?!\d)")
_WEEK = re.compile(r"\A(\d{4})-?w(\d{2})(?:-?([1-7]))?(?![\d-])")
_ORDINAL = re.compile(r"\A(\d{4})-?(\d{3})(?![\d-])")
_CHARACTERS = (
    (re.compile(r"(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日号號일]?"), r"\1-\2-\3 "),
    (re.compile(r"(\d{1,2})\s?[时時点點시]\s?(\d{1,2})\s?[分분](?:\s?(\d{1,2})\s?[秒초])?"), r"\1:\2:\3"),
    (re.compile(r"(?:上午|午前|오전)\s?(\d{1,2}:\d{1,2}(?::\d{1,2})?)"), r"\1 am"),
    (re.compile(r"(?:下午|午後|오후)\s?(\d{1,2}:\d{1,2}(?::\d{1,2})?)"), r"\1 pm"),
)
"""Chinese, Japanese and Korean dates as the rest of the world has them; feedparser's OnBlog and Nate among them."""
_THANG = re.compile(r"\b(?:thang|thg)\.? ?(\d{1,2})\b")
_TIME = re.compile(
    r"(?<!\d)(\d{1,2})\s?[:h]\s?([0-5]?\d)(?:\s?:\s?(\d{1,2})(?:[.,](\d{1,12}))?)?(?!\d)(?:\s?([ap])\.?\s?m\b)?"
)
_DOTTED = re.compile(
    r"(?:\b(?:kl|klo|kello|um|ore|ora|pukul|saat)\.?\s|(?<=\d{4}),?\s)(\d{1,2})\.([0-5]\d)(?:\.([0-5]\d))?(?![\d.])()()"
)
"""Finnish, Danish, Italian and Indonesian times, behind the year or a word that announces them."""
_HOUR = re.compile(r"(?<=\d)t(\d{2})(?=z|[+-]\d|$)()()()()")
_OFFSET = re.compile(r"[\s(]*(?:utc|gmt)?\s?([+\-\u2212])\s?(\d{1,2}):?(\d{2})?(?!\d)")
_UNSIGNED = re.compile(r"\s(?:utc|gmt)?\s?(0\d|1[0-4]):?([0-5]\d)(?![\d:])")
"""East of Greenwich; no year begins so."""
_ZONE = re.compile(r"[\s(]*([a-z]{1,5})(?:\d{1,2}[a-z]{0,5})?\b")
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})([./-])(\d{1,2})\2(\d{1,2})(?!\d)")
_YEAR_ALONE = re.compile(r"\s*(\d{4})(?:-(\d{1,2}))?\s*")
_YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2})([./-])\s?(\d{1,2})\2\s?(\d{4}|\d{2})(?!\d)")
_WORD = re.compile(r"[^\W\d_]+|\d+")


def read(text: str) -> datetime | None:
    """The time a date means, in UTC; ``None`` for what cannot be read or cannot be meant (before 1990, after 2200).

    RFC 822, RFC 3339 and what comes near them, names of months in 35 languages, Chinese, Japanese and Korean dates,
    weeks and days of the year (ISO 8601), seconds to microseconds since 1970. A missing or unknown zone is UTC, an
    offset without its sign east, a missing time midnight, ``24:00`` the next day, a leap second the one before.
    ``03/04/2024`` means two days and is not read: no date is better than a wrong one.
    """
    if found := _STANDARD.fullmatch(text):
        return _standard(found)
    folded = fold(_spaced(text[:_LONGEST].strip()))
    if found := _EPOCH.fullmatch(folded):
        seconds = float(f"{found[1][:10]}.{found[1][10:]}{found[2] or ''}")
        return plausible(datetime.fromtimestamp(seconds, UTC))
    folded = _COMPACT.sub(_spread, folded, count=1)
    folded = _THANG.sub(lambda found: f" {_NAMES.get(int(found[1]), '')} ", folded)
    try:
        folded = _ORDINAL.sub(_counted, _WEEK.sub(_of_week, folded))
    except (ValueError, OverflowError):  # week 54, day 366 of a common year, of 9999
        return None
    time, zone, rest = _time(folded)
    for reader in (_worded, _year_last, _year_first):
        if (day := reader(rest)) is not None:
            return _built(day, time, zone)
    return None


def _standard(found: re.Match[str]) -> datetime | None:
    """RFC 822 and RFC 3339 in full, as nine dates in ten are written; the same as the long way, in a tenth of it."""
    day, name, year, full, clock, offset = found.groups()
    date = full or f"{year}-{_ENGLISH[name]:02}-{int(day):02}"
    zone = offset if offset[0] in "+-" else "+0000"
    zone = zone if ":" in zone else f"{zone[:3]}:{zone[3:]}"
    try:
        moment = datetime.fromisoformat(f"{date}T{clock}{zone}")
        return plausible(moment if moment.tzinfo is UTC else moment.astimezone(UTC))
    except (ValueError, OverflowError):
        return None


def plausible(moment: datetime) -> datetime | None:
    """The moment itself, where somebody can have meant it."""
    return moment if _EARLIEST <= moment < _LATEST else None


def told(what: str, written: str, warnings: list[str]) -> datetime | None:
    """The same as :func:`read`, with a warning where that is nothing."""
    found = read(written)
    if found is None:
        warnings.append(unread(what, written))
    return found


def unread(what: str, written: str) -> str:
    """The warning for a date that :func:`read` does not read."""
    return f'{what}: no usable date in "{claims.line(written, 60)}"'


def _spaced(text: str) -> str:
    """Dates with the characters for year, month and day in them, with separators."""
    if not text.isascii():
        for pattern, separated in _CHARACTERS:
            text = pattern.sub(separated, text)
    return text


def _of_week(found: re.Match[str]) -> str:
    """The day of ``2024-W10-1``; Monday where none is given."""
    return str(date.fromisocalendar(int(found[1]), int(found[2]), int(found[3] or 1)))


def _counted(found: re.Match[str]) -> str:
    """The day of ``2024-060``."""
    day = date(int(found[1]), 1, 1) + timedelta(days=int(found[2]) - 1)
    if day.year != int(found[1]):
        raise ValueError(f"{found[1]} has no day {found[2]}")
    return str(day)


def _spread(found: re.Match[str]) -> str:
    """``20240105t101500`` with its separators."""
    year, month, day, hour, minute, second = found.groups()
    return f"{year}-{month}-{day}" + (f" {hour}:{minute}:{second or '00'}" if hour else "")


def _time(text: str) -> tuple[timedelta, timezone, str]:
    """Time of day, zone, and the text without them."""
    found = _TIME.search(text) or _DOTTED.search(text) or _HOUR.search(text)
    if found is None:
        return timedelta(), UTC, text
    hour = int(found[1])
    if found[5]:
        hour = hour % 12 + (12 if found[5] == "p" else 0)
    fraction = int((found[4] or "0")[:6].ljust(6, "0"))
    time = timedelta(hours=hour, minutes=int(found[2] or 0), seconds=min(int(found[3] or 0), 59), microseconds=fraction)
    zone, end = _zone(text, found.end())
    before = text[: found.start()].removesuffix("t")
    return time, zone, f"{before} {text[end:]}"


def _zone(text: str, at: int) -> tuple[timezone, int]:
    if found := _OFFSET.match(text, at):
        offset = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
        known = offset < timedelta(hours=24)
        return timezone(offset if found[1] == "+" else -offset) if known else UTC, found.end()
    if found := _UNSIGNED.match(text, at):
        return timezone(timedelta(hours=int(found[1]), minutes=int(found[2]))), found.end()
    if (found := _ZONE.match(text, at)) and found[1] in ZONES:
        return timezone(timedelta(hours=ZONES[found[1]])), found.end()
    return UTC, at


def _worded(text: str) -> tuple[int, int, int] | None:
    """Day and year around the name of a month."""
    words = _WORD.findall(text)
    months = [(at, number) for at, word in enumerate(words) if (number := month(word))]
    numbers = [(at, word) for at, word in enumerate(words) if word.isdecimal()]
    if not months or len(numbers) != 2:
        return None
    first = numbers[0][0]
    # A weekday may look like a month ("mar" is Tuesday and March): a month follows a number, or stands next to one.
    name = next((number for at, number in months if at > first), months[-1][1])
    day, year = (word for _, word in numbers)
    if len(day) == 4:
        day, year = year, day
    if len(day) > 2 or len(year) not in (2, 4):
        return None
    return _year(year), name, int(day)


def _year(written: str) -> int:
    """RFC 5322 section 4.3: 00 to 49 are this century."""
    return int(written) if len(written) == 4 else int(written) + (2000 if int(written) < 50 else 1900)


def _year_last(text: str) -> tuple[int, int, int] | None:
    """``31.12.2024`` has the day first; with ``/`` and ``-`` only where one of the two can be no month."""
    found = _YEAR_LAST.search(text)
    if found is None:
        return None
    first, second, year = int(found[1]), int(found[3]), _year(found[4])
    if found[2] == "." or first > 12 or first == second:
        return year, second, first
    return (year, first, second) if second > 12 else None


def _year_first(text: str) -> tuple[int, int, int] | None:
    """``2024-12-31``, and the ``2024-12`` and ``2024`` of W3C-DTF."""
    if found := _YEAR_FIRST.search(text):
        return int(found[1]), int(found[3]), int(found[4])
    found = _YEAR_ALONE.fullmatch(text)
    return (int(found[1]), int(found[2] or 1), 1) if found else None


def _built(day: tuple[int, int, int], time: timedelta, zone: timezone) -> datetime | None:
    if time > timedelta(hours=24):
        return None
    try:
        return plausible((datetime(*day, tzinfo=zone) + time).astimezone(UTC))
    except (ValueError, OverflowError):
        return None
