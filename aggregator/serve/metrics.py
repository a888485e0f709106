"""``/metrics``: figures for Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from aggregator.errors import StoreError
from aggregator.serve.answer import current, text

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from aggregator.serve.answer import Answer
    from aggregator.serve.guard import Guard

    Exposition = Callable[[str], Awaitable[tuple[bytes, str] | None]]
    """Given the ``Accept`` of a request, the figures and their media type; ``None`` where there are none."""


def metrics(exposition: Exposition, guard: Guard) -> Route:
    """The route, for those whom ``guard`` lets in. A store that cannot be read is 503, which is an alert of its own."""

    async def scrape(request: Request) -> Response:
        try:
            made = await exposition(request.headers.get("accept", ""))
        except StoreError as error:
            return _response(text(503, f"The store cannot be read: {error}\n"))
        if made is None:
            raise HTTPException(404)
        return _response(current(200, made[0], made[1].encode(), (b"vary", b"accept")))

    return Route("/metrics", guard.of(scrape))


def _response(answered: Answer) -> Response:
    return Response(answered.body, answered.status, {name.decode(): value.decode() for name, value in answered.headers})
