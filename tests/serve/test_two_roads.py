"""What is answered at once is what h11 and the application would have answered, byte for byte."""

from __future__ import annotations

import asyncio
import fcntl
import re
import socket
import sys
import termios
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import h11
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from aggregator.serve import AtOnce, Documents, WebServer, create_app, heads

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aggregator.serve.answer import Answer, Request

NOON = "Sun, 01 Nov 2026 12:00:00 GMT"
LATER = datetime(2026, 12, 1, tzinfo=UTC)


async def nothing() -> bytes:
    return b"{}"


class Watched(AtOnce):
    """Counts what it answered."""

    answered = 0

    def __call__(self, asked: Request, address: str) -> Answer | None:
        given = super().__call__(asked, address)
        self.answered += given is not None
        return given


class Both:
    """Two servers over the same documents; what both say to the same bytes."""

    def __init__(self, fast: WebServer, slow: WebServer, watched: Watched) -> None:
        self.fast, self.slow, self.watched = fast, slow, watched

    async def say(self, request: bytes) -> bytes:
        """The answers to these bytes, which have to be the same from both, but for the time of day."""
        said = [await self._ask(server.port, request) for server in (self.fast, self.slow)]
        fast, slow = (re.sub(rb"date: [^\r]+", b"date: now", each) for each in said)
        assert fast == slow
        return fast

    async def _ask(self, port: int, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request)
        writer.write_eof()
        answer = await asyncio.wait_for(reader.read(-1), 60)
        writer.close()
        return answer


@asynccontextmanager
async def both(documents: Documents) -> AsyncIterator[Both]:
    watched = Watched(documents)
    servers = [
        WebServer(
            create_app(documents, unready=lambda: None, status=nothing),
            at_once=each,
            request_seconds=600,  # who is not answered is not cut either: the test fails
            answer_seconds=600,
        )
        for each in (watched, None)
    ]
    for server in servers:
        server._server.config.timeout_keep_alive = 600
        await server.start("127.0.0.1", 0)
    try:
        yield Both(servers[0], servers[1], watched)
    finally:
        for server in servers:
            await server.stop(1)


@pytest.fixture
def large(tmp_path: Any) -> Documents:
    """Documents of many slices."""
    for n, size in enumerate((1, 131_071, 131_072, 131_073, 3_000_000)):
        (tmp_path / f"{n}.css").write_bytes(bytes([97 + n]) * size)
    documents = Documents()
    documents.load(tmp_path, now=LATER)
    return documents


CLOSE = b"Connection: close\r\n"


def get(*lines: bytes, path: bytes = b"/feed.atom", method: bytes = b"GET") -> bytes:
    return b"".join((method, b" ", path, b" HTTP/1.1\r\nHost: x\r\n", *(each + b"\r\n" for each in lines), b"\r\n"))


async def test_simple_requests_are_answered_at_once_and_as_by_the_application(loaded: Documents) -> None:
    document = loaded.get("/feed.atom")
    assert document is not None
    tag, zipped = document.identity.etag, document.codings["gzip"].etag
    simple = [
        get(),
        get(method=b"HEAD"),
        get(path=b"/"),
        get(path=b"/feed.rss?utm_source=x&y"),
        get(b"If-None-Match: " + tag),
        get(b"If-None-Match: W/" + tag, b"Accept-Encoding: gzip"),
        get(b"If-None-Match: " + zipped, b"Accept-Encoding: gzip, br", method=b"HEAD"),
        get(b'If-None-Match: "x"', b"If-Modified-Since: " + NOON.encode()),
        get(b"If-Modified-Since: " + NOON.encode()),
        get(b"If-Match: *"),
        get(b"A-IM: feed", b"If-None-Match: " + tag),
        get(b'If-Match: "x"'),
        get(b"Accept-Encoding: zstd;q=0.5, br"),
        get(b"Accept-Encoding:"),
        get(b"Range: bytes=0-1", b"Cookie: a=b", b"Authorization: Basic eA=="),
        get(b"Connection: keep-alive", b"X-Forwarded-Host: evil.example"),
        get(b"Connection: close"),
        get(b"connection: Close"),
        get(b"USER-AGENT:   Reader/1.0 \t"),
        get(b"X: \xe9"),
        get().replace(b"HTTP/1.1", b"HTTP/1.0"),
        get(b"Connection: keep-alive").replace(b"HTTP/1.1", b"HTTP/1.0"),
        get(b"Connection: close").replace(b"HTTP/1.1", b"HTTP/1.0").replace(b"Host: x\r\n", b""),
    ]
    async with both(loaded) as servers:
        for request in simple:
            answer = await servers.say(request)
            assert answer.startswith(b"HTTP/1.1 ")
            assert b"evil" not in answer
        assert servers.watched.answered == len(simple)


