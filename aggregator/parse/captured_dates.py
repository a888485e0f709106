"""Dates as people write them: in front matter, in file names and in the opening of a report."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache

from aggregator.parse import dates as feed_dates
from aggregator.parse.date_words import months

_NAME = re.compile(r"(?<![^\W_])((?:19|20)\d\d)([-_.]?)(\d\d)\2(\d\d)(?![^\W_])")
_OFFSET = re.compile(r"(\d)\s*(?:(Z)|UTC|GMT|([+-]\d\d):?(\d\d))$", re.IGNORECASE)
_RFC_5322 = re.compile(r"(?:[A-Z][a-z]{2},\s+)?\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d")
_LABEL = re.compile(
    r"(?:(?:(?:first |last )?(?:published|posted|updated|released|date|dated)|veröffentlicht|aktualisiert|stand|"
    r"publié|mis à jour|mise à jour|publicado|actualizado|atualizado|pubblicato|aggiornato|gepubliceerd|geplaatst|"
    r"publicerad|uppdaterad|publisert|oppdatert|publiceret|opdateret|julkaistu|opublikowano|publikacja|publikováno|опубликовано|"
    r"опубліковано|обновлено|yayınlanma|yayın tarihi|güncelleme|diterbitkan|نشر في|प्रकाशित|"
    r"发布时间|发布|更新时间|更新日|更新|日期|時間|公開日|掲載|입력|등록|수정))?"
    r"(?:\s+(?:on|am|le|el|il|op|em|dnia|den|på))?\s*[:：|—–-]?\s*",
    re.IGNORECASE,
)
_ZONE = r"(?:[+-]\d\d:?\d\d|[A-Z]{2,4}\b|Z\b)"
_AT = r"\d{1,2}[:.h]\d\d(?::\d\d)?(?:\.\d+)?\s*(?:[ap]\.?m\b\.?|Uhr\b|h\b)?"
_TIME_OF_DAY = re.compile(
    rf"[\s,|T—–-]*(?:(?:at|um|à|às|a las|alle|ore|om|kl\.?|klo|в|о|o)\s+)?(?:{_AT}\s*{_ZONE}?)?[\s.)]*", re.IGNORECASE
)
_TIME_BEFORE = re.compile(rf"{_AT}\s*{_ZONE}?[\s,]+", re.IGNORECASE)
_CLOCK = re.compile(
    rf"(?<!\d)(\d{{1,2}})[:.h](\d\d)(?::(\d\d))?(?:\.\d+)?\s*([ap]\.?m\b)?\.?(?:\s*(?:Uhr|h)\b)?\s*({_ZONE})?",
    re.IGNORECASE,
)
_NUMBERS = re.compile(r"(?<![\d.,:/-])(\d{1,2})([/-])(\d{1,2})\2((?:19|20)\d\d)(?!\d)")
_BARS = re.compile(r"\s*[|•·]\s*")
_A_YEAR = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day as named in text; ``year`` is ``None`` where the text leaves it out."""

    year: int | None
    month: int
    day: int
    start: int
    end: int
    at: datetime | None = None
    """The moment, where a time stands beside the day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """A day settled on, at its time or at midnight UTC, and whether its year had to be worked out."""

    at: datetime
    estimated: bool


def stated(text: str) -> datetime | None:
    """A date somebody typed on purpose: RFC 3339, ISO 8601, RFC 5322, or a day with month and year in words.

    Without an offset it is UTC; without a time it is midnight. ``None`` where it is none of these, or names a time zone
    in a way that does not tell which.
    """
    text = text.strip()
    iso = _OFFSET.sub(lambda m: m[1] + (f"{m[3]}:{m[4]}" if m[3] else "+00:00"), text)
    try:
        found = parsedate_to_datetime(text) if _RFC_5322.match(text) else datetime.fromisoformat(iso)
        return (found.replace(tzinfo=UTC) if found.tzinfo is None else found).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        pass  # in neither form; it may still be a day in words
    day = find(text)
    if day is None or day.year is None or text[: day.start].strip() or not _TIME_OF_DAY.fullmatch(text[day.end :]):
        return None
    return _timed(day, text[day.end :])


def _timed(day: Day, clock: str) -> datetime | None:
    """The day at the time that stands beside it: ``14:30``, ``2.30 pm``, ``07:30 CET``; at midnight where none does.

    A zone nobody can be sure of (``ET``, ``Uhr``) is taken for UTC.
    """
    if day.year is None:
        return None
    midnight = _midnight(day.year, day.month, day.day)
    time = _CLOCK.search(clock)
    if midnight is None or time is None:
        return midnight
    parts = (f"{midnight:%Y-%m-%d}", f"{time[1]}:{time[2]}:{time[3] or '00'}", time[4], time[5])
    read = feed_dates.read(" ".join(filter(None, parts)))
    return midnight if read is None or abs(read - midnight) > timedelta(days=2) else read


def in_name(name: str) -> datetime | None:
    """The date in a file's name, such as ``2026-11-15-title.md`` or ``20261115.txt``; folders do not count."""
    for found in _NAME.finditer(name.rpartition("/")[2]):
        at = _midnight(int(found[1]), int(found[3]), int(found[4]))
        if at is not None:
            return at
    return None


