"""What one publish has to say: the articles of each output, and all that is said of them besides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from aggregator.outputs.choosing import MANY, chosen_for, folded_of
from aggregator.outputs.digests import digests_of
from aggregator.outputs.public import public_sources

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from aggregator.model import Article, FeedInfo, Story
    from aggregator.wiring import App

MOURNED = timedelta(days=90)
"""For how long tombstones are published: a reader that comes once a quarter has still to be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """All that the documents of one publish are made of."""

    now: datetime
    infos: Mapping[str, FeedInfo]
    """By source: what it says of itself."""
    public_sources: Collection[str]
    """Those that the public may know of."""
    articles: Mapping[str, Sequence[Article]]
    """By output: what it shows."""
    ended: Mapping[str, Sequence[Article]]
    """By output with digests: those of its digests that were withdrawn whole."""
    withdrawn: Sequence[Article]
    """What was taken back, of any output."""
    folded: Sequence[Article]
    """What is beyond a limit of its day."""
    through: Mapping[str, Sequence[str]]
    """By key: the other sources that have an article too."""
    stories: Mapping[str, Story]
    """By key: the story an article belongs to."""


async def gather(app: App, now: datetime) -> Gathered:
    """Read from the store what is to be said now; texts of articles that the last publish had are not read again."""
    outputs = app.config.outputs
    copies = app.config.duplicates.show == "all"
    infos = await app.db(app.store.polls.infos)
    articles: dict[str, Sequence[Article]] = {}
    ended: dict[str, Sequence[Article]] = {}
    read: dict[str, Article] = {}
    for output in outputs:
        if output.digest is not None:
            articles[output.id], ended[output.id] = await digests_of(app, output, infos, now)
            continue
        query = app.queries[output.id]
        found = await app.db(chosen_for, output, app.store, query, now, copies=copies, held=app.articles)
        articles[output.id] = found
        read.update((each.key, each) for each in found)
    app.articles = read
    shown = {each.key for chosen in articles.values() for each in chosen}
    told_by = any(each.stories != "off" for each in outputs)
    return Gathered(
        now=now,
        infos=infos,
        public_sources=await public_sources(app),
        articles=articles,
        ended=ended,
        withdrawn=await app.db(app.store.articles.withdrawn, now, now - MOURNED, MANY),
        folded=await app.db(folded_of, app.store, outputs, tuple(articles.values()), now),
        through=await app.db(app.store.articles.through, shown) if not copies else {},
        stories=await app.db(app.store.stories.of, shown, now) if told_by else {},
    )
