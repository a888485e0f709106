"""uvicorn inside our own event loop; its connections are :mod:`aggregator.serve.connection`'s."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections import Counter
from typing import TYPE_CHECKING, Any

import uvicorn

from aggregator.errors import UsageError
from aggregator.serve.connection import connections_with
from aggregator.serve.patience import Patience

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from aggregator.serve.answer import Answer, Request


UNSENT = 256 * 1024
"""Bytes that the kernel takes for a client which does not read them. Left to itself it takes 2.6 MB on loopback: a few
hundred slow clients then held up everybody else for 1.3 seconds, and a gigabyte of the kernel's memory."""


class _Server(uvicorn.Server):
    """Says when it listens; leaves signals to the service, which has more to end than the web server."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class WebServer:
    """Serves one application from the running event loop.

    A request (its header) has to arrive within ``request_seconds``, an answer to be read within ``answer_seconds``;
    at most ``connections`` are open at once. ``at_once`` is asked before the application: given a request and the
    client's address, it answers or leaves it to the application. ``answers`` counts what was answered, by status.
    ``on_crash`` is called with the error if the server ends by itself.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        at_once: Callable[[Request, str], Answer | None] | None = None,
        request_seconds: float = 15.0,
        answer_seconds: float = 60.0,
        connections: int = 512,
        answers: Counter[int] | None = None,
        on_crash: Callable[[BaseException], None] | None = None,
    ) -> None:
        self._patience = Patience(request=request_seconds, answer=answer_seconds, connections=connections)
        self._on_crash = on_crash
        answers = Counter() if answers is None else answers
        self._server = _Server(
            uvicorn.Config(
                _counted(app, answers),
                http=connections_with(self._patience, at_once, answers),
                ws="none",
                lifespan="off",
                loop="none",
                log_config=None,
                log_level="error",
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=5,
            )
        )
        self._running: asyncio.Task[None] | None = None
        self.port = 0
        """The port it listens on, once started."""

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._server.server_state.connections)

    async def start(self, host: str, port: int, listener: socket.socket | None = None) -> None:
        """Listen; returns when connections are accepted. Port 0 takes any free one. A ``listener`` that listens
        already is taken instead.

        Raises UsageError where the address cannot be listened on.
        """
        try:
            listener = _listener(host, port) if listener is None else listener
        except OSError as error:
            raise UsageError(
                f"cannot listen on {host} port {port}: {os.strerror(error.errno or 0)}; end the program that uses it, "
                "or set another host or port under 'server' in the configuration"
            ) from error
        self.port = listener.getsockname()[1] if listener.family != socket.AF_UNIX else 0
        self._running = asyncio.create_task(self._server.serve([listener]), name="web server")
        self._running.add_done_callback(self._ended)
        listening = asyncio.create_task(self._server.listening.wait())
        await asyncio.wait({listening, self._running}, return_when=asyncio.FIRST_COMPLETED)
        listening.cancel()
        if self._running.done():
            await self._running

    async def stop(self, deadline: float) -> None:
        """Stop listening, let answers under way finish for at most ``deadline`` seconds, cut off the rest."""
        if self._running is None:
            return
        self._server.should_exit = True
        _, late = await asyncio.wait({self._running}, timeout=deadline)
        if late:
            self._server.force_exit = True
            self._patience.cut_all()
        await self._running

    def _ended(self, task: asyncio.Task[Any]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None and self._on_crash is not None:
            self._on_crash(error)


def _counted(app: ASGIApp, answers: Counter[int]) -> ASGIApp:
    """The application, its answers counted by status."""

    async def counted(scope: Scope, receive: Receive, send: Send) -> None:
        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                answers[message["status"]] += 1
            await send(message)

        await app(scope, receive, told)

    return counted


def _listener(host: str, port: int) -> socket.socket:
    """A listening socket whose connections send at once.

    asyncio sets TCP_NODELAY only on sockets that name their protocol, and those of ``create_server`` do not; header and
    body are two writes, so every answer would wait 40 ms for the client's delayed acknowledgement.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=512)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if hasattr(socket, "TCP_NOTSENT_LOWAT"):
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT)
    return listener
