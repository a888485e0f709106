"""A small honest WebSub subscriber, and ways to be another: it says yes to challenges and takes deliveries."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

Answer = tuple[int, dict[str, str], bytes]


@dataclass(slots=True)
class Call:
    """One request as it came in."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    @property
    def said(self) -> dict[str, str]:
        """The query, decoded; the last value of each name."""
        return dict(parse_qsl(self.query, keep_blank_values=True))


def echo(call: Call) -> Answer:
    """What an honest subscriber answers."""
    return (200, {}, call.said.get("hub.challenge", "").encode()) if call.method == "GET" else (204, {}, b"")


@dataclass
class Subscriber:
    """Listens on a free loopback port while it is entered, in a thread of its own."""

    answers: dict[str, Callable[[Call], Answer]] = field(default_factory=dict)
    """By path, for whom :func:`echo` is not what it does."""
    hanging: set[str] = field(default_factory=set)
    """Paths whose deliveries are read and never answered."""
    dripping: set[str] = field(default_factory=set)
    """Paths that answer a challenge with a byte now and then, without end."""
    calls: list[Call] = field(default_factory=list)
    open: int = 0
    """Connections that were not ended by the other side."""
    port: int = 0

    def url(self, path: str = "/cb", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def deliveries(self, path: str = "/cb") -> list[Call]:
        return [each for each in tuple(self.calls) if each.method == "POST" and each.path == path]

    def asked(self, path: str = "/cb") -> list[Call]:
        return [each for each in tuple(self.calls) if each.method == "GET" and each.path == path]

    def __enter__(self) -> Subscriber:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)
        return self

    def __exit__(self, *_exc: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _start(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._server = await asyncio.start_server(self._accepted, "0.0.0.0", self.port, backlog=2048, limit=1 << 20)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _end(self) -> None:
        self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = self._loop.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            method, target, _ = head[0].split(" ")
            path, _, query = target.partition("?")
            headers = {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in head[1:])}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            call = Call(method, path, query, headers, body)
            self.calls.append(call)
            if method == "POST" and path in self.hanging:
                await reader.read()
            elif method == "GET" and path in self.dripping:
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 43\r\n\r\n")
                while not writer.is_closing():
                    writer.write(b"x")
                    await writer.drain()
                    await asyncio.sleep(0.1)
            else:
                status, more, answer = self.answers.get(path, echo)(call)
                lines = "".join(f"{name}: {value}\r\n" for name, value in more.items())
                writer.write(f"HTTP/1.1 {status} X\r\n{lines}Content-Length: {len(answer)}\r\n\r\n".encode() + answer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            self.open -= 1
            writer.close()
