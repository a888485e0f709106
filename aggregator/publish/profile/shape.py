"""What is known of one format by those who check it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from aggregator.model import PublishedEntry, PublishedFeed


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How a document of one format is read back, and what holds of its parts. The functions raise ValueError."""

    before: bytes
    mark: bytes
    """An entry that stands for any other: where two marks are read back, entries can stand."""
    between: bytes
    after: bytes
    read: Callable[[bytes], tuple[Any, list[Any]]]
    """A document as its head and its entries, as far as these stand where they should."""
    id_of: Callable[[Any], str | None]
    """The id of an entry that was read."""
    words_of: Callable[[Any], tuple[str | None, str | None]]
    """Its title and its page."""
    feed_id_of: Callable[[Any], str | None]
    """The id of the feed, of a head that was read; ``None`` in formats that have no word for it."""
    check_entry: Callable[[Any, PublishedEntry], None]
    check_head: Callable[[Any, PublishedFeed], None]


MARK = "urn:mark"


class Unsound(ValueError):
    """What is wrong with a part of a document: the rule, and what breaks it."""


def require(holds: object, rule: str) -> None:
    """Raises Unsound, with the rule, where it does not hold."""
    if not holds:
        raise Unsound(rule)
