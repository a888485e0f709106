"""Every answer is counted once, on whichever road it is given."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from aggregator.serve import AtOnce, Documents, WebServer, create_app


async def nothing() -> dict[str, object]:
    return {}


async def exchange(port: int, *requests: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"".join(requests))
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


async def test_answers_of_both_roads_and_refusals_are_counted_by_status(tmp_path: Path) -> None:
    (tmp_path / "style.css").write_text("p {}", encoding="utf-8")
    documents = Documents()
    documents.load(tmp_path, now=datetime.now(UTC))
    answers: Counter[int] = Counter()
    app = create_app(documents, unready=lambda: None, status=nothing)
    web = WebServer(app, at_once=AtOnce(documents), answers=answers)
    await web.start("127.0.0.1", 0)
    try:
        host, last = b"Host: a\r\n", b"Host: a\r\nConnection: close\r\n\r\n"
        await exchange(web.port, b"GET /style.css HTTP/1.1\r\n" + host + b"\r\n", b"GET /style.css HTTP/1.1\r\n" + last)
        assert answers == {200: 2}
        await exchange(web.port, b"GET /healthz HTTP/1.1\r\n" + last)
        await exchange(web.port, b"GET /nowhere HTTP/1.1\r\n" + last)
        await exchange(web.port, b"POST /style.css HTTP/1.1\r\nContent-Length: 0\r\n" + last)
        assert answers == {200: 3, 404: 1, 405: 1}
        await exchange(web.port, b"nonsense\r\n\r\n")
        assert answers == {200: 3, 404: 1, 405: 1, 400: 1}
    finally:
        await web.stop(1.0)


async def test_open_connections_are_known(tmp_path: Path) -> None:
    web = WebServer(create_app(Documents(), unready=lambda: None, status=nothing))
    await web.start("127.0.0.1", 0)
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", web.port)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        await reader.readuntil(b"alive\n")
        assert web.connections == 1
        writer.close()
        await writer.wait_closed()
    finally:
        await web.stop(1.0)


async def test_a_socket_that_listens_already_is_taken() -> None:
    """As systemd hands one over: who connected before the server was there is answered."""
    web = WebServer(create_app(Documents(), unready=lambda: None, status=nothing))
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    early = asyncio.create_task(exchange(port, b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"))
    await web.start("127.0.0.1", 1, listener)
    try:
        assert web.port == port
        assert (await early).endswith(b"alive\n")
    finally:
        await web.stop(1.0)
