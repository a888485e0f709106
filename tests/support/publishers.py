"""Publishers of many characters, the web server they share, and the score they keep of their reader."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from scoring import DAY, HOUR, Answer, Ask, Scorer, Ticket

START = datetime(2026, 11, 23, tzinfo=UTC)
"""When the simulated days begin: a Monday."""

SHOWN = 8
"""Entries a feed has at most."""

Character = Callable[[Ask, int], Answer]
"""Answers the n-th request (from 0) to one address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One source: its addresses (``host/path``, the first is the configured one), and how it should end up."""

    id: str
    places: dict[str, Character]
    ends: tuple[str, ...] = ("ok", "not_modified")
    """Codes it may truthfully have after the seven days."""
    apart: timedelta = HOUR
    """Least time between two requests."""
    interval: str | None = None
    """What the operator configured, where he did."""


def http(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed with a new entry every ``period``, and the headers it comes with."""

    name: str
    period: timedelta = 12 * HOUR
    etag: str | None = '"{name}-{n}"'
    modified: str | None = "http"
    extra: tuple[tuple[str, str], ...] = ()
    asks: timedelta | None = None
    channel: str = ""
    skip_hours: tuple[int, ...] = ()

    def newest(self, at: datetime) -> int:
        return int((at - START) / self.period)

    def validators(self, n: int) -> tuple[tuple[str, str], ...]:
        given = []
        if self.etag is not None:
            given.append(("ETag", self.etag.format(name=self.name, n=n)))
        if self.modified is not None:
            moment = START + n * self.period - DAY
            given.append(("Last-Modified", http(moment) if self.modified == "http" else f"{moment:{self.modified}}"))
        return tuple(given)

    def titles(self, n: int) -> tuple[str, ...]:
        return tuple(f"{self.name} {each}" for each in range(max(0, n + 1 - SHOWN), n + 1))

    def body(self, n: int) -> bytes:
        items = "".join(
            f"<item><title>{title}</title><guid isPermaLink='false'>{title}</guid>"
            f"<link>https://{self.name}.example/{title.rpartition(' ')[2]}</link>"
            f"<pubDate>{http(START + int(title.rpartition(' ')[2]) * self.period - DAY)}</pubDate>"
            f"<description>About {title}.</description></item>"
            for title in self.titles(n)
        )
        return (
            f"<?xml version='1.0' encoding='UTF-8'?><rss version='2.0'><channel><title>{self.name}</title>"
            f"<link>https://{self.name}.example/</link><description>{self.name}</description>{self.channel}{items}"
            "</channel></rss>"
        ).encode()

    def __call__(self, ask: Ask, _number: int = 0) -> Answer:
        n = self.newest(ask.at)
        headers = (*self.validators(n), *self.extra)
        same = self.validators(n) != () and ask.validators == Answer(headers=headers).validators
        if same:
            return Answer(status=304, headers=headers, asks=self.asks)
        return Answer(
            headers=(("Content-Type", "application/rss+xml"), *headers),
            body=self.body(n),
            asks=self.asks,
            skip_hours=self.skip_hours,
            entries=self.titles(n),
        )


def every(count: int, other: Character, usual: Character, *, first: int = 2) -> Character:
    """``other`` for each ``count``-th request from number ``first`` on, else ``usual``."""

    def answer(ask: Ask, number: int) -> Answer:
        return (other if number >= first and (number - first) % count == 0 else usual)(ask, number)

    return answer


def status(code: int, *headers: tuple[str, str], host_asks: timedelta | None = None) -> Character:
    """An error that brings validators of its own, as CDNs do; they mean nothing."""
    given = (("ETag", '"of-an-error"'), *headers)
    return lambda _ask, _number: Answer(status=code, headers=given, body=b"no", host_asks=host_asks)


def retry_at(code: int, wait: timedelta) -> Character:
    """Asks to be left alone until a date."""

    def answer(ask: Ask, _number: int) -> Answer:
        until = (ask.at + wait).replace(microsecond=0)
        headers = (("Date", http(ask.at)), ("Retry-After", http(until)))
        return Answer(status=code, headers=headers, host_asks=until - ask.at)

    return answer


def redirect(code: int, to: str, port: Callable[[], int]) -> Character:
    """Sends on to ``host/path``; its own validators are not those of what it leads to."""

    def answer(_ask: Ask, _number: int) -> Answer:
        host, _, path = to.partition("/")
        location = ("Location", f"http://{host}:{port()}/{path}")
        return Answer(status=code, headers=(location, ("ETag", '"of-a-redirect"')), leads_to=to)

    return answer


def cut(feed: Feed) -> Character:
    """A document that ends in the middle, with the validators of the whole."""

    def answer(ask: Ask, number: int) -> Answer:
        whole = feed(ask, number)
        if whole.status == 304:
            return whole
        return Answer(headers=whole.headers, body=whole.body, cut=True)

    return answer


def page(_ask: Ask, _number: int) -> Answer:
    """A page to log in at, where the feed was."""
    body = b"<!DOCTYPE html><html><head><title>Log in</title></head><body><form></form></body></html>"
    return Answer(headers=(("Content-Type", "text/html"), ("ETag", '"of-a-page"')), body=body, good=False)


