"""Freshness an answer claims, well and badly (fetching.md F22 to F24; RFC 9111 1.2, 4.2, 5.2, 5.3)."""

from __future__ import annotations

from datetime import timedelta

from hostile_server import FEED, Case, answer

from aggregator.model import Code

DATE = ("Date", "Sun, 01 Mar 2026 12:00:00 GMT")
EXPIRES = ("Expires", "Sun, 01 Mar 2026 13:00:00 GMT")


def _cache(*values: str) -> tuple[tuple[str, str], ...]:
    return tuple(("Cache-Control", value) for value in values)


CLAIMS: dict[str, tuple[tuple[tuple[str, str], ...], int | None]] = {
    "nothing": ((), None),
    "max-age": (_cache("public, max-age=7200"), 7200),
    "max-age-quoted": (_cache('max-age="7200"'), 7200),
    "max-age-upper-case": (_cache("MAX-AGE=7200"), 7200),
    "max-age-spaces": (_cache("max-age = 7200"), 7200),
    "max-age-twice": (_cache("max-age=9000, max-age=60"), 60),
    "max-age-two-lines": (_cache("max-age=9000", "max-age=60"), 60),
    "max-age-zero": (_cache("max-age=0"), 0),
    "max-age-year": (_cache("max-age=31536000"), 31536000),
    "max-age-overflow": (_cache("max-age=" + "9" * 99), 2**31),
    "max-age-negative": (_cache("max-age=-1"), None),
    "max-age-fraction": (_cache("max-age=1.5"), None),
    "max-age-words": (_cache("max-age=forever"), None),
    "max-age-empty": (_cache("max-age="), None),
    "max-age-hidden-in-quotes": (_cache('x="max-age=1", max-age=7200'), 7200),
    "max-age-superscript": (_cache("max-age=\xb2"), None),
    "s-maxage": (_cache("s-maxage=9000, max-age=60"), 60),
    "no-store": (_cache("no-store, max-age=7200"), 0),
    "no-cache": (_cache("no-cache"), 0),
    "age": ((*_cache("max-age=7200"), ("Age", "200")), 7000),
    "age-over": ((*_cache("max-age=60"), ("Age", "7200")), 0),
    "age-negative": ((*_cache("max-age=60"), ("Age", "-9")), 60),
    "age-words": ((*_cache("max-age=60"), ("Age", "old")), 60),
    "age-huge": ((*_cache("max-age=60"), ("Age", "9" * 99)), 0),
    "expires": ((DATE, EXPIRES), 3600),
    "expires-without-date": ((EXPIRES,), 3600),
    "expires-zero": ((DATE, ("Expires", "0")), 0),
    "expires-minus-one": ((DATE, ("Expires", "-1")), 0),
    "expires-past": ((DATE, ("Expires", "Thu, 01 Jan 1970 00:00:00 GMT")), 0),
    "expires-year-9999": ((DATE, ("Expires", "Fri, 31 Dec 9999 23:59:59 GMT")), 2**31),
    "expires-garbage": ((DATE, ("Expires", "tomorrow")), 0),
    "expires-twice": ((DATE, EXPIRES, ("Expires", "Sun, 01 Mar 2026 12:01:00 GMT")), 60),
    "expires-and-max-age": ((DATE, EXPIRES, *_cache("max-age=60")), 60),
    "expires-their-clock-is-wrong": (
        (("Date", "Thu, 01 Jan 1970 00:00:00 GMT"), ("Expires", "Thu, 01 Jan 1970 01:00:00 GMT")),
        3600,
    ),
    "date-garbage": ((("Date", "now"), EXPIRES), 3600),
    "ten-thousand-directives": (_cache("a," * 10_000 + "max-age=60"), 60),
    "an-open-quote": (_cache('x="' + "y" * 30_000), None),
    "equals-signs": (_cache("=" * 30_000), None),
    "pragma": ((("Pragma", "no-cache"),), None),
}

CASES = [
    Case(
        path=f"/cc-{name}",
        behave=answer(FEED, *fields),
        code=Code.OK,
        expect=(("fresh", None if seconds is None else timedelta(seconds=seconds)),),
    )
    for name, (fields, seconds) in CLAIMS.items()
]