async def test_all_else_is_left_to_the_application(loaded: Documents) -> None:
    other = [
        get(path=b"/healthz"),
        get(path=b"/nothing"),
        get(path=b"/feed%2eatom"),
        get(path=b"http://evil.example/feed.atom"),
        get(path=b"//feed.atom"),
        get(method=b"POST"),
        get(method=b"get"),
        get(b"Content-Length: 0"),
        get(b"Content-Length: 3").removesuffix(b"") + b"abc",
        get(b"Transfer-Encoding: chunked") + b"0\r\n\r\n",
        get(b"Transfer-Encoding: chunked", b"Content-Length: 5") + b"0\r\n\r\n",
        get(b"Expect: 100-continue"),
        get(b"Upgrade: websocket", b"Connection: upgrade"),
        get(b"Connection: keep-alive, close"),
        get(b'If-None-Match: "a"', b'If-None-Match: "b"'),
        get(b"A-IM: feed"),
        get().replace(b"\r\n", b"\n"),
        get(b"X: y", b" folded"),
        get().replace(b"Host: x\r\n", b""),
        get().replace(b"HTTP/1.1", b"HTTP/1.2"),
        get(b"Host: y"),
        get(b"X: " + b"y" * 9_000),
        get(b"X: \x01"),
        get(b"X: a\nY: b"),
        get(b"X: a\rY: b"),
        get(b"X: a\r\r"),
        b"\r\n" + get(),
        b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
        b"nonsense\r\n\r\n",
    ]
    async with both(loaded) as servers:
        for request in other:
            assert await servers.say(request)
        assert servers.watched.answered == 0


async def test_pipelined_requests_are_answered_in_order_on_whichever_road(loaded: Documents) -> None:
    fast, slow, head = get(), get(path=b"/healthz"), get(method=b"HEAD", path=b"/feed.rss")
    async with both(loaded) as servers:
        for requests in (
            [fast, fast, fast],
            [fast, slow],
            [slow, fast],
            [head, fast, slow, head, slow, fast],
            [fast, get(b"Content-Length: 4") + b"abcd", fast],
            [fast] * 200,
            [fast, b"nonsense\r\n\r\n", fast],
            [fast, get(b"Connection: close"), fast],
            [fast, fast.replace(b"HTTP/1.1", b"HTTP/1.0"), fast],
            [fast, fast[:20]],
        ):
            assert await servers.say(b"".join(requests))


async def test_a_body_that_looks_like_a_request_is_a_body(loaded: Documents) -> None:
    async with both(loaded) as servers:
        reader, writer = await asyncio.open_connection("127.0.0.1", servers.fast.port)
        writer.write(get(b"Content-Length: %d" % len(get()), method=b"POST", path=b"/healthz"))
        assert (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60)).startswith(b"HTTP/1.1 405")
        writer.write(get())
        writer.write(get(b"Connection: close", method=b"HEAD", path=b"/style.css"))
        assert (await asyncio.wait_for(reader.read(-1), 60)).count(b"HTTP/1.1 200") == 1
        writer.close()


async def test_who_was_refused_can_read_why_and_is_not_listened_to_any_more(
    loaded: Documents, caplog: pytest.LogCaptureFixture
) -> None:
    """Were the connection closed at once, what the client still sends would have the answer thrown away (RFC 9112
    9.6)."""
    server = WebServer(create_app(loaded, unready=lambda: None, status=nothing), at_once=AtOnce(loaded))
    await server.start("127.0.0.1", 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"nonsense\r\n\r\n")
    assert (await asyncio.wait_for(reader.read(-1), 60)).startswith(b"HTTP/1.1 400")
    assert len(server._server.server_state.connections) == 1
    writer.write(get())
    await writer.drain()
    writer.write_eof()
    while server._server.server_state.connections:  # noqa: ASYNC110  # there is no event to wait for
        await asyncio.sleep(0.01)
    assert reader.at_eof()
    assert not [each for each in caplog.records if each.levelname == "ERROR"]
    writer.close()
    await server.stop(1)


async def test_a_request_in_pieces_is_answered_as_one(loaded: Documents) -> None:
    async with both(loaded) as servers:
        whole = await servers.say(get() + get(path=b"/main.rss", method=b"HEAD"))
        reader, writer = await asyncio.open_connection("127.0.0.1", servers.fast.port)
        for each in get() + get(path=b"/main.rss", method=b"HEAD"):
            writer.write(bytes([each]))
            await asyncio.sleep(0)
        writer.write_eof()
        assert re.sub(rb"date: [^\r]+", b"date: now", await asyncio.wait_for(reader.read(-1), 20)) == whole
        writer.close()


async def test_after_the_application_has_answered_the_next_request_is_answered_at_once(loaded: Documents) -> None:
    async with both(loaded) as servers:
        reader, writer = await asyncio.open_connection("127.0.0.1", servers.fast.port)
        for path in (b"/healthz", b"/style.css", b"/healthz", b"/style.css"):
            writer.write(get(path=path))
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)
            length = re.search(rb"content-length: (\d+)", head)
            assert length is not None
            await reader.readexactly(int(length[1]))
        assert servers.watched.answered == 2
        writer.close()


