"""A server that means ill: raw sockets, loopback only, state per instance.

A behaviour is ``async def (request, wire)``. The tables beside this module say what each one must end in.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import socket
import ssl
import struct
import termios
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aggregator.model import Code

FEED = b'<?xml version="1.0"?><rss version="2.0"><channel><title>t</title></channel></rss>'
LOOPBACK = "127.0.0.1"
OK = b"HTTP/1.1 200 OK\r\n"
SECRET = "hunter2-never-shown"
"""Sent as a bearer token to every behaviour; some throw it back."""


@dataclass(frozen=True)
class Request:
    """One request as it came; empty for a behaviour that does not wait for it."""

    raw: bytes = b""

    @property
    def path(self) -> str:
        return self.raw.split(b" ", 2)[1].decode("latin-1")

    @property
    def fields(self) -> list[tuple[bytes, bytes]]:
        lines = (line.partition(b":") for line in self.raw.split(b"\r\n\r\n")[0].split(b"\r\n")[1:])
        return [(name.lower(), value.strip()) for name, _, value in lines]

    def field(self, name: bytes) -> bytes | None:
        return next((value for each, value in self.fields if each == name), None)


class Wire:
    """The server's end of one connection."""

    def __init__(self, server: Server, writer: asyncio.StreamWriter) -> None:
        self.server = server
        self._writer = writer
        self._socket: socket.socket = writer.get_extra_info("socket")

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        self.server.sent += len(data)
        await self._writer.drain()

    async def hold(self) -> None:
        """Says nothing more, and stays."""
        await asyncio.Event().wait()

    async def reset(self) -> None:
        """Ends with RST, after all that was sent has arrived: the kernel gives it to the reader before the error."""
        await self._arrived()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    async def cut(self) -> None:
        """Ends the connection beneath TLS, which says no goodbye."""
        await self._arrived()
        with self._beneath() as raw:
            raw.shutdown(socket.SHUT_RDWR)

    async def beneath(self, data: bytes) -> None:
        """Sends this beneath TLS."""
        await self._arrived()
        with self._beneath() as raw:
            raw.send(data)

    async def close(self) -> None:
        """Ends in order."""
        await self._writer.drain()
        self._writer.close()

    def _beneath(self) -> socket.socket:
        return socket.socket(fileno=os.dup(self._socket.fileno()))

    async def _arrived(self) -> None:
        while self._writer.transport.get_write_buffer_size() or self._queued():  # noqa: ASYNC110 - a kernel's queue has no event
            await asyncio.sleep(0.001)

    def _queued(self) -> int:
        if self._writer.transport.is_closing():
            return 0
        return int(struct.unpack("i", fcntl.ioctl(self._socket.fileno(), termios.TIOCOUTQ, b"\0" * 4))[0])


Behaviour = Callable[[Request, Wire], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is done at a path, and what it must come to."""

    path: str
    behave: Behaviour
    code: Code
    or_code: Code | None = None
    """What it comes to where the kernel tells us of the end before it tells us of the beginning."""
    scheme: str = "http"
    tls: str = ""
    """What the server shows in TLS, by a name of :mod:`hostile_certificates`."""
    host: str = ""
    """The name it is asked for by, in place of its number."""
    waits: str | None = None
    """``silence``: it falls silent. ``deadline``: it goes on for ever, slowly. Both limits are shortened for it."""
    early: bool = False
    """It does not wait for the request."""
    requests: int = 1
    connections: int | None = None
    """Where they are not as many as the requests."""
    polls: int = 1
    """Each poll remembers what the last good one gave; ``code`` is the last one's."""
    expect: tuple[tuple[str, Any], ...] = ()
    """Attributes of the outcome and their values, ``retry`` and ``fresh`` in seconds among them."""
    settings: tuple[tuple[str, Any], ...] = ()
    """Of the source."""


class Place:
    """Where a case is met."""

    def __init__(self, case: Case, port: int = 0) -> None:
        self.case = case
        self.port = port

    @property
    def url(self) -> str:
        scheme = "https" if self.case.tls else self.case.scheme
        return f"{scheme}://{self.case.host or LOOPBACK}:{self.port}{self.case.path}"


class Server(Place):
    """Does one thing to whoever comes, whatever they ask for: a second one would share its memory.

    Listens on a free loopback port, remembers every request, and counts what it sent and who came.
    """

    def __init__(self, case: Case, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(case)
        self._tls = tls
        self.requests: list[Request] = []
        self.connections = 0
        self.sent = 0
        self.canary = 0
        """The port that nobody may be led to."""
        self._serving: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Server:
        self._server = await asyncio.start_server(self._serve, LOOPBACK, 0, backlog=1024, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        while self._serving:
            for task in tuple(self._serving):
                task.cancel()
            await asyncio.sleep(0)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        wire = Wire(self, writer)
        try:
            if self.case.early:
                await self.case.behave(Request(), wire)
            else:
                request = Request(await reader.readuntil(b"\r\n\r\n"))
                self.requests.append(request)
                await self.case.behave(request, wire)
            await wire.close()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            # The client went away or the test is over, which is how most of these end.
            writer.transport.abort()
        finally:
            self._serving.discard(task)


# --------------------------------------------------------------------------------------------------------------
# What behaviours are made of
# --------------------------------------------------------------------------------------------------------------


def head(status: str, *fields: tuple[str, str]) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in fields), "", ""]).encode(
        "latin-1"
    )


def answer(body: bytes = FEED, *fields: tuple[str, str], status: str = "200 OK") -> Behaviour:
    """An honest answer but for what is in it."""
    return raw(head(status, *fields, ("Content-Length", str(len(body)))) + body)


def raw(*pieces: bytes) -> Behaviour:
    """Sends the pieces as they are, and closes."""

    async def behave(_: Request, wire: Wire) -> None:
        for piece in pieces:
            await wire.send(piece)

    return behave


def one_by_one(data: bytes) -> Behaviour:
    """Sends every byte alone."""
    return raw(*(data[at : at + 1] for at in range(len(data))))


def holding(first: bytes = b"") -> Behaviour:
    """Sends ``first``, then falls silent."""

    async def behave(_: Request, wire: Wire) -> None:
        await wire.send(first)
        await wire.hold()

    return behave


def resetting(first: bytes = b"") -> Behaviour:
    """Sends ``first``, then breaks the connection."""

    async def behave(_: Request, wire: Wire) -> None:
        await wire.send(first)
        await wire.reset()

    return behave


def then_cut(first: bytes) -> Behaviour:
    """Sends ``first``, then ends the connection without the goodbye of TLS."""

    async def behave(_: Request, wire: Wire) -> None:
        await wire.send(first)
        await wire.cut()

    return behave


def endless(piece: bytes, first: bytes = b"", pause: float = 0) -> Behaviour:
    """Sends ``first``, and ``piece`` without end, ``pause`` seconds after each."""

    async def behave(_: Request, wire: Wire) -> None:
        await wire.send(first)
        while True:
            await wire.send(piece)
            await asyncio.sleep(pause)

    return behave


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """One behaviour for each request, the last for all that follow; counted per server."""

    async def behave(request: Request, wire: Wire) -> None:
        turn = min(len(wire.server.requests), len(behaviours)) - 1
        await behaviours[turn](request, wire)

    return behave


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    """A chunked answer."""
    return OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"".join(b"%x\r\n%b\r\n" % (len(c), c) for c in chunks) + end
