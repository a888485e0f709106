"""The status contract, kept by the whole program: what a poll that goes wrong leaves behind, and how it goes on.

Every source is polled four times: its feed, what goes wrong, the same once more, and the feed again. What goes wrong
carries validators of its own, which nobody may ever see again.
"""

from __future__ import annotations

import asyncio
import gzip
import re
import ssl
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hostile_certificates import context
from hostile_program import articles, poll, program
from hostile_redirects import deeper
from hostile_server import (
    LOOPBACK,
    SECRET,
    Behaviour,
    Case,
    Request,
    Server,
    Wire,
    answer,
    endless,
    head,
    holding,
    raw,
)

from aggregator.model import Code, SourceState
from aggregator.wiring import App

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
GOOD, FIRST, SECOND, AGAIN = range(4)
HOUR = timedelta(hours=1)
JITTER = 1.1
BACK_OFF, INTERVAL, REFUSED, TWO_HOURS, FOUR_HOURS = (1, 2), (1, 1), (4, 24), (2, 2), (4, 4)
"""Hours until the next poll after the first and the second time."""
ONE, BOTH = ["One"], ["One", "Two"]
VALIDATORS = (("ETag", '"b"'), ("Last-Modified", "Sun, 01 Mar 2026 11:59:00 GMT"))


def item(title: str, more: str = "") -> str:
    return f"<item><title>{title}</title><guid isPermaLink='false'>{title}</guid>{more}</item>"


def feed(*items: str, prolog: str = "<?xml version='1.0'?>", channel: str = "") -> bytes:
    return f"{prolog}<rss version='2.0'><channel><title>T</title>{channel}{''.join(items)}</channel></rss>".encode()


ONE_FEED, TWO_FEED = feed(item("One")), feed(item("One"), item("Two"))


def bad(body: bytes = TWO_FEED, *fields: tuple[str, str], status: str = "200 OK") -> Behaviour:
    """An answer under validators that must be forgotten."""
    return answer(body, *VALIDATORS, *fields, status=status)


def cut(fields: bytes, body: bytes) -> Behaviour:
    return raw(b'HTTP/1.1 200 OK\r\nETag: "b"\r\n' + fields + b"\r\n\r\n" + body)


async def well(request: Request, wire: Wire) -> None:
    """The feed, to whoever has no validators or other ones than its own."""
    if (request.field(b"if-none-match"), request.field(b"if-modified-since")) == (b'"a"', None):
        await wire.send(head("304 Not Modified", ("ETag", '"a"')))
    else:
        await answer(ONE_FEED, ("ETag", '"a"'))(request, wire)


@dataclass(frozen=True)
class Story:
    """What goes wrong, and what the contract says of it."""

    wrong: Behaviour
    code: Code
    detail: str
    """A pattern of the text."""
    hours: tuple[int, int] = BACK_OFF
    titles: Sequence[str] = field(default_factory=lambda: ONE)
    status: int | None = None
    settings: str = ""
    host: str = LOOPBACK
    tls: bool = False
    blames: bool = True
    """Whether it counts as a failure of the source."""


def unanswered(*_: Any) -> Any:
    raise AssertionError("nobody gets here")


