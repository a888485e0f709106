"""HTTP/2 (RFC 9113) for one request over one connection: the only door to h2."""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    InformationalResponseReceived,
    ResponseReceived,
    StreamEnded,
    StreamReset,
)
from h2.exceptions import H2Error, InvalidBodyLengthError
from h2.settings import SettingCodes, Settings

from aggregator.fetch.problem import Problem
from aggregator.fetch.wire import Head
from aggregator.model import Code

if TYPE_CHECKING:
    from h2.events import Event

    from aggregator.fetch.address import Address
    from aggregator.fetch.limits import Limits
    from aggregator.fetch.wire import Fields, Wire

_STREAM = 1
"""A client's first; there is no second."""
_WINDOW = 1024 * 1024
"""Bytes a server may send before it hears from us. What is not read yet waits in the kernel, as with HTTP/1.1."""
_FRAME_BYTES = 16 * 1024
"""Of one frame without its nine of head: what everybody must take, and we allow no more (section 4.2)."""
_DATA, _SETTINGS, _GOAWAY = 0x0, 0x4, 0x7
_OF_A_CONNECTION = {b"host", b"connection", b"keep-alive", b"proxy-connection", b"te", b"upgrade"}
"""Not sent over HTTP/2 (section 8.2.2); the host is ``:authority``."""


class Http2:
    """One request and its answer, as h2's events.

    h2 is given one frame at a time: what an answer is does not depend upon what arrived together with it.
    """

    def __init__(self, wire: Wire, limits: Limits) -> None:
        self._wire = wire
        self._limits = limits
        self._frames = _Frames()
        self._events: deque[Event] = deque()
        self._data_frames = 0
        self._beside = 0
        self._declared: int | None = None
        self._size = 0
        self._http = H2Connection(H2Configuration(client_side=True, header_encoding=None))
        self._http.decoder.max_header_list_size = limits.head
        self._http.local_settings = Settings(
            client=True,
            initial_values={
                SettingCodes.ENABLE_PUSH: 0,
                SettingCodes.INITIAL_WINDOW_SIZE: _WINDOW,
                SettingCodes.MAX_HEADER_LIST_SIZE: limits.head,
            },
        )

    def send(self, method: str, to: Address, fields: Fields) -> None:
        """Sends a request without a body: with one, the server would say how much of it may be sent when."""
        asked = [
            (b":method", method.encode("ascii")),
            (b":scheme", to.scheme.encode("ascii")),
            (b":authority", to.authority.encode("ascii")),
            (b":path", to.target.encode("ascii")),
        ]
        lower = [(name.lower(), value) for name, value in fields]
        self._http.initiate_connection()
        self._http.increment_flow_control_window(_WINDOW - self._http.inbound_flow_control_window)
        self._http.send_headers(
            _STREAM, asked + [each for each in lower if each[0] not in _OF_A_CONNECTION], end_stream=True
        )
        self._answer()

    async def head(self) -> Head:
        """Gives the final answer's status and header fields."""
        informational = 0
        while True:
            event = await self._next()
            if isinstance(event, (ResponseReceived, InformationalResponseReceived)):
                status = dict(event.headers).get(b":status", b"")
                if not re.fullmatch(rb"[1-9][0-9][0-9]", status) or status == b"101":  # section 8.6
                    raise Problem(Code.PROTOCOL, "not an HTTP/2 answer: its status is none")
                if isinstance(event, ResponseReceived):
                    return self._begin(int(status), [each for each in event.headers if each[0] != b":status"])
                self._wire.begun = True
                informational += 1
                if informational > self._limits.informational:
                    raise Problem(Code.PROTOCOL, f"more than {self._limits.informational} informational (1xx) answers")

    async def piece(self) -> bytes | None:
        """Gives the next piece of the body, content coding as sent; ``None`` once the body is whole."""
        while True:
            event = await self._next()
            if isinstance(event, DataReceived):
                self._http.acknowledge_received_data(event.flow_controlled_length, _STREAM)
                self._size += len(event.data)
                return event.data
            if isinstance(event, StreamEnded):
                # h2 forgets the length in trailers and does not look at it where there is no DATA at all.
                if self._declared is not None and self._size < self._declared:
                    raise self._cut("the body ended early")
                return None

    def _begin(self, status: int, fields: Fields) -> Head:
        self._wire.begun = self._wire.in_body = True
        self._declared = next((int(value) for name, value in fields if name == b"content-length"), None)
        return Head(status, fields)

    async def _next(self) -> Event:
        """Gives the next event. Raises Problem where there will be no more of the answer."""
        while not self._events:
            frame = self._frames.take()
            if frame is None:
                await self._receive()
            else:
                self._count(frame)
                if not _is_orderly_goodbye(frame):
                    self._events.extend(self._heard(frame))
        event = self._events.popleft()
        if isinstance(event, (StreamReset, ConnectionTerminated)):
            how = "reset the stream" if isinstance(event, StreamReset) else "went away"
            why = _name(event.error_code)
            if event.error_code == ErrorCodes.HTTP_1_1_REQUIRED:
                why += "; take http2 out of the source"
            if self._wire.in_body:
                raise self._cut(f"the server {how} ({why})")
            raise Problem(Code.PROTOCOL, f"the server {how} before an answer came ({why})")
        return event

    async def _receive(self) -> None:
        self._answer()
        data = await self._wire.receive()
        if not data:
            if self._wire.in_body:
                raise self._cut("the connection was closed early")
            raise Problem(Code.PROTOCOL, "the connection was closed before an answer came")
        self._frames.add(data)

    def _answer(self) -> None:
        """Sends what h2 has to say to what it was given."""
        wire = self._http.data_to_send()
        if wire:
            self._wire.write(wire)

    def _heard(self, frame: bytes) -> list[Event]:
        try:
            return self._http.receive_data(frame)
        except InvalidBodyLengthError as error:
            if error.actual_length < error.expected_length:
                self._size = error.actual_length
                raise self._cut("the body ended early") from error
            raise Problem(Code.PROTOCOL, "broken body: longer than its Content-Length") from error
        except H2Error as error:
            what = "broken body" if self._wire.in_body else "not an HTTP/2 answer"
            raise Problem(Code.PROTOCOL, f"{what}: {_plain(error)}") from error

    def _count(self, frame: bytes) -> None:
        """Bounds what costs time and brings nothing: frames of one byte, and all frames but those of the body."""
        if frame[3] == _DATA:
            self._data_frames += 1
            if self._data_frames > self._limits.chunks:
                raise Problem(Code.PROTOCOL, f"the body comes in more than {self._limits.chunks:,} frames")
        else:
            self._beside += len(frame)
            if self._beside > self._limits.head:
                raise Problem(Code.PROTOCOL, f"over {self._limits.head:,} bytes of the answer's head and other frames")

    def _cut(self, what: str) -> Problem:
        of = "" if self._declared is None else f" of {self._declared:,}"
        return Problem(Code.TRUNCATED, f"{what}: {self._size:,}{of} bytes came")


