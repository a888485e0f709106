"""Small values as feeds write them: lengths, durations, persons, lines for people. Shared by every parser."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import TYPE_CHECKING, Any, TypeVar

from aggregator.model import Person

if TYPE_CHECKING:
    from collections.abc import Iterable

T = TypeVar("T")

_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML 1.0 section 2.2 leaves out of its characters; lone surrogates cannot even be encoded."""

_MAIL = re.compile(r"(?:mailto:)?([^\s()<>@,;:\"]{1,64}@[^\s()<>@,;:\"]{1,190})")
_IANA = "http://www.iana.org/assignments/relation/"
"""RFC 4287 4.2.7.2: a relation's name may be written as this IRI."""

_CLOCK = re.compile(r"\s*(?:(?:(\d{1,3}):)?(\d{1,4}):)?(\d{1,7})(?:[.,]\d{0,9})?\s*")
_SPELT = re.compile(
    r"\s*(?:PT)?(?=\d)(?:(\d{1,3})\s?h(?:ours?|rs?)?[\s.,]*)?(?:(\d{1,4})\s?m(?:in(?:ute)?s?)?[\s.,]*)?"
    r"(?:(\d{1,7})(?:\.\d{0,9})?\s?s(?:ec(?:ond)?s?)?[\s.]*)?",
    re.IGNORECASE,
)

_ENDLESS = re.compile(r"&#(?:x[0-9a-f]{9,}|[0-9]{9,});?", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def text(value: Any) -> str | None:
    """Text without what is not text, stripped; ``None`` for nothing and for what is not a string."""
    if not isinstance(value, str):
        return None
    return without_noncharacters(value).strip() or None


def unescaped(value: str) -> str:
    """HTML text with its references resolved. Plain ``unescape`` raises ValueError for 4,301 digits."""
    return unescape(_ENDLESS.sub("", value))


def without_noncharacters(value: str) -> str:
    """The same text without characters that XML forbids; lone surrogates become U+FFFD."""
    if value.isprintable():  # none of them is: most names, addresses and words need no second look
        return value
    return _NOT_TEXT.sub(lambda found: "\ufffd" if "\ud800" <= found[0] <= "\udfff" else "", value)


def line(value: str, limit: int = 300) -> str:
    """One line of at most ``limit`` characters without control characters, for a ``Failed.detail`` or a warning."""
    joined = " ".join(_CONTROL.sub(" ", without_noncharacters(value[: 4 * limit])).split())
    return joined if len(joined) <= limit else joined[: limit - 1] + "…"


def number(value: Any) -> int | None:
    """A count as written: digits, perhaps with a fraction; ``None`` for ``"12 MB"``, negative or absurd ones."""
    found = re.fullmatch(r"\s*(\d{1,15})(?:\.\d{0,20})?\s*", str(value)) if value is not None else None
    return int(found[1]) if found else None


def duration(value: Any) -> int | None:
    """Seconds of ``itunes:duration``: ``754``, ``12:34``, ``1:02:03``, and as people write them: ``PT1H2M3S``
    (ISO 8601), ``45 min``, ``1h 2m``; ``None`` for anything else."""
    found = _CLOCK.fullmatch(str(value or "")) or _SPELT.fullmatch(str(value or ""))
    return int(found[1] or 0) * 3600 + int(found[2] or 0) * 60 + int(found[3] or 0) if found else None


def relation(value: Any) -> str:
    """The name of a link's relation; ``alternate`` where none is given (RFC 4287 4.2.7.2)."""
    return (text(value) or "alternate").removeprefix(_IANA)


def minutes(value: Any) -> timedelta | None:
    """RSS ``ttl``; ``None`` for what is no number, for none and for more than a year."""
    count = number(value)
    return timedelta(minutes=count) if count and count <= 365 * 24 * 60 else None


def person(name: Any = None, url: Any = None, email: Any = None) -> Person | None:
    """A person from what was said of one, ``mail@host (Name)`` and ``Name <mail@host>`` taken apart (RSS 2.0)."""
    name, url, email = text(name), text(url), text(email)
    if name and (found := _MAIL.search(name[:500])):
        email = email or found[1]
        name = text(_without(name, found))
    if not (name or url or email):
        return None
    return Person(name=name, url=url, email=email)


def _without(name: str, mail: re.Match[str]) -> str:
    """What is left of the name without the address: of the marks around either, and of no other."""
    before, after = name[: mail.start()], name[mail.end() :]
    for opened, closed in ("<>", "()"):
        if before.endswith(opened) and after.startswith(closed):
            before, after = before[:-1], after[1:]
    rest = f"{before}{after}".strip(" \t\r\n\"'")
    return rest[1:-1] if rest.startswith("(") and rest.endswith(")") else rest


def distinct(values: Iterable[T | None]) -> tuple[T, ...]:
    """The values in order, each once, without ``None``."""
    found = [each for each in values if each is not None]
    return tuple(found) if len(found) < 2 else tuple(dict.fromkeys(found))