STORIES: dict[str, Story] = {
    "empty": Story(bad(b""), Code.EMPTY, "200 with an empty body", status=200),
    "empty-white-space": Story(bad(b" \r\n"), Code.EMPTY, "200 with an empty body", status=200),
    "not-a-feed": Story(
        bad(b"<!doctype html><title>Log in</title><p>Please.", ("Content-Type", "text/html")),
        Code.NOT_A_FEED, r"HTML page.*, not a feed \(title: \"Log in\"\)", status=200,
    ),
    "cond-parse-fail": Story(
        bad(TWO_FEED.replace(b"</channel></rss>", b"<item><title>Thr")), Code.XML, r"line \d+.*2 entries",
        INTERVAL, BOTH, 200,
    ),
    "xml-forbidden": Story(
        bad(feed(item("One"), item("Two &x;"), prolog='<!DOCTYPE rss [<!ENTITY x "y">]>')),
        Code.XML_FORBIDDEN, "entity declarations are not allowed", status=200,
    ),
    "xml-limit": Story(bad(feed("<x>" * 1000)), Code.XML_LIMIT, "nested deeper than 100", status=200),
    "too-large": Story(
        bad(TWO_FEED + b" " * 9000), Code.TOO_LARGE, "more than 8,192 bytes", status=200, settings="max_bytes: 8KiB"
    ),
    "too-large-decoded": Story(
        bad(gzip.compress(TWO_FEED + b" " * 16_385), ("Content-Encoding", "gzip")), Code.TOO_LARGE,
        "body over 16,384 bytes after decoding", status=200, settings="max_bytes: 8KiB",
    ),
    "encoding": Story(
        bad(TWO_FEED, ("Content-Encoding", "br")), Code.ENCODING, "unsupported Content-Encoding: br", status=200
    ),
    "cond-truncated": Story(
        cut(b"Content-Length: 6330", TWO_FEED), Code.TRUNCATED, f"{len(TWO_FEED)} bytes, expected 6330",
        INTERVAL, status=200,
    ),
    "truncated-gzip": Story(
        cut(b"Content-Encoding: gzip", gzip.compress(TWO_FEED)[:-9]), Code.TRUNCATED, "stops in the middle",
        INTERVAL, status=200,
    ),
    "timeout": Story(holding(), Code.TIMEOUT, "no answer within 1 s", settings="timeout: 1s"),
    "too-slow": Story(
        endless(b"x", head("200 OK", *VALIDATORS), pause=0.02), Code.TOO_SLOW, r"\d+ bytes in 1 s",
        settings="timeout: 1s",
    ),
    "dns": Story(unanswered, Code.DNS, "dns.test was not resolved: Name or service not known", host="dns.test"),
    "connect": Story(unanswered, Code.CONNECT, "no connection to connect.test:.*refused", host="connect.test"),
    "tls": Story(unanswered, Code.TLS, "certificate of localhost refused: .*expired", host="localhost", tls=True),
    "protocol": Story(raw(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), Code.PROTOCOL, "not an HTTP/1.1 answer"),
    "redirect": Story(deeper, Code.REDIRECT, "6 redirects; the last was to http://127.0.0.1:"),
    "redirect-circle": Story(
        bad(b"", ("Location", "/redirect-circle"), status="302 x"), Code.REDIRECT, "in a circle at http://127.0.0.1:"
    ),
    "blocked-scheme": Story(
        bad(b"", ("Location", "file:///etc/passwd"), status="302 x"), Code.BLOCKED_SCHEME, "redirect.*not file"
    ),
    "blocked-addr": Story(
        bad(b"", ("Location", "http://10.0.0.1/"), status="302 x"), Code.BLOCKED_ADDR,
        "redirect: private address 10.0.0.1 refused",
    ),
    "status-404": Story(bad(status="404 x"), Code.HTTP_4XX, "404 Not Found", status=404),
    "status-401": Story(bad(status="401 x"), Code.HTTP_4XX, "401 Unauthorized", REFUSED, status=401),
    "status-403": Story(bad(status="403 x"), Code.HTTP_4XX, "403 Forbidden", REFUSED, status=403),
    "status-451": Story(bad(status="451 x"), Code.HTTP_4XX, "451 Unavailable", REFUSED, status=451),
    "status-err-feed": Story(bad(status="500 x"), Code.HTTP_5XX, "500 Internal Server Error", status=500),
    "status-204": Story(raw(head("204 x", *VALIDATORS)), Code.UNEXPECTED_STATUS, "204 No Content", status=204),
    "status-206": Story(bad(status="206 x"), Code.UNEXPECTED_STATUS, "206 Partial Content", status=206),
    "cond-226": Story(bad(status="226 x"), Code.UNEXPECTED_STATUS, "226 IM Used", status=226),
    "status-999": Story(bad(status="999 x"), Code.UNEXPECTED_STATUS, "999", status=999),
    "redirect-without-location": Story(bad(status="301 x"), Code.UNEXPECTED_STATUS, "301 Moved", status=301),
    "ra-503": Story(
        bad(b"", ("Retry-After", "7200"), status="503 x"), Code.HTTP_5XX, "503 .*7200 s", TWO_HOURS, status=503
    ),
    "ra-429": Story(
        bad(b"", ("Retry-After", "7200"), status="429 x"), Code.RATE_LIMITED, "429 .*7200 s", TWO_HOURS, status=429,
        blames=False,
    ),
    "ra-429-none": Story(bad(status="429 x"), Code.RATE_LIMITED, "429", FOUR_HOURS, status=429, blames=False),
}  # fmt: skip


