"""A server of strangers: every behaviour a path, raw sockets, loopback only, state per instance.

A behaviour is ``async def (request, writer)``; what it does to the writer is what the client gets. Most are made by
:func:`reply`; the others below are the ones that need time or tricks. Add to them freely.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl

FEED = b'<?xml version="1.0"?><rss version="2.0"><channel><title>t</title></channel></rss>'


@dataclass(frozen=True)
class Request:
    """One request as it came."""

    raw: bytes

    @property
    def method(self) -> str:
        return self.raw.split(b" ", 1)[0].decode("ascii")

    @property
    def target(self) -> bytes:
        return self.raw.split(b" ", 2)[1]

    @property
    def lines(self) -> list[tuple[bytes, bytes]]:
        """Header fields in order, names in lower case, values as they came."""
        fields = (line.partition(b":") for line in self.raw.split(b"\r\n\r\n")[0].split(b"\r\n")[1:])
        return [(name.lower(), value.strip()) for name, _, value in fields]

    @property
    def names(self) -> list[bytes]:
        return [name for name, _ in self.lines]

    def header(self, name: bytes) -> bytes | None:
        return next((value for each, value in self.lines if each == name), None)


Behaviour = Callable[[Request, asyncio.StreamWriter], Awaitable[None]]


class Server:
    """Listens on a free loopback port; remembers every request."""

    def __init__(self) -> None:
        self.behaviours: dict[str, Behaviour] = {}
        self.requests: list[Request] = []
        self.connections = 0
        self._serving: set[asyncio.Task[None]] = set()
        self._tls = False

    async def start(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls is not None
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls, backlog=1024)
        self.port: int = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self._server.close()
        while self._serving:
            for task in tuple(self._serving):
                task.cancel()
            await asyncio.sleep(0)
        await self._server.wait_closed()

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}{path}"

    def on(self, path: str, behaviour: Behaviour) -> str:
        """Gives the address at which ``behaviour`` is met."""
        self.behaviours[path] = behaviour
        return self.url(path)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        try:
            request = Request(await reader.readuntil(b"\r\n\r\n"))
            self.requests.append(request)
            path = request.target.partition(b"?")[0].decode("latin-1")
            await self.behaviours.get(path, reply(status="404 Not Found"))(request, writer)
            await writer.drain()
            writer.close()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            # The client went away or the test is over, which is what many tests are about.
            writer.transport.abort()
        finally:
            self._serving.discard(task)


def reply(
    body: bytes = b"",
    *fields: tuple[str, str],
    status: str = "200 OK",
    length: int | None = None,
    close: bool = False,
) -> Behaviour:
    """Answers at once. ``length`` overrides Content-Length; ``close`` leaves it out, the end of the body is the end."""

    async def behave(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(head(status, *fields, *(() if close else [("Content-Length", str(length or len(body)))])) + body)

    return behave


def head(status: str, *fields: tuple[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in fields)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def raw(*pieces: bytes, pause: float = 0) -> Behaviour:
    """Sends the pieces as they are, ``pause`` seconds after each."""

    async def behave(_: Request, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)

    return behave


def forever(piece: bytes, *, first: bytes = b"", pause: float = 0) -> Behaviour:
    """Sends ``first`` and then ``piece`` without end."""

    async def behave(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        while True:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)

    return behave


def silent(first: bytes = b"") -> Behaviour:
    """Sends ``first`` and then nothing, and keeps the connection open."""

    async def behave(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        await writer.drain()
        await asyncio.sleep(3600)

    return behave


def conditional(body: bytes, *fields: tuple[str, str], fresh: tuple[tuple[str, str], ...] = ()) -> Behaviour:
    """Answers 200 with ``fields``, and 304 with ``fresh`` to any request that carries a condition."""

    async def behave(request: Request, writer: asyncio.StreamWriter) -> None:
        if request.header(b"if-none-match") or request.header(b"if-modified-since"):
            writer.write(head("304 Not Modified", *fresh))
        else:
            await reply(body, *fields)(request, writer)

    return behave


def redirect(location: str, status: int = 302) -> Behaviour:
    return reply(b"", ("Location", location), status=f"{status} Moved")
