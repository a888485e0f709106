"""The service's instruments: what it counts, and a look at what it does not, for Prometheus and for one line of text.

A look is taken in a thread, when somebody asks, and at most every 15 seconds. The states of 10,000 sources take half a
second to read, so that is done every ten minutes only; in between each poll says how its source is.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any

from aggregator import __version__
from aggregator.config import redact
from aggregator.last_publish import SETTING, last_publish
from aggregator.measuring import Looked, LookedHost, LookedOutput, LookedSource
from aggregator.operate import State, state_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from aggregator.config import Config
    from aggregator.last_publish import LastPublish
    from aggregator.model import PollPlan, Waiting
    from aggregator.polls import Polls
    from aggregator.serve import Subscribers
    from aggregator.wiring import App

FRESH = 15.0
"""Seconds for which a look is good."""

WHOLE = 600.0
"""Seconds after which the states of all sources are read again: what this machine was to blame for is taken back from
sources without a poll."""

WORST = 10
"""Hosts that are named."""


class Instruments:
    """Of one running service. ``problems`` gives what is wrong with it, ``trusted`` whether who looks has shown a token
    and may know of private outputs."""

    def __init__(
        self,
        app: App,
        polls: Polls,
        subscribers: Subscribers,
        *,
        problems: Callable[[], Collection[str]],
        trusted: Callable[[], bool],
    ) -> None:
        self._app = app
        self._polls = polls
        self._subscribers = subscribers
        self._problems = problems
        self._trusted = trusted
        self._looked: Looked | None = None
        self._at = 0.0
        self._of: Config | None = None
        """By which configuration that was."""
        self._words: dict[str, State] = {}
        """How each source is."""
        self._words_at = -WHOLE
        self._waiting: Mapping[str, Sequence[Waiting]] = {}
        """What waits for the operator, by source."""
        self._looking = asyncio.Lock()
        self.connections: Callable[[], int] = int
        """How many the web server has."""

    def polled(self, decided: PollPlan) -> None:
        """Hear of a recorded poll."""
        if self._of is None:  # nobody has looked yet
            return
        source = self._app.sources.get(decided.source)
        blamed = decided.state.failures and self._polls.offline_since is not None  # its state is as it was before
        if source is not None and not blamed:
            waiting = self._waiting.get(source.id, ())
            self._words[source.id] = state_of(source, decided.state, waiting)

    async def exposition(self, accept: str) -> tuple[bytes, str] | None:
        """The figures as Prometheus reads them, and their media type; ``None`` where nobody wants them to be seen.
        Raises StoreError."""
        if self._app.config.server.metrics == "off":
            return None
        from aggregator.measuring.exposition import exposition

        return await asyncio.to_thread(exposition, self._app.figures, await self.look(), accept)

    async def line(self) -> str:
        """How the service is, in one line. Raises StoreError."""
        looked = await self.look()
        states = ", ".join(f"{n} {name}" for name, n in looked.states.items() if n)
        when = self._app.now().timestamp() - looked.published_at if looked.published_at is not None else None
        published = "nothing published yet" if when is None else f"published {round(when / 60)} min ago"
        total = sum(looked.states.values())
        offline = "; this machine seems to be offline" if looked.offline else ""
        return f"{total} {'source' if total == 1 else 'sources'} ({states}); {published}{offline}"

    async def look(self) -> Looked:
        """What there is to be seen, at most 15 seconds ago. Raises StoreError."""
        async with self._looking:  # two who ask at once look once
            app, config = self._app, self._app.config
            looked = self._looked
            if looked is None or monotonic() - self._at >= FRESH or self._of is not config:
                known = {
                    "under_way": len(self._polls),
                    "offline": self._polls.offline_since is not None,
                    "workers_started": app.reading.started,
                    "workers_lost": app.reading.lost,
                    "subscribers": self._subscribers.tally().total,
                    "connections": self.connections(),
                    "problems": len(self._problems()),
                }
                if self._of is not config or monotonic() - self._words_at >= WHOLE:
                    self._words = await asyncio.to_thread(_words, app, config)
                    self._words_at = monotonic()
                look = partial(_look, app, config, app.now(), known, trusted=self._trusted())
                self._waiting, seen = await asyncio.to_thread(look, self._words, self._waiting)
                self._looked, self._at, self._of = seen, monotonic(), config
                return seen
            return looked


def _words(app: App, config: Config) -> dict[str, State]:
    """How every source is."""
    states = {each.source: each for each in app.store.polls.states()}
    waiting = app.store.articles.waiting()
    return {each.id: state_of(each, states.get(each.id), waiting.get(each.id, ())) for each in config.sources}


def _look(
    app: App,
    config: Config,
    now: datetime,
    known: Mapping[str, Any],
    words: dict[str, State],
    before: Mapping[str, Sequence[Waiting]],
    *,
    trusted: bool,
) -> tuple[Mapping[str, Sequence[Waiting]], Looked]:
    """What waits for the operator, and all there is to be seen. ``words`` is brought up to date where what waits is not
    what it was ``before``."""
    store = app.store
    waiting, counts = store.articles.waiting(), store.articles.counts()
    for name in waiting.keys() | before.keys():
        if waiting.get(name) != before.get(name) and (source := app.sources.get(name)) is not None:
            words[name] = state_of(source, store.polls.state(name), waiting.get(name, ()))
    by_state = Counter(dict(words).values())  # a copy: polls go on
    queue, treated = store.figures.queue(now), store.figures.treatment()
    subscribed = store.subscriptions.subscribed(now)
    last = last_publish(store.setting(SETTING))
    hide = partial(redact, secrets=config.secrets)
    facts = store.figures.sources() if config.server.metrics == "sources" else ()
    return waiting, Looked(
        version=__version__,
        store_kind=config.store.partition(":")[0],
        states={str(each): by_state[each] for each in State},
        due=queue.due,
        overdue=queue.overdue.total_seconds(),
        published_at=last.at.timestamp() if last is not None else None,
        outputs=_outputs(config, last, trusted=trusted),
        articles=sum(counts.values()),
        held=sum(each.articles for rows in waiting.values() for each in rows),
        store_bytes=store.figures.size(),
        subscriptions=sum(each.subscriptions for each in subscribed),
        subscriptions_failing=sum(each.failing for each in subscribed),
        failing_receivers=sum(each.failures > 0 for each in store.health_changes.reached().values()),
        hosts=treated.hosts,
        early=treated.early_polls,
        ignored_waits=treated.ignored_waits,
        worst=tuple(
            LookedHost(
                host=hide(each.host or ""),
                early=each.early_polls,
                ignored_waits=each.ignored_waits,
                rate_limited=each.rate_limited,
            )
            for each in store.figures.worst(WORST)
        ),
        sources=tuple(
            LookedSource(
                id=each.source,
                state=str(words[each.source]),
                failures=each.failures,
                last_success=each.last_success.timestamp() if each.last_success is not None else None,
                next_poll=each.next_poll_at.timestamp() if each.enabled else None,
                articles=counts.get(each.source, 0),
                requests=each.requests,
                bytes=each.bytes,
            )
            for each in facts
            if each.source in words
        ),
        **known,
    )


def _outputs(config: Config, last: LastPublish | None, *, trusted: bool) -> tuple[LookedOutput, ...]:
    """Those that anybody may know of, or all for who may know of them."""
    standing = last.outputs if last is not None else {}
    return tuple(
        LookedOutput(
            id=each.id,
            entries=state.entries,
            bytes=state.bytes,
            left_out=state.left_out,
            held=state.held,
            failed=state.problem is not None and not state.held,
        )
        for each in config.outputs
        if (trusted or not each.private) and (state := standing.get(each.id)) is not None
    )