def empty(_ask: Ask, _number: int) -> Answer:
    return Answer(headers=(("ETag", '"of-nothing"'),), good=False)


def touched(feed: Feed) -> Character:
    """The same bytes under another ETag each time (fetching.md F3)."""

    def answer(ask: Ask, number: int) -> Answer:
        n = feed.newest(ask.at)
        headers = (("ETag", f'"touched-{number}"'), ("Last-Modified", http(ask.at)))
        return Answer(headers=headers, body=feed.body(n), entries=feed.titles(n))

    return answer


def renewed(feed: Feed) -> Character:
    """A 304 that brings another ETag (F4), and then one that brings none (F5)."""

    def answer(ask: Ask, number: int) -> Answer:
        if ask.validators == (None, None):
            return feed(ask, number)
        return Answer(status=304, headers=(("ETag", f'W/"renewed-{number // 2}"'),) if number % 2 else ())

    return answer


def slowly(character: Character, held: timedelta) -> Character:
    """The same, but the answer takes its time; all it asks for counts from then on."""

    def answer(ask: Ask, number: int) -> Answer:
        given = character(ask, number)
        return Answer(**{name: getattr(given, name) for name in given.__slots__} | {"held": held})

    return answer


def from_day(day: float, later: Character, before: Character) -> Character:
    """Another character from that day on."""
    return lambda ask, number: (later if ask.at >= START + day * DAY else before)(ask, number)


@dataclass
class Publishers:
    """All sites behind one port of loopback, told apart by the Host header, with the time they are told."""

    sites: tuple[Site, ...]
    now: datetime = START
    port: int = 0
    hold_next: bool = False
    """The next request is held until :meth:`release`."""
    on_change: Callable[[], None] = lambda: None
    held: dict[str, asyncio.Future[None]] = field(default_factory=dict)
    """By source: the answer that waits."""
    due: dict[str, tuple[datetime, float]] = field(default_factory=dict)
    """By source: when the answer that waits is sent, where it is sent at all; also on the clock of the event loop, as
    the program measures how long it waits on a clock that nobody sets."""
    _numbers: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.owners = {place: site for site in self.sites for place in site.places}
        self.scorer = Scorer({place: site.apart for place, site in self.owners.items()})

    async def __aenter__(self) -> Publishers:
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_exc: object) -> None:
        self._server.close()
        for each in self.held.values():
            each.cancel()
        await self._server.wait_closed()

    def of(self, source: str) -> Iterable[Ticket]:
        """This source's requests."""
        return (
            each
            for each in self.scorer.tickets
            if each.ask.place in self.owners and self.owners[each.ask.place].id == source
        )

    async def release(self, source: str) -> None:
        """Send the answer that is held."""
        _, at = self.due.pop(source)
        await asyncio.sleep(at - asyncio.get_running_loop().time())
        self.held.pop(source).set_result(None)

    def lose(self, settled: Mapping[str, int]) -> None:
        """The reader was killed. ``settled`` says up to which number each source's requests were dealt with; whether
        the answers to later ones were understood nobody knows."""
        for number, ticket in enumerate(self.scorer.tickets):
            owner = self.owners.get(ticket.ask.place)
            if owner is not None and number >= settled.get(owner.id, 0) and not ticket.lost:
                self.scorer.lose(ticket)
        self.due.clear()
        for each in self.held.values():
            each.cancel()
        self.held.clear()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ticket: Ticket | None = None
        try:
            ask = _read(await reader.readuntil(b"\r\n\r\n"), self.now)
            ticket = self.scorer.hear(ask)
            site = self.owners.get(ask.place)
            if site is None:
                answer = Answer(status=404)
            else:
                number = self._numbers[ask.place] = self._numbers.get(ask.place, -1) + 1
                answer = site.places[ask.place](ask, number)
                if answer.held or self.hold_next:
                    self.held[site.id] = asyncio.get_running_loop().create_future()
                    if not self.hold_next:
                        heard = asyncio.get_running_loop().time()
                        self.due[site.id] = (self.now + answer.held, heard + answer.held.total_seconds())
                    self.hold_next = False
                    self.on_change()
                    await self.held[site.id]
            if ticket.lost:
                return
            self.scorer.say(ticket, answer, self.now)
            writer.write(_wire(answer))
            self.scorer.close(ticket)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            return  # its reader was killed
        finally:
            if ticket is not None:
                self.scorer.close(ticket)
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()


def _read(head: bytes, at: datetime) -> Ask:
    first, *lines = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    method, target, _version = first.split(" ")
    headers = tuple((name, value.strip()) for name, _, value in (line.partition(":") for line in lines))
    host = next((value for name, value in headers if name.lower() == "host"), "").partition(":")[0]
    body = any(name.lower() in ("content-length", "transfer-encoding") for name, _ in headers)
    return Ask(at=at, host=host, target=target, method=method, headers=headers, body=body)


def _wire(answer: Answer) -> bytes:
    lines = [f"HTTP/1.1 {answer.status} Whatever", *(f"{name}: {value}" for name, value in answer.headers)]
    if answer.status != 304:
        lines.append(f"Content-Length: {len(answer.body)}")
    head = "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1")
    body = answer.body[: len(answer.body) // 2] if answer.cut else answer.body
    return head + (b"" if answer.status == 304 else body)
