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
    pieces: list[str] = []
    for name in _SAID:
        value = said.get(name)
        if value is not None and value != ():
            pieces.append(name)
            _write(value, pieces)
    return hashlib.sha256("".join(pieces).encode("utf-8", "surrogatepass")).digest()


def hashed(entry: ParsedEntry) -> ParsedEntry:
    """The same entry with its ``raw_hash`` filled in."""
    return replace(entry, raw_hash=raw_hash(entry))


def _write(value: Any, pieces: list[str]) -> None:
    """One unambiguous spelling for every value an entry can hold: texts and tuples begin with their length."""
    kind = type(value)
    if kind is str:
        pieces += f"{len(value)}:", value
    elif value is None:
        pieces.append("-")
    elif kind is tuple:
        pieces.append(f"({len(value)}:")
        for each in value:
            _write(each, pieces)
    elif kind is datetime:
        pieces.append(value.astimezone(UTC).isoformat())
    elif is_dataclass(kind):
        pieces.append(f"{kind.__name__}:")
        for each in _values(kind)(value):
            _write(each, pieces)
    else:
        pieces.append(f"{value!r};")


@cache
def _values(kind: type[Any]) -> Callable[[Any], tuple[Any, ...]]:
    """All that a value of this kind holds, in the order of its fields."""
    return attrgetter(*(each.name for each in fields(kind)))
