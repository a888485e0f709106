"""A year of operation without a network: simulated servers and time, and the program's own decisions.

Servers fail as servers do: short bursts of 5xx, nights of maintenance, days of DNS, waits they ask for, deaths, moves;
publishers pause in summer or end; this machine loses its network, and is restarted. What the program would be told by
each look goes through its own schedule, its own accounts of failures and outages, its own health board and its own
rules for alerts. Only requests, documents and the store are not there.
"""

from __future__ import annotations

import heapq
import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from aggregator.model import (
    Code,
    Failed,
    FeedInfo,
    Freshness,
    HealthChange,
    NotModified,
    Polling,
    Sight,
    Source,
    SourceState,
    Standing,
    Validators,
)
from aggregator.operate import state_of
from aggregator.operate.alerts import judge
from aggregator.plan.posted import REMEMBERED
from aggregator.plan.state import next_state_of
from aggregator.schedule import Outage, answered, awake, held, never_reached

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aggregator.model import Outcome

START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
FOREVER = START + 3650 * DAY

SHORT = 6 * HOUR
"""Trouble that a person does not want to be told of; longer trouble may be told, and a death has to be."""

DOWN = {
    "5xx": Failed(detail="down", code=Code.HTTP_5XX, status=503, wire_bytes=200),
    "404": Failed(detail="down", code=Code.HTTP_4XX, status=404, wire_bytes=200),
    "403": Failed(detail="down", code=Code.HTTP_4XX, status=403, wire_bytes=200),
    "410": Failed(detail="down", code=Code.HTTP_4XX, status=410, wire_bytes=200),
    "429": Failed(
        detail="down",
        code=Code.RATE_LIMITED,
        status=429,
        wire_bytes=200,
        freshness=Freshness(retry_after=timedelta(minutes=30)),
    ),
    "dns": Failed(detail="down", code=Code.DNS),
    "connect": Failed(detail="down", code=Code.CONNECT),
    "timeout": Failed(detail="down", code=Code.TIMEOUT),
    "html": Failed(detail="down", code=Code.NOT_A_FEED, status=200, wire_bytes=5000),
}


@dataclass(frozen=True)
class Trouble:
    """A server is not well from ``begin`` to ``end``."""

    begin: datetime
    end: datetime
    kind: str


@dataclass
class Server:
    """One source, and the truth about it."""

    source: Source
    character: str
    troubles: list[Trouble] = field(default_factory=list)
    posts: list[date] = field(default_factory=list)
    """Days of posting, in order."""
    ends: datetime = FOREVER
    """When the publisher writes no more."""
    moves: datetime = FOREVER

    def at(self, now: datetime) -> Trouble | None:
        return next((each for each in self.troubles if each.begin <= now < each.end), None)


@dataclass
class Told:
    """What the operator was told of one subject."""

    alerts: list[HealthChange] = field(default_factory=list)

    def of(self, *about: str) -> list[HealthChange]:
        return [each for each in self.alerts if each.alert in ("raised", "flapping") and each.about in about]


