"""What a configuration would change, found out by trying it: on a copy of the store, with the code of a reload and of a
publish. Nobody is asked anything, and nothing that is stored or published is touched.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from aggregator.config import duplicates_of, outputs_of, polling_of, sources_of
from aggregator.in_force import InForce
from aggregator.outputs.choosing import is_behind
from aggregator.outputs.gathering import gather
from aggregator.outputs.rendering import render
from aggregator.outputs.taking import take
from aggregator.outputs.telling import tell
from aggregator.publish import paths
from aggregator.schedule import Settings, requests_per_day
from aggregator.store import on_trial
from aggregator.wiring import App, utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from aggregator.config import Config, Difference
    from aggregator.model import Output, PublishedEntry, Source, SourceState
    from aggregator.wiring import Taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """A source that would go, and what becomes of its articles."""

    id: str
    on_remove: str
    articles: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """What would become of an output: ids and titles of its entries."""

    come: tuple[tuple[str, str], ...] = ()
    go: tuple[tuple[str, str], ...] = ()
    renamed: tuple[tuple[str, str, str], ...] = ()
    """(id before, id now, title) of entries of one page: readers would have them twice."""
    stay: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that a configuration would change."""

    known: bool
    """Whether it is known what is in force; where it is not, everything counts as new."""
    difference: Difference
    outputs: Mapping[str, Entries]
    """By output, also those that would go."""
    removed: tuple[Removed, ...] = ()
    moved: tuple[tuple[str, str, str], ...] = ()
    """(source, address before, address now)."""
    documents_added: tuple[str, ...] = ()
    documents_removed: tuple[str, ...] = ()
    judged: Mapping[str, int] = field(default_factory=dict)
    """By source: how many of its articles its rules would keep that were dropped, or drop that were kept."""
    requests: tuple[float, float] = (0.0, 0.0)
    """A day, before and after."""
    first_requests: int = 0
    """Once, for what is new, at another address, or switched on."""
    problems: tuple[str, ...] = ()
    """What could not be published."""

    @property
    def dangers(self) -> tuple[str, ...]:
        """What one would be sorry about afterwards."""
        return (
            *(
                f"the source {before} would be called {now}: its articles stay with {before}, and entries without ids "
                f"of their own come a second time; write 'id: {before}' to keep it"
                for before, now in self.difference.renamed
            ),
            *(
                f"output {name}: {len(each.renamed)} entries would get another id, and readers would have them twice"
                for name, each in self.outputs.items()
                if each.renamed
            ),
            *(
                f"/{each} would be gone, and whoever subscribed to it gets nothing more"
                for each in self.documents_removed
                if not each.endswith(".html")
            ),
            *(
                f"{each.articles:,} articles of {each.id} would be shown no longer (on_remove: {each.on_remove})"
                for each in self.removed
                if each.on_remove != "keep" and each.articles
            ),
            *self.problems,
        )

    @property
    def words(self) -> str:
        """One line: what a reload says that it took, and what that does to outputs and to others' servers."""
        return "; ".join((self.difference.words, *self._output_words, self.request_words))

    @property
    def _output_words(self) -> tuple[str, ...]:
        return tuple(
            f"output {name}: +{len(each.come):,} entries, -{len(each.go):,}, {len(each.renamed):,} ids changed"
            for name, each in self.outputs.items()
            if each.come or each.go
        )

    @property
    def request_words(self) -> str:
        """``requests per day 1,210 -> 1,268``."""
        before, after = (round(each) for each in self.requests)
        return (
            f"requests per day {before:,} -> {after:,}" if before != after else f"requests per day {after:,} as before"
        )

    @property
    def nothing(self) -> bool:
        """Whether all stays as it is."""
        return not self.difference and not any(each.come or each.go for each in self.outputs.values())


async def make_plan(
    config: Config, *, now: Callable[[], datetime] = utc_now, progress: Callable[[str], None] = lambda _: None
) -> Plan:
    """What ``config`` would change of what is in force in its store. Raises StoreError.

    New sources have no articles before they are polled. What other settings ask to be read or taken anew is counted
    as if that was done.
    """
    progress("copying the store")
    with on_trial(config.store) as store:
        in_force = InForce(store)
        app = App(_as_before(config, in_force), store, now)
        try:
            progress("what readers have now")
            before, _ = await published_by(app)
            counts, states = store.articles.counts(), store.polls.states()
            progress("what they would have")
            taken = await app.use(config)
            after, problems = await published_by(app)
        finally:
            await app.close()
    return _plan(in_force, app.config, taken, (before, after), counts, states, problems)


