"""HTTP/1.1 over one connection per request: the only door to httpx, h11 and aiohappyeyeballs.

httpx gives the shape (Request, Response, the transport interface), h11 the protocol, asyncio the sockets. Neither
httpx's own transport nor httpx-aiohttp is used; docs/decisions/0001-http-transport.md has the figures and the reasons.
"""

from __future__ import annotations

import asyncio
import base64
import errno
import os
import socket
import ssl
from collections import deque
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

import aiohappyeyeballs
import h11
import httpx
from httpx import Request, Response

from aggregator.fetch.address import Address, parse
from aggregator.fetch.problem import Problem
from aggregator.fetch.tls import ALPN, Contexts
from aggregator.model import Code

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from aggregator.fetch.guard import Guard
    from aggregator.fetch.tls import Terms
    from aggregator.model import Proxy

__all__ = ("Limits", "Meter", "Request", "Response", "Transport", "basic", "pieces", "trusted")

_SLICE_BYTES = 16 * 1024
"""Read at a time; the loop gets a turn after each. h11 needs 55 ms for this much in chunks of one byte."""
_HELD_BYTES = 64 * 1024
"""Held unread before the sender is made to wait."""
_NEXT_ADDRESS_AFTER = 0.25
"""Seconds, RFC 8305 section 5: so long one address may keep silent before the next is tried beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long, and how much beside the body, one hop may take. The body's limits are the operator's."""

    connect: timedelta = timedelta(seconds=10)
    tls: timedelta = timedelta(seconds=10)
    first_byte: timedelta = timedelta(seconds=15)
    silence: timedelta = timedelta(seconds=10)
    """Between two reads."""
    head: int = 64 * 1024
    """Bytes of status line and header fields."""
    informational: int = 5
    """1xx answers before the answer."""
    chunks: int = 65_536
    """A chunk of one byte takes six on the wire and 20 us to read: without a limit, 10 MiB cost 35 s of CPU."""


@dataclass(slots=True)
class Meter:
    """What one look cost so far, over all its hops."""

    received: int = 0
    """Bytes off the wire, after TLS."""


def trusted() -> ssl.SSLContext:
    """Gives the TLS settings for everyone: httpx's authorities, nothing from the environment. Costs 50 ms."""
    context = httpx.create_ssl_context(trust_env=False)
    context.set_alpn_protocols(ALPN)
    return context


