"""Recognising an unchanged entry before anything is cleaned."""

from __future__ import annotations

import hashlib
import marshal
from dataclasses import fields, replace
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from aggregator.model import ParsedEntry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_NOT_SAID = frozenset({"raw_hash", "position", "warnings"})
"""Fields that are ours, or change when a neighbour is added above, and so say nothing about the entry itself."""

_SAID = tuple(each.name for each in fields(ParsedEntry) if each.name not in _NOT_SAID)
_PRIMITIVE = frozenset({str, int, float, bool})
_FLAT = frozenset(each.__name__ for each in _PRIMITIVE)
"""Types of fields that :mod:`marshal` writes as they are."""

_FORMAT = 2
"""The last format of marshal that writes equal values alike: from 3 on it tells whether two are one object."""


def raw_hash(entry: ParsedEntry) -> bytes:
    """SHA-256 over all that the entry says; its own ``raw_hash``, ``position`` and ``warnings`` do not count.

    The same in every process and on every machine: no ``hash()``, no pickle, no memory address enters.
    """
    return of({name: getattr(entry, name) for name in _SAID})


def of(said: Mapping[str, Any]) -> bytes:
    """:func:`raw_hash` of the entry that has these fields; those that are empty need not be there."""
    written = sorted([(name, _plain(value)) for name, value in said.items() if value])  # no name is there twice
    return hashlib.sha256(marshal.dumps(written, _FORMAT)).digest()


def hashed(entry: ParsedEntry) -> ParsedEntry:
    """The same entry with its ``raw_hash`` filled in."""
    return replace(entry, raw_hash=raw_hash(entry))


def _plain(value: Any) -> Any:
    """Every value an entry can hold as texts, numbers and tuples of such."""
    kind: Any = type(value)
    if kind is str:
        return value
    if kind is tuple:
        return tuple([_plain(each) for each in value])
    if kind is datetime:  # aware, and exact to the microsecond as a number
        return value.timestamp()
    return value if value is None or kind in _PRIMITIVE else _values(kind)(value)


@cache
def _values(kind: type[Any]) -> Callable[[Any], tuple[Any, ...]]:
    """What gives all that a value of this kind holds, in the order of its fields."""
    values: Callable[[Any], tuple[Any, ...]] = attrgetter(*(each.name for each in fields(kind)))
    if _FLAT.issuperset(str(each.type).removesuffix(" | None") for each in fields(kind)):
        return values
    return lambda value: _plain(values(value))
