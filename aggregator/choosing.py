"""Which articles an output has: by its query, its limit, what is pinned, folded and told together."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from aggregator.articles import select

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aggregator.articles import Rule
    from aggregator.model import Article, Output
    from aggregator.store import Store

PAGE = 500
"""Articles read from the store at once while looking for those a query takes."""

LOOKED_AT = 5000
"""Articles among which an output with ``per_source`` has its entries: one source may have written all of them."""

FOLDED_AT_MOST = 5000
"""Folded articles that are told of, the newest: 40 µs each."""

LONG_AGO = datetime.min.replace(tzinfo=UTC)

MANY = 1000
"""Pinned or withdrawn articles that are looked at, the newest."""


def chosen_for(output: Output, store: Store, query: Rule | None, now: datetime, *, copies: bool) -> tuple[Article, ...]:
    """What an output has, by all its settings; ``query`` is its own, compiled."""
    joined = output.stories == "join"
    return choose(store, query, output.limit, now, copies=copies, per_source=output.per_source, joined=joined)


def choose(
    store: Store,
    query: Rule | None,
    limit: int,
    now: datetime,
    *,
    copies: bool = False,
    per_source: int | None = None,
    joined: bool = False,
) -> tuple[Article, ...]:
    """The visible articles that ``query`` takes: all that are pinned, then the newest, together at most ``limit``;
    with ``copies`` also those that repeat one that is shown. With ``per_source`` at most so many of one source, besides
    those that are pinned, and of what is older than the :data:`LOOKED_AT` newest none. Where stories are ``joined``,
    only the first of each that the query takes."""
    pinned = tuple(select(store.newest(MANY, now=now, pinned=True, copies=copies), query, now))
    above = {each.key for each in pinned}
    chosen: list[Article] = list(pinned)
    before: tuple[datetime, str] | None = None
    size = limit if query is None and per_source is None and not joined else max(limit, PAGE)
    taken, looked_at = Counter[str](), 0
    while True:
        page = store.newest(size, now=now, before=before, copies=copies)
        looked_at += len(page)
        covered = _covered(store, page, query, now) if joined else frozenset()
        for each in select(page, query, now):
            if each.key in covered:
                continue
            if each.key not in above and (per_source is None or taken[each.source] < per_source):
                chosen.append(each)
                taken[each.source] += 1
        if len(chosen) >= limit or len(page) < size or (per_source is not None and looked_at >= LOOKED_AT):
            return tuple(chosen[: max(limit, len(pinned))])
        before = (page[-1].sort_at, page[-1].key)


def _covered(store: Store, page: Sequence[Article], query: Rule | None, now: datetime) -> frozenset[str]:
    """Keys of the articles whose story another one stands for: one that is pinned, else the first of those shown."""
    covered = set()
    for key, story in store.stories([each.key for each in page], now).items():
        shown = select([each.article for each in story.members if each.shown], query, now)
        first = min(shown, key=lambda each: each.pinned_at is None, default=None)
        if first is not None and first.key != key:
            covered.add(key)
    return frozenset(covered)


def folded_of(
    store: Store, outputs: Sequence[Output], chosen: Sequence[Sequence[Article]], now: datetime
) -> tuple[Article, ...]:
    """What is folded of the days that the outputs reach back to, each of these days whole."""
    reach = [
        min(each.sort_at for each in articles) if len(articles) >= output.limit else LONG_AGO
        for output, articles in zip(outputs, chosen, strict=True)
    ]
    since = min(reach).replace(hour=0, minute=0, second=0, microsecond=0)
    found = store.folded(since, FOLDED_AT_MOST, now)
    if len(found) < FOLDED_AT_MOST:
        return found
    cut = found[-1].sort_at.date()
    return tuple(each for each in found if each.sort_at.date() != cut) or found
