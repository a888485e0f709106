"""Listed: what a list of feeds (OPML) names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aggregator.model.value import Value

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed(Value):
    """One feed in a list."""

    url: str | None = None
    """Its address; ``None`` for what a list of our own says of a folder or another list."""
    title: str | None = None
    page: str | None = None
    """Address of its site."""
    tags: tuple[str, ...] = ()
    """The folders it is in, and its categories."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Keys of a source of ours with their plain values, as the list has them in a namespace that we know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedList(Value):
    """What was read in a list of feeds."""

    title: str | None = None
    feeds: tuple[Listed, ...] = ()
    """In the order of the list, no address twice."""
    repeated: int = 0
    """Feeds that stood there again; the tags of all are in the first."""
    whole: bool = True
    """Whether it goes on to its end; one that is cut off may have had more."""
    problems: tuple[str, ...] = ()
    """What could not be taken from it, in words."""
