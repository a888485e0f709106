"""The status contract, kept by the whole program: what a poll that goes wrong leaves behind, and how it goes on.

Every source is polled four times: its feed, what goes wrong, the same once more, and the feed again. What goes wrong
carries validators of its own, which nobody may ever see again.
"""

from __future__ import annotations

import asyncio
import re
import ssl
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hostile_certificates import context
from hostile_program import articles, poll, program
from hostile_server import LOOPBACK, SECRET, Behaviour, Case, Request, Server, Wire, answer, head
from hostile_stories import ONE, ONE_FEED, STORIES, Story

from aggregator.model import Code, SourceState
from aggregator.wiring import App

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
GOOD, FIRST, SECOND, AGAIN = range(4)
HOUR = timedelta(hours=1)
JITTER = 1.1


async def well(request: Request, wire: Wire) -> None:
    """The feed, to whoever has no validators or other ones than its own."""
    if (request.field(b"if-none-match"), request.field(b"if-modified-since")) == (b'"a"', None):
        await wire.send(head("304 Not Modified", ("ETag", '"a"')))
    else:
        await answer(ONE_FEED, ("ETag", '"a"'))(request, wire)


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
            state = app.store.polls.state(name)
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
    """What is not told here is told where it takes longer: a gone feed, a parser that hangs or dies, ours, a page."""
    told = {story.code for story in STORIES.values()} | {Code.OK, Code.NOT_MODIFIED}
    elsewhere = {
        Code.GONE, Code.PARSE_TIMEOUT, Code.PARSE_CRASH, Code.UNREADABLE, Code.INTERNAL, Code.OWN_FEED,
        Code.ROBOTS, Code.NO_ITEMS,
    }  # fmt: skip
    assert told | elsewhere == set(Code)
    assert not told & elsewhere
