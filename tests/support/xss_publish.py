"""The way of a source's words to the public, without the store between."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from xss_fields import Hostile, hostile_sources
from xss_vectors import VECTORS

from aggregator.articles import identify, normalise, normalise_info
from aggregator.model import Output, Site
from aggregator.parse import parse
from aggregator.publish import Publication, assemble, documents, opml

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aggregator.model import Article, FeedInfo, ParsedFeed, Rendered

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SITE = Site(title="Planet", url="https://planet.example/", id="tag:planet.example,2026:planet", language="en")


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What is held of one source."""

    hostile: Hostile
    said: ParsedFeed
    info: FeedInfo
    articles: tuple[Article, ...]


@cache
def held(number: int) -> tuple[Held, ...]:
    """All that is held of the sources that say the ``number``-th vector."""
    return tuple(map(_held, hostile_sources(number, VECTORS[number].html)))


def _held(hostile: Hostile) -> Held:
    said = parse(hostile.documents, hostile.source, NOW)
    articles = normalise(identify(said, hostile.source), said.info, hostile.source, NOW)
    return Held(hostile=hostile, said=said, info=normalise_info(said.info, hostile.source.url), articles=articles)


def published(all_held: Iterable[Held]) -> tuple[Publication, Rendered]:
    """All formats of one output with these articles, and the list of its sources."""
    all_held = tuple(all_held)
    sources = {each.hostile.source.id: each.hostile.source for each in all_held}
    infos = {each.hostile.source.id: each.info for each in all_held}
    articles = tuple(article for each in all_held for article in each.articles)
    feed = assemble(articles, infos, sources, SITE, Output(id="main", limit=1_000_000), first=True)
    return documents(feed, first=True), opml.render(sources.values(), infos, SITE)
