"""Time, size and shape: every limit on both sides, and nothing left behind."""

from __future__ import annotations

import asyncio
import gc
import gzip
import os
import socket
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from aggregator.config import load
from aggregator.errors import ConfigError
from aggregator.fetch import Limits
from aggregator.model import Code, Failed, Fetched, Polling

OK = b"HTTP/1.1 200 OK\r\n"


def test_the_limits_are_those_stated() -> None:
    """Each is a setting of the operator's with a hard ceiling (the last two), or a constant."""
    stated = Limits(
        lookup=timedelta(seconds=5),
        connect=timedelta(seconds=10),
        tls=timedelta(seconds=10),
        first_byte=timedelta(seconds=15),
        silence=timedelta(seconds=10),
        head=65_536,
        informational=5,
        chunks=65_536,
    )
    assert Limits() == stated
    assert (Polling().timeout, Polling().max_bytes) == (timedelta(seconds=30), 10 * 1024 * 1024)


@pytest.mark.parametrize(("key", "most", "over"), [("timeout", "10m", "601s"), ("max_bytes", "1GiB", "1048577KiB")])
def test_no_operator_can_raise_a_limit_beyond_its_ceiling(key: str, most: str, over: str, tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    for where in (
        "polling: {{{}: {}}}\nsources: ['http://a.example/']",
        "sources: [{{url: 'http://a.example/', {}: {}}}]",
    ):
        for value in (most, over):
            path.write_text("site: {title: T, url: 'http://t.example/'}\n" + where.format(key, value))
            if value == most:
                load(path, {})
                continue
            with pytest.raises(ConfigError, match=key):
                load(path, {})


async def code(reader: Any, url: str, **settings: Any) -> Code | None:
    outcome = await reader.get(url, **settings)
    return outcome.code if isinstance(outcome, Failed) else None


LONG = timedelta(seconds=60)
PAUSE = 0.3


@pytest.mark.parametrize(
    ("limit", "pieces", "expected"),
    [
        ("first_byte", (b"", OK + b"\r\n<rss/>"), Code.TIMEOUT),
        ("silence", (OK, b"\r\n<rss/>"), Code.TIMEOUT),
        ("silence", (OK + b"\r\n<rss", b"/>"), Code.TIMEOUT),
    ],
)
async def test_a_pause_is_waited_for_up_to_its_limit(
    limit: str, pieces: tuple[bytes, ...], expected: Code, server: Any, strangers: Any, new_reader: Any
) -> None:
    url = server.on("/f", strangers.raw(*pieces, pause=PAUSE))
    others = dict.fromkeys(("first_byte", "silence"), LONG)
    for wait, end in ((timedelta(seconds=PAUSE / 6), expected), (LONG, None)):
        reader = new_reader(polling=Polling(), limits=Limits(**{**others, limit: wait}))
        assert await code(reader, url) == end


async def test_a_whole_poll_is_waited_for_up_to_its_limit(server: Any, strangers: Any, new_reader: Any) -> None:
    url = server.on("/f", strangers.raw(OK, b"\r\n", b"<rss", b"/>", pause=PAUSE / 3))
    for wait, end in ((timedelta(seconds=PAUSE / 2), Code.TOO_SLOW), (LONG, None)):
        assert await code(new_reader(polling=Polling(timeout=wait), limits=Limits()), url) == end


async def test_a_look_up_is_waited_for_up_to_its_limit(server: Any, strangers: Any, new_reader: Any) -> None:
    async def resolve(_host: str, _port: int) -> tuple[str, ...]:
        await asyncio.sleep(PAUSE)
        return ("127.0.0.1",)

    server.on("/f", strangers.reply(b"<rss/>"))
    for wait, end in ((timedelta(seconds=PAUSE / 6), Code.DNS), (LONG, None)):
        reader = new_reader(polling=Polling(), resolve=resolve, limits=Limits(lookup=wait))
        assert await code(reader, server.url("/f", "slow.example")) == end


async def test_a_handshake_is_waited_for_up_to_its_limit(
    server: Any, tls_server: Any, strangers: Any, new_reader: Any
) -> None:
    tls_server.on("/f", strangers.reply(b"<rss/>"))

    async def pass_on_late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def copy(from_: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
            while data := await from_.read(4096):
                to.write(data)
            to.close()

        await asyncio.sleep(PAUSE)
        there = await asyncio.open_connection("127.0.0.1", tls_server.port)
        await asyncio.gather(copy(reader, there[1]), copy(there[0], writer), return_exceptions=True)

    async with await asyncio.start_server(pass_on_late, "127.0.0.1", 0) as between:
        url = f"https://localhost:{between.sockets[0].getsockname()[1]}/f"
        for wait, end in ((timedelta(seconds=PAUSE / 6), Code.TLS), (LONG, None)):
            assert await code(new_reader(polling=Polling(), limits=Limits(tls=wait)), url) == end


async def test_silence_before_and_within_an_answer_ends_the_poll(server: Any, strangers: Any, reader: Any) -> None:
    assert await code(reader, server.on("/a", strangers.silent())) == Code.TIMEOUT
    assert await code(reader, server.on("/b", strangers.silent(OK))) == Code.TIMEOUT
    body = strangers.silent(OK + b"Content-Length: 9\r\n\r\n<rss")
    assert await code(reader, server.on("/c", body)) == Code.TIMEOUT


@pytest.mark.parametrize("first", [b"", OK + b"X: ", OK + b"\r\n", OK + b"Transfer-Encoding: chunked\r\n\r\n1;"])
async def test_a_trickle_ends_at_the_deadline(first: bytes, server: Any, strangers: Any, new_reader: Any) -> None:
    reader = new_reader(polling=Polling(timeout=timedelta(seconds=0.4)))
    url = server.on("/f", strangers.forever(b"H", first=first or OK[:3], pause=0.05))
    outcome = await reader.get(url)
    assert outcome.code in (Code.TOO_SLOW, Code.PROTOCOL)
    if first:
        assert outcome.code == Code.TOO_SLOW
        assert "bytes in 0.4 s" in outcome.detail


async def test_a_sources_own_time_limit_wins_and_spans_all_hops(server: Any, strangers: Any, reader: Any) -> None:
    """F46."""
    for number in range(6):
        slow = strangers.raw(
            b"", strangers.head("302 x", ("Location", f"/{number + 1}"), ("Content-Length", "0")), pause=0.15
        )
        server.on(f"/{number}", slow)
    outcome = await reader.get(server.url("/0"), timeout=timedelta(seconds=0.4))
    assert outcome.code == Code.TOO_SLOW
    assert 1 < len(server.requests) < 6


async def test_a_port_nobody_listens_on_ends_in_a_code(reader: Any) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        outcome = await reader.get(f"http://127.0.0.1:{held.getsockname()[1]}/")
    assert outcome.code == Code.CONNECT
    assert "refused" in outcome.detail.lower()


def full() -> tuple[socket.socket, list[socket.socket]]:
    """A listener whose queue is full: connections to it hang."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    waiting = []
    for _ in range(8):
        each = socket.socket()
        each.setblocking(False)
        each.connect_ex(listener.getsockname())
        waiting.append(each)
    return listener, waiting


async def test_a_connection_that_hangs_ends_in_a_code(reader: Any) -> None:
    listener, waiting = full()
    try:
        outcome = await reader.get(f"http://127.0.0.1:{listener.getsockname()[1]}/")
    finally:
        for each in (listener, *waiting):
            each.close()
    assert outcome.code == Code.CONNECT
    assert "within 0.3 s" in outcome.detail


async def test_a_handshake_that_hangs_ends_in_a_code(server: Any, strangers: Any, reader: Any) -> None:
    server.on("/", strangers.silent())
    outcome = await reader.get(server.url("/").replace("http:", "https:"))
    assert outcome.code == Code.TLS
    server.on("/", strangers.reply(strangers.FEED))


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"", Code.PROTOCOL),
        (b"HTTP/1.1 200", Code.PROTOCOL),
        (b"<rss/>\r\n\r\n", Code.PROTOCOL),
        (b"HTTP/9.9.9 200 OK\r\n\r\n", Code.PROTOCOL),
        (OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef", Code.PROTOCOL),
        (OK + b"Content-Length: -1\r\n\r\n", Code.PROTOCOL),
        (OK + b"X: a\0b\r\n\r\n", Code.PROTOCOL),
        (OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", Code.PROTOCOL),
        (OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", Code.PROTOCOL),
        (b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", Code.PROTOCOL),
        (OK + b"Content-Length: 6330\r\n\r\n<rss>", Code.TRUNCATED),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\n<rss>\r\n", Code.TRUNCATED),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\n<rs", Code.TRUNCATED),
        (OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"<rss/>" * 99, mtime=0)[:-9], Code.TRUNCATED),
        (OK + b"Content-Encoding: br\r\n\r\n<rss/>", Code.ENCODING),
        (OK + b"Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n\r\n<rss/>", Code.ENCODING),
        (OK + b"\r\n<rss/>", None),
        (OK + b"Content-Length: 6\r\n\r\n<rss/>and more", None),
        (b"HTTP/1.0 200 OK\r\n\r\n<rss/>", None),
        (b"HTTP/1.1 200 OK\nA: b\n\n<rss/>", None),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n6;a=b\r\n<rss/>\r\n0\r\nT: x\r\n\r\n", None),
        (b"HTTP/1.1 103 Early\r\n\r\n" * 5 + OK + b"\r\n<rss/>", None),
        (b"HTTP/1.1 103 Early\r\n\r\n" * 6 + OK + b"\r\n<rss/>", Code.PROTOCOL),
    ],
)
async def test_answers_of_every_shape_end_in_a_code(
    answer: bytes, expected: Code | None, server: Any, strangers: Any, reader: Any
) -> None:
    assert await code(reader, server.on("/f", strangers.raw(answer))) == expected
    assert len(server.requests) == 1, "a broken answer is not asked for again"


async def test_a_cut_body_says_how_much_came(server: Any, strangers: Any, reader: Any) -> None:
    outcome = await reader.get(server.on("/f", strangers.raw(OK + b"Content-Length: 6330\r\n\r\n<rss>")))
    assert outcome.detail == "connection closed after 5 of 6,330 bytes"
    assert outcome.status == 200


def of_size(size: int) -> bytes:
    """A head of so many bytes."""
    return OK + b"X: " + b"x" * (size - len(OK + b"X: \r\n\r\n")) + b"\r\n\r\n"


async def test_a_head_over_its_limit_is_refused(server: Any, strangers: Any, reader: Any) -> None:
    assert len(of_size(65_536)) == 65_536
    for whole in (strangers.raw(of_size(65_536) + b"<rss/>"), strangers.raw(of_size(65_536), b"<rss/>", pause=0.05)):
        assert await code(reader, server.on("/f", whole)) is None
    for whole in (strangers.raw(of_size(65_537) + b"<rss/>"), strangers.raw(of_size(65_537), b"<rss/>", pause=0.05)):
        assert await code(reader, server.on("/f", whole)) == Code.PROTOCOL
    assert await code(reader, server.on("/g", strangers.forever(b"X: y\r\n", first=OK))) == Code.PROTOCOL
    assert await code(reader, server.on("/h", strangers.forever(b"HTTP/1.1 100 x\r\n\r\n"))) == Code.PROTOCOL


async def test_bytes_on_the_wire_are_limited_on_both_sides(server: Any, strangers: Any, reader: Any) -> None:
    assert await code(reader, server.on("/f", strangers.reply(b"x" * 100_000))) is None
    assert await code(reader, server.on("/f", strangers.reply(b"x" * 100_001))) == Code.TOO_LARGE
    endless = await reader.get(server.on("/f", strangers.forever(b"x" * 5000, first=OK + b"\r\n")))
    assert endless.code == Code.TOO_LARGE
    assert endless.wire_bytes < 100_000 + 64 * 1024
    assert await code(reader, server.url("/f"), max_bytes=10_000) == Code.TOO_LARGE
    declared = strangers.silent(OK + b"Content-Length: 100001\r\n\r\n")
    assert await code(reader, server.on("/f", declared)) == Code.TOO_LARGE, "decided before the body"


async def test_decoded_bytes_are_limited_to_twice_that(server: Any, strangers: Any, reader: Any) -> None:
    for size, expected in ((200_000, None), (200_001, Code.TOO_LARGE), (50_000_000, Code.TOO_LARGE)):
        behaviour = strangers.reply(gzip.compress(b"x" * size, mtime=0), ("Content-Encoding", "gzip"))
        assert await code(reader, server.on("/f", behaviour)) == expected


async def test_chunks_of_one_byte_are_limited(server: Any, strangers: Any, new_reader: Any) -> None:
    reader = new_reader(limits=Limits(chunks=1000))
    first = OK + b"Transfer-Encoding: chunked\r\n\r\n"
    fine = strangers.raw(first + b"1\r\nx\r\n" * 1000 + b"0\r\n\r\n")
    assert await code(reader, server.on("/f", fine)) is None
    assert await code(reader, server.on("/f", strangers.forever(b"1\r\nx\r\n" * 99, first=first))) == Code.PROTOCOL


async def test_a_big_answer_does_not_keep_the_loop_for_itself(server: Any, strangers: Any, new_reader: Any) -> None:
    reader = new_reader(polling=Polling())
    url = server.on("/f", strangers.reply(b"x" * 4_000_000))
    fetching = asyncio.create_task(reader.get(url))
    turns = 0
    while not fetching.done():
        turns += 1
        await asyncio.sleep(0)
    assert isinstance(fetching.result(), Fetched)
    assert turns > 4_000_000 / 65_536


async def left() -> tuple[int, int]:
    """Descriptors and tasks, once what is closing has closed."""
    for _ in range(5):
        await asyncio.sleep(0.01)
    gc.collect()
    return len(os.listdir("/proc/self/fd")), len(asyncio.all_tasks())


async def test_500_cancelled_connects_leave_nothing_and_break_nothing(server: Any, strangers: Any, reader: Any) -> None:
    server.on("/f", strangers.reply(strangers.FEED))
    assert isinstance(await reader.get(server.url("/f")), Fetched)
    listener, waiting = full()
    before = await left()
    try:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        for _ in range(5):
            polls = [asyncio.create_task(reader.get(url)) for _ in range(100)]
            await asyncio.sleep(0.01)
            for poll in polls:
                poll.cancel()
            ends = await asyncio.gather(*polls, return_exceptions=True)
            assert all(isinstance(end, asyncio.CancelledError) for end in ends)
        assert await left() == before
    finally:
        for each in (listener, *waiting):
            each.close()
    assert isinstance(await reader.get(server.url("/f")), Fetched)


@pytest.mark.parametrize("where", ["silent", "head", "body", "handshake"])
async def test_a_poll_cancelled_anywhere_leaves_nothing(
    where: str, server: Any, strangers: Any, new_reader: Any, until: Any
) -> None:
    reader = new_reader(limits=Limits())
    first = {"head": OK, "body": OK + b"\r\n<rss"}.get(where, b"")
    url = server.on("/f", strangers.silent(first))
    if where == "handshake":
        url = url.replace("http:", "https:")
    before = await left()
    polls = [asyncio.create_task(reader.get(url)) for _ in range(20)]
    await until(lambda: server.connections >= 20)
    await asyncio.sleep(0.05)
    for poll in polls:
        poll.cancel()
    await asyncio.gather(*polls, return_exceptions=True)
    await server.stop()
    await server.start()
    assert await left() == before


async def test_every_end_leaves_nothing(server: Any, strangers: Any, reader: Any) -> None:
    ends = {
        "/ok": strangers.reply(strangers.FEED),
        "/404": strangers.reply(status="404 x"),
        "/big": strangers.forever(b"x" * 5000, first=OK + b"\r\n"),
        "/cut": strangers.raw(OK + b"Content-Length: 9\r\n\r\n<"),
        "/br": strangers.forever(b"x", first=OK + b"Content-Encoding: br\r\n\r\n"),
        "/slow": strangers.silent(),
        "/away": strangers.redirect("http://10.0.0.1/"),
    }
    before = await left()
    await asyncio.gather(*(reader.get(server.on(path, behaviour)) for path, behaviour in ends.items()))
    await server.stop()
    await server.start()
    assert await left() == before


async def test_closing_the_fetcher_ends_what_is_open(server: Any, strangers: Any, new_reader: Any, until: Any) -> None:
    reader = new_reader(limits=Limits())
    poll = asyncio.create_task(reader.get(server.on("/f", strangers.silent(OK + b"\r\n<rss"))))
    await until(lambda: bool(server.requests))
    await asyncio.sleep(0.01)
    await reader.fetcher.aclose()
    outcome = await asyncio.wait_for(poll, 5)
    assert isinstance(outcome, Failed), "half a body must not pass for a whole one"
    assert outcome.code == Code.TRUNCATED
