"""The network of this machine goes away and comes back: real sockets, closed and opened."""

from __future__ import annotations

import asyncio
import json
import socket
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from feedserver import rss
from structlog.testing import capture_logs

from aggregator.articles import compile_rule
from aggregator.config import load
from aggregator.model import HELD, Code
from aggregator.operate import board, offline_in_words
from aggregator.operate.advice import OFFLINE
from aggregator.polls import Polls, poll_round
from aggregator.schedule.outage import HOLD, HOSTS
from aggregator.wiring import open_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from aggregator.model import PollPlan, SourceState
    from aggregator.wiring import App

START = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
MANY = HOSTS + 4


class Network:
    """Web servers on loopback ports that are open or closed together, and a clock."""

    def __init__(self, count: int) -> None:
        self.sockets = [self._bound(0) for _ in range(count)]
        self.ports = [each.getsockname()[1] for each in self.sockets]
        self.servers: list[asyncio.Server] = []
        self.now = START
        self.asked = 0

    @staticmethod
    def _bound(port: int) -> socket.socket:
        bound = socket.socket()
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(("127.0.0.1", port))
        return bound

    async def up(self, count: int | None = None) -> None:
        """Open all, or so many."""
        self.servers = [await asyncio.start_server(self._answer, sock=each) for each in self.sockets[:count]]

    async def down(self) -> None:
        """Close them; the ports stay ours, so nobody else answers there."""
        for each in self.servers:
            each.close()
            await each.wait_closed()
        self.sockets = [
            self._bound(port) if place < len(self.servers) else self.sockets[place]
            for place, port in enumerate(self.ports)
        ]
        self.servers = []

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.asked += 1
        body = rss("Alpha", [("a1", "One")])
        head = f'HTTP/1.1 200 OK\r\nETag: "one"\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n'
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    def close(self) -> None:
        for each in self.sockets:
            each.close()


@pytest.fixture
def network(request: pytest.FixtureRequest) -> Iterator[Network]:
    made = Network(getattr(request, "param", MANY))
    yield made
    made.close()


def remote(host: str) -> bool:
    return not host.startswith("folder:")


@asynccontextmanager
async def opened(place, network: Network) -> AsyncIterator[App]:
    place.seed("a.md", "# A\n\nText.\n")
    place.configure(
        *(f"{{id: s{n}, url: 'http://127.0.0.1:{port}/feed', interval: 1h}}" for n, port in enumerate(network.ports)),
        "{id: seeds, folder: seeds}",
    )
    app = await open_app(load(place.folder / "config.yaml", {}, check_rule=compile_rule), now=lambda: network.now)
    network.now += timedelta(minutes=1)  # first polls are spread
    try:
        yield app
    finally:
        await app.close()
        await network.down()


async def beat(polls: Polls, limit: int | None = None) -> None:
    """Poll all that is due."""
    while await polls.start(limit=limit) or len(polls):
        while len(polls):
            await polls.wait()
    assert polls.failure is None


def states(app: App) -> dict[str, SourceState]:
    """Of the sources on the network, but for when and why they are looked at again."""
    return {
        each.source: replace(each, next_poll_at=START, next_reason="")
        for each in app.store.polls.states()
        if each.source != "seeds"
    }


def _stored(app: App) -> dict[str, SourceState]:
    return {each.source: each for each in app.store.polls.states()}


@pytest.mark.parametrize("limit", [1, None], ids=["one by one", "together"])
async def test_an_outage_changes_no_source_and_everything_is_polled_after_it(place, network, limit) -> None:
    ended: list[PollPlan] = []
    with capture_logs() as told:
        async with opened(place, network) as app:
            polls = Polls(app, lambda decided, _seconds: ended.append(decided), remote)
            await network.up()
            await beat(polls)
            before = states(app)
            assert {each.code for each in before.values()} == {Code.OK}
            await network.down()

            network.now += timedelta(hours=2)
            went = network.now
            ended.clear()
            await beat(polls, limit)
            assert polls.offline_since == went
            assert states(app) == before
            assert {each.state.code for each in ended if each.source != "seeds"} == {Code.CONNECT}, (
                "it is told as it is"
            )
            now_due = [each.next_poll_at for each in app.store.polls.states() if each.source != "seeds"]
            assert len(set(now_due)) == MANY
            assert all(went < at <= went + HOLD[0] for at in now_due)
            assert all(each.next_reason.startswith(HELD) for each in app.store.polls.states() if each.source != "seeds")

            rows = board(app.config.sources, _stored(app), {})
            assert {each.advice for each in rows} == {None}, "no source is told what is this machine's"
            said = offline_in_words([each.reason for each in rows]) or ""
            assert said.startswith(f"This machine seems to be offline since {went:%H:%M} UTC, and {MANY} sources wait")
            assert said.endswith(OFFLINE)

            place.seed("b.md", "# B\n\nText.\n")
            for _ in range(6):
                network.now += timedelta(hours=1)
                await beat(polls, limit)
            assert states(app) == before
            assert app.store.articles.counts()["seeds"] == 2, "a folder is read as always"

            await network.up()
            network.now += HOLD[0]
            await beat(polls, limit)
            assert polls.offline_since is None
            assert {each.last_success for each in states(app).values()} == {network.now}
            assert {each.since for each in states(app).values()} == {each.since for each in before.values()}
            assert {each.failures for each in states(app).values()} == {0}
    warned = [each["event"] for each in told if each["log_level"] == "warning"]
    assert warned == ["this machine seems to be offline", "a host answers again"]


async def test_whoever_fails_while_another_answers_has_failed(place, network) -> None:
    async with opened(place, network) as app:
        polls = Polls(app, witness=remote)
        await network.up()
        await beat(polls)
        await network.down()
        network.now += timedelta(hours=2)
        await network.up(1)
        failing = [f"s{n}" for n in range(1, MANY)]
        for each in (*failing[: HOSTS - 1], "s0", *failing[HOSTS - 1 :]):
            await polls.start(only=[each])
            await polls.wait()
        assert polls.offline_since is None
        assert {name: each.failures for name, each in states(app).items()} == dict.fromkeys(failing, 1) | {"s0": 0}


@pytest.mark.parametrize("network", [HOSTS - 1], indirect=True)
async def test_with_few_hosts_it_cannot_be_told_and_failures_count(place, network) -> None:
    async with opened(place, network) as app:
        polls = Polls(app, witness=remote)
        await beat(polls)
        assert polls.offline_since is None
        assert {each.failures for each in states(app).values()} == {1}


async def test_private_hosts_say_nothing_of_the_network(place, network) -> None:
    async with opened(place, network) as app:
        left = await poll_round(app, None, lambda _decided, _seconds: None)
        assert left == ()
        assert {each.failures for each in states(app).values()} == {1}


async def test_hosts_that_the_operator_names_as_his_own_say_nothing_either(place, network) -> None:
    place.configure(*(f"http://localhost:{port}/feed" for port in network.ports), network="{allow: [localhost]}")
    app = await open_app(load(place.folder / "config.yaml", {}, check_rule=compile_rule), now=lambda: network.now)
    network.now += timedelta(minutes=1)
    try:
        polls = Polls(app, witness=remote)
        await beat(polls)
        assert polls.offline_since is None
        assert {(each.code, each.failures) for each in states(app).values()} == {(Code.CONNECT, 1)}
    finally:
        await app.close()


def test_status_for_machines_says_since_when(place, service) -> None:
    place.seed("a.md", "# A\n\nText.\n")
    place.configure("seeds")
    service()
    assert json.loads(place.get("/status.json")[2])["offline_since"] is None
