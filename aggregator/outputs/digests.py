"""Outputs whose entries are digests: what each day or week had, made once it is over.

A digest that was made is kept in memory until anything that it lists changes, so that a publish costs what is new.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from aggregator.publish.digest import LISTED, Digests, Told, digest, period_of, periods

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from aggregator.config import Config
    from aggregator.model import Article, FeedInfo, Output, Source
    from aggregator.wiring import App


async def digests_of(
    app: App, output: Output, infos: Mapping[str, FeedInfo], now: datetime
) -> tuple[tuple[Article, ...], tuple[Article, ...]]:
    """The entries of an output with digests, the newest first, and those that were withdrawn whole."""
    names = _names(app.config.sources, infos)
    if app.digests.of != (app.edition, names):
        app.digests = Digests(of=(app.edition, names))
    made = app.digests.made
    wanted = tuple(islice(periods(output.digest or "daily", now), output.limit))
    for old in [each for each in made if each[0] == output.id and each[1] not in wanted]:
        del made[old]
    copies = app.config.duplicates.show == "all"
    for period in wanted:
        if (output.id, period) not in made:
            articles, count, left_at = await app.db(
                app.store.outputs.joined, output.id, period.start, period.end, LISTED, now, copies=copies
            )
            told = Told(articles=articles, count=count, left_at=left_at)
            made[output.id, period] = digest(told, period, names, app.config.site, output)
    found = [entry for period in wanted if (entry := made[output.id, period]) is not None]
    return (
        tuple(each for each in found if each.deleted_at is None),
        tuple(each for each in found if each.deleted_at is not None),
    )


def _names(sources: Iterable[Source], infos: Mapping[str, FeedInfo]) -> dict[str, str]:
    """What each source is called: by the operator, else by itself; those too that were removed."""
    names = {name: info.title for name, info in infos.items() if info.title is not None}
    return names | {each.id: each.title for each in sources if each.title is not None}


async def forget_changed(app: App, keys: Collection[str]) -> None:
    """Have those digests made anew that list any of these articles; to be called before it is decided of them anew."""
    for output in app.config.outputs:
        if output.digest is not None and any(of == output.id for of, _ in app.digests.made):
            for moment in await app.db(app.store.outputs.joined_at, output.id, keys):
                app.digests.made.pop((output.id, period_of(output.digest, moment)), None)


async def needed(app: App, now: datetime) -> frozenset[str]:
    """Keys of the articles that digests list, or will."""
    found: set[str] = set()
    for output in app.config.outputs:
        if output.digest is not None:
            *_, oldest = periods(output.digest, now)
            found |= await app.db(app.store.outputs.joined_since, output.id, oldest.start)
    return frozenset(found)


def is_over(config: Config, last: datetime, now: datetime) -> bool:
    """Whether a day or week that some output tells of has ended since the last publish."""
    kinds = {each.digest for each in config.outputs if each.digest is not None}
    return any(period_of(kind, last) != period_of(kind, now) for kind in kinds)
