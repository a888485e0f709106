"""Looks that were broken off, and looks that come late: nobody is asked sooner, or at an hour, he asked not to be."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from simulated_reader import to_loopback

from aggregator.articles import compile_rule
from aggregator.config import load
from aggregator.polls import Polls
from aggregator.wiring import open_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aggregator.wiring import App

START = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SLEEPS = (
    b"<?xml version='1.0'?><rss version='2.0'><channel><title>Sleeps</title><link>https://a.example/</link>"
    b"<description>d</description><skipHours><hour>0</hour><hour>1</hour><hour>2</hour></skipHours></channel></rss>"
)


class Site:
    """A server that answers with one document, or not at all, and the clock of whoever asks it."""

    def __init__(self) -> None:
        self.now = START
        self.asked = 0
        self.came = asyncio.Event()
        self.silent = False

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.asked += 1
        self.came.set()
        if self.silent:
            await reader.read()
        else:
            writer.write(f'HTTP/1.1 200 OK\r\nETag: "1"\r\nContent-Length: {len(SLEEPS)}\r\n\r\n'.encode() + SLEEPS)
        writer.close()

    @asynccontextmanager
    async def running(self, place: Any, host: str) -> AsyncIterator[None]:
        server = await asyncio.start_server(self.answer, "127.0.0.1", 0)
        place.configure(f"{{id: a, url: 'http://{host}:{server.sockets[0].getsockname()[1]}/feed'}}")
        try:
            yield
        finally:
            server.close()
            await server.wait_closed()

    @asynccontextmanager
    async def opened(self, place: Any) -> AsyncIterator[App]:
        config = load(place.folder / "config.yaml", {}, check_rule=compile_rule)
        app = await open_app(config, now=lambda: self.now, resolve=to_loopback)
        try:
            yield app
        finally:
            await app.close()


@pytest.mark.parametrize(("host", "wait"), [("a.example", HOUR), ("127.0.0.1", 0 * HOUR)])
async def test_a_look_that_was_broken_off_counts_but_on_a_machine_of_our_own(
    place: Any, host: str, wait: timedelta
) -> None:
    site = Site()
    site.silent = True
    async with site.running(place, host):
        async with site.opened(place) as app:
            polls = Polls(app)
            assert await polls.start() == ("a",)
            await site.came.wait()
            await polls.drain(0)
            assert len(polls) == 0
        site.silent = False
        site.now = START + timedelta(seconds=5)
        async with site.opened(place) as app:
            due = await app.db(app.store.queue.next_due, site.now)
            assert due == max(site.now, START + wait)


async def test_a_late_look_is_put_off_to_an_hour_the_feed_does_not_mind(place: Any) -> None:
    site = Site()
    async with site.running(place, "a.example"), site.opened(place) as app:
        polls = Polls(app)
        assert await polls.start() == ("a",)
        await polls.drain(30)
        (state,) = app.store.polls.states()
        assert START + HOUR <= state.next_poll_at < START + 2 * HOUR

        site.now = START + 3 * HOUR
        assert await polls.start() == ()
        (late,) = app.store.polls.states()
        assert late.next_poll_at == START + 5 * HOUR
        assert late.next_reason == "late; the feed asks not to be read before then"
        assert (late.requests, late.code, site.asked) == (1, state.code, 1)
        assert await app.db(app.store.queue.next_due, site.now) == START + 5 * HOUR

        assert await polls.start(only=["a"]) == (), "the gap of the host"
        site.now += timedelta(seconds=1)
        assert await polls.start(only=["a"]) == ("a",), "the operator asks"
        await polls.drain(30)
        assert site.asked == 2
