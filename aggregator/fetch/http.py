"""One request over a connection of its own, in httpx's terms: the only door to httpx.

httpx gives the shape (Request, Response, the transport interface), h11 and h2 the protocols, asyncio the sockets.
Neither httpx's own transport nor httpx-aiohttp is used; docs/decisions/0001-http-transport.md has the figures and the
reasons.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import httpx
from httpx import Request, Response

from aggregator.fetch.dial import Dialler
from aggregator.fetch.http1 import Http1
from aggregator.fetch.http2 import Http2
from aggregator.fetch.proxy import asked_through
from aggregator.fetch.tls import alpn
from aggregator.fetch.wire import Wire

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator

    from aggregator.fetch.address import Address
    from aggregator.fetch.connection import Connection
    from aggregator.fetch.guard import Guard
    from aggregator.fetch.limits import Limits, Meter
    from aggregator.fetch.wire import Exchange
    from aggregator.model import Proxy

__all__ = ("Request", "Response", "Transport", "pieces", "trusted")


@cache
def trusted() -> ssl.SSLContext:
    """Gives the TLS settings for everyone: httpx's authorities, which come with the program, nothing from the
    environment. Made once: it costs 50 ms, and each reload would stop the event loop for so long."""
    context = httpx.create_ssl_context(trust_env=False)
    context.set_alpn_protocols(alpn(http2=False))
    return context


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

    def __init__(self, *, guard: Guard, proxies: Guard, limits: Limits, tls: ssl.SSLContext) -> None:
        """``guard`` decides who may be asked, ``proxies`` through which proxies."""
        self._limits = limits
        self._dialler = Dialler(guard=guard, proxies=proxies, limits=limits, tls=tls)

    async def handle_async_request(self, request: Request) -> Response:
        """Gives the answer once its head is there; close it. Raises Problem for all a stranger can do."""
        to: Address = request.extensions["address"]
        proxy: Proxy | None = request.extensions["proxy"]
        meter: Meter = request.extensions["meter"]
        connection = await self._dialler.connect(to, request.extensions["tls"], proxy, meter)
        try:
            wire = Wire(connection, self._limits, meter)
            http2 = connection.speaks_http2
            exchange = self._http2(request, to, wire) if http2 else self._http1(request, to, proxy, wire)
            meter.sent += 1
            head = await exchange.head()
        except BaseException:
            connection.abort()
            raise
        return Response(head.status, headers=head.fields, stream=_Body(exchange, connection), request=request)

    async def aclose(self) -> None:
        """Ends every connection that is still open."""
        self._dialler.close()

    def _http1(self, request: Request, to: Address, proxy: Proxy | None, wire: Wire) -> Exchange:
        target, fields = to.target.encode("ascii"), list(request.headers.raw)
        if proxy is not None and to.scheme == "http":
            target, more = asked_through(proxy, to)
            fields += more
        exchange = Http1(wire, self._limits)
        exchange.send(request.method, target, fields, request.content)
        return exchange

    def _http2(self, request: Request, to: Address, wire: Wire) -> Exchange:
        exchange = Http2(wire, self._limits)
        exchange.send(request.method, to, list(request.headers.raw))
        return exchange


class _Body(httpx.AsyncByteStream):
    """An answer's body, and the connection it comes over."""

    def __init__(self, exchange: Exchange, connection: Connection) -> None:
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
