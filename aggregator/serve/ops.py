"""``/ops.atom``: what has changed of how things stand, for the operator."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

from aggregator.serve.answer import Request, answer_with, combined
from aggregator.serve.documents import Documents

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from starlette.requests import Request as HTTPRequest

    from aggregator.serve.guard import Guard
    from aggregator.serve.negotiate import Document

PATH = "ops.atom"


def ops(make: Callable[[bool], Awaitable[bytes]], guard: Guard, now: Callable[[], datetime]) -> Route:
    """The route; ``make`` gives the document, and is told whether only those with a token can see it.

    No cache keeps it for others, and every reader asks whether it has changed.
    """
    documents = Documents(max_age=timedelta(0), private=True)
    made: dict[bool, tuple[bytes, Document]] = {}

    async def answered(request: HTTPRequest) -> Response:
        locked = guard.locked
        body = await make(locked)
        if locked not in made or made[locked][0] != body:
            made[locked] = body, await asyncio.to_thread(documents.made, PATH, body, now())
        _, document = made[locked]
        fields = combined(request.scope["headers"])
        answer = answer_with(document, Request(request.method, f"/{PATH}", request.scope["query_string"], fields))
        return Response(answer.body, answer.status, {name.decode(): value.decode() for name, value in answer.headers})

    return Route(f"/{PATH}", guard.of(answered))
