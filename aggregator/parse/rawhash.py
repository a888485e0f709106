"""Recognising an unchanged entry before anything is cleaned."""

from __future__ import annotations

import hashlib
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from aggregator.model import ParsedEntry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_NOT_SAID = frozenset({"raw_hash", "position", "warnings"})
"""Fields that are ours, or change when a neighbour is added above, and so say nothing about the entry itself."""

_SAID = tuple(each.name for each in fields(ParsedEntry) if each.name not in _NOT_SAID)


def raw_hash(entry: ParsedEntry) -> bytes:
    """SHA-256 over all that the entry says; its own ``raw_hash``, ``position`` and ``warnings`` do not count.

    The same in every process and on every machine: no ``hash()``, no pickle, no memory address enters.
    """
    return of({name: getattr(entry, name) for name in _SAID})


def of(said: Mapping[str, Any]) -> bytes:
    """:func:`raw_hash` of the entry that has these fields."""
    written = []
    for name in _SAID:
        value = said.get(name)
        if value is not None and value != ():
            written.append(f"{name}={_written(value)}\x00")
    return hashlib.sha256("".join(written).encode("utf-8", "surrogatepass")).digest()


def hashed(entry: ParsedEntry) -> ParsedEntry:
    """The same entry with its ``raw_hash`` filled in."""
    return replace(entry, raw_hash=raw_hash(entry))


def _written(value: Any) -> str:
    """One unambiguous spelling for every value an entry can hold."""
    kind = type(value)
    if kind is str:
        return f"{len(value)}:{value}"
    if kind is tuple:
        return "(" + ",".join(map(_written, value)) + ")"
    if kind is datetime:
        return str(value.astimezone(UTC).isoformat())
    if is_dataclass(kind):
        return kind.__name__ + "(" + ",".join(map(_written, _values(kind)(value))) + ")"
    return repr(value)


@cache
def _values(kind: type) -> Callable[[Any], tuple[Any, ...]]:
    """All that a value of this kind holds, in the order of its fields."""
    return attrgetter(*(each.name for each in fields(kind)))
