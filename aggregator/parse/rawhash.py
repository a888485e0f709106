"""Recognising an unchanged entry before anything is cleaned."""

from __future__ import annotations

import hashlib
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aggregator.model import ParsedEntry

_NOT_SAID = frozenset({"raw_hash", "position", "warnings"})
"""Fields that are ours, or change when a neighbour is added above, and so say nothing about the entry itself."""


def raw_hash(entry: ParsedEntry) -> bytes:
    """SHA-256 over all that the entry says; its own ``raw_hash``, ``position`` and ``warnings`` do not count.

    The same in every process and on every machine: no ``hash()``, no pickle, no memory address enters.
    """
    digest = hashlib.sha256()
    for each in fields(entry):
        if each.name not in _NOT_SAID:
            value = getattr(entry, each.name)
            if value not in (None, ()):
                digest.update(f"{each.name}={_written(value)}\x00".encode("utf-8", "surrogatepass"))
    return digest.digest()


def hashed(entry: ParsedEntry) -> ParsedEntry:
    """The same entry with its ``raw_hash`` filled in."""
    return replace(entry, raw_hash=raw_hash(entry))


def _written(value: Any) -> str:
    """One unambiguous spelling for every value an entry can hold."""
    if isinstance(value, tuple):
        return "(" + ",".join(_written(each) for each in value) + ")"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date | timedelta):
        return str(value)
    if hasattr(value, "__dataclass_fields__"):
        return type(value).__name__ + _written(tuple(getattr(value, each.name) for each in fields(value)))
    return repr(value)