def without_date(stem: str) -> str:
    """A file's name without its ending and its date, as words."""
    return " ".join(re.sub(r"[-_\s]+", " ", _NAME.sub(" ", stem)).split())


def find(text: str) -> Day | None:
    """The first day a text names with its month: ``Nov. 15``, ``15 de noviembre``, ``11月15日``, ``15.11.2025``.

    ``15/11/2025`` is one; ``03/11/2025`` may be two, and is none.
    """
    found = (day for pattern in _patterns() for match in pattern.finditer(text) if (day := _day(match)) is not None)
    return min(found, key=lambda day: (day.start, -day.end), default=None)


def line(text: str) -> Day | None:
    """The day a line names where the line says nothing else, such as ``Published: 15 November 2025, 14:30``.

    Behind a bar may stand when it was changed: ``Published 15 November | Updated 16 November``.
    """
    if len(text) > 120:
        return None
    first, *rest = _BARS.split(text)
    if not all(any(map(str.isdigit, each)) for each in rest):
        return None
    day = find(first)
    if day is None or not _TIME_OF_DAY.fullmatch(first[day.end :]):
        return None
    before = _LABEL.match(first)
    above = first[before.end() if before else 0 : day.start]
    if above and not _TIME_BEFORE.fullmatch(above):
        return None
    return replace(day, at=_timed(day, first[day.end :] if day.end < len(first) else above))


def two_ways(text: str) -> bool:
    """Whether a line is a date that means one day in one country and another in the next: ``Posted 03/11/2026``."""
    if len(text) > 80:
        return False
    found = _NUMBERS.search(text)
    return (
        found is not None
        and found[1] != found[3]
        and max(int(found[1]), int(found[3])) <= 12
        and _LABEL.fullmatch(text[: found.start()]) is not None
        and _TIME_OF_DAY.fullmatch(text[found.end() :]) is not None
    )


def settle(day: Day, first_seen: datetime, *, news: bool) -> Dated | None:
    """When that day was. Without a year it is the latest such day not after ``first_seen``, and estimated.

    A day in the future dates nothing. Nor does a day more than a year back in a text that is not marked as
    ``news``: "On July 20, 1969" opens a history, not a report.
    """
    seen = first_seen.date()
    if day.year is not None:
        at = day.at or _midnight(day.year, day.month, day.day)
        if at is None or at.date() > seen + timedelta(days=1):  # a day ahead may be today east of here
            return None
        return Dated(at=at, estimated=False) if news or first_seen - at <= _A_YEAR else None
    for year in range(seen.year, max(seen.year - 9, 0), -1):  # 29 February can be eight years back (1896-1904)
        at = _midnight(year, day.month, day.day)
        if at is not None and at.date() <= seen:
            return Dated(at=at, estimated=True)
    return None


def _midnight(year: int, month: int, day: int) -> datetime | None:
    try:
        return datetime(year, month, day, tzinfo=UTC)
    except ValueError:
        return None


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    names = sorted(map(re.escape, months(alone=False)), key=len, reverse=True)
    month = "(?P<month>" + "|".join(names) + r")(?![^\W\d_])\.?"
    day = r"(?<![\d.,:/-])(?P<day>\d{1,2})"
    year = r"(?P<year>(?:19|20)\d\d)(?![\d])"
    return (
        re.compile(r"(?<!\d)(?P<year>(?:19|20)\d\d)([-/.])(?P<number>\d{1,2})\2(?P<day>\d{1,2})(?!\d)"),
        re.compile(rf"(?<![\d.])(?P<day>\d{{1,2}})\.\s?(?P<number>\d{{1,2}})\.\s?{year}"),
        re.compile(rf"(?<![\d.,:/-])(?P<first>\d{{1,2}})([/-])(?P<second>\d{{1,2}})\2{year}"),
        # Month before day is English, and capitalised: "may 15 people" and "march 20 miles" name no day.
        re.compile(
            rf"(?<![^\W_])(?=(?-i:[A-Z])){month}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?![\d.:]\d|\d)(?:,?\s+{year})?",
            re.IGNORECASE,
        ),
        re.compile(
            rf"{day}(?:st|nd|rd|th|er|[.ºª])?\s+(?:de\s+|of\s+)?(?<![^\W_]){month}(?:,?\s+(?:de\s+|del\s+)?{year})?",
            re.IGNORECASE,
        ),
        re.compile(
            r"(?:(?P<year>(?:19|20)\d\d)\s*[年년]\s*)?(?<!\d)(?P<number>\d{1,2})\s*[月월]\s*(?P<day>\d{1,2})\s*[日号號일]"
        ),
    )


def _day(match: re.Match[str]) -> Day | None:
    named = match.groupdict()
    if named.get("first"):
        day, number = sorted((int(named["first"]), int(named["second"])), reverse=True)
        if day <= 12 and day != number:
            return None
        named |= {"day": str(day), "number": str(number)}
    month = int(named["number"]) if named.get("number") else months(alone=False)[named["month"].casefold()]
    year = int(named["year"]) if named.get("year") else None
    try:
        date(year or 2000, month, int(named["day"]))
    except ValueError:
        return None
    return Day(year=year, month=month, day=int(named["day"]), start=match.start(), end=match.end())