class _Frames:
    """Cuts what arrives into whole frames (section 4.1)."""

    def __init__(self) -> None:
        self._arrived = bytearray()
        self._first = True

    def add(self, data: bytes) -> None:
        self._arrived += data

    def take(self) -> bytes | None:
        """Gives the next frame once it is whole. Raises Problem as soon as it can be seen to be none."""
        if len(self._arrived) < 9:
            return None
        if self._first and self._arrived[3] != _SETTINGS:  # section 3.4
            raise Problem(Code.PROTOCOL, "not an HTTP/2 answer: it does not begin with SETTINGS")
        self._first = False
        length = int.from_bytes(self._arrived[:3])
        if length > _FRAME_BYTES:
            raise Problem(Code.PROTOCOL, f"a frame of {length:,} bytes, over {_FRAME_BYTES:,}")
        if len(self._arrived) < 9 + length:
            return None
        frame = bytes(self._arrived[: 9 + length])
        del self._arrived[: 9 + length]
        return frame


def _is_orderly_goodbye(frame: bytes) -> bool:
    """Whether it says that this answer is the last one (section 6.8). h2 would take no more of the answer after it."""
    return frame[3] == _GOAWAY and len(frame) >= 17 and int.from_bytes(frame[9:13]) & 0x7FFF_FFFF >= _STREAM


def _name(code: ErrorCodes | int | None) -> str:
    return code.name if isinstance(code, ErrorCodes) else "a code of its own"


def _plain(error: H2Error) -> str:
    """h2's words without what they quote, which a stranger wrote."""
    return re.split(r":| b['\"]| \[| \{", str(error))[0] or type(error).__name__
