"""How much of a list is read: as much as cleaning looks at, five times what it keeps."""

from __future__ import annotations

from typing import Any, TypeVar

T = TypeVar("T")

CATEGORIES = 250
HUBS = 20
_MOST = {"contents": 100, "links": 100, "authors": 100, "contributors": 100, "categories": CATEGORIES}
"""By the field of :class:`~aggregator.model.ParsedEntry` or :class:`~aggregator.model.FeedInfo`."""
_LEAST = min(_MOST.values())


def lists(warnings: list[str], **values: tuple[Any, ...]) -> dict[str, Any]:
    """The lists of an entry or a feed by the names of their fields, cut where they are longer than is read."""
    for name, found in values.items():
        if len(found) > _LEAST:  # of nearly no entry
            values[name] = first(found, _MOST[name], name, warnings)
    return values


def first(values: tuple[T, ...], most: int, what: str, warnings: list[str]) -> tuple[T, ...]:
    """The first of the values, with a warning where there are more."""
    if len(values) <= most:
        return values
    warnings.append(f"only the first {most} of {len(values):,} {what} were read")
    return values[:most]
