"""Every document of one publish, from what was chosen for each output. Nothing is written here."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aggregator.articles import select
from aggregator.config import redact
from aggregator.errors import PublishError
from aggregator.last_publish import ADVICE
from aggregator.publish import assemble, documents, folded_days, opml, style
from aggregator.publish.assemble import Made, history_of
from aggregator.publish.automatic import pages_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from aggregator.model import Article, FeedInfo, Output, PublishedFeed, Rendered, Source, Story
    from aggregator.outputs.gathering import Gathered
    from aggregator.publish import Publication
    from aggregator.wiring import App

TOMBSTONES = 200
"""At most in an output, or as many as it has entries: a whole document of them may be taken back at once."""


@dataclass(slots=True)
class Rendering:
    """What one publish would give out; nothing of it is published yet."""

    publications: dict[str, Publication] = field(default_factory=dict)
    """By output, in the order of the configuration."""
    failed: dict[str, str] = field(default_factory=dict)
    """By output: why nothing sound can be made of it."""
    held: dict[str, str] = field(default_factory=dict)
    """By output: why it does not replace the last one (:mod:`aggregator.outputs.holding`)."""
    accepted: str | None = None
    """By what the operator said that all is to be published."""
    documents: tuple[Rendered, ...] = ()
    """Those that belong to no output."""

    @property
    def problems(self) -> tuple[str, ...]:
        """A line for each thing that is not published."""
        return (
            *self.failed.values(),
            *(f"output {name!r} stays as it is: {reason}; {ADVICE}" for name, reason in self.held.items()),
            *chain.from_iterable(each.problems for each in self.publications.values()),
        )


def render(app: App, gathered: Gathered, history: Mapping[str, str]) -> Rendering:
    """Every document. An entry that has not changed is not rendered again. ``history`` is, by output, the address of
    its newest archive document."""
    config, now = app.config, gathered.now
    sources, infos, hidden = as_public(app, gathered.infos)
    made, entries = Rendering(), Made(app.entries)
    for place, output in enumerate(config.outputs):
        query = app.queries[output.id]
        days: tuple[Article, ...]
        if output.id in gathered.ended:
            was, days = tuple(gathered.ended[output.id]), ()
        else:
            was = tuple(islice(select(gathered.withdrawn, query, now), max(TOMBSTONES, output.limit)))
            days = folded_days(select(gathered.folded, query, now), infos, sources, config.site, output)
        feed = assemble(
            (*gathered.articles[output.id], *days),
            infos,
            sources,
            config.site,
            output,
            first=place == 0,
            hubs=config.hubs if not output.private else (),
            withdrawn=was,
            through=gathered.through,
            stories=gathered.stories if output.stories != "off" else {},
            history=history.get(output.id),
            made=entries,
        )
        feed = replace(feed, pages=pages_of(config.site, config.automatic, home=place > 0), digest=output.digest)
        try:
            made.publications[output.id] = documents(feed, first=place == 0, previous=app.published.get(output.id))
        except PublishError as error:
            made.failed[output.id] = str(error)
    app.entries = entries
    known = gathered.public_sources
    listed = [each for each in config.sources if each.id in known and each.id not in hidden and each.members is None]
    made.documents = (opml.render(listed, infos, config.site), style())
    return made


def told(
    app: App,
    infos: Mapping[str, FeedInfo],
    output: Output,
    articles: Sequence[Article],
    folded: Sequence[Article],
    through: Mapping[str, Sequence[str]],
    stories: Mapping[str, Story],
    now: datetime,
) -> tuple[tuple[Article, ...], PublishedFeed]:
    """What an output says of articles that its documents do not show, and of days that are folded: all of it, as its
    documents would, and what it is said of."""
    sources, infos, _ = as_public(app, infos)
    days = folded_days(select(folded, app.queries[output.id], now), infos, sources, app.config.site, output)
    said = (*articles, *days)
    whole = replace(output, limit=max(len(said), 1))
    first = app.config.outputs[0].id == output.id
    feed = assemble(said, infos, sources, app.config.site, whole, first=first, through=through, stories=stories)
    return said, feed


def frame_of(app: App, output: Output) -> PublishedFeed:
    """An output without entries: its id, title and addresses."""
    first = app.config.outputs[0].id == output.id
    return assemble((), {}, {}, app.config.site, output, first=first)


def linked(publication: Publication, address: str | None, *, first: bool) -> Publication:
    """The same publication with another archive document before it. Raises PublishError."""
    feed = replace(publication.feed, history=history_of(address))
    made = documents(feed, first=first, previous=publication)
    return replace(made, left_out=publication.left_out, cut=publication.cut)


def as_public(
    app: App, infos: Mapping[str, FeedInfo]
) -> tuple[Mapping[str, Source], Mapping[str, FeedInfo], Collection[str]]:
    """Sources and what they say of themselves as the public may know them, and those of which it knows no address."""
    config = app.config
    hidden = {each.id for each in config.sources if redact(each.location, config.secrets) != each.location}
    sources = {each.id: _without_address(each) if each.id in hidden else each for each in config.sources}
    return sources, {name: _without_secrets(info, config.secrets) for name, info in infos.items()}, hidden


def _without_address(source: Source) -> Source:
    """A source whose address holds a secret, as the public may know it: by its host."""
    parts = urlsplit(source.location)
    return replace(source, url=f"{parts.scheme}://{parts.netloc}/")


def _without_secrets(info: FeedInfo, secrets: Collection[str]) -> FeedInfo:
    """What a feed says of itself but for addresses that hold a secret: many repeat the one they were asked at."""
    said = {"id": info.id, "url": info.url, "self_url": info.self_url, "icon": info.icon, "logo": info.logo}
    gone: dict[str, Any] = {
        name: None for name, value in said.items() if value is not None and redact(value, secrets) != value
    }
    return replace(info, **gone) if gone else info
