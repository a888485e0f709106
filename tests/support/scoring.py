"""How publishers score a feed reader: every request is judged by what its sender had been told. No socket, no clock.

The rules are those of the people who keep such scores (rachelbythebay.com/fs/help.html; fetching.md F1-F51), and are
written here from the publisher's side: from the moment of the *answer* where a wait was asked for, from the *start* of
the last request where an interval is meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ASK_APART = timedelta(seconds=1)
"""Least time between two requests to one host, but for where it redirected to."""

USER_AGENT = re.compile(r"[A-Za-z][\w-]*/\d[\w.+-]* \([^()]*\+https?://[^\s();]+[^()]*\)")
EXPECTED_HEADERS = {
    "host",
    "user-agent",
    "accept",
    "accept-encoding",
    "if-none-match",
    "if-modified-since",
    "connection",
}
"""What a reader needs to say. More is a fingerprint, a body, a range or a cookie."""

Validators = tuple[str | None, str | None]
"""ETag and Last-Modified, as latin-1 text."""

NOTHING: Validators = (None, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request as it came in."""

    at: datetime
    host: str
    target: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: bool = False

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name]

    @property
    def validators(self) -> Validators:
        etag, modified = self.all("if-none-match"), self.all("if-modified-since")
        return (etag[0] if etag else None, modified[0] if modified else None)

    @property
    def place(self) -> str:
        return self.host + self.target


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a publisher says to it, and what he means by it."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    cut: bool = False
    """The connection ends in the middle of the body."""
    good: bool = True
    """A whole document that can be read; the validators of one that is not are worth nothing (F8)."""
    held: timedelta = timedelta(0)
    """How long he takes to answer."""
    asks: timedelta | None = None
    """Not to come to this address for so long from now on (max-age, Expires, ttl)."""
    host_asks: timedelta | None = None
    """Not to come to this host for so long (Retry-After)."""
    skip_hours: tuple[int, ...] = ()
    """Hours of the day (GMT) in which the feed asks not to be read."""
    leads_to: str | None = None
    """Host and path of the address it redirects to."""
    entries: tuple[str, ...] = ()
    """Titles of the entries in it."""

    @property
    def validators(self) -> Validators:
        given = {name.lower(): value for name, value in reversed(self.headers)}
        return given.get("etag"), given.get("last-modified")


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One line of the score sheet."""

    at: datetime
    rule: str
    place: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wait:
    until: datetime
    rule: str
    why: str


@dataclass(slots=True, kw_only=True)
class _Place:
    """What is known at one address of this reader."""

    given: set[Validators] = field(default_factory=lambda: {NOTHING})
    """What it may send: one pair, or more where nobody can know what reached it."""
    waits: list[_Wait] = field(default_factory=list)
    skip_hours: tuple[int, ...] = ()
    leads_to: str | None = None
    failures: int = 0
    statuses: list[tuple[datetime, int]] = field(default_factory=list)
    """Answers of one failing status in a row."""


@dataclass(slots=True, kw_only=True)
class _Host:
    last: datetime | None = None
    waits: list[_Wait] = field(default_factory=list)
    open: int = 0


@dataclass(slots=True, kw_only=True)
class Ticket:
    """One request between its arrival and the moment its answer was taken in or lost."""

    ask: Ask
    led: bool
    """It came where its sender had just been sent to."""
    before: _Place
    answer: Answer | None = None
    interval: _Wait | None = None
    asked_for: list[_Wait] = field(default_factory=list)
    closed: bool = False
    lost: bool = False
    """Its sender was killed before it could be known to have dealt with the answer."""


@dataclass(slots=True)
class Scorer:
    """Judges one reader. ``places`` are the addresses (host and target) there are, each with its least interval."""

    places: dict[str, timedelta]
    violations: list[Violation] = field(default_factory=list)
    tickets: list[Ticket] = field(default_factory=list)
    _known: dict[str, _Place] = field(default_factory=dict)
    _hosts: dict[str, _Host] = field(default_factory=dict)
    _led: dict[str, datetime] = field(default_factory=dict)
    _accept_encoding: set[str] = field(default_factory=set)

    def hear(self, ask: Ask) -> Ticket:
        """A request came in."""
        place = self._known.setdefault(ask.place, _Place())
        host = self._hosts.setdefault(ask.host, _Host())
        led = self._led.pop(ask.place, None) is not None
        for rule, why in (*self._manners(ask), *self._conditions(ask, place), *self._patience(ask, place, host, led)):
            self.violations.append(Violation(at=ask.at, rule=rule, place=ask.place, why=why))
        ticket = Ticket(ask=ask, led=led, before=_copy(place))
        self.tickets.append(ticket)
        host.last, host.open = host.last if led else ask.at, host.open + 1
        interval = self.places.get(ask.place, HOUR)
        place.waits = [each for each in place.waits if each.until > ask.at]
        ticket.interval = _since(ask.at, interval, "interval", "since the last request")
        place.waits.append(ticket.interval)
        return ticket

    def say(self, ticket: Ticket, answer: Answer, at: datetime) -> None:
        """It is answered. A reader that gets it is bound by it from now on."""
        place, ask = self._known[ticket.ask.place], ticket.ask
        ticket.answer = answer
        if answer.leads_to is not None:
            self._led[answer.leads_to] = at
            place.given = place.given | {NOTHING}  # what it was given here belongs to another document now (F11)
            if place.leads_to != answer.leads_to:
                self._known.setdefault(answer.leads_to, _Place()).given.add(NOTHING)
        place.leads_to = answer.leads_to
        asked = [_since(ask.at, span, "back-off", why) for span, why in self._policy(place, ask, answer)]
        if answer.asks is not None:
            asked.append(_since(at, answer.asks, "freshness", "since it was told how long this is fresh"))
        place.waits += asked
        if answer.host_asks is not None:
            wait = _since(at, answer.host_asks, "Retry-After", "since the host asked to be left alone")
            self._hosts[ask.host].waits.append(wait)
            asked.append(wait)
        ticket.asked_for = asked
        if answer.status == 200 and answer.good and not answer.cut:
            place.given, place.skip_hours = {answer.validators}, answer.skip_hours
        elif answer.status == 200:
            place.given = place.given | {NOTHING}
        elif answer.status == 304 and ask.validators != NOTHING:
            etag, modified = answer.validators
            place.given = {(etag or ask.validators[0], modified or ask.validators[1])}

    def close(self, ticket: Ticket) -> None:
        """Its connection has ended."""
        if not ticket.closed:
            ticket.closed = True
            self._hosts[ticket.ask.host].open -= 1

    def lose(self, ticket: Ticket) -> None:
        """Its sender was killed, and nobody knows what reached it; only that it did ask is certain, and that an hour
        passes until it does again."""
        ticket.lost = True
        place = self._known[ticket.ask.place]
        place.given = place.given | ticket.before.given
        place.skip_hours = tuple(set(place.skip_hours) & set(ticket.before.skip_hours))
        place.failures, place.statuses = ticket.before.failures, ticket.before.statuses
        host = self._hosts[ticket.ask.host]
        place.waits = [each for each in place.waits if each not in (*ticket.asked_for, ticket.interval)]
        place.waits.append(_since(ticket.ask.at, HOUR, "interval", "since the last request, which was broken off"))
        host.waits = [each for each in host.waits if each not in ticket.asked_for]
        if ticket.answer is not None and ticket.answer.leads_to is not None:
            self._led.pop(ticket.answer.leads_to, None)
        self.close(ticket)

    @property
    def lost(self) -> list[Ticket]:
        return [each for each in self.tickets if each.lost]

    def _manners(self, ask: Ask) -> Iterator[tuple[str, str]]:
        if ask.place not in self.places:
            yield "address", "nobody told it of this address"
        if ask.method != "GET":
            yield "method", f"{ask.method} instead of GET"
        if ask.body:
            yield "body", "a request with a body"
        agents = ask.all("user-agent")
        if len(agents) != 1 or not USER_AGENT.fullmatch(agents[0]):
            yield "User-Agent", f"{agents} is not one name/version (+address)"
        self._accept_encoding.add(", ".join(ask.all("accept-encoding")))
        if len(self._accept_encoding) > 1:
            yield "Accept-Encoding", f"not always the same: {sorted(self._accept_encoding)}"
        for name in {key.lower() for key, _ in ask.headers} - EXPECTED_HEADERS:
            yield name.title(), f"{name}: {ask.all(name)} was sent"

    def _conditions(self, ask: Ask, place: _Place) -> Iterator[tuple[str, str]]:
        if ask.validators in place.given:
            return
        if ask.validators == NOTHING:
            yield "unconditional", f"no validators, although it was given {_words(place.given)}"
        elif place.given == {NOTHING}:
            yield "validators", f"{ask.validators} was never given here"
        else:
            yield "validators", f"{ask.validators} instead of {_words(place.given)}"

    def _patience(self, ask: Ask, place: _Place, host: _Host, led: bool) -> Iterator[tuple[str, str]]:
        for wait in (*place.waits, *host.waits):
            if wait.until > ask.at and not (led and wait.rule == "Retry-After"):
                yield wait.rule, f"{(wait.until - ask.at).total_seconds():g} s too early: {wait.why}"
        if ask.at.hour in place.skip_hours:
            yield "skipHours", f"the feed asks not to be read from {ask.at.hour} to {ask.at.hour + 1} GMT"
        if host.last is not None and not led and ask.at - host.last < ASK_APART:
            yield "host gap", f"{(ask.at - host.last).total_seconds():g} s after another request to the host"
        if host.open:
            yield "connections", f"{host.open + 1} at once to one host"

    @staticmethod
    def _policy(place: _Place, ask: Ask, answer: Answer) -> Iterator[tuple[timedelta, str]]:
        """What an answer means without saying it: fetching.md F21, F26, F28-F31."""
        status = answer.status
        if place.statuses and place.statuses[-1][1] != status:
            place.statuses = []
        place.statuses.append((ask.at, status))
        if status == 200 and answer.good and not answer.cut and answer.validators == NOTHING:
            yield 4 * HOUR, "each look costs a whole document"
        if status == 429:
            if answer.host_asks is None:
                yield 4 * HOUR, "since the last 429, which named no time"
            return
        if status < 400:
            place.failures = 0
            return
        place.failures += 1
        if status in (401, 403, 451):
            yield (4 * HOUR if place.failures == 1 else DAY), f"after {status}, the {place.failures}. failure in a row"
        elif status == 410:
            gone = len(place.statuses) >= 3 and ask.at - place.statuses[0][0] >= DAY
            yield (30 * DAY if gone else 12 * HOUR), f"after 410, the {len(place.statuses)}. in a row"
        elif answer.host_asks is None:
            yield min(DAY, HOUR * 2 ** (place.failures - 1)), f"after {status}, the {place.failures}. failure in a row"


def _copy(place: _Place) -> _Place:
    return _Place(
        given=set(place.given),
        waits=list(place.waits),
        skip_hours=place.skip_hours,
        failures=place.failures,
        statuses=list(place.statuses),
    )


def _since(start: datetime, span: timedelta, rule: str, why: str) -> _Wait:
    return _Wait(until=start + span, rule=rule, why=f"{span} {why} ({start:%d %b %H:%M:%S})")


def _words(given: set[Validators]) -> str:
    return " or ".join(map(str, sorted(given, key=str)))


def sheet(violations: list[Violation], most: int = 40) -> str:
    """The score sheet: counts by rule, then when, which rule, which address, what."""
    counts: dict[str, int] = {}
    for each in violations:
        counts[each.rule] = counts.get(each.rule, 0) + 1
    lines = [f"{len(violations)} violations: " + ", ".join(f"{rule} {count}" for rule, count in sorted(counts.items()))]
    lines += [
        f"{each.at:%d %b %H:%M:%S.%f}  {each.rule:<14}  {each.place:<40}  {each.why}" for each in violations[:most]
    ]
    return "\n".join(lines + ["..."] * (len(violations) > most))
