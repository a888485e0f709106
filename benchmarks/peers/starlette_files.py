"""A plain Starlette application that serves the same bytes from memory, with ETags, run by uvicorn.

    python starlette_files.py FOLDER h11|httptools|uvloop

What anyone would write who knows HTTP: files read once, 304 to a matching If-None-Match, nothing compressed on the
way. ``uvloop`` is uvicorn[standard]: httptools' parser and uvloop's event loop. Prints its port.
"""

import hashlib
import socket
import sys
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

HEADERS = {"cache-control": "public, max-age=900", "vary": "Accept-Encoding", "x-content-type-options": "nosniff"}


def main() -> None:
    """Serves until it is killed."""
    folder, road = Path(sys.argv[1]), sys.argv[2]
    bodies = {each.name: each.read_bytes() for each in folder.iterdir()}
    tags = {name: f'"{hashlib.sha256(body).hexdigest()[:32]}"' for name, body in bodies.items()}

    async def document(request: Request) -> Response:
        name = request.path_params["name"]
        headers = {**HEADERS, "etag": tags[name]}
        if request.headers.get("if-none-match") == tags[name]:
            return Response(status_code=304, headers=headers)
        return Response(bodies[name], headers=headers, media_type="application/atom+xml")

    app = Starlette(routes=[Route("/{name}", document)])
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    print(listener.getsockname()[1], flush=True)
    config = uvicorn.Config(
        app,
        http="h11" if road == "h11" else "httptools",
        loop="uvloop" if road == "uvloop" else "asyncio",
        access_log=False,
        log_level="error",
        lifespan="off",
        ws="none",
    )
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
