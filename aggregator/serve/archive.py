"""Archive documents that are there no longer. Those that are there are documents like all others."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from aggregator.serve.answer import text

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

_NAME = re.compile(r"([1-9][0-9]{0,8})\.atom")


def archive(highest: Callable[[str], Awaitable[int]]) -> Route:
    """The route of ``/{output}/archive/{number}.atom`` where no such document is: 410 where it was given out once.

    Something it held was taken back; what is left of it has another address, to which the chain leads (RFC 5005 4.1
    allows 410). ``highest`` gives the highest number that an output ever gave to a document, 0 for none.
    """

    async def gone(request: Request) -> Response:
        name = _NAME.fullmatch(request.path_params["name"])
        if name is None or int(name[1]) > await highest(request.path_params["output"]):
            raise HTTPException(404)
        answered = text(410, "This document was replaced. Follow the links from the feed at /feed.atom.\n")
        headers = {field.decode(): value.decode() for field, value in answered.headers}
        return Response(answered.body, answered.status, headers)

    return Route("/{output}/archive/{name}", gone, methods=["GET"])