@dataclass
class Year:
    """What came of it."""

    servers: list[Server]
    outages: list[tuple[datetime, datetime]]
    told: dict[tuple[str, str], Told]
    polls: int
    changes: int
    end: datetime
    down: list[tuple[datetime, datetime]]
    """When the program did not run."""

    def false_alarms(self) -> Counter[str]:
        """By source what it was told of without a reason."""
        wrong: Counter[str] = Counter()
        for server in self.servers:
            for alert in self.told[("source", server.source.id)].alerts:
                if alert.alert in ("raised", "flapping") and not self._is_true(server, alert):
                    wrong[server.source.id] += 1
        return wrong

    @staticmethod
    def _is_true(server: Server, alert: HealthChange) -> bool:
        if alert.about == "stale":
            return server.ends <= alert.at
        if alert.about == "moved":
            return server.moves <= alert.at
        if alert.about == "flapping":
            return server.character == "flapper"
        return any(
            each.begin <= alert.at and (each.end - each.begin) > SHORT and alert.at - 30 * HOUR < each.end
            for each in server.troubles
        )

    def deaths(self) -> Iterator[tuple[Server, Trouble, timedelta | None]]:
        """Each death, and how long it took until it was told, of the time in which the program could look."""
        for server in self.servers:
            for each in server.troubles:
                if each.end == FOREVER:
                    raised = self.told[("source", server.source.id)].of("failing", "missing", "gone", "flapping")
                    first = min((alert.at for alert in raised if alert.at >= each.begin), default=None)
                    yield server, each, self._looking(each.begin, first) if first is not None else None

    def _looking(self, begin: datetime, end: datetime) -> timedelta:
        blind = [min(end, until) - max(begin, since) for since, until in (*self.down, *self.outages)]
        return end - begin - sum((each for each in blind if each > timedelta(0)), timedelta(0))


def servers(count: int, days: int, chance: random.Random) -> list[Server]:
    """Of each character as many as there might be among the sources of one operator."""
    end = START + days * DAY
    characters: list[tuple[str, float, Callable[[Server], None]]] = [
        ("calm", 0.45, lambda it: _bursts(it, chance, days, (0, 8))),
        ("shaky", 0.10, lambda it: _bursts(it, chance, days, (30, 60))),
        ("nightly", 0.10, lambda it: _nightly(it, chance, days)),
        ("waits", 0.05, lambda it: _waits(it, chance, days)),
        ("dies", 0.10, lambda it: _dies(it, chance, end)),
        ("long", 0.05, lambda it: _long(it, chance, days)),
        ("seasonal", 0.05, lambda it: None),
        ("ends", 0.05, lambda it: None),
        ("moves", 0.025, lambda it: None),
        ("flapper", 0.025, lambda it: _flaps(it, chance, days)),
    ]
    made: list[Server] = []
    for name, share, trouble in characters:
        for n in range(max(1, round(share * count))):
            source_id = f"{name}{n}"
            server = Server(Source(id=source_id, url=f"https://{source_id}.example/feed"), name)
            trouble(server)
            server.troubles.sort(key=lambda each: each.begin)
            _posts(server, chance, days)
            if name == "moves":
                server.moves = START + chance.uniform(0.1, 0.8) * days * DAY
            made.append(server)
    return made[:count]


def _bursts(it: Server, chance: random.Random, days: int, times: tuple[int, int]) -> None:
    for _ in range(round(chance.randint(*times) * days / 365)):
        begin = START + chance.uniform(0, days) * DAY
        lasts = timedelta(minutes=min(chance.lognormvariate(3.4, 1.2), 350))
        it.troubles.append(Trouble(begin, begin + lasts, chance.choice(["5xx", "timeout", "connect", "dns", "404"])))


def _nightly(it: Server, chance: random.Random, days: int) -> None:
    hour, lasts = chance.uniform(0, 5), chance.uniform(0.5, 3)
    for day in range(days):
        begin = START + day * DAY + hour * HOUR
        it.troubles.append(Trouble(begin, begin + lasts * HOUR, "5xx"))


