"""One look at everything: what has changed since the last one is written down."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from aggregator.alerting import sights
from aggregator.config import redact
from aggregator.errors import StoreError
from aggregator.model import Sight
from aggregator.operate.alerts import judge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from aggregator.alerting.sights import Own
    from aggregator.config import Config
    from aggregator.model import HealthChange, Source, SourceState, Standing, Waiting
    from aggregator.model.alerts import Subject
    from aggregator.store import Store
    from aggregator.wiring import App

    Key = tuple[Subject, str]

RULES_EVERY = timedelta(hours=1)
"""How often rules are looked at: what has not matched for months does not change by the minute."""

MOST_UNWRITTEN = 5_000
"""Changes that wait for a store that fails; the oldest give way."""


class Watch:
    """Looks at sources that were polled since the last time, and at all else, which is little.

    What a store that fails does not take waits in memory, and is written once it does.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self._sources_seen: Mapping[str, Source] = {}
        """Of which all were looked at; others are there after another configuration, or list of feeds, was taken."""
        self._rules_at: datetime | None = None
        self._looked_at: datetime | None = None
        self._waiting: Mapping[str, Sequence[Waiting]] = {}
        self._doubted: frozenset[str] = frozenset()
        """Sources whose last look is still to be judged."""
        self._standings: dict[Key, Standing] | None = None
        self._touched: dict[Key, Standing | None] = {}
        self.unwritten: list[HealthChange] = []
        """What has changed and is not written down."""

    async def look(self, own: Own | None) -> tuple[HealthChange, ...]:
        """Look once; gives what has changed. ``own`` is what a running service knows of itself.

        Raises StoreError: what was found until then is written down the next time.
        """
        app, now = self._app, self._app.now()
        hide = partial(redact, secrets=app.config.secrets)
        if self._standings is None:
            stored = await app.db(app.store.health_changes.standings)
            self._standings = {(each.kind, each.subject): each for each in stored}
        changes = self._judge(sights.machine(own, hide, now), now) if own is not None else ()
        try:
            changes += await app.db(self._look, app.store, app.config, app.sources, own, hide, now)
        except StoreError:
            await self._write(now)
            raise
        await self._write(now)
        return changes

    def _look(
        self,
        store: Store,
        config: Config,
        sources: Mapping[str, Source],
        own: Own | None,
        hide: Callable[[str], str],
        now: datetime,
    ) -> tuple[HealthChange, ...]:
        others = self._sources_seen is not sources
        if others:
            self._forget_strangers(config, sources)
        found: list[Sight] = [*sights.of_outputs(config, store)]
        if others or self._rules_at is None or now >= self._rules_at + RULES_EVERY:
            self._rules_at = now
            found += self._some("rule", sights.of_rules(store, hide, now), now)
        found += self._some(
            "conflict", sights.of_conflicts(sources.values(), store.articles.conflicts(), hide, now), now
        )
        if own is None or own.offline_since is None:  # what is seen of others during an outage is the outage
            found += sights.of_hubs(config, store, now)
            found += sights.of_receivers(config, store.health_changes.reached(), now)
            doubted = frozenset(own.doubted) if own is not None else frozenset()
            found += sights.of_sources(sources.values(), *self._news(store, sources, doubted, now), hide, now)
        return self._judge(found, now)

    def _news(
        self, store: Store, sources: Mapping[str, Source], doubted: frozenset[str], now: datetime
    ) -> tuple[Mapping[str, SourceState], Mapping[str, Sequence[Waiting]]]:
        """The states of those sources of which something may have changed, and what waits for the operator."""
        waiting, before = store.articles.waiting(), self._waiting
        states: tuple[SourceState, ...]
        if self._sources_seen is not sources or self._looked_at is None:
            states = store.polls.states()
        else:
            again = {each for each in waiting.keys() | before.keys() if waiting.get(each) != before.get(each)}
            again |= self._doubted | {name for kind, name in self._held() if kind == "source"}
            states = (
                *store.health_changes.polled(self._looked_at - self._app.lease),
                *store.health_changes.states(sorted(again)),
            )
        self._doubted = (self._doubted | {each.source for each in states}) & doubted
        self._sources_seen, self._looked_at, self._waiting = sources, now, waiting
        return {each.source: each for each in states if each.source not in doubted}, waiting

    def _held(self) -> Iterable[Key]:
        """What the operator may end without a poll."""
        assert self._standings is not None  # noqa: S101 - read by then
        return (key for key, each in self._standings.items() if each.word in ("quarantined", "content-replaced"))

    def _some(self, kind: Subject, unwell: Iterable[Sight], now: datetime) -> Iterable[Sight]:
        """Those of a kind that are not well, and those that were not and are not among them any more."""
        assert self._standings is not None  # noqa: S101 - read by then
        there = {each.subject: each for each in unwell}
        gone = [name for of, name in self._standings if of == kind and name not in there]
        return [*there.values(), *(Sight(kind=kind, subject=name, at=now) for name in gone)]

    def _forget_strangers(self, config: Config, sources: Mapping[str, Source]) -> None:
        """What was removed or switched off by the operator is over without a word."""
        assert self._standings is not None  # noqa: S101 - read by then
        enabled = {each.id for each in sources.values() if each.enabled}
        known: dict[str, set[str]] = {
            "source": enabled,
            "conflict": enabled,
            "output": {each.id for each in config.outputs},
            "hub": set(config.websub.hubs),
            "receiver": {each.id for each in config.alerts},
        }
        for key in [each for each in self._standings if each[0] in known and each[1] not in known[each[0]]]:
            del self._standings[key]
            self._touched[key] = None

    def _judge(self, found: Iterable[Sight], now: datetime) -> tuple[HealthChange, ...]:
        assert self._standings is not None  # noqa: S101 - read by then
        changes: list[HealthChange] = []
        for seen in found:
            key = (seen.kind, seen.subject)
            was = self._standings.get(key)
            stands, new = judge(was, seen, now)
            changes += new
            if stands == was:
                continue
            self._touched[key] = stands
            if stands is None:
                del self._standings[key]
            else:
                self._standings[key] = stands
        self.unwritten = [*self.unwritten, *changes][-MOST_UNWRITTEN:]
        return tuple(changes)

    async def _write(self, now: datetime) -> None:
        if not self.unwritten and not self._touched:
            return
        new, touched = tuple(self.unwritten), dict(self._touched)
        await self._app.db(self._app.store.health_changes.record, new, touched, now)
        del self.unwritten[: len(new)]
        self._touched.clear()
