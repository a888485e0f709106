"""Which articles an output has: by its query, its limit, what is pinned, folded and told together."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from aggregator.articles import select

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Self

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """By what an output's articles were written down (:mod:`aggregator.outputs.taking`), and how far back."""

    query: str | None
    copies: bool
    to: tuple[datetime, str] | None = None
    """The oldest article that was asked about; ``None`` where that is none, or all."""
    whole: bool = False
    """Whether all that is stored was."""
    digest: bool = False
    """Whether it was written down when that was."""

    @classmethod
    def by(cls, output: Output, *, copies: bool, whole: bool = False) -> Self:
        """What an output's articles are to be written down by."""
        return cls(query=output.query, copies=copies, whole=whole, digest=output.digest is not None)


TAKEN = "taken"
"""The setting that says this of each output."""


def taken_by(store: Store) -> dict[str, Taken]:
    """By output: what its articles in the store were written down by. Raises StoreError."""
    said = json.loads(store.setting(TAKEN) or "{}")
    return {name: _read(facts) for name, facts in said.items()}


def _read(facts: dict[str, Any]) -> Taken:
    to = facts.pop("to", None)
    return Taken(**facts, to=(datetime.fromisoformat(to[0]), to[1]) if to is not None else None)


def written(taken: Mapping[str, Taken]) -> str:
    """The value of the setting."""
    rows = {name: asdict(each) for name, each in taken.items()}
    for row in rows.values():
        row["to"] = (row["to"][0].isoformat(), row["to"][1]) if row["to"] is not None else None
    return json.dumps(rows)


def is_behind(store: Store, outputs: Sequence[Output], *, copies: bool) -> bool:
    """Whether articles are stored of which an output has not been asked yet, besides what is new."""
    taken = taken_by(store)
    return any(taken.get(each.id) != Taken.by(each, copies=copies, whole=True) for each in outputs)


def chosen_for(
    output: Output,
    store: Store,
    query: Rule | None,
    now: datetime,
    *,
    copies: bool,
    held: Mapping[str, Article] = MappingProxyType({}),
) -> tuple[Article, ...]:
    """What an output has, by all its settings, of what it has taken; ``query`` is its own, compiled.

    It costs the same however few articles the query takes of however many there are. ``held`` are those, by key, that
    were read before and have not changed since.
    """
    taken = taken_by(store).get(output.id)
    if taken is None or (not taken.whole and taken.to is None):
        return ()
    return _by_settings(output, store, query, now, copies=copies, output=output.id, since=taken.to, held=held)


def chosen_anyway(
    output: Output, store: Store, query: Rule | None, now: datetime, *, copies: bool
) -> tuple[Article, ...]:
    """What an output has once it has been asked about everything, whether it was or not.

    Where it was not, all is looked at that is newer than the last article it has, and so is all that is stored for a
    query that takes few.
    """
    if is_behind(store, (output,), copies=copies) or store.outputs.queued(1, now, copies=copies).keys:
        return _by_settings(output, store, query, now, copies=copies)
    return chosen_for(output, store, query, now, copies=copies)


def _by_settings(of: Output, store: Store, query: Rule | None, now: datetime, **found_by: Any) -> tuple[Article, ...]:
    joined = of.stories == "join"
    return choose(store, query, of.limit, now, per_source=of.per_source, joined=joined, **found_by)


def choose(
    store: Store,
    query: Rule | None,
    limit: int,
    now: datetime,
    *,
    copies: bool = False,
    per_source: int | None = None,
    joined: bool = False,
    output: str | None = None,
    since: tuple[datetime, str] | None = None,
    held: Mapping[str, Article] = MappingProxyType({}),
) -> tuple[Article, ...]:
    """The visible articles that ``query`` takes: all that are pinned, then the newest, together at most ``limit``;
    with ``copies`` also those that repeat one that is shown. With ``per_source`` at most so many of one source, besides
    those that are pinned, and of what is older than the :data:`LOOKED_AT` newest none. Where stories are ``joined``,
    only the first of each that the query takes. Of an ``output`` those are looked at that it has taken, back to
    ``since``."""
    pinned = tuple(select(store.articles.newest(MANY, now=now, pinned=True, copies=copies), query, now))
    above = {each.key for each in pinned}
    chosen: list[Article] = list(pinned)
    before: tuple[datetime, str] | None = None
    plain = (query is None or output is not None) and per_source is None and not joined
    size = limit if plain else max(limit, PAGE)
    counts, looked_at = Counter[str](), 0
    while True:
        page = store.articles.newest(size, now=now, before=before, copies=copies, output=output, since=since, held=held)
        looked_at += len(page)
        hidden = covered(store, page, query, now) if joined else frozenset()
        for each in page if output is not None else select(page, query, now):
            if each.key in hidden:
                continue
            if each.key not in above and (per_source is None or counts[each.source] < per_source):
                chosen.append(each)
                counts[each.source] += 1
        if len(chosen) >= limit or len(page) < size or (per_source is not None and looked_at >= LOOKED_AT):
            return tuple(chosen[: max(limit, len(pinned))])
        before = (page[-1].sort_at, page[-1].key)


def covered(store: Store, page: Sequence[Article], query: Rule | None, now: datetime) -> frozenset[str]:
    """Keys of the articles whose story another one stands for: one that is pinned, else the first of those shown."""
    covered = set()
    for key, story in store.stories.of([each.key for each in page], now).items():
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
        if output.digest is None
    ]
    since = min(reach, default=now).replace(hour=0, minute=0, second=0, microsecond=0)
    found = store.outputs.folded(since, FOLDED_AT_MOST, now)
    if len(found) < FOLDED_AT_MOST:
        return found
    cut = found[-1].sort_at.date()
    return tuple(each for each in found if each.sort_at.date() != cut) or found