class World:
    """One program and a server for each story."""

    def __init__(self, certificates: Path) -> None:
        self._certificates = certificates
        self._turn = GOOD
        self._now = START
        self._servers: dict[str, Server] = {}
        self.states: dict[str, list[SourceState]] = {name: [] for name in STORIES}
        self.titles: dict[str, list[list[str]]] = {name: [] for name in STORIES}
        self.asked: dict[str, list[list[Request]]] = {name: [] for name in STORIES}

    @property
    def goes_wrong(self) -> bool:
        return self._turn in (FIRST, SECOND)

    def tells(self, story: Story) -> Behaviour:
        async def behave(request: Request, wire: Wire) -> None:
            await (story.wrong if self.goes_wrong else well)(request, wire)

        return behave

    def tls(self) -> ssl.SSLContext:
        """A certificate that holds, or at times one that has expired."""
        holds, expired = context(self._certificates, "holds"), context(self._certificates, "expired")

        def choose(connection: Any, _name: str, _: ssl.SSLContext) -> None:
            if self.goes_wrong:
                connection.context = expired

        holds.sni_callback = choose
        return holds

    async def resolve(self, host: str, _port: int) -> Sequence[str]:
        if host == "dns.test" and self.goes_wrong:
            raise OSError(-2, "Name or service not known")
        if host == "connect.test" and self.goes_wrong:
            return ["127.0.0.9"]
        return [LOOPBACK]

    def sources(self) -> Iterator[str]:
        for name, story in STORIES.items():
            more = f", ca: '{self._certificates}/good.pem'" if story.tls else ""
            more += f", {story.settings}" if story.settings else ""
            yield f"{{id: {name}, url: '{self._servers[name].url}', headers: {{X-Key: {SECRET}}}{more}}}"

    async def live(self, folder: Path) -> None:
        async with AsyncExitStack() as stack:
            for name, story in STORIES.items():
                shown = "holds" if story.tls else ""
                case = Case(path=f"/{name}", behave=self.tells(story), code=story.code, host=story.host, tls=shown)
                server = Server(case, self.tls() if story.tls else None)
                self._servers[name] = await stack.enter_async_context(server)
            app = await stack.enter_async_context(program(folder, self.sources(), lambda: self._now, self.resolve))
            for self._turn in (GOOD, FIRST, SECOND, AGAIN):
                await poll(app, STORIES)
                self.note(app)
                self._now += 30 * HOUR

    def note(self, app: App) -> None:
        for name, server in self._servers.items():
            state = app.store.state(name)
            assert state is not None
            self.states[name].append(state)
            self.titles[name].append([each.title for each in articles(app, name, self._now)])
            self.asked[name].append(server.requests[:])
            server.requests.clear()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, certificates: Path) -> World:
    """After all four polls of every source."""
    world = World(certificates)
    asyncio.run(world.live(tmp_path_factory.mktemp("program")))
    return world


@pytest.mark.parametrize("name", STORIES)
def test_what_goes_wrong_ends_in_its_code_and_says_so_in_one_line(name: str, world: World) -> None:
    story = STORIES[name]
    for failed in world.states[name][FIRST : SECOND + 1]:
        assert (failed.code, failed.status) == (story.code, story.status)
        assert failed.detail is not None
        assert re.search(story.detail, failed.detail), failed.detail
        assert len(failed.detail) <= 300
        assert not [each for each in failed.detail if unicodedata.category(each)[0] == "C"]
        assert SECRET not in failed.detail
        assert failed.next_reason


@pytest.mark.parametrize("name", STORIES)
def test_articles_stay_and_only_whole_entries_of_a_broken_feed_are_added(name: str, world: World) -> None:
    assert world.titles[name] == [ONE, STORIES[name].titles, STORIES[name].titles, STORIES[name].titles]


@pytest.mark.parametrize("name", STORIES)
def test_validators_of_the_last_good_answer_are_kept_and_none_other(name: str, world: World) -> None:
    """F7, F8."""
    asked = [[each.field(b"if-none-match") for each in requests] for requests in world.asked[name]]
    assert asked[GOOD] == [None]
    for requests in asked[FIRST : SECOND + 1]:
        assert requests[:1] in ([b'"a"'], []), "the first of them; none where nobody was reached"
    assert asked[AGAIN] == [b'"a"']
    assert not any(each.field(b"if-modified-since") for requests in world.asked[name] for each in requests)


@pytest.mark.parametrize("name", STORIES)
def test_the_next_poll_is_when_the_contract_says(name: str, world: World) -> None:
    for turn, hours in zip((FIRST, SECOND), STORIES[name].hours, strict=True):
        state = world.states[name][turn]
        assert state.last_poll == START + turn * 30 * HOUR
        wait = state.next_poll_at - state.last_poll
        assert hours * HOUR <= wait <= hours * HOUR * JITTER


@pytest.mark.parametrize("name", STORIES)
def test_failures_are_counted_and_the_next_good_poll_ends_them(name: str, world: World) -> None:
    once = int(STORIES[name].blames)
    assert [each.failures for each in world.states[name]] == [0, once, 2 * once, 0]
    assert [world.states[name][turn].code for turn in (GOOD, AGAIN)] == [Code.OK, Code.NOT_MODIFIED]
    assert HOUR <= world.states[name][AGAIN].next_poll_at - (START + AGAIN * 30 * HOUR) <= JITTER * HOUR


def test_the_contract_knows_no_other_codes(world: World) -> None:
    """What is not told here is told where it takes longer: a gone feed, a parser that hangs or dies, a folder."""
    told = {story.code for story in STORIES.values()} | {Code.OK, Code.NOT_MODIFIED}
    elsewhere = {Code.GONE, Code.PARSE_TIMEOUT, Code.PARSE_CRASH, Code.UNREADABLE, Code.INTERNAL}
    assert told | elsewhere == set(Code)
    assert not told & elsewhere
