"""How long the web server waits for each client.

uvicorn has no deadline for a request to arrive: a client that sends nothing, or a header line a second, keeps its
connection for ever, and one that reads a byte a second holds the answer in memory. Here each connection has one
deadline, and of too many connections the one that has waited longest goes first, so that silent clients push each other
out and not those who have something to say. uvicorn's own ``limit_concurrency`` is not used: it counts the silent ones,
and then answers 503 to the others.
"""

from __future__ import annotations

import asyncio
from operator import itemgetter
from typing import Protocol


class Client(Protocol):
    """A connection that can be ended."""

    @property
    def transport(self) -> asyncio.Transport:
        """Its transport."""


class _Queue:
    """Clients that wait for the same time, the one that began first at the front: one timer does for all."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.since: dict[Client, float] = {}
        self.timer: asyncio.TimerHandle | None = None


class Patience:
    """Who is connected, and since when they have not got anything done. ``connections`` is how many may be."""

    def __init__(self, *, request: float, answer: float, connections: int) -> None:
        self._request = _Queue(request)
        self._answer = _Queue(answer)
        self._most = connections

    def for_request(self, client: Client) -> None:
        """Wait for a request of this client, all of its head."""
        self._wait(client, self._request, self._answer)

    def for_reading(self, client: Client) -> None:
        """Wait for this client to read what it was sent."""
        self._wait(client, self._answer, self._request)

    def forget(self, client: Client) -> None:
        """Wait no more: the client is gone."""
        self._request.since.pop(client, None)
        self._answer.since.pop(client, None)

    def cut_all(self) -> None:
        """End every connection."""
        for client in (*self._request.since, *self._answer.since):
            self._cut(client)

    def _wait(self, client: Client, queue: _Queue, other: _Queue) -> None:
        now = asyncio.get_running_loop().time()
        other.since.pop(client, None)
        queue.since.pop(client, None)
        queue.since[client] = now
        if queue.timer is None:
            self._set_timer(queue, now + queue.seconds)
        if len(queue.since) + len(other.since) > self._most:
            self._cut(self._longest())

    def _longest(self) -> Client:
        """Who has waited longest."""
        first = [next(iter(each.since.items())) for each in (self._request, self._answer) if each.since]
        return min(first, key=itemgetter(1))[0]

    def _set_timer(self, queue: _Queue, at: float) -> None:
        queue.timer = asyncio.get_running_loop().call_at(at, self._look, queue)

    def _look(self, queue: _Queue) -> None:
        """Cut those off whose time is over, and look again when it is for the next."""
        late = asyncio.get_running_loop().time() - queue.seconds
        queue.timer = None
        while queue.since:
            client, since = next(iter(queue.since.items()))
            if since > late:
                self._set_timer(queue, since + queue.seconds)
                return
            self._cut(client)

    def _cut(self, client: Client) -> None:
        """End a connection at once, without waiting for what it has not read."""
        self.forget(client)
        client.transport.abort()
