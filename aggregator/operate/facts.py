"""All that is known of an article somebody asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aggregator.model import ABSENT, OPERATOR, PUBLISHER

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.model import Article, PageStory, Source, SourceState, Story, Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """How a rule of its source is about it now."""

    name: str
    text: str
    matches: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InOutput:
    """How it stands to one output."""

    id: str
    place: int | None
    """Among the entries, the first is 1; ``None`` where it is not there."""
    taken: bool
    """Whether the output's query is true of it; true where there is none."""
    query: str | None
    limit: int
    per_source: int | None
    entries: int
    oldest: datetime | None
    """Place in time of the last entry that is not pinned."""
    digest: tuple[str, bool] | None = None
    """Of an output with digests, the day or week that lists it, in words, and whether that is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known. Without an ``article`` all that is said of one is empty."""

    asked: str
    now: datetime
    article: Article | None = None
    found_by: str = ""
    others: tuple[Article, ...] = ()
    """More articles at the address that was asked for."""
    visible: bool = False
    aliases: tuple[str, ...] = ()
    minted: bool = False
    """Whether its id was made here."""
    pruned_at: datetime | None = None
    removed_at: datetime | None = None
    on_remove: str = "keep"
    source: Source | None = None
    """As configured now."""
    state: SourceState | None = None
    original: Article | None = None
    """What it repeats."""
    through: tuple[str, ...] = ()
    """Other sources that have it too."""
    page: PageStory | None = None
    """What is known of its page, where its source has the full text of those."""
    rules: tuple[Ruled, ...] = ()
    rewrites: tuple[tuple[str, bool], ...] = ()
    """Its source's actions, and whether each changes it."""
    versions: tuple[Version, ...] = ()
    """What it said before, the latest first."""
    story: Story | None = None
    told_in: str | None = None
    """Title of the entry that lists it with others of its source and day."""
    lists: tuple[Article, ...] = ()
    """What it lists, where it is the entry of a source's day and no article of its own."""
    outputs: tuple[InOutput, ...] = ()
    published_at: datetime | None = None
    """When the documents were made last."""
    pending: bool = False
    """Whether something has changed since."""
    host: str | None = None
    """Of the address that was asked for."""
    near: tuple[tuple[Source, SourceState | None], ...] = ()
    """Sources at that host, where no article is known."""


TAKEN_BACK = {
    ABSENT: "no longer in its folder",
    PUBLISHER: "deleted by its publisher",
    OPERATOR: "retracted by the operator",
}
"""What is said of who withdrew an article."""
