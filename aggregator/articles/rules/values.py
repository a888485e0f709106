"""The values a rule compares with: how they are written, what they stand for, how they compare."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from aggregator.articles.rules.fields import BOOLEAN, DATE, DURATION, NUMBER, TEXT, Kind
from aggregator.articles.rules.lexer import RuleError, Token, unquoted
from aggregator.model.terms import fold

if TYPE_CHECKING:
    from collections.abc import Callable

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}

_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)([A-Za-z]*)")
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"(?P<local>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?)(?P<zone>Z|[+-][0-9]{2}:[0-9]{2})?"
)


class Span(NamedTuple):
    """From first to last, both included: a day is all its moments, any other value one point."""

    first: Any
    last: Any


COMPARE: dict[str, Callable[[Span], Callable[[Any], bool]]] = {
    "=": lambda span: lambda value: span.first <= value <= span.last,
    "<": lambda span: lambda value: value < span.first,
    "<=": lambda span: lambda value: value <= span.last,
    ">": lambda span: lambda value: value > span.last,
    ">=": lambda span: lambda value: value >= span.first,
}

NEGATED = {"!=": "=", "!~": "~", "not in": "in"}
"""Each is exactly the contrary of the other, however many values a field has."""


def read(token: Token, field: str, kind: Kind) -> Span:
    """What a token stands for, compared with a field of this kind. Raises RuleError at the token."""
    expected = f"{field} is {kind.name}: expected a value such as {kind.example}, found {token}"
    form, reader = _READERS[kind.name]
    if token.kind == "regex":
        raise RuleError("a regular expression is compared with ~ or !~", token.start)
    if token.kind in ("word", "literal") and kind is TEXT:
        raise RuleError(f'{expected}; text needs quotes: "{token.text}"', token.start)
    if token.kind != form:
        raise RuleError(expected, token.start)
    if kind is TEXT:
        return reader(nonempty(token, field))
    try:
        return reader(token.text)
    except OverflowError:
        raise RuleError(f"{token} is out of range", token.start) from None
    except ValueError as error:
        raise RuleError(f"{expected}{error}", token.start) from None


def nonempty(token: Token, field: str) -> str:
    """The text a string token stands for. Raises RuleError if it is empty: no field has an empty value."""
    if text := unquoted(token):
        return text
    raise RuleError(
        f"empty text compares with nothing; '{field}' alone asks for any value, 'not {field}' for none", token.start
    )


def _text(text: str) -> Span:
    return Span(fold(text), fold(text))


def _boolean(text: str) -> Span:
    if text.lower() not in ("true", "false"):
        raise ValueError
    return Span(text.lower() == "true", text.lower() == "true")


def _number(text: str) -> Span:
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise ValueError
    number = float(text) if found[1] else int(text)
    return Span(number, number)


def _duration(text: str) -> Span:
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError
    if found[2] not in UNITS:
        raise ValueError("; the units are " + ", ".join(f"{unit} ({name})" for unit, name in UNITS.items()))
    duration = timedelta(**{UNITS[found[2]]: float(found[1])})
    return Span(duration, duration)


def _date(text: str) -> Span:
    """A day is a day in UTC. A moment is RFC 3339 5.6, whose offset is not optional."""
    if _DAY.fullmatch(text):
        first = _existing(f"{text}T00:00:00+00:00")
        return Span(first, first + (timedelta(days=1) - timedelta.resolution))
    found = _MOMENT.fullmatch(text.upper())
    if found is None:
        span = text[-1] in UNITS and _DURATION.fullmatch(text)
        raise ValueError("; how long ago is asked with age" if span else "; a moment is written 2026-11-01T12:00:00Z")
    if found["zone"] is None:
        raise ValueError("; a time needs its offset from UTC, such as Z or +01:00")
    moment = _existing(text.upper()).astimezone(UTC)
    return Span(moment, moment)


def _existing(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("; there is no such day or time") from None


_READERS: dict[str, tuple[str, Callable[[str], Span]]] = {
    TEXT.name: ("string", _text),
    BOOLEAN.name: ("word", _boolean),
    NUMBER.name: ("literal", _number),
    DURATION.name: ("literal", _duration),
    DATE.name: ("literal", _date),
}