def _as_before(config: Config, in_force: InForce) -> Config:
    """``config`` with the outputs that are in force: what they show depends on nothing else."""
    given = in_force.before
    if given is None:
        return replace(config, outputs=())
    return replace(config, outputs=outputs_of(given), duplicates=duplicates_of(given))


async def published_by(app: App) -> tuple[dict[str, tuple[PublishedEntry, ...]], tuple[str, ...]]:
    """By output: its entries, as soon as each is asked about everything that is stored; and what is wrong with them."""
    outputs = app.config.outputs
    if not outputs:
        return {}, ()
    copies = app.config.duplicates.show == "all"
    await tell(app)
    await take(app)
    while await app.db(is_behind, app.store, outputs, copies=copies):
        await take(app)
    made = await app.publishing(render, app, await gather(app, app.now()), {})
    return {name: each.feed.entries for name, each in made.publications.items()}, made.problems


def _plan(
    in_force: InForce,
    config: Config,
    taken: Taken,
    entries: tuple[Mapping[str, tuple[PublishedEntry, ...]], Mapping[str, tuple[PublishedEntry, ...]]],
    counts: Mapping[str, int],
    states: Iterable[SourceState],
    problems: tuple[str, ...],
) -> Plan:
    given = in_force.before or {"sources": {}, "outputs": []}
    sources_before = {each.id: each for each in sources_of(given)}
    sources = {each.id: each for each in config.sources}
    was = Settings(sources=sources_before, polling=polling_of(given))
    is_ = Settings(sources=sources, polling=config.polling)
    states = tuple(states)
    documents = _documents(outputs_of(given)), _documents(config.outputs)
    before, after = entries
    return Plan(
        known=in_force.before is not None,
        difference=taken.difference,
        outputs={name: between(before.get(name, ()), after.get(name, ())) for name in {**before, **after}},
        removed=tuple(
            Removed(id=name, on_remove=sources_before[name].on_remove, articles=counts.get(name, 0))
            for name in taken.difference.removed
        ),
        moved=tuple(
            (name, sources_before[name].location, sources[name].location)
            for name, keys in taken.difference.changed.items()
            if {"url", "folder"} & set(keys)
        ),
        documents_added=tuple(each for each in documents[1] if each not in documents[0]),
        documents_removed=tuple(each for each in documents[0] if each not in documents[1]),
        judged=taken.judged,
        requests=(requests_per_day(was, states), requests_per_day(is_, states, was)),
        first_requests=sum(1 for each in config.sources if _is_first(each, sources_before.get(each.id))),
        problems=problems,
    )


def _documents(outputs: Iterable[Output]) -> tuple[str, ...]:
    return tuple(path for place, each in enumerate(outputs) for path in paths(each, first=place == 0))


def _is_first(source: Source, before: Source | None) -> bool:
    """Whether it is asked at once."""
    if source.url is None or not source.enabled:
        return False
    return before is None or not before.enabled or before.url != source.url


def between(before: tuple[PublishedEntry, ...], after: tuple[PublishedEntry, ...]) -> Entries:
    """What becomes of an output. One page under another id is the same entry; an address that several entries have, as
    ``rewrite`` may give it, says nothing."""
    was, is_ = {each.id: each for each in before}, {each.id: each for each in after}
    come = [each for each in after if each.id not in was]
    go = [each for each in before if each.id not in is_]
    pages = [Counter(each.url for each in entries) for entries in (before, after)]
    at = {each.url: each for each in go if each.url is not None and max(of[each.url] for of in pages) == 1}
    return Entries(
        come=tuple((each.id, each.title) for each in come),
        go=tuple((each.id, each.title) for each in go),
        renamed=tuple((at[each.url].id, each.id, each.title) for each in come if each.url in at),
        stay=len(was.keys() & is_.keys()),
    )
