"""Dates as feeds write them, in the languages they write them in."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from aggregator.parse import claims

_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)
"""Outside of these a date is a mistake: year 0001 is .NET's nothing, 1970 a clock's, 9999 a database's."""

_LONGEST = 120
"""Characters looked at; the longest honest date in the corpus has 37."""

_MONTHS = """
1 january janvier januar jänner enero gennaio janeiro januari styczeń stycznia leden ledna январь января янв
1 tammikuu tammikuuta január ianuarie ocak ιανουάριος ιανουαρίου січень січня gener
2 february février févr februar febrero febbraio fevereiro februari luty lutego únor února февраль февраля
2 helmikuu helmikuuta február febr februarie şubat φεβρουάριος φεβρουαρίου лютий лютого febrer pebruari
3 march mars märz mrz marzo março maart mrt marzec marca březen března март марта marts maaliskuu maaliskuuta
3 március martie mart μάρτιος μαρτίου березень березня maret març mar мар
4 april avril avr abril aprile kwiecień kwietnia duben dubna апрель апреля huhtikuu huhtikuuta április aprilie
4 nisan απρίλιος απριλίου квітень квітня apr
5 may mai mayo maggio maio mei maj maja květen května май мая toukokuu toukokuuta május mayıs μάιος μαΐου
5 травень травня maig
6 june juin juni junio giugno junho czerwiec czerwca červen června čvn июнь июня kesäkuu kesäkuuta június iunie
6 haziran ιούνιος ιουνίου червень червня juny jun
7 july juillet juil juli julio luglio julho lipiec lipca červenec července čvc июль июля heinäkuu heinäkuuta július
7 iulie temmuz ιούλιος ιουλίου липень липня juliol jul
8 august août aout agosto augustus sierpień sierpnia srpen srpna август августа augusti elokuu elokuuta
8 augusztus ağustos αύγουστος αυγούστου серпень серпня agustus agt ags agost ag
9 september septembre septiembre settembre setembro wrzesień września září сентябрь сентября syyskuu syyskuuta
9 szeptember septembrie eylül σεπτέμβριος σεπτεμβρίου вересень вересня setembre sept set zari
10 october octobre oktober octubre ottobre outubro październik października říjen října октябрь октября lokakuu
10 lokakuuta október octombrie ekim οκτώβριος οκτωβρίου жовтень жовтня oktobar okt
11 november novembre noviembre novembro listopad listopada listopadu ноябрь ноября marraskuu marraskuuta
11 noiembrie kasım νοέμβριος νοεμβρίου листопад листопада nopember nov
12 december décembre dezember diciembre dicembre dezembro grudzień grudnia prosinec prosince декабрь декабря
12 joulukuu joulukuuta decembrie aralık δεκέμβριος δεκεμβρίου грудень грудня desember desembre des
"""
"""Number and names: English, French, German, Spanish, Italian, Portuguese, Dutch, Polish, Czech, Russian, Swedish,
Danish, Norwegian, Finnish, Hungarian, Romanian, Turkish, Greek, Ukrainian, Indonesian, Catalan. Beginnings of three
letters need no entry of their own unless two months share them."""

_ZONES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "bst": 1, "west": 1, "cet": 1, "met": 1, "mez": 1, "cest": 2,
    "mest": 2, "mesz": 2, "sast": 2, "eet": 2, "eest": 3, "msk": 3, "trt": 3, "pkt": 5, "ist": 5.5, "wib": 7, "ict": 7,
    "hkt": 8, "sgt": 8, "awst": 8, "jst": 9, "kst": 9, "acst": 9.5, "aest": 10, "acdt": 10.5, "aedt": 11, "nzst": 12,
    "nzdt": 13, "ndt": -2.5, "art": -3, "brt": -3, "adt": -3, "nst": -3.5, "ast": -4, "edt": -4, "est": -5, "cdt": -5,
    "cst": -6, "mdt": -6, "mst": -7, "pdt": -7, "pst": -8, "akdt": -8, "akst": -9, "hst": -10,
}  # fmt: skip
"""Hours east of Greenwich. An abbreviation of several zones has the one most feeds mean: IST is India's."""

_ENGLISH = {
    "Jan": 1, "Feb": 2, "Mar": 3, "Apr": 4, "May": 5, "Jun": 6,
    "Jul": 7, "Aug": 8, "Sep": 9, "Oct": 10, "Nov": 11, "Dec": 12,
}  # fmt: skip
_STANDARD = re.compile(
    r"(?:(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), ?)?([0-3]?\d) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (\d{4}) "
    r"|(\d{4}-\d\d-\d\d)T)((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?) ?(GMT|UTC?|Z|[+-](?:0\d|1[0-4]):?[0-5]\d)",
    re.ASCII,
)
_COMPACT = re.compile(r"\A(\d{4})(\d{2})(\d{2})(?:[t ]?(\d{2})(\d{2})(\d{2})?)?(?!\d)")
_TIME = re.compile(r"(?<!\d)(\d{1,2})\s?[:h]\s?(\d{2})(?:\s?:\s?(\d{2})(?:[.,](\d{1,12}))?)?(?!\d)(?:\s?([ap])\.?m\b)?")
_OFFSET = re.compile(r"[\s(]*(?:utc|gmt)?\s?([+\-\u2212])\s?(\d{1,2}):?(\d{2})?(?!\d)")
_ZONE = re.compile(r"[\s(]*([a-z]{1,5})\b")
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})([./-])(\d{1,2})\2(\d{1,2})(?!\d)")
_YEAR_ALONE = re.compile(r"\s*(\d{4})(?:-(\d{1,2}))?\s*")
_YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2})([./-])\s?(\d{1,2})\2\s?(\d{4}|\d{2})(?!\d)")
_WORD = re.compile(r"[^\W\d_]+|\d+")