def _waits(it: Server, chance: random.Random, days: int) -> None:
    for _ in range(days // 10):
        begin = START + chance.uniform(0, days) * DAY
        it.troubles.append(Trouble(begin, begin + chance.uniform(1, 5.5) * HOUR, "429"))


def _dies(it: Server, chance: random.Random, end: datetime) -> None:
    begin = START + chance.uniform(0.1, 0.8) * (end - START)
    it.troubles.append(Trouble(begin, FOREVER, chance.choice(["404", "403", "410", "dns", "connect", "5xx", "html"])))


def _long(it: Server, chance: random.Random, days: int) -> None:
    begin = START + chance.uniform(0.1, 0.8) * days * DAY
    it.troubles.append(Trouble(begin, begin + chance.uniform(1, 5) * DAY, chance.choice(["5xx", "connect", "dns"])))


def _flaps(it: Server, chance: random.Random, days: int) -> None:
    """For two weeks it is up for an hour or two, and down as long."""
    now = START + chance.uniform(0.1, 0.5) * days * DAY
    until = now + 14 * DAY
    while now < until:
        down = chance.uniform(0.8, 2) * HOUR
        it.troubles.append(Trouble(now, now + down, "5xx"))
        now += down + chance.uniform(1.5, 4) * HOUR


def _posts(it: Server, chance: random.Random, days: int) -> None:
    """Two years before, and the one that is simulated."""
    usual = chance.choice([1, 2, 3, 7, 14])
    rhythm = chance.uniform(0.5, 1.0)
    if it.character == "ends":
        it.ends = START + chance.uniform(0.1, 0.4) * days * DAY
    day = START - 730 * DAY
    while day < START + days * DAY and day < it.ends:
        summer = it.character == "seasonal" and day.month in (7, 8)
        if not summer:
            it.posts.append(day.date())
        day += timedelta(days=max(1.0, chance.gauss(usual, usual * 0.3 * rhythm)))


class Simulation:
    """Time goes from look to look."""

    def __init__(self, count: int = 200, days: int = 365, seed: int = 1, outages: int = 12, restarts: int = 30) -> None:
        chance = random.Random(seed)
        self.servers = servers(count, days, chance)
        self.end = START + days * DAY
        self.outages = [_while(chance, days, chance.uniform(0.2, 9)) for _ in range(round(outages * days / 365))]
        self.down = [_while(chance, days, chance.uniform(0.05, 30)) for _ in range(round(restarts * days / 365))]
        self.outages = _apart(self.outages, self.down)
        self.polling = Polling()
        self.outage = Outage()
        self.states: dict[str, SourceState] = {}
        self.standings: dict[tuple[str, str], Standing] = {}
        self.told: dict[tuple[str, str], Told] = defaultdict(Told)
        self.doubted: set[str] = set()
        self.polls = self.changes = 0
        self.network_at = START

    def run(self) -> Year:
        """The whole of it."""
        by_id = {each.source.id: each for each in self.servers}
        due = []
        for place, each in enumerate(self.servers):
            first = START + timedelta(seconds=place)
            info = FeedInfo()
            known = tuple(day for day in each.posts if day < START.date())[-REMEMBERED:]
            self.states[each.source.id] = SourceState(
                source=each.source.id,
                next_poll_at=first,
                validators=Validators(etag='"1"'),
                info=info,
                posted=known,
                refresh_at=START + 3650 * DAY,
            )
            heapq.heappush(due, (first, each.source.id))
        downs = sorted(self.down)
        while due:
            at, name = heapq.heappop(due)
            if at >= self.end:
                break
            if downs and at >= downs[0][0]:
                _, until = downs.pop(0)
                self.outage, self.doubted = Outage(), set()  # what is only in memory is gone
                if at < until:
                    due = [(max(each, until + timedelta(seconds=n / 20)), who) for n, (each, who) in enumerate(due)]
                    heapq.heapify(due)
                    heapq.heappush(due, (until, name))
                    continue
            for again in self._poll(by_id[name], at):
                if again != name:
                    due = [each for each in due if each[1] != again]
                    heapq.heapify(due)
                heapq.heappush(due, (self.states[again].next_poll_at, again))
        return Year(self.servers, self.outages, self.told, self.polls, self.changes, self.end, self.down)

    def _poll(self, server: Server, now: datetime) -> Iterator[str]:
        """One look; gives the sources whose next look has another time now."""
        self.polls += 1
        source, state = server.source, self.states[server.source.id]
        outcome = self._outcome(server, now)
        before = self.outage.since
        if answered(outcome):
            self.outage.hear_answer()
        elif never_reached(outcome):
            self.outage.hear_nothing(source, state, now)
        if self.outage.since is not None and never_reached(outcome):
            if before is None:  # those that were blamed before it could be told
                for each in self.outage.missed():
                    self._hold(each, now)
                    if each.id != source.id:
                        yield each.id
            self._hold(source, now)
        else:
            after, _ = next_state_of(source, state, outcome, None, state.info, self.polling, now, 1)
            after = self._with_posts(server, state, after, now)
            self.states[source.id] = replace(after, next_poll_at=max(after.next_poll_at, awake(now, state.info)))
        yield source.id
        self._look(server, now)

    def _hold(self, source: Source, now: datetime) -> None:
        state = self.outage.before(source) or self.states[source.id]
        assert self.outage.since is not None
        self.states[source.id] = held(state, now, self.outage.since, len(self.servers))

    def _outcome(self, server: Server, now: datetime) -> Outcome:
        if any(begin <= now < end for begin, end in self.outages):
            return DOWN["dns"]
        trouble = server.at(now)
        if trouble is not None:
            return DOWN[trouble.kind]
        moved = "https://new.example/feed" if now >= server.moves else None
        return NotModified(
            validators=Validators(etag='"1"'), final_url=moved or server.source.url or "", moved_to=moved,
            redirected=moved is not None, status=304,
        )  # fmt: skip

    @staticmethod
    def _with_posts(server: Server, was: SourceState, state: SourceState, now: datetime) -> SourceState:
        """The days on which it posted since the last look that went well."""
        if state.last_success != now:
            return state
        today, last = now.date(), max(was.posted, default=START.date())
        new = tuple(each for each in server.posts[-800:] if last < each < today) if today > last else ()
        return replace(state, posted=(*was.posted, *new)[-REMEMBERED:], last_new=now) if new else state

    def _look(self, server: Server, now: datetime) -> None:
        """What the beat sees."""
        since = self.outage.since
        word = "network-down" if since is not None else "ok"
        self._judge(Sight(kind="machine", subject="network", word=word, at=now, since=since), now)
        if since is not None:
            return
        self.doubted.add(server.source.id)
        doubted = self.outage.doubted(now)
        by_id = (
            {server.source.id: server} if len(self.doubted) == 1 else {each.source.id: each for each in self.servers}
        )
        for name in sorted(self.doubted - doubted):
            self._judge(self._sight(by_id[name], now), now)
        self.doubted &= doubted

    def _sight(self, server: Server, now: datetime) -> Sight:
        state = self.states[server.source.id]
        looks = max(state.failures, state.status_polls)
        word = str(state_of(server.source, state))
        return Sight(kind="source", subject=server.source.id, word=word, at=state.last_poll or now, looks=looks)

    def _judge(self, seen: Sight, now: datetime) -> None:
        key = (seen.kind, seen.subject)
        stands, new = judge(self.standings.get(key), seen, now)
        if stands is None:
            self.standings.pop(key, None)
        else:
            self.standings[key] = stands
        self.changes += sum(each.before != each.after for each in new)
        self.told[key].alerts += [each for each in new if each.alert is not None]


def _while(chance: random.Random, days: int, hours: float) -> tuple[datetime, datetime]:
    begin = START + chance.uniform(0.01, 0.98) * days * DAY
    return begin, begin + hours * HOUR


def _apart(
    outages: list[tuple[datetime, datetime]], down: list[tuple[datetime, datetime]]
) -> list[tuple[datetime, datetime]]:
    """Those that touch neither each other nor a time in which the program does not run: each is one to be told."""
    kept: list[tuple[datetime, datetime]] = []
    for begin, end in sorted(outages):
        others = [*kept, *down]
        if all(end + 3 * HOUR < other_begin or other_end + 3 * HOUR < begin for other_begin, other_end in others):
            kept.append((begin, end))
    return kept
