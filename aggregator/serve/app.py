"""The ASGI application: documents first, then the few addresses that tell how the service is.

Nothing in an answer comes from the request: no ``Host``, no path, no query is ever echoed or redirected to.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import Route

from aggregator.serve import negotiate
from aggregator.serve.documents import SECURITY, Documents

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from starlette.requests import Request
    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp, Receive, Scope, Send

ALLOWED = "GET, HEAD"


def create_app(
    documents: Documents,
    *,
    unready: Callable[[], str | None],
    status: Callable[[], Awaitable[Mapping[str, Any]]],
    routes: Sequence[BaseRoute] = (),
    saw: Callable[[str, bytes, str], None] | None = None,
) -> Starlette:
    """The application.

    ``unready`` says in one line why the service should not get requests, such as a snapshot that is too old; None when
    all is well. ``status`` gives what ``/status.json`` shows. Both are called on each request and must not block.
    ``routes`` are added behind ours. ``saw`` is told of each GET that ended in 200 or 304 the document's path, the
    User-Agent and the client's address.
    """

    async def healthz(request: Request) -> Response:
        return _text(200, "alive\n")

    async def readyz(request: Request) -> Response:
        reason = unready() if len(documents) else "no document has been published yet"
        return _text(200, "ready\n") if reason is None else _text(503, f"not ready: {reason}\n")

    async def status_json(request: Request) -> Response:
        body = json.dumps(await status(), ensure_ascii=False, indent=2).encode("utf-8")
        return _answer(200, body, "application/json; charset=utf-8")

    app = Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/status.json", status_json),
            *routes,
        ],
        middleware=[Middleware(_DocumentsFirst, documents=documents, saw=saw)],
        exception_handlers={HTTPException: _refused, Exception: _failed},
    )
    app.router.redirect_slashes = False  # it would build the address of its redirect from the Host header
    return app


class _DocumentsFirst:
    """Answers for a published document itself and hands on everything else; most requests never reach the router."""

    def __init__(self, app: ASGIApp, documents: Documents, saw: Callable[[str, bytes, str], None] | None) -> None:
        self._app = app
        self._documents = documents
        self._saw = saw

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = _path(scope["path"]) if scope["type"] == "http" else ""
        document = self._documents.get(path)
        if document is None:
            await self._app(scope, receive, send)
            return
        method = scope["method"]
        if method not in ("GET", "HEAD"):
            await _method_not_allowed()(scope, receive, send)
            return
        headers = scope["headers"]
        accepts = [value for name, value in headers if name == b"accept-encoding"]
        chosen = negotiate.selected(document, b",".join(accepts) if accepts else None)
        code = negotiate.status(document, chosen, headers)
        if code == 412:
            await _text(412, "The document has changed.\n")(scope, receive, send)
            return
        if method == "GET" and self._saw is not None:
            agent = next((value for name, value in headers if name == b"user-agent"), b"")
            self._saw(path, agent, scope["client"][0] if scope.get("client") else "")
        sent, body = (chosen.not_modified_headers, b"") if code == 304 else (chosen.headers, chosen.body)
        await send({"type": "http.response.start", "status": code, "headers": sent})
        await send({"type": "http.response.body", "body": body if method == "GET" else b""})


def _path(target: str) -> str:
    """The path of a request target; an absolute one has to be accepted (RFC 9112 3.2.2), its host means nothing."""
    if target.startswith("/"):
        return target
    scheme, separator, rest = target.partition("://")
    return "/" + rest.partition("/")[2] if separator and scheme.lower() in ("http", "https") else target


async def _refused(request: Request, error: Exception) -> Response:
    """404, 405 and what else the router refuses, in words of ours only."""
    code = error.status_code if isinstance(error, HTTPException) else 500
    if code == 404:
        return _text(404, "There is nothing at this address. The feed is at /feed.atom.\n")
    if code == 405:
        return _method_not_allowed()
    return _text(code, "The request cannot be answered.\n")


async def _failed(request: Request, error: Exception) -> Response:
    """A bug of ours: the traceback goes to the log, not to the client."""
    return _text(500, "Something went wrong here; it has been logged.\n")


def _method_not_allowed() -> Response:
    return _text(405, f"Only {ALLOWED} are possible here.\n", allow=ALLOWED)


def _text(code: int, text: str, **headers: str) -> Response:
    return _answer(code, text.encode("utf-8"), "text/plain; charset=utf-8", **headers)


def _answer(code: int, body: bytes, media_type: str, **headers: str) -> Response:
    """An answer that is true only now."""
    fixed = {name.decode(): value.decode() for name, value in SECURITY}
    return Response(body, code, {"cache-control": "no-store", **fixed, **headers}, media_type)
