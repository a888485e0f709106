"""A thousand clients that are slow on purpose, and readers who want their answer all the same."""

from __future__ import annotations

import asyncio
import resource
import socket
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx
import pytest

from aggregator.serve import AtOnce, Documents, WebServer, create_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

SLOW = 1_000
LATER = datetime(2026, 12, 1, tzinfo=UTC)
DRIPS = b"GET /feed.atom HTTP/1.1\r\nHost: x\r\nX-Slow: "
NEVER_READ = b"GET /large.css HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture(autouse=True)
def many_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4 * SLOW
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.skip(f"only {hard} files may be open here (ulimit -Hn), {wanted} are needed")
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


@pytest.fixture
def documents(public: Path) -> Documents:
    (public / "large.css").write_bytes(b"x" * 4_000_000)
    documents = Documents()
    documents.load(public, now=LATER)
    return documents


@pytest.fixture(params=[512, 2 * SLOW], ids=["more than may be connected", "all of them connected"])
async def server(request: pytest.FixtureRequest, documents: Documents) -> AsyncIterator[WebServer]:
    async def nothing() -> bytes:
        return b"{}"

    app = create_app(documents, unready=lambda: None, status=nothing)
    server = WebServer(app, at_once=AtOnce(documents), connections=request.param)
    await server.start("127.0.0.1", 0)
    yield server
    await server.stop(0)


async def slow_clients(port: int) -> list[socket.socket]:
    """A third says nothing, a third drips, a third does not read."""
    loop = asyncio.get_running_loop()
    clients: list[socket.socket] = []
    for n in range(SLOW):
        client = socket.socket()
        client.setblocking(False)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        await loop.sock_connect(client, ("127.0.0.1", port))
        await loop.sock_sendall(client, (b"", DRIPS, NEVER_READ)[n % 3])
        clients.append(client)
    return clients


async def test_readers_are_answered_while_a_thousand_slow_clients_hold_on(server: WebServer) -> None:
    connections = server._server.server_state.connections
    most = server._patience._most
    clients = await slow_clients(server.port)
    codes = []
    for n in range(20):
        for client in clients[1::3]:
            try:
                client.send(b"x")
            except OSError:  # it was cut
                continue
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{server.port}", trust_env=False, verify=False
        ) as reader:
            first = await reader.get("/feed.atom", headers={"Connection": "close"})
            same = {"If-None-Match": first.headers["etag"], "Connection": "close" if n % 2 else "keep-alive"}
            codes.append((first.status_code, (await reader.get("/feed.atom", headers=same)).status_code))
        assert len(connections) <= most
    assert codes == [(200, 304)] * 20
    held = sum(each.transport.get_write_buffer_size() for each in connections)
    assert held <= len(connections) // 2 * 70_000
    for client in clients:
        client.close()


async def test_of_too_many_clients_those_are_cut_that_have_waited_longest(server: WebServer) -> None:
    clients = await slow_clients(server.port)
    most = server._patience._most
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", trust_env=False, verify=False) as reader:
        assert (await reader.get("/healthz")).status_code == 200
    silent = [cut(each) for each in clients[::3]]
    expected = max(0, SLOW - most + 1) // 3
    assert abs(sum(silent) - expected) <= 2
    assert silent == sorted(silent, reverse=True)
    for client in clients:
        client.close()


def cut(client: socket.socket) -> bool:
    """Whether the server ended a connection on which it never said anything."""
    try:
        return client.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True
