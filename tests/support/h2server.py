"""A server that speaks HTTP/2 over TLS, loopback only: honest by h2's server side, or frame by frame as it likes."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path

import hpack
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import RequestReceived
from h2.exceptions import ProtocolError

FEED = b'<?xml version="1.0"?><rss version="2.0"><channel><title>t</title></channel></rss>'
CERTIFICATE = Path(__file__).parent.parent / "fetch" / "localhost.pem"
Fields = list[tuple[bytes, bytes]]

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
ALTSVC, UNKNOWN = 0xA, 0x77
END_STREAM = ACK = 0x1
END_HEADERS, PADDED = 0x4, 0x8


class Talk:
    """The server's end of one connection, and what it was asked."""

    def __init__(self, server: H2Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.server = server
        self.fields: Fields = []
        self._reader = reader
        self._writer = writer
        settings = H2Configuration(
            client_side=False, header_encoding=None, validate_outbound_headers=False, normalize_outbound_headers=False
        )
        self.http = H2Connection(settings)

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        self.server.sent += len(data)
        await self._writer.drain()

    async def flush(self) -> None:
        await self.send(self.http.data_to_send())

    async def listen(self) -> bool:
        """Hears what comes next; whether it was a request."""
        data = await self._reader.read(65_536)
        if not data:
            raise ConnectionResetError
        events = self.http.receive_data(data)
        await self.flush()
        for event in events:
            if isinstance(event, RequestReceived):
                self.fields = list(event.headers)
        return any(isinstance(event, RequestReceived) for event in events)

    async def gone(self) -> None:
        """Waits for the client to end the connection."""
        while await self._reader.read(65_536):
            pass

    def reset(self) -> None:
        """Ends with RST."""
        raw = self._writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    def close(self) -> None:
        """Ends in order."""
        self._writer.close()

    def field(self, name: bytes) -> bytes | None:
        return dict(self.fields).get(name)


Behaviour = Callable[[Talk], Awaitable[None]]


class H2Server:
    """Does what its paths say; what is under ``early`` is done to whoever comes, before they are heard."""

    def __init__(self) -> None:
        self.behaviours: dict[bytes, Behaviour] = {}
        self.early: Behaviour | None = None
        self.requests: list[Fields] = []
        self.protocols: list[str | None] = []
        """What each connection chose in its handshake."""
        self.sent = 0
        self._serving: set[asyncio.Task[None]] = set()

    async def start(self, offers: tuple[str, ...] = ("h2", "http/1.1")) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
        context.set_alpn_protocols(list(offers))
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=context, backlog=1024)
        self.port: int = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self._server.close()
        while self._serving:
            for task in tuple(self._serving):
                task.cancel()
            await asyncio.sleep(0)
        await self._server.wait_closed()

    @property
    def busy(self) -> int:
        """Connections that are still open."""
        return len(self._serving)

    def on(self, path: str, behaviour: Behaviour) -> str:
        """Gives the address at which ``behaviour`` is met."""
        self.behaviours[path.encode()] = behaviour
        return self.url(path)

    def url(self, path: str) -> str:
        return f"https://localhost:{self.port}{path}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.protocols.append(writer.get_extra_info("ssl_object").selected_alpn_protocol())
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        talk = Talk(self, reader, writer)
        try:
            if self.early is not None:
                await self.early(talk)
            else:
                talk.http.initiate_connection()
                await talk.flush()
                while not await talk.listen():
                    pass
                self.requests.append(talk.fields)
                await self.behaviours[talk.field(b":path") or b""](talk)
            await talk.gone()
        except (OSError, ProtocolError, asyncio.CancelledError):
            pass  # the client went away, speaks something else, or the test is over: how most of these end
        finally:
            self._serving.discard(task)
            writer.transport.abort()


# --------------------------------------------------------------------------------------------------------------
# What behaviours are made of
# --------------------------------------------------------------------------------------------------------------


def honest(body: bytes = b"", *fields: tuple[str, str], status: int = 200, length: bool = True) -> Behaviour:
    """Answers as h2 does, waiting for the client's windows."""

    async def behave(talk: Talk) -> None:
        lines = [(":status", str(status)), *fields, *([("content-length", str(len(body)))] if length else [])]
        talk.http.send_headers(1, lines, end_stream=not body)
        left = body
        while left:
            room = min(talk.http.local_flow_control_window(1), talk.http.max_outbound_frame_size)
            if not room:
                await talk.listen()
                continue
            talk.http.send_data(1, left[:room], end_stream=len(left) <= room)
            left = left[room:]
            await talk.flush()
        await talk.flush()

    return behave


def frame(kind: int, payload: bytes = b"", flags: int = 0, stream: int = 0, length: int | None = None) -> bytes:
    """One frame as it goes over the wire; ``length`` may lie."""
    size = len(payload) if length is None else length
    return size.to_bytes(3) + bytes([kind, flags]) + stream.to_bytes(4) + payload


def packed(*fields: tuple[bytes, bytes]) -> bytes:
    return bytes(hpack.Encoder().encode(fields))


def head(*fields: tuple[bytes, bytes], status: bytes = b"200", flags: int = END_HEADERS, stream: int = 1) -> bytes:
    return frame(HEADERS, packed((b":status", status), *fields), flags, stream)


def data(body: bytes, flags: int = 0, stream: int = 1) -> bytes:
    return frame(DATA, body, flags, stream)


def padded(body: bytes, padding: int = 255) -> bytes:
    return data(bytes([padding]) + body + bytes(padding), PADDED)


def raw(*frames: bytes) -> Behaviour:
    """Sends the frames, then listens until the client ends it."""

    async def behave(talk: Talk) -> None:
        await talk.send(b"".join(frames))

    return behave


def closing(*frames: bytes) -> Behaviour:
    """Sends the frames, and closes."""

    async def behave(talk: Talk) -> None:
        await talk.send(b"".join(frames))
        talk.close()

    return behave


def endless(piece: bytes, first: bytes = b"", pause: float = 0) -> Behaviour:
    """Sends ``first``, and ``piece`` without end."""

    async def behave(talk: Talk) -> None:
        await talk.send(first)
        while True:
            await talk.send(piece)
            await asyncio.sleep(pause)

    return behave
