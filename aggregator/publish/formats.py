"""What a format is: a document is a frame with entries in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from aggregator.model import PublishedEntry, PublishedFeed


SIBLINGS = {"atom": "application/atom+xml", "rss": "application/rss+xml", "json": "application/feed+json"}
"""Media types of the formats for programs, by which documents offer their siblings."""

SIBLING = "related"
"""How a feed names its siblings. As ``alternate`` they would be taken for the site's page: by newsboat 2.21 the last
one of an Atom feed, by SimplePie any of an ``atom:link`` before the channel's own link."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What stands around the entries."""

    before: bytes
    between: bytes
    after: bytes

    def filled(self, entries: list[bytes]) -> bytes:
        """The whole document."""
        if not entries:
            return self.before + self.after
        whole = [*entries[:-1], entries[-1] + self.after]  # megabytes are copied once
        whole[0] = self.before + whole[0]
        return self.between.join(whole)

    def size(self, entries: list[bytes]) -> int:
        """Bytes of the whole document."""
        return sum(map(len, entries)) + len(self.between) * max(0, len(entries) - 1) + len(self.before + self.after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One way to write a feed down.

    Entries are rendered one by one, so that one that cannot be rendered is left out alone, and the size of a document
    is known before it is joined. Both functions are pure: the same value gives the same bytes.
    """

    media_type: str
    extension: str
    frame: Callable[[PublishedFeed], Frame]
    entry: Callable[[PublishedEntry], bytes]

    def render(self, feed: PublishedFeed) -> bytes:
        """The whole document. Raises whatever one of its entries raises."""
        return self.frame(feed).filled([self.entry(entry) for entry in feed.entries])
