"""Addresses that hang or are many, and name servers that do: what needs more than one answer in a table."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hostile_poll import NOW, code
from hostile_server import FEED, LOOPBACK, Case, Server, answer

from aggregator.fetch import Fetcher, Limits
from aggregator.model import Allowed, Code, Fetched, Outcome, Polling, Source

WELL = Case(path="/", behave=answer(), code=Code.OK)


@contextmanager
def hanging(host: str, port: int) -> Iterator[None]:
    """An address whose queue is full: connections to it are never made."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind((host, port))
        listener.listen(0)
        for _ in range(8):
            each = stack.enter_context(socket.socket())
            each.setblocking(False)
            each.connect_ex((host, port))
        yield


async def poll(port: int, answers: Sequence[str], **limits: timedelta) -> Outcome:
    """A poll of a name with these addresses, all of which may be called."""

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return answers

    fetcher = Fetcher(
        polling=Polling(),
        allow=(Allowed(host="many.test"),),
        agent="a",
        resolve=resolve,
        limits=replace(Limits(), **limits),
    )
    outcome = await fetcher.fetch(Source(id="s", url=f"http://many.test:{port}/"), None, NOW)
    await fetcher.aclose()
    return outcome


async def test_addresses_that_hang_give_way_to_the_next() -> None:
    async with Server(WELL) as server:
        with hanging("127.0.0.2", server.port), hanging("127.0.0.3", server.port):
            outcome = await poll(server.port, ["127.0.0.2", "127.0.0.3", LOOPBACK])
    assert isinstance(outcome, Fetched)
    assert outcome.documents[0].body == FEED


@pytest.mark.parametrize("dead", [["::1"], ["127.0.0.2"], [f"127.0.1.{n}" for n in range(7)]])
async def test_addresses_that_refuse_give_way_to_the_next(dead: list[str]) -> None:
    async with Server(WELL) as server:
        assert isinstance(await poll(server.port, [*dead, LOOPBACK]), Fetched)


async def test_all_addresses_hang(connects: list[Any]) -> None:
    async with Server(WELL) as server:
        with ExitStack() as stack:
            many = [f"127.0.0.{n}" for n in range(2, 5)]
            for each in many:
                stack.enter_context(hanging(each, server.port))
            connects.clear()
            outcome = await poll(server.port, many, connect=timedelta(seconds=1))
    assert code(outcome) == Code.CONNECT
    assert {each[0] for each in connects} == set(many), "each had its turn"
    assert server.connections == 0


async def test_of_five_hundred_addresses_few_are_called(connects: list[Any]) -> None:
    async with Server(WELL) as server:
        crowd = [f"127.{n // 200 + 1}.0.{n % 200 + 1}" for n in range(500)]
        outcome = await poll(server.port, [*crowd, LOOPBACK])
    assert code(outcome) == Code.CONNECT
    assert [each[0] for each in connects] == crowd[:8]


async def test_look_ups_that_hang_do_not_keep_other_sources_waiting() -> None:
    """reliability.md D2: as many sources as may be polled at once, all of a name server that never answers."""

    async def resolve(host: str, _port: int) -> Sequence[str]:
        if host == "well.test":
            return [LOOPBACK]
        await asyncio.Event().wait()
        raise AssertionError

    async with Server(WELL) as server:
        fetcher = Fetcher(
            polling=Polling(),
            allow=(Allowed(network="127.0.0.1/32"),),
            agent="a",
            resolve=resolve,
            limits=replace(Limits(), lookup=timedelta(seconds=1)),
        )
        sources = [Source(id=f"s{n}", url=f"http://hangs-{n}.test/") for n in range(Polling().concurrency)]
        hanging_ = [asyncio.create_task(fetcher.fetch(each, None, NOW)) for each in sources]
        well = await fetcher.fetch(Source(id="w", url=f"http://well.test:{server.port}/"), None, NOW)
        assert isinstance(well, Fetched)
        assert not any(each.done() for each in hanging_)
        assert {code(each) for each in await asyncio.gather(*hanging_)} == {Code.DNS}
        await fetcher.aclose()
