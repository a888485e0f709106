"""The server itself: start, stop, and clients that are slow on purpose."""

from __future__ import annotations

import asyncio
import signal
import socket

import pytest

from aggregator.errors import UsageError
from aggregator.serve import Documents, WebServer, create_app

REQUEST = b"GET /feed.atom HTTP/1.1\r\nHost: x\r\n\r\n"


async def nothing() -> bytes:
    return b"{}"


def app():
    return create_app(Documents(), unready=lambda: None, status=nothing)


async def ended(reader: asyncio.StreamReader) -> bytes:
    """What comes until the server cuts the connection."""
    received = b""
    try:
        while chunk := await asyncio.wait_for(reader.read(65536), 10):
            received += chunk
    except ConnectionError:
        pass
    return received


async def test_a_port_that_is_taken_is_a_clear_error():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(UsageError, match=rf"cannot listen on 127\.0\.0\.1 port {port}: .*use"):
            await WebServer(app()).start("127.0.0.1", port)


async def test_an_address_that_is_not_ours_is_a_clear_error():
    with pytest.raises(UsageError, match=r"cannot listen on 192\.0\.2\.1 port 0"):
        await WebServer(app()).start("192.0.2.1", 0)


async def test_signals_are_left_to_the_service():
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    server = WebServer(app())
    await server.start("127.0.0.1", 0)
    assert {each: signal.getsignal(each) for each in before} == before
    await server.stop(1)


async def test_after_stop_nobody_listens_and_the_port_is_free():
    server = WebServer(app())
    await server.start("127.0.0.1", 0)
    await server.stop(1)
    with pytest.raises(ConnectionError):
        await asyncio.open_connection("127.0.0.1", server.port)
    again = WebServer(app())
    await again.start("127.0.0.1", server.port)
    await again.stop(1)


async def test_a_server_that_never_started_stops():
    await WebServer(app()).stop(1)


async def test_a_silent_client_is_cut(serving):
    async with serving(request_seconds=0.1) as client:
        reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
        assert await ended(reader) == b""
        writer.close()


async def test_a_client_that_drips_its_request_is_cut_however_often_it_drips(serving):
    async with serving(request_seconds=0.2) as client:
        reader, writer = await asyncio.open_connection("127.0.0.1", client.port)

        async def drip():
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n")
            while True:
                writer.write(b"X: y\r\n")
                await asyncio.sleep(0.01)

        dripping = asyncio.create_task(drip())
        assert await ended(reader) == b""
        dripping.cancel()
        writer.close()


async def test_a_client_that_drips_its_second_request_is_cut_too(serving):
    async with serving(request_seconds=0.2) as client:
        reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
        writer.write(REQUEST)

        async def drip():
            await asyncio.sleep(0.05)
            while True:
                writer.write(b"G")
                await asyncio.sleep(0.01)

        dripping = asyncio.create_task(drip())
        assert (await ended(reader)).startswith(b"HTTP/1.1 200")
        dripping.cancel()
        writer.close()


async def test_a_client_that_drips_a_body_nobody_asked_for_is_cut(serving):
    async with serving(request_seconds=0.2) as client:
        reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
        writer.write(b"POST /feed.atom HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")

        async def drip():
            while True:
                writer.write(b"x")
                await asyncio.sleep(0.01)

        dripping = asyncio.create_task(drip())
        assert (await ended(reader)).startswith(b"HTTP/1.1 405")
        dripping.cancel()
        writer.close()


@pytest.fixture
def large(tmp_path):
    """A document larger than all socket buffers between server and client."""
    from datetime import UTC, datetime

    folder = tmp_path / "large"
    folder.mkdir()
    (folder / "large.css").write_bytes(b"x" * 16_000_000)
    documents = Documents()
    documents.load(folder, now=datetime(2026, 11, 1, tzinfo=UTC))
    return documents


async def test_a_client_that_does_not_read_its_answer_is_cut(serving, large):
    async with serving(served=large, answer_seconds=0.3, request_seconds=0.1) as client:
        reader, writer = await asyncio.open_connection("127.0.0.1", client.port, limit=1024)
        writer.write(b"GET /large.css HTTP/1.1\r\nHost: x\r\n\r\n")
        assert await asyncio.wait_for(reader.readexactly(8), 10) == b"HTTP/1.1"
        await asyncio.sleep(0.6)
        assert len(await ended(reader)) < 16_000_000
        writer.close()


