"""HTTP/1.1 over one connection: the only door to h11."""

from __future__ import annotations

from typing import TYPE_CHECKING

import h11

from aggregator.fetch.problem import Problem
from aggregator.fetch.wire import Head
from aggregator.model import Code

if TYPE_CHECKING:
    from aggregator.fetch.limits import Limits
    from aggregator.fetch.wire import Fields, Wire


class Http1:
    """One request and its answer, as h11's events."""

    def __init__(self, wire: Wire, limits: Limits) -> None:
        self._wire = wire
        self._limits = limits
        self._received = 0
        self._pieces = 0
        self._declared: int | None = None
        self._size = 0
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=limits.head)

    def send(self, method: str, target: bytes, fields: Fields, body: bytes = b"") -> None:
        events: list[h11.Event] = [h11.Request(method=method, target=target, headers=fields)]
        if body:
            events.append(h11.Data(data=body))
        self._wire.write(b"".join(self._http.send(event) or b"" for event in [*events, h11.EndOfMessage()]))

    @property
    def unread(self) -> bool:
        """Whether more came than the answer read so far."""
        return bool(self._http.trailing_data[0])

    async def head(self) -> Head:
        """Gives the final answer's status and header fields."""
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
            if self._received - len(self._http.trailing_data[0]) > self._limits.head:
                raise Problem(Code.PROTOCOL, f"the answer's head is over {self._limits.head:,} bytes")
            if isinstance(event, h11.Response):
                self._wire.in_body = True
                self._declared = next((int(value) for name, value in event.headers if name == b"content-length"), None)
                return Head(event.status_code, list(event.headers.raw_items()))
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
                of = "" if self._declared is None else f" of {self._declared:,}"
                raise Problem(Code.TRUNCATED, f"connection closed after {self._size:,}{of} bytes") from error
            raise Problem(Code.PROTOCOL, f"broken body: {_plain(error)}") from error
        if not isinstance(event, h11.Data):
            return None
        self._pieces += 1
        if self._pieces > self._limits.chunks:
            raise Problem(Code.PROTOCOL, f"the body comes in more than {self._limits.chunks:,} chunks")
        self._size += len(event.data)
        return bytes(event.data)

    async def _receive(self) -> bool:
        """Takes what comes next; False where the connection has ended."""
        data = await self._wire.receive()
        self._wire.begun = True
        self._received += len(data)
        self._http.receive_data(data)
        return bool(data)


def _plain(error: h11.RemoteProtocolError) -> str:
    """h11's words without what it quotes: an answer that is no HTTP is quoted whole, and may hold anything."""
    return str(error).partition(":")[0]
