"""Many sources of which many misbehave: real sockets, the real wiring, servers that hang until all others are done."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from feedserver import rss

from aggregator import polls as module
from aggregator.articles import compile_rule
from aggregator.config import load
from aggregator.model import Code
from aggregator.polls import Polls, poll_round
from aggregator.schedule import STARTS_PER_SECOND
from aggregator.wiring import open_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aggregator.model import PollPlan
    from aggregator.wiring import App

START = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SOURCES = 600
CONCURRENCY = 16
LIES_IN_WAIT = 30
"""In a hundred."""
WELL = SOURCES * (100 - LIES_IN_WAIT) // 100


class Site:
    """Every source of one loopback port: ``/well/N`` answers, ``/hang/N`` when it is let go.

    Until then it sends a line of its head now and then: no limit but that of the whole poll ends such an answer.
    """

    def __init__(self) -> None:
        self.let_go = asyncio.Event()
        self.asked: list[str] = []
        self.at_once = 0
        self.most_hanging = 0
        self.ended: list[str] = []
        self.codes: set[Code | None] = set()
        self.now = START
        self.port = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1].decode()
        self.asked.append(path)
        if path.startswith("/hang"):
            self.at_once += 1
            self.most_hanging = max(self.most_hanging, self.at_once)
            await self._hang(writer)
            self.at_once -= 1
        body = rss(path, [(path, "One")])
        head = "Content-Length" if path.startswith("/hang") else "HTTP/1.1 200 OK\r\nContent-Length"
        writer.write(b"%s: %d\r\n\r\n%s" % (head.encode(), len(body), body))
        await writer.drain()
        writer.close()

    async def _hang(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while not self.let_go.is_set():
            writer.write(b"X-Patience: please\r\n")
            with suppress(TimeoutError):
                await asyncio.wait_for(self.let_go.wait(), 1)

    def told(self, decided: PollPlan, _seconds: float) -> None:
        self.ended.append(decided.source)
        self.codes.add(decided.state.code)

    @property
    def well(self) -> list[str]:
        """Sources that are well and were looked at, in that order."""
        return [each for each in self.ended if each.startswith("well")]


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    made = Site()
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")  # all of 127.0.0.0/8, and nobody else
    listening.bind(("0.0.0.0", 0))
    server = await asyncio.start_server(made.answer, sock=listening, backlog=1024)
    made.port = listening.getsockname()[1]
    yield made
    made.let_go.set()
    server.close()
    await server.wait_closed()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", timedelta(milliseconds=20))


@asynccontextmanager
async def opened(place, site: Site, sources: int = SOURCES, hosts: int = SOURCES) -> AsyncIterator[App]:
    """An app of these sources, the hanging ones spread among the others."""
    listed = []
    for n in range(sources):
        kind = "hang" if n % 100 < LIES_IN_WAIT else "well"
        host = f"127.0.{1 + n % hosts // 250}.{1 + n % hosts % 250}"
        listed.append(f"{{id: {kind}-{n}, url: 'http://{host}:{site.port}/{kind}/{n}'}}")
    place.configure(*listed, network="{allow: [127.0.0.0/8]}", polling=f"{{concurrency: {CONCURRENCY}, timeout: 10m}}")
    app = await open_app(load(place.folder / "config.yaml", {}, check_rule=compile_rule), now=lambda: site.now)
    try:
        yield app
    finally:
        await app.close()


def due(app: App) -> dict[str, datetime]:
    return {each.source: each.next_poll_at for each in app.store.polls.states()}


async def let_end(site: Site, polls: Polls) -> None:
    site.let_go.set()
    while len(polls):
        await polls.wait()
    assert polls.failure is None
    assert site.codes == {Code.OK}


async def test_all_that_are_well_are_looked_at_in_their_order_before_any_that_hangs_has_ended(place, site) -> None:
    async with opened(place, site) as app:
        turns = due(app)
        site.now += timedelta(hours=1)
        polls = Polls(app, site.told)
        started: list[str] = []
        while len(started) < SOURCES or len(site.well) < WELL:
            started += await polls.start()
            await polls.wait()
        assert len(site.ended) == WELL
        assert started == sorted(turns, key=lambda each: turns[each])
        await let_end(site, polls)
        assert site.most_hanging == SOURCES - WELL
        assert sorted(site.ended) == sorted(turns)


async def test_as_many_start_each_second_as_fall_due_and_none_is_two_seconds_late(place, site) -> None:
    async with opened(place, site, sources=300) as app:
        turns = due(app)
        polls = Polls(app, site.told)
        late: dict[str, timedelta] = {}
        while len(late) < 300:
            for each in await polls.start(limit=STARTS_PER_SECOND):
                late[each] = site.now - turns[each]
            while len(site.well) < sum(each.startswith("well") for each in late):
                await polls.wait()
            site.now += timedelta(seconds=1)
        assert len(site.ended) == WELL // 2
        assert max(late.values()) < timedelta(seconds=2)
        await let_end(site, polls)


async def test_no_more_wait_beside_the_concurrency_than_there_may_be_files_open(place, site, monkeypatch) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 5)
    async with opened(place, site, sources=LIES_IN_WAIT) as app:
        site.now += timedelta(hours=1)
        polls = Polls(app, site.told)
        while len(polls) < CONCURRENCY + 5:
            await polls.start()
            await asyncio.sleep(0.01)
        while site.at_once < CONCURRENCY + 5:  # noqa: ASYNC110 - the server has no event for it
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        assert await polls.start() == ()
        assert len(polls) == CONCURRENCY + 5
        await let_end(site, polls)


async def test_who_gave_up_its_place_still_is_the_only_one_its_host_sees(place, site) -> None:
    async with opened(place, site, sources=2, hosts=1) as app:
        site.now += timedelta(hours=1)
        polls = Polls(app, site.told)
        (first,) = await polls.start()
        await polls.wait()  # ends no poll: the one there is has left its place
        assert len(polls) == 1
        assert await polls.start() == ()
        await let_end(site, polls)
        assert site.ended == [first]


async def test_a_round_asked_for_goes_on_beside_those_that_hang(place, site) -> None:
    async with opened(place, site, sources=200) as app:
        names = {each.id for each in app.config.sources}
        asked = asyncio.create_task(poll_round(app, names, site.told))
        while len(site.well) < 200 - 2 * LIES_IN_WAIT:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.01)
        assert len(site.ended) == len(site.well)
        site.let_go.set()
        assert await asked == ()
        assert set(site.ended) == names
        assert site.codes == {Code.OK}
