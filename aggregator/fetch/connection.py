"""One connection's bytes: held while nobody reads them, never many, read with a limit of time."""

from __future__ import annotations

import asyncio
import errno
import os
import ssl
from collections import deque

_SLICE_BYTES = 16 * 1024
"""Read at a time; the loop gets a turn after each. h11 needs 55 ms for this much in chunks of one byte."""
_HELD_BYTES = 64 * 1024
"""Held unread before the sender is made to wait."""


class Connection(asyncio.Protocol):
    """What arrived on one connection and is not read yet."""

    def __init__(self, among: set[Connection]) -> None:
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
        if not self._is_whole():
            self._lost = ConnectionAbortedError("closed without the close_notify of TLS")
        self._over = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._over = True
        self._lost = self._lost or exc
        self._among.discard(self)
        self._wake()

    def _is_whole(self) -> bool:
        """Whether nothing can be missing: whoever is between the two may close, but not say that this was the end.

        A body that ends where the connection does is incomplete without it (RFC 9112 section 9.8).
        """
        tls: ssl.SSLObject | None = self._transport.get_extra_info("ssl_object")
        if tls is None:
            return True
        try:
            return not tls.read(1)
        except ssl.SSLWantReadError:
            return False

    @property
    def speaks_http2(self) -> bool:
        """Whether the server chose HTTP/2 in the handshake (ALPN, RFC 7301)."""
        tls = self._transport.get_extra_info("ssl_object")
        return tls is not None and tls.selected_alpn_protocol() == "h2"

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

    async def read(self, wait: float) -> bytes:
        """Gives up to 16 KiB, ``b""`` at the end. Raises TimeoutError after ``wait`` seconds, OSError if it broke."""
        if self._arrived:
            await asyncio.sleep(0)
        while not self._arrived:
            if self._lost is not None:
                raise self._lost if isinstance(self._lost, OSError) else OSError(str(self._lost))
            if self._over:
                return b""
            self._waiting = asyncio.get_running_loop().create_future()
            async with asyncio.timeout(wait):
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


def reason(error: OSError) -> str:
    """Gives the words for what broke a connection."""
    if isinstance(error, ssl.SSLError):
        return error.reason or "no reason given"
    return os.strerror(error.errno) if error.errno else str(error) or "no reason given"