def basic(user: str, password: str) -> str:
    """Gives the credentials of basic authentication (RFC 7617) as a header carries them."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def pieces(answer: Response) -> AsyncIterator[bytes]:
    """Gives an answer's body as it comes, content coding as sent. Raises Problem where it does not come whole.

    ``Response.aiter_raw`` is a generator around this; left in the middle, it would need a task to be closed.
    """
    assert isinstance(answer.stream, httpx.AsyncByteStream)  # noqa: S101 - Transport makes no other
    return aiter(answer.stream)


class Transport(httpx.AsyncBaseTransport):
    """Sends one request over a connection of its own, to addresses the guard lets pass.

    No redirects, no cookies, no pool, no retry, no decoding: an answer is what came. A request carries where it goes
    as ``extensions["address"]``, for httpx.URL rewrites paths, a :class:`Meter` as ``extensions["meter"]``, the
    :class:`Terms` of TLS as ``extensions["tls"]`` and the :class:`Proxy` or ``None`` as ``extensions["proxy"]``.
    """

    def __init__(self, *, guard: Guard, limits: Limits, tls: ssl.SSLContext) -> None:
        self._guard = guard
        self._limits = limits
        self._contexts = Contexts(tls)
        self._open: set[_Connection] = set()

    async def handle_async_request(self, request: Request) -> Response:
        """Gives the answer once its head is there; close it. Raises Problem for all a stranger can do."""
        to: Address = request.extensions["address"]
        proxy: Proxy | None = request.extensions["proxy"]
        meter: Meter = request.extensions["meter"]
        target, fields = to.target, list(request.headers.raw)
        if proxy is None:
            connection = await self._connect(to, request.extensions["tls"])
        else:
            connection = await self._connect_through(proxy, to, request.extensions["tls"], meter)
            if to.scheme == "http":
                target = str(to)  # RFC 9112 section 3.2.2
                fields += _login(proxy)
        try:
            exchange = _Exchange(connection, self._limits, meter)
            exchange.send(h11.Request(method=request.method, target=target.encode("ascii"), headers=fields))
            head = await exchange.head()
        except BaseException:
            connection.abort()
            raise
        return Response(
            head.status_code, headers=head.headers.raw_items(), stream=_Body(exchange, connection), request=request
        )

    async def aclose(self) -> None:
        """Ends every connection that is still open."""
        for connection in tuple(self._open):
            connection.abort()

    async def _connect(self, to: Address, terms: Terms) -> _Connection:
        context = None if to.scheme == "http" else self._contexts.on(terms)
        raw = await self._reach(to, await self._guard.addresses(to))
        if context is None:
            return await self._plain(raw)
        name = to.host.rstrip(".")
        async with self._handshake(name):
            _, connection = await asyncio.get_running_loop().create_connection(
                lambda: _Connection(self._open), sock=raw, ssl=context, server_hostname=name
            )
        return connection

    async def _plain(self, raw: socket.socket) -> _Connection:
        return (await asyncio.get_running_loop().create_connection(lambda: _Connection(self._open), sock=raw))[1]

    async def _connect_through(self, proxy: Proxy, to: Address, terms: Terms, meter: Meter) -> _Connection:
        """Gives a connection by way of the proxy, which resolves names; what needs no resolver is guarded here."""
        if to.is_plain:
            await self._guard.addresses(to)
        context = None if to.scheme == "http" else self._contexts.on(terms)
        try:
            here = parse(proxy.url)
            connection = await self._plain(await self._reach(here, await self._guard.addresses(here)))
            try:
                if context is not None:
                    await self._tunnel(connection, proxy, to, meter)
            except BaseException:
                connection.abort()
                raise
        except Problem as problem:
            raise Problem(problem.code, f"the proxy: {problem.detail}") from problem
        if context is not None:
            name = to.host.rstrip(".")
            try:
                async with self._handshake(name):
                    await connection.secure(context, name)
            except BaseException:
                connection.abort()
                raise
        return connection

    async def _tunnel(self, connection: _Connection, proxy: Proxy, to: Address, meter: Meter) -> None:
        """Has the proxy pass on all that follows (CONNECT, RFC 9110 section 9.3.6)."""
        exchange = _Exchange(connection, self._limits, meter)
        host = f"[{to.host}]" if ":" in to.host else to.host
        target = f"{host}:{to.port}".encode("ascii")
        exchange.send(h11.Request(method="CONNECT", target=target, headers=[(b"Host", target), *_login(proxy)]))
        status = (await exchange.head()).status_code
        if status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
            raise Problem(Code.CONNECT, "it wants a user and password, or others; correct them in the source's proxy")
        if not 200 <= status < 300:
            raise Problem(Code.CONNECT, f"it answered {status} to CONNECT {to.host}:{to.port}")
        if exchange.unread or connection.unread:
            raise Problem(Code.PROTOCOL, "it sent something of its own before the server's TLS")

    @asynccontextmanager
    async def _handshake(self, name: str) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._limits.tls.total_seconds()):
                yield
        except TimeoutError as error:
            raise Problem(Code.TLS, f"no TLS handshake with {name} within {_seconds(self._limits.tls)}") from error
        except ssl.SSLCertVerificationError as error:
            raise Problem(Code.TLS, f"certificate of {name} refused: {error.verify_message}") from error
        except OSError as error:
            raise Problem(Code.TLS, f"TLS handshake with {name} failed: {_reason(error)}") from error

    async def _reach(self, to: Address, found: Sequence[str]) -> socket.socket:
        try:
            async with asyncio.timeout(self._limits.connect.total_seconds()) as clock:
                return await aiohappyeyeballs.start_connection(
                    [_address_info(each, to.port) for each in found],
                    happy_eyeballs_delay=_NEXT_ADDRESS_AFTER,
                    interleave=1,
                )
        except OSError as error:
            if clock.expired():
                wait = _seconds(self._limits.connect)
                raise Problem(Code.CONNECT, f"no connection to {to.authority} within {wait}") from error
            raise Problem(Code.CONNECT, f"no connection to {to.authority}: {_reason(error)}") from error


class _Connection(asyncio.Protocol):
    """What arrived on one connection and is not read yet."""

    def __init__(self, among: set[_Connection]) -> None:
        self._among = among
        self._arrived: deque[bytes] = deque()
        self._held = 0
        self._paused = False
        self._over = False
        self._lost: Exception | None = None
        self._waiting: asyncio.Future[None] | None = None
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # a stream's transport is a Transport
        self._among.add(self)

    def data_received(self, data: bytes) -> None:
        self._arrived.append(data)
        self._held += len(data)
        if self._held > _HELD_BYTES and not self._paused:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        self._over = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._over = True
        self._lost = self._lost or exc
        self._among.discard(self)
        self._wake()

    @property
    def unread(self) -> bool:
        """Whether something came that nobody has read."""
        return bool(self._arrived)

    async def secure(self, context: ssl.SSLContext, name: str) -> None:
        """Goes on in TLS. Raises OSError. Nothing may be unread: it came in the clear, and would pass for secure."""
        loop = asyncio.get_running_loop()
        transport = await loop.start_tls(self._transport, self, context, server_hostname=name)
        if transport is None:
            raise ConnectionAbortedError(errno.ECONNABORTED, "closed in the handshake")
        self._transport = transport

    def write(self, data: bytes) -> None:
        self._transport.write(data)

    def abort(self) -> None:
        """Closes at once; who still reads is told that it was cut off, for a body may end where the connection does.

        An orderly TLS goodbye would wait up to 30 s for a peer that may never answer.
        """
        if not self._over:
            self._over, self._lost = True, ConnectionAbortedError(errno.ECONNABORTED, "closed by us")
            self._wake()
        self._transport.abort()

    async def read(self, wait: timedelta) -> bytes:
        """Gives up to 16 KiB, ``b""`` at the end. Raises TimeoutError after ``wait``, OSError if it was cut off."""
        if self._arrived:
            await asyncio.sleep(0)
        while not self._arrived:
            if self._lost is not None:
                raise self._lost if isinstance(self._lost, OSError) else OSError(str(self._lost))
            if self._over:
                return b""
            self._waiting = asyncio.get_running_loop().create_future()
            async with asyncio.timeout(wait.total_seconds()):
                await self._waiting
        data = self._arrived.popleft()
        if len(data) > _SLICE_BYTES:
            self._arrived.appendleft(data[_SLICE_BYTES:])
            data = data[:_SLICE_BYTES]
        self._held -= len(data)
        if self._paused and self._held <= _HELD_BYTES // 2 and not self._transport.is_closing():
            self._paused = False
            self._transport.resume_reading()
        return data

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)


class _Exchange:
    """One request and its answer, as h11's events."""

    def __init__(self, connection: _Connection, limits: Limits, meter: Meter) -> None:
        self._connection = connection
        self._limits = limits
        self._meter = meter
        self._silence = limits.first_byte
        self._pieces = 0
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=limits.head)

    def send(self, request: h11.Request) -> None:
        wire = self._http.send(request) or b""
        self._http.send(h11.EndOfMessage())
        self._connection.write(wire)

    @property
    def unread(self) -> bool:
        """Whether more came than the answer read so far."""
        return bool(self._http.trailing_data[0])

    async def head(self) -> h11.Response:
        """Gives the final answer's status and header fields."""
        before = self._meter.received
        informational = 0
        while True:
            try:
                event = self._http.next_event()
                while event is h11.NEED_DATA:
                    if not await self._receive():
                        raise Problem(Code.PROTOCOL, "the connection was closed before an answer came")
                    event = self._http.next_event()
            except h11.RemoteProtocolError as error:
                raise Problem(Code.PROTOCOL, f"not an HTTP/1.1 answer: {_plain(error)}") from error
            except OSError as error:
                code = Code.TLS if isinstance(error, ssl.SSLError) else Code.PROTOCOL
                raise Problem(code, f"the connection broke before an answer came: {_reason(error)}") from error
            if self._meter.received - before - len(self._http.trailing_data[0]) > self._limits.head:
                raise Problem(Code.PROTOCOL, f"the answer's head is over {self._limits.head:,} bytes")
            if isinstance(event, h11.Response):
                return event
            informational += 1
            if informational > self._limits.informational:
                raise Problem(Code.PROTOCOL, f"more than {self._limits.informational} informational (1xx) answers")

    async def piece(self) -> bytes | None:
        """Gives the next piece of the body, content coding as sent; ``None`` once the body is whole."""
        closed = False
        try:
            event = self._http.next_event()
            while event is h11.NEED_DATA:
                closed = not await self._receive()
                event = self._http.next_event()
        except h11.RemoteProtocolError as error:
            if closed:
                raise Problem(Code.TRUNCATED, f"the connection was closed early: {_plain(error)}") from error
            raise Problem(Code.PROTOCOL, f"broken body: {_plain(error)}") from error
        except OSError as error:
            raise Problem(Code.TRUNCATED, f"the connection broke in the body: {_reason(error)}") from error
        if not isinstance(event, h11.Data):
            return None
        self._pieces += 1
        if self._pieces > self._limits.chunks:
            raise Problem(Code.PROTOCOL, f"the body comes in more than {self._limits.chunks:,} chunks")
        return bytes(event.data)

    async def _receive(self) -> bool:
        """Takes what comes next; False where the connection has ended."""
        try:
            data = await self._connection.read(self._silence)
        except TimeoutError as error:
            if error.errno is not None:
                raise  # the kernel's ETIMEDOUT: a broken connection
            if self._silence is self._limits.first_byte:
                raise Problem(Code.TIMEOUT, f"no answer within {_seconds(self._silence)}") from error
            raise Problem(Code.TIMEOUT, f"silent for {_seconds(self._silence)} in the middle of the answer") from error
        self._silence = self._limits.silence
        self._meter.received += len(data)
        self._http.receive_data(data)
        return bool(data)


class _Body(httpx.AsyncByteStream):
    """An answer's body, and the connection it comes over."""

    def __init__(self, exchange: _Exchange, connection: _Connection) -> None:
        self._exchange = exchange
        self._connection = connection

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        piece = await self._exchange.piece()
        if piece is None:
            raise StopAsyncIteration
        return piece

    async def aclose(self) -> None:
        self._connection.abort()


def _login(proxy: Proxy) -> list[tuple[bytes, bytes]]:
    return [(b"Proxy-Authorization", basic(*proxy.auth).encode())] if proxy.auth is not None else []


def _address_info(address: str, port: int) -> tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int]]:
    if ":" in address:
        return socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port, 0, 0)
    return socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port)


def _seconds(wait: timedelta) -> str:
    return f"{wait.total_seconds():g} s"


def _reason(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return error.reason or "no reason given"
    return os.strerror(error.errno) if error.errno else str(error) or "no reason given"


def _plain(error: h11.RemoteProtocolError) -> str:
    """h11's words without what it quotes: an answer that is no HTTP is quoted whole, and may hold anything."""
    return str(error).partition(":")[0]
