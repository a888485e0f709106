"""Whether it is us: when many hosts fail at once and none answers, no source is to blame. Pure.

A machine without a network marked every feed broken (FreshRSS #2629, #2706). One host that is not reached says nothing
of the machine, and a list of few hosts never says enough: nothing changes for those.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from aggregator.model import HELD, Code, Failed
from aggregator.schedule.spread import phase

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.model import Outcome, Source, SourceState

HOSTS = 8
"""Hosts that were well and are not reached, with none answering in between, that make an outage."""

WINDOW = timedelta(hours=1)
"""Failures within so long make it: at a look an hour, every host of the list has had its turn."""

HOLD = (timedelta(minutes=5), timedelta(hours=1))
"""A held source is looked at again within this time: the shortest, and the longest where there are thousands."""

PROBES_PER_SECOND = 1
"""Looks that go on during an outage so that its end is noticed; none of them leaves this machine."""

_UNREACHED = (Code.DNS, Code.CONNECT, Code.TIMEOUT)


def never_reached(outcome: Outcome) -> bool:
    """Whether the look failed before any byte of an answer came, which a machine without a network does to all."""
    return isinstance(outcome, Failed) and outcome.code in _UNREACHED and not answered(outcome)


def answered(outcome: Outcome) -> bool:
    """Whether a server said anything over HTTP, be it a refusal. A failed TLS handshake proves neither."""
    return not isinstance(outcome, Failed) or outcome.status is not None or outcome.wire_bytes > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Missed:
    """A source that was not reached since the last answer of anybody."""

    source: Source
    before: SourceState
    """Its state before the first such look."""
    first: datetime
    last: datetime


class Outage:
    """What is heard of the hosts that count, and what follows from it.

    An outage begins when ``HOSTS`` hosts that were well have not been reached within ``WINDOW`` and nobody has answered
    in between; any answer ends it. In which order failures are heard changes nothing.
    """

    def __init__(self) -> None:
        self.since: datetime | None = None
        """When the first look failed, while an outage lasts; ``None`` while there is none."""
        self._missed: dict[str, _Missed] = {}

    def hear_nothing(self, source: Source, state: SourceState, at: datetime) -> None:
        """A look at ``source`` that ended ``at`` never reached a server; ``state`` is what was known before it."""
        seen = self._missed.get(source.id)
        if seen is None or seen.source.location != source.location:
            seen = _Missed(source=source, before=state, first=at, last=at)
        self._missed[source.id] = replace(seen, first=min(seen.first, at), last=max(seen.last, at))
        if self.since is None:
            self._missed = {name: each for name, each in self._missed.items() if each.last > at - WINDOW}
        well = [each for each in self._missed.values() if each.before.failures == 0]
        if self.since is not None or len({each.source.host for each in well}) >= HOSTS:
            self.since = min((each.first for each in well), default=self.since)

    def hear_answer(self) -> None:
        """Any host answered: the network works, and whoever was not reached until now has failed by itself."""
        self._missed = {}
        self.since = None

    def before(self, source: Source) -> SourceState | None:
        """The state to leave ``source`` in while an outage lasts; ``None`` where it was not missed."""
        seen = self._missed.get(source.id) if self.since is not None else None
        return seen.before if seen is not None and seen.source.location == source.location else None

    def doubted(self, now: datetime) -> frozenset[str]:
        """Ids of those that were not reached since the last answer, and of which it may still turn out that nobody
        is: until the first of such looks is ``WINDOW`` ago."""
        return frozenset(name for name, each in self._missed.items() if each.first > now - WINDOW)

    def missed(self) -> tuple[Source, ...]:
        """Those that were not reached since the last answer, by id."""
        return tuple(self._missed[name].source for name in sorted(self._missed))


def held(state: SourceState, now: datetime, since: datetime, sources: int) -> SourceState:
    """``state`` with nothing changed but when its source is looked at again, and why.

    ``sources`` is how many may be held: the more there are, the further their looks are spread, each by its own hash.
    """
    shortest, longest = HOLD
    span = min(max(shortest, timedelta(seconds=sources / PROBES_PER_SECOND)), longest)
    at = now + span * (1 + phase(state.source)) / 2
    reason = f"{HELD}, this machine seems to be offline since {since:%H:%M} UTC"
    return replace(state, next_poll_at=at, next_reason=reason)
