"""``/status``: how everything stands, as a page for the operator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import Route

from aggregator.serve.answer import current, text

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from starlette.requests import Request as HTTPRequest
    from starlette.routing import BaseRoute

    from aggregator.serve.answer import Answer
    from aggregator.serve.guard import Guard

FURTHEST = 1_000_000
"""Sources that may be passed over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which part of it."""

    source: str | None = None
    state: str | None = None
    start: int = 0
    """So many sources are passed over."""
    refresh: bool = False
    """Whether the page is to come again by itself."""

    @property
    def query(self) -> str:
        """What is asked for, but for that."""
        asked = {"state": self.state, "from": self.start or None}
        return urlencode({name: value for name, value in asked.items() if value is not None})


def status_routes(
    page: Callable[[Wanted], Awaitable[bytes | None]], guard: Guard, states: Collection[str]
) -> list[BaseRoute]:
    """The addresses; ``page`` makes what is wanted, ``states`` are those that may be asked for."""

    async def whole(request: HTTPRequest) -> Response:
        query = request.query_params
        state, start = query.get("state"), query.get("from", "0")
        if state is not None and state not in states:
            return _response(text(404, f"No source can be so; one of {', '.join(sorted(states))} can be asked for.\n"))
        if not (start.isascii() and start.isdigit() and len(start) < 8):
            return _response(text(404, "There is nothing at this address.\n"))
        return await answered(Wanted(state=state, start=min(int(start), FURTHEST), refresh="refresh" in query))

    async def one(request: HTTPRequest) -> Response:
        return await answered(Wanted(source=request.path_params["source"], refresh="refresh" in request.query_params))

    async def answered(wanted: Wanted) -> Response:
        body = await page(wanted)
        if body is None:
            return _response(text(404, "No source is called so; /status lists them.\n"))
        return _response(current(200, body, b"text/html; charset=utf-8", (b"x-robots-tag", b"noindex")))

    return [Route("/status", guard.of(whole)), Route("/status/{source}", guard.of(one))]


def _response(answered: Answer) -> Response:
    return Response(answered.body, answered.status, {name.decode(): value.decode() for name, value in answered.headers})
