"""``/hub``: where subscribers ask to be told of what is new (WebSub 5.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from aggregator.serve.answer import text

if TYPE_CHECKING:
    from starlette.requests import Request


class Reply(Protocol):
    """What a subscriber is answered."""

    @property
    def status(self) -> int: ...
    @property
    def text(self) -> str:
        """One sentence."""

    @property
    def retry_after(self) -> int | None:
        """Seconds."""


class Hub(Protocol):
    """Who decides about it."""

    @property
    def is_open(self) -> bool:
        """Whether there is a hub at all."""

    def refuses(self, client: str) -> Reply | None:
        """Why nothing is taken from this client at the moment; None where something is."""

    async def take(self, body: bytes, media_type: str) -> Reply:
        """Takes a request."""


def hub_route(hub: Hub, most_bytes: int) -> Route:
    """The route; of a request at most ``most_bytes`` and a little are read, and nothing of one that is refused."""

    async def subscribe(request: Request) -> Response:
        if not hub.is_open:
            raise HTTPException(404)
        if request.method != "POST":
            said = "This is a WebSub hub: send a form with hub.mode, hub.topic and hub.callback (POST).\n"
            return _response(405, said, ("allow", "POST"))
        reply = hub.refuses(request.client.host if request.client is not None else "")
        if reply is None:
            body = bytearray()
            async for piece in request.stream():
                body += piece
                if len(body) > most_bytes:
                    break
            reply = await hub.take(bytes(body), request.headers.get("content-type", ""))
        more = (("retry-after", str(reply.retry_after)),) if reply.retry_after is not None else ()
        return _response(reply.status, f"{reply.text}\n", *more)

    return Route("/hub", subscribe, methods=["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"])


def _response(status: int, words: str, *more: tuple[str, str]) -> Response:
    made = text(status, words, *((name.encode(), value.encode()) for name, value in more))
    return Response(made.body, made.status, {name.decode(): value.decode() for name, value in made.headers})