async def test_large_documents_come_whole_and_one_after_the_other(large: Documents) -> None:
    async with both(large) as servers:
        for n in range(5):
            answer = await servers.say(get(path=b"/%d.css" % n))
            document = large.get(f"/{n}.css")
            assert document is not None
            assert answer.endswith(b"\r\n\r\n" + document.identity.body)
        order = (4, 0, 4, 3, 1, 4, 2)
        answer = await servers.say(b"".join(get(path=b"/%d.css" % n) for n in order))
        assert re.sub(rb"(.)\1+", rb"\1", b"".join(each[-1:] for each in answer.split(b"HTTP/1.1 200")[1:])) == bytes(
            97 + n for n in order
        )


def queued(connection: Any) -> int:
    """Bytes that the kernel has taken for a client and the client has not."""
    descriptor = connection.transport.get_extra_info("socket").fileno()
    return int.from_bytes(fcntl.ioctl(descriptor, termios.TIOCOUTQ, bytes(4)), sys.byteorder)


@pytest.mark.parametrize("fast", [True, False], ids=["at once", "by the application"])
async def test_what_slow_clients_do_not_read_is_not_held_for_each(large: Documents, fast: bool) -> None:
    """A hundred clients that read nothing of a document of 3 MB: for each the server holds some 64 kB."""
    server = WebServer(create_app(large, unready=lambda: None, status=nothing), at_once=AtOnce(large) if fast else None)
    await server.start("127.0.0.1", 0)
    slow = [await asyncio.open_connection("127.0.0.1", server.port, limit=1024) for _ in range(100)]
    for _, writer in slow:
        writer.write(get(path=b"/4.css") * 20)
    for reader, _ in slow:
        assert await asyncio.wait_for(reader.readexactly(8), 20) == b"HTTP/1.1"
    connections = server._server.server_state.connections
    assert len(connections) == 100
    assert all(each.transport.get_write_buffer_size() < 100_000 for each in connections)
    if hasattr(socket, "TCP_NOTSENT_LOWAT"):
        assert all(queued(each) < 1_000_000 for each in connections)
    for _, writer in slow:
        writer.close()
    await server.stop(1)


# The reader of heads, with h11 as the referee


def by_h11(data: bytes) -> tuple[h11.Request, bytes]:
    """The request as h11 reads it, and the bytes behind it; raises where that is no request without a body."""
    conn = h11.Connection(h11.SERVER)
    conn.receive_data(data)
    request = conn.next_event()
    assert isinstance(request, h11.Request)
    assert isinstance(conn.next_event(), h11.EndOfMessage)
    return request, conn.trailing_data[0]


WORDS = some.sampled_from(
    [
        *(
            b"GET",
            b"HEAD",
            b"POST",
            b" ",
            b"/",
            b"/feed.atom",
            b"?a=b",
            b"%2e",
            b"HTTP/1.1",
            b"HTTP/1.0",
            b"\r\n",
            b"\n",
        ),
        *(b"Host: x", b"host:x", b"Host : x", b"\r", b"\t", b"\x00", b"\x7f", b"\xe9", b":", b": ", b"X: y", b"x-y:z"),
        *(
            b"Content-Length: 0",
            b"Content-Length: 5",
            b"Transfer-Encoding: chunked",
            b"Connection: close",
            b"Expect: x",
        ),
        *(b"Connection: keep-alive", b"connection: upgrade", b"If-None-Match: *", b"\r\n\r\n", b" ", b"X:\ty \t"),
    ]
)


@settings(max_examples=300, deadline=None)
@given(
    some.lists(WORDS, max_size=6),
    some.integers(0, 8),
    some.lists(WORDS, max_size=3),
)
def test_what_is_read_as_a_head_is_what_h11_reads(extra: list[bytes], place: int, behind: list[bytes]) -> None:
    lines = [b"GET /feed.atom?q HTTP/1.1\r\n", b"Host: x\r\n", b"Accept: */*\r\n", b"User-Agent: y\r\n", b"\r\n"]
    data = b"".join((*lines[:place], *extra, *lines[place:], *behind))
    head = heads.read(data)
    if head is None:
        return
    request, rest = by_h11(data)
    asked = head.request
    assert (asked.method.encode(), asked.path.encode()) == (request.method, request.target.partition(b"?")[0])
    assert asked.query == request.target.partition(b"?")[2]
    assert sorted(asked.fields.items()) == sorted(request.headers)
    assert data[head.end :] == rest
    assert request.http_version in (b"1.1", b"1.0")
    assert not (head.stays and request.http_version == b"1.0")


@given(some.binary(max_size=200))
def test_any_bytes_are_read_or_left(data: bytes) -> None:
    head = heads.read(data)
    assert head is None or data[head.end - 4 : head.end] == b"\r\n\r\n"


def test_reading_begins_where_it_is_told_to() -> None:
    first, second = get(), get(path=b"/main.rss")
    head = heads.read(first + second, len(first))
    assert head is not None
    assert (head.request.path, head.end, head.stays) == ("/main.rss", len(first + second), True)
