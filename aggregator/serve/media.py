"""Pictures published with local articles. Their name is a hash of their bytes, so an answer stays true for ever."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from starlette.responses import FileResponse, Response
from starlette.routing import Route

from aggregator.serve.answer import SECURITY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from starlette.requests import Request

MEDIA_TYPES = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
}
"""By the ending of the file's name; nothing else is served."""

_NAME = re.compile(r"([0-9a-f]{32})\.([a-z]{3,4})")
_HEADERS = {
    **{name.decode(): value.decode() for name, value in SECURITY},
    "cache-control": "public, max-age=31536000, immutable",  # a year (RFC 8246)
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
}


def media(public: Callable[[], Path]) -> Route:
    """The route of ``/media/{name}``; ``public`` gives the public folder of the configuration in force.

    Files are read from disk as they are sent, in ranges where asked: unlike documents they may be large and many.
    """

    async def picture(request: Request) -> Response:
        name = _NAME.fullmatch(request.path_params["name"])
        path = public() / "media" / name[0] if name is not None and name[2] in MEDIA_TYPES else None
        if name is None or path is None or not await asyncio.to_thread(path.is_file):
            return Response("There is no picture at this address.\n", 404, media_type="text/plain", headers=_NOT_FOUND)
        headers = {**_HEADERS, "etag": f'"{name[1]}"'}
        wanted = request.headers.get("if-none-match", "")
        if wanted.strip() == "*" or name[1] in wanted:
            return Response(status_code=304, headers=headers)
        return FileResponse(path, headers=headers, media_type=MEDIA_TYPES[name[2]])

    return Route("/media/{name}", picture, methods=["GET"])


_NOT_FOUND = {**{name.decode(): value.decode() for name, value in SECURITY}, "cache-control": "no-store"}