def read(text: str) -> datetime | None:
    """The time a date means, in UTC; ``None`` for what cannot be read or cannot be meant (before 1990, after 2200).

    RFC 822, RFC 3339 and what comes near them, month names in twenty languages, seconds since 1970. A missing or
    unknown zone is UTC, a missing time midnight, ``24:00`` the next day. ``03/04/2024`` means two days and is not
    read: no date is better than a wrong one.
    """
    if found := _STANDARD.fullmatch(text):
        return _standard(found)
    folded = _fold(text[:_LONGEST].strip())
    if re.fullmatch(r"\d{9,10}|\d{13}", folded):
        seconds = int(folded) / (1000 if len(folded) == 13 else 1)
        return plausible(datetime.fromtimestamp(seconds, UTC))
    folded = _COMPACT.sub(_spread, folded, count=1)
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
        return plausible(datetime.fromisoformat(f"{date}T{clock}{zone}").astimezone(UTC))
    except (ValueError, OverflowError):
        return None


def plausible(moment: datetime) -> datetime | None:
    """The moment itself, where somebody can have meant it."""
    return moment if _EARLIEST <= moment < _LATEST else None


def impossible(text: str) -> bool:
    """Whether this is a date nobody can have meant, rather than one we cannot read: Hugo's ``0001-01-01``."""
    found = _STANDARD.fullmatch(text)
    return found is not None and not _EARLIEST.year <= int(found[3] or found[4][:4]) <= _LATEST.year


def unread(what: str, written: str) -> str:
    """The warning for a date that :func:`read` does not read."""
    return f'{what}: no usable date in "{claims.line(written, 60)}"'


def _fold(text: str) -> str:
    """Lower case without accents, so that tables need one spelling: ``MÄRZ`` and ``marz`` are one."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("ı", "i"))
    return "".join(each for each in decomposed if not unicodedata.combining(each))


_MONTH = {_fold(name): int(row.split()[0]) for row in _MONTHS.strip().splitlines() for name in row.split()[1:]}


def _spread(found: re.Match[str]) -> str:
    """``20240105t101500`` with its separators."""
    year, month, day, hour, minute, second = found.groups()
    return f"{year}-{month}-{day}" + (f" {hour}:{minute}:{second or '00'}" if hour else "")


def _time(text: str) -> tuple[timedelta, timezone, str]:
    """Time of day, zone, and the text without them."""
    found = _TIME.search(text)
    if found is None:
        return timedelta(), UTC, text
    hour = int(found[1])
    if found[5]:
        hour = hour % 12 + (12 if found[5] == "p" else 0)
    fraction = int((found[4] or "0")[:6].ljust(6, "0"))
    time = timedelta(hours=hour, minutes=int(found[2]), seconds=min(int(found[3] or 0), 59), microseconds=fraction)
    zone, end = _zone(text, found.end())
    before = text[: found.start()].removesuffix("t")
    return time, zone, f"{before} {text[end:]}"


def _zone(text: str, at: int) -> tuple[timezone, int]:
    if found := _OFFSET.match(text, at):
        offset = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
        if offset < timedelta(hours=24):
            return timezone(-offset if found[1] != "+" else offset), found.end()
    if (found := _ZONE.match(text, at)) and found[1] in _ZONES:
        return timezone(timedelta(hours=_ZONES[found[1]])), found.end()
    return UTC, at


def _worded(text: str) -> tuple[int, int, int] | None:
    """Day and year around the name of a month."""
    words = _WORD.findall(text)
    months = [(at, number) for at, word in enumerate(words) if (number := _month(word))]
    numbers = [(at, word) for at, word in enumerate(words) if word.isdecimal()]
    if not months or len(numbers) != 2:
        return None
    first = numbers[0][0]
    # A weekday may look like a month ("mar" is Tuesday and March): a month follows a number, or stands next to one.
    month = next((number for at, number in months if at > first), months[-1][1])
    day, year = (word for _, word in numbers)
    if len(day) == 4:
        day, year = year, day
    if len(day) > 2 or len(year) not in (2, 4):
        return None
    return _year(year), month, int(day)


@lru_cache(maxsize=1024)
def _month(word: str) -> int | None:
    """The month of a name, or of the beginning of names that agree."""
    if word in _MONTH:
        return _MONTH[word]
    agreed = {number for name, number in _MONTH.items() if name.startswith(word)} if len(word) >= 3 else set()
    return agreed.pop() if len(agreed) == 1 else None


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