async def test_a_client_that_reads_is_not_cut_by_the_deadline_for_requests(serving, large):
    async with serving(served=large, answer_seconds=30, request_seconds=0.1) as client:
        reader, writer = await asyncio.open_connection("127.0.0.1", client.port, limit=1024)
        writer.write(b"GET /large.css HTTP/1.1\r\nHost: x\r\n\r\n")
        await reader.readexactly(8)
        await asyncio.sleep(0.3)  # longer than a request may take
        assert (await reader.readexactly(16_000_000)).startswith(b" 200 OK")
        writer.close()


async def test_silent_clients_push_each_other_out_and_not_those_who_ask(serving):
    async with serving(connections=20, request_seconds=30) as client:
        silent = [await asyncio.open_connection("127.0.0.1", client.port) for _ in range(100)]
        assert [(await client.get("/feed.atom")).status_code for _ in range(50)] == [200] * 50
        cut = await asyncio.gather(*(ended(reader) for reader, _ in silent[:80]))
        assert cut == [b""] * 80
        assert not silent[-1][0].at_eof()
        for _, writer in silent:
            writer.close()


async def test_many_requests_on_one_connection_and_pipelined_ones_are_answered(serving):
    async with serving() as client:
        reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
        last = REQUEST.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        writer.write(REQUEST * 30 + last)
        assert (await ended(reader)).count(b"HTTP/1.1 200") == 31
        writer.close()


async def test_stop_lets_an_answer_under_way_finish(large, road):
    server = WebServer(create_app(large, unready=lambda: None, status=nothing), at_once=road(large))
    await server.start("127.0.0.1", 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1024)
    writer.write(b"GET /large.css HTTP/1.1\r\nHost: x\r\n\r\n")
    await reader.readexactly(8)
    rest = asyncio.create_task(ended(reader))
    await server.stop(60)
    assert len(await rest) > 16_000_000
    writer.close()


async def test_stop_cuts_off_at_its_deadline_who_does_not_read_and_who_does_not_ask(large, road):
    server = WebServer(create_app(large, unready=lambda: None, status=nothing), at_once=road(large))
    await server.start("127.0.0.1", 0)
    stuck, stuck_writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1024)
    silent, silent_writer = await asyncio.open_connection("127.0.0.1", server.port)
    stuck_writer.write(b"GET /large.css HTTP/1.1\r\nHost: x\r\n\r\n")
    await stuck.readexactly(8)
    await server.stop(0.2)
    assert await ended(silent) == b""
    assert len(await ended(stuck)) < 16_000_000
    for writer in (stuck_writer, silent_writer):
        writer.close()


async def test_a_crash_of_the_server_is_reported(monkeypatch):
    crashed: list[BaseException] = []
    server = WebServer(app(), on_crash=crashed.append)
    await server.start("127.0.0.1", 0)

    async def broken(counter: int) -> bool:
        raise RuntimeError("tick")

    monkeypatch.setattr(server._server, "on_tick", broken)
    with pytest.raises(RuntimeError, match="tick"):
        await server._running
    assert [str(each) for each in crashed] == ["tick"]
    for listener in server._server.servers:
        listener.close()


async def test_answers_are_not_held_back_for_an_acknowledgement(monkeypatch):
    """asyncio leaves Nagle's algorithm on for our kind of socket: 40 ms for each answer until this was found."""
    accepted: list[socket.socket] = []
    accept = socket.socket.accept

    def watched(listener: socket.socket) -> tuple[socket.socket, object]:
        connection, address = accept(listener)
        accepted.append(connection)
        return connection, address

    monkeypatch.setattr("socket.socket.accept", watched)
    server = WebServer(app())
    await server.start("127.0.0.1", 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert await reader.readexactly(8) == b"HTTP/1.1"
    assert [each.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) for each in accepted] == [1]
    writer.close()
    await server.stop(1)
