"""Outputs that are made when they are asked for, over HTTP: found, not there, not understood, or later."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from starlette.responses import Response
from starlette.routing import Route

from aggregator.serve.answer import Answer, Request, answer_with, combined, current, text

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from starlette.requests import Request as HTTPRequest
    from starlette.routing import BaseRoute

    from aggregator.model import Rendered
    from aggregator.serve.documents import Documents
    from aggregator.serve.negotiate import Document, Headers

ADDRESSES = (
    "/tags", "/tags/{name:path}", "/sources", "/sources/{name:path}", "/languages/{name:path}", "/search",
    "/search.{format}",
)  # fmt: skip

RETRY_SECONDS = b"60"


class Refusal(NamedTuple):
    """Why there is no document: a status, and a line or a page for people."""

    status: int
    words: str
    page: bytes | None = None


def routes(ask: Callable[[str, bytes], Awaitable[Document | Refusal]]) -> list[BaseRoute]:
    """The addresses; ``ask`` gives the document at a decoded path and a query."""

    async def asked(request: HTTPRequest) -> Response:
        path, query = request.scope["path"], request.scope["query_string"]
        found = await ask(path, query)
        if isinstance(found, Refusal):
            return _response(_refused(found))
        return _response(answer_with(found, Request(request.method, path, query, combined(request.scope["headers"]))))

    return [Route(each, asked) for each in ADDRESSES]


def prepared(documents: Documents, rendered: Rendered, now: datetime) -> Document:
    """The document as it is sent, made ``now``; its ``updated`` is no ``Last-Modified``, as it stays where an entry
    goes, or comes with an older date. What is found by a search is for nobody to index, and its page has a form."""
    document = documents.made(rendered.path, rendered.body, now)
    if not rendered.path.startswith("search/"):
        return document
    codings = {
        name: replace(each, headers=_searched(each.headers), not_modified_headers=_searched(each.not_modified_headers))
        for name, each in document.codings.items()
    }
    return replace(document, codings=codings)


def size(document: Document) -> int:
    """Bytes in all its codings."""
    return sum(len(each.body) for each in document.codings.values())


def _searched(headers: Headers) -> Headers:
    return (*_with_form(headers), (b"x-robots-tag", b"noindex"))


def _with_form(headers: Headers) -> Headers:
    return tuple((name, value.replace(b"form-action 'none'", b"form-action 'self'")) for name, value in headers)


def _refused(refusal: Refusal) -> Answer:
    more = ((b"retry-after", RETRY_SECONDS),) if refusal.status == 503 else ()
    if refusal.page is None:
        return text(refusal.status, refusal.words + "\n", *more)
    page = current(refusal.status, refusal.page, b"text/html; charset=utf-8", *more)
    return page._replace(headers=_with_form(page.headers))


def _response(answered: Answer) -> Response:
    return Response(answered.body, answered.status, {name.decode(): value.decode() for name, value in answered.headers})
