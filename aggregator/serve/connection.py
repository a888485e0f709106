"""One connection to the web server: two roads to an answer, and how long it is waited for.

What :mod:`aggregator.serve.heads` reads beyond doubt, and can be answered at once, is written right where the bytes
came in, without h11, a task or ASGI. All else goes to uvicorn's protocol, which asks the application. Both give the
same answers.

A body is written as the client reads it. uvicorn would take all of it into the buffer of each connection: 500 clients
that do not read a document of 5 MB would cost 2.5 GB.
"""

from __future__ import annotations

import os
import sys
from http import HTTPStatus
from typing import TYPE_CHECKING

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from aggregator.serve import heads
from aggregator.serve.answer import lines, text

if TYPE_CHECKING:
    import asyncio
    from collections import Counter
    from collections.abc import Callable

    from aggregator.serve.answer import Answer, Request
    from aggregator.serve.patience import Patience

    Answering = Callable[[Request, str], Answer | None]

MOST = 1024 * 1024
"""Bytes of a body that are written at a time, for others to have their turn; the socket takes less."""

HELD = 64 * 1024
"""Bytes of a body that are held in memory for each client that does not read."""

_STATUS_LINES = {each.value: f"HTTP/1.1 {each.value} {each.phrase}\r\n".encode() for each in HTTPStatus}


def connections_with(patience: Patience, at_once: Answering | None, answers: Counter[int]) -> type[H11Protocol]:
    """The class of a server's connections; uvicorn makes the instances, so what they share is bound to the class.
    ``answers`` counts those that are given without the application, by status."""

    class OfThisServer(_Connection):
        _patience = patience
        _at_once = staticmethod(at_once if at_once is not None else _nothing)
        _answers = answers

    return OfThisServer


def _nothing(request: Request, address: str) -> None:
    """Leaves every request to the application."""


class _Connection(H11Protocol):
    """uvicorn's protocol with deadlines, in front of it the fast road."""

    _patience: Patience
    _at_once: Answering
    _answers: Counter[int]
    _with_h11 = False
    """Whether h11 was given bytes of which it may still hold some."""
    _rest: memoryview | None = None
    """What is still to be written of a body."""
    _stays = True
    """Whether the connection is kept when that is written."""
    _later = b""
    """Requests that came while one was being answered."""
    _refused = False
    """Whether the client was told that we do not understand it; nothing it says is listened to any more."""
    _ended = False
    """Whether the client has said that nothing more will come."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        transport.set_write_buffer_limits(0)
        self._socket = transport.get_extra_info("socket").fileno()
        self._patience.for_request(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._patience.forget(self)
        self._rest = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        self._unset_keepalive_if_required()
        if self._with_h11 and not self._h11_is_through():
            self.conn.receive_data(data)
            self.handle_events()
        else:
            self._with_h11 = False
            self._take(data)

    def eof_received(self) -> bool:  # type: ignore[override]  # uvicorn's has no opinion
        """A client may end its side and still read: it gets the answer that is under way."""
        self._ended = True
        return self._rest is not None or self._later != b"" or self.conn.our_state in (h11.SEND_RESPONSE, h11.SEND_BODY)

    # The fast road

    def _take(self, data: bytes) -> None:
        """Answer request after request, as long as that can be done at once."""
        place = 0
        while place < len(data) and self._stays:
            if self._rest is not None or self.flow.write_paused:
                self._later = data[place:]
                self.flow.pause_reading()
                return
            head = heads.read(data, place)
            answered = self._at_once(head.request, self.client[0] if self.client else "") if head is not None else None
            if head is None or answered is None:
                self._with_h11 = True
                self.conn.receive_data(data[place:])
                self.handle_events()
                return
            place = head.end
            self._stays = head.stays
            self._write(answered)
        self._settle()

    def _write(self, answered: Answer) -> None:
        self.server_state.total_requests += 1
        self._answers[answered.status] += 1
        head = self._head(answered)
        written = self._write_now(head, answered.body)
        if written < len(head):
            self.transport.write(head[written:])
            written = len(head)
        if written < len(head) + len(answered.body):
            self._rest = memoryview(answered.body)[written - len(head) :]
            self._go_on()

    def _write_now(self, *parts: bytes | memoryview) -> int:
        """Write what the socket takes, past the transport, which would copy it all; how many bytes."""
        if self.transport.get_write_buffer_size() or self.transport.is_closing():
            return 0
        try:
            return os.writev(self._socket, parts)
        except OSError:  # it takes nothing now, or will never again: the transport knows what to do then
            return 0

    def _go_on(self) -> None:
        """Write as much of the body as the client reads; the transport gets a little of it, to tell when to go on."""
        while self._rest is not None and not self.flow.write_paused and not self.transport.is_closing():
            rest = self._rest[self._write_now(self._rest[:MOST]) :]
            self.transport.write(rest[:HELD])
            self._rest = rest[HELD:] if len(rest) > HELD else None

    def _settle(self) -> None:
        """All that was asked is written, at least to the buffer: see what comes next."""
        if self._rest is not None or self.transport.get_write_buffer_size():
            self._patience.for_reading(self)
        elif self._stays:
            self._patience.for_request(self)
        if self._rest is None and (self._ended or not self._stays):
            self.transport.close()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._patience.for_reading(self)
        if self._rest is not None:
            self._go_on()
        later = self._later
        if later and self._rest is None:
            self._later = b""
            self.flow.resume_reading()
            self._take(later)
        elif not self._with_h11:
            self._settle()

    def _head(self, answered: Answer) -> bytes:
        return b"".join(
            (
                _STATUS_LINES[answered.status],
                lines(self.server_state.default_headers),
                answered.head if answered.head is not None else lines(answered.headers),
                b"\r\n" if self._stays else b"Connection: close\r\n\r\n",
            )
        )

    # uvicorn's road

    def _h11_is_through(self) -> bool:
        """Whether h11 waits for a request and holds nothing of one."""
        conn = self.conn
        return conn.our_state is h11.IDLE and conn.their_state is h11.IDLE and not conn.trailing_data[0]

    def handle_events(self) -> None:
        before = self.cycle
        super().handle_events()
        if self.cycle is not before and not self.transport.is_closing():
            self._patience.for_reading(self)  # a request has come in

    def on_response_complete(self) -> None:
        # Complete means written to the buffer; until the client has read it the deadline of the answer stands.
        if self.transport.get_write_buffer_size() == 0 and not self.transport.is_closing():
            self._patience.for_request(self)
        super().on_response_complete()
        if self._ended and self.cycle.response_complete:
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no request. uvicorn calls it while it handles h11's error, which knows the status."""
        error = sys.exception()
        status = error.error_status_hint if isinstance(error, h11.RemoteProtocolError) else 400
        if status == 431 and b"\n" not in self.conn.trailing_data[0]:
            status = 414  # not even its first line has an end
        self._refused, self._stays = True, False
        if self.conn.our_state is h11.SEND_BODY:  # an answer is on its way: this would be read as part of it
            self.transport.abort()
            return
        if self.cycle is not None:
            self.cycle.disconnected = True  # what the application says is not sent any more
            self.cycle.message_event.set()
        answered = text(status, f"This is no request that is understood here: {HTTPStatus(status).phrase}.\n")
        self._answers[status] += 1
        self.transport.write(self._head(answered) + answered.body)
        if self.transport.can_write_eof():
            self.transport.write_eof()  # closed at once it would be reset, and the client might not read why
        self._patience.for_request(self)

    def shutdown(self) -> None:
        """Let the answer under way finish, then end."""
        if self._rest is not None:
            self._stays = False
        else:
            super().shutdown()
