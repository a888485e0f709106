"""The words of dates: names of months in the languages feeds are written in, and abbreviations of time zones."""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache

ZONES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "bst": 1, "west": 1, "cet": 1, "met": 1, "mez": 1, "cest": 2,
    "mest": 2, "mesz": 2, "sast": 2, "eet": 2, "eest": 3, "msk": 3, "trt": 3, "pkt": 5, "ist": 5.5, "wib": 7, "ict": 7,
    "hkt": 8, "sgt": 8, "awst": 8, "jst": 9, "kst": 9, "acst": 9.5, "aest": 10, "acdt": 10.5, "aedt": 11, "nzst": 12,
    "nzdt": 13, "ndt": -2.5, "art": -3, "brt": -3, "adt": -3, "nst": -3.5, "ast": -4, "edt": -4, "est": -5, "cdt": -5,
    "cst": -6, "mdt": -6, "mst": -7, "pdt": -7, "pst": -8, "akdt": -8, "akst": -9, "hst": -10,
    "et": -5, "ct": -6, "mt": -7, "pt": -8,
}  # fmt: skip
"""Hours east of Greenwich. An abbreviation of several zones has the one most feeds mean: IST is India's. Letters of the
military zones mean nothing (RFC 5322 4.3: half of the world counts them the wrong way round)."""


def fold(text: str) -> str:
    """Lower case without accents, so that tables need one spelling: ``MÄRZ`` and ``marz`` are one."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("ı", "i"))
    return "".join(each for each in decomposed if not unicodedata.combining(each))


@cache
def months(*, alone: bool) -> dict[str, int]:
    """Names of months in lower case -> their numbers. ``alone``: also those that mean something else in a text, and a
    month only where nothing but a date is written (``mar``, ``set``, ``des``)."""
    from importlib.resources import files  # 10 ms, for the few that need it

    rows = files("aggregator.parse").joinpath("data/months.txt").read_text(encoding="utf-8").splitlines()
    words = (row.split() for row in rows if not row.startswith("#"))
    return {
        name.removeprefix("-"): int(number) for number, *names in words for name in names if alone or name[0] != "-"
    }


@cache
def _folded() -> dict[str, int]:
    return {fold(name): number for name, number in months(alone=True).items()}


@lru_cache(maxsize=1024)
def month(word: str) -> int | None:
    """The month of a folded name, or of the beginning of names that agree."""
    known = _folded()
    if word in known:
        return known[word]
    agreed = {number for name, number in known.items() if name.startswith(word)} if len(word) >= 3 else set()
    return agreed.pop() if len(agreed) == 1 else None
