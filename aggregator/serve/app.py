"""The ASGI application: documents first, then the few addresses that tell how the service is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Route

from aggregator.errors import StoreError
from aggregator.serve.answer import Answer, Request, answer, combined, current, method_not_allowed, path_of, text

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from starlette.requests import Request as HTTPRequest
    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp, Receive, Scope, Send

    from aggregator.serve.deltas import Deltas
    from aggregator.serve.documents import Documents
    from aggregator.serve.guard import Guard
    from aggregator.serve.private import Private

    Saw = Callable[[str, bytes, str], None]
    """Is told the path of a document, the User-Agent and the client's address."""

SLICE = 64 * 1024
"""Bytes of a body that are written at a time: what a client does not read is not kept in memory for each client."""

RETRY_SECONDS = b"60"
"""What is not ready now may be asked again after this time."""


def create_app(
    documents: Documents,
    *,
    unready: Callable[[], str | None],
    status: Callable[[], Awaitable[bytes]],
    routes: Sequence[BaseRoute] = (),
    saw: Saw | None = None,
    deltas: Deltas | None = None,
    private: Private | None = None,
    guard: Guard | None = None,
) -> Starlette:
    """The application.

    ``unready`` says in one line why the service should not get requests, such as a snapshot that is too old; None when
    all is well. ``status`` makes ``/status.json``. Both are called on each request and must not block.
    ``routes`` are added behind ours. ``saw`` is told of each GET that ended in 200, 226 or 304 the document's path,
    the User-Agent and the client's address. ``deltas`` gives those who ask for that only what is new to them;
    ``private`` has the documents that only those with a token may read. ``guard`` decides who may see the status.
    """

    async def healthz(request: HTTPRequest) -> Response:
        return _response(text(200, "alive\n"))

    async def readyz(request: HTTPRequest) -> Response:
        reason = unready() if len(documents) else "no document has been published yet"
        if reason is None:
            return _response(text(200, "ready\n"))
        return _response(text(503, f"not ready: {reason}\n", (b"retry-after", RETRY_SECONDS)))

    async def status_json(request: HTTPRequest) -> Response:
        return _response(current(200, await status(), b"application/json; charset=utf-8"))

    app = Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/status.json", guard.of(status_json) if guard is not None else status_json),
            *routes,
        ],
        middleware=[Middleware(_DocumentsFirst, documents=documents, saw=saw, deltas=deltas, private=private)],
        exception_handlers={HTTPException: _refused, ClientDisconnect: _gone, StoreError: _later, Exception: _failed},
    )
    app.router.redirect_slashes = False  # it would build the address of its redirect from the Host header
    return app


class _DocumentsFirst:
    """Answers for a published document itself and hands on everything else; most requests never reach the router."""

    def __init__(
        self,
        app: ASGIApp,
        documents: Documents,
        saw: Saw | None,
        deltas: Deltas | None,
        private: Private | None,
    ) -> None:
        self._app = app
        self._documents = documents
        self._saw = saw
        self._deltas = deltas
        self._private = private

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answered = None
        if scope["type"] == "http":
            path, fields = path_of(scope["path"]), combined(scope["headers"])
            asked = Request(scope["method"], path, scope["query_string"], fields)
            scope = {**scope, "path": path}
            documents = self._documents
            if path not in documents and self._private is not None:
                documents = self._private.opened(asked) or documents
            await documents.ready(path)
            answered = answer(documents, asked)
        if answered is None:
            await self._app(scope, receive, send)
            return
        if answered.status == 200 and self._deltas is not None:
            answered = await self._deltas.instead(asked, documents) or answered
        _tell(self._saw, asked, answered, scope["client"][0] if scope.get("client") else "")
        await send({"type": "http.response.start", "status": answered.status, "headers": answered.headers})
        for begin in range(0, len(answered.body) - SLICE, SLICE):
            part = answered.body[begin : begin + SLICE]
            await send({"type": "http.response.body", "body": part, "more_body": True})
            await asyncio.sleep(0)  # for the connection to notice that nobody is there any more
        last = max(0, (len(answered.body) - 1) // SLICE * SLICE)
        await send({"type": "http.response.body", "body": answered.body[last:]})


class AtOnce:
    """Answers without the application, for a connection to give them on the spot: documents that are in memory."""

    def __init__(self, documents: Documents, saw: Saw | None = None) -> None:
        self._documents = documents
        self._saw = saw

    def __call__(self, asked: Request, address: str) -> Answer | None:
        """The same answer as the application's, and counted as there; None where the application has to be asked."""
        answered = answer(self._documents, asked)
        if answered is not None and answered.status == 200 and b"a-im" in asked.fields:
            return None  # there may be less to tell
        if answered is not None:
            _tell(self._saw, asked, answered, address)
        return answered


def _tell(saw: Saw | None, asked: Request, answered: Answer, address: str) -> None:
    if saw is not None and asked.method == "GET" and answered.status in (200, 226, 304):
        saw(asked.path, asked.fields.get(b"user-agent", b""), address)


async def _refused(request: HTTPRequest, error: Exception) -> Response:
    """404, 405 and what else the router refuses, in words of ours only."""
    code = error.status_code if isinstance(error, HTTPException) else 500
    if code == 404:
        return _response(text(404, "There is nothing at this address. The feed is at /feed.atom.\n"))
    if code == 405:
        return _response(method_not_allowed())
    return _response(text(code, "The request cannot be answered.\n"))


async def _gone(request: HTTPRequest, error: Exception) -> Response:
    """The client went while it sent its request: nobody reads this, and it is no bug to be logged."""
    return _response(text(400, "The request has no end.\n"))


async def _later(request: HTTPRequest, error: Exception) -> Response:
    """The store cannot be read: no bug, so no traceback for each request; the log and ``/readyz`` tell why."""
    return _response(text(503, "The store cannot be read at the moment.\n", (b"retry-after", RETRY_SECONDS)))


async def _failed(request: HTTPRequest, error: Exception) -> Response:
    """A bug of ours: the traceback goes to the log, not to the client."""
    return _response(text(500, "Something went wrong here; it has been logged.\n"))


def _response(answered: Answer) -> Response:
    return Response(answered.body, answered.status, {name.decode(): value.decode() for name, value in answered.headers})
