"""Pages for the operator: who may see them, and who may write there.

A page is wrapped once, where its route is made::

    Route("/status", guard.of(status_page))

A token comes as ``Authorization: Bearer`` (RFC 6750); where ``anywhere`` says so also as the password of ``Basic``
(RFC 7617), which browsers ask for, or as ``?token=``, which is all that some feed readers can do.
"""

from __future__ import annotations

import re
import time
from hashlib import blake2b
from hmac import compare_digest
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from math import ceil
from secrets import token_bytes
from typing import TYPE_CHECKING, Literal, Protocol

from starlette.responses import Response

from aggregator.serve.answer import Answer, Request, combined, text
from aggregator.serve.private import shown

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from starlette.requests import Request as HTTPRequest

    Endpoint = Callable[[HTTPRequest], Awaitable[Response]]

    Unlocked = Literal["open", "local", "hidden"]
    """Who gets in where there is no token: everybody; who asks from this machine, and not for others; nobody, as if
    there was nothing."""

PROXIED = (b"forwarded", b"x-forwarded-for", b"x-real-ip", b"via")
"""Fields by which a web server in front says that it asks for somebody else."""


class Limit(Protocol):
    """How often somebody may do something (:class:`aggregator.websub.Limit`); ``now`` is in seconds."""

    def wait(self, who: str, now: float) -> float: ...
    def take(self, who: str, now: float) -> None: ...


class Guard:
    """Lets those in who show one of the ``tokens``, which are asked for at each request: a reload changes them.

    ``wrong`` limits how often a client may show a wrong one; until it may again, the right one is refused too.
    """

    def __init__(
        self,
        tokens: Callable[[], Sequence[str]],
        wrong: Limit,
        *,
        unlocked: Unlocked = "open",
        anywhere: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tokens = tokens
        self._wrong = wrong
        self._unlocked = unlocked
        self._anywhere = anywhere
        self._clock = clock
        self._key = token_bytes(32)

    @property
    def locked(self) -> bool:
        """Whether there is a token: who got in has shown it, and may see what is not for everybody."""
        return bool(self._tokens())

    def of(self, endpoint: Endpoint) -> Endpoint:
        """The same page, for those who may see it."""

        async def guarded(request: HTTPRequest) -> Response:
            refused = self.refusal(request)
            return refused if refused is not None else await endpoint(request)

        return guarded

    def hidden(self) -> Response:
        """As if there was nothing."""
        return _response(text(404, "There is nothing at this address. The feed is at /feed.atom.\n"))

    def refusal(self, request: HTTPRequest) -> Response | None:
        """Why the request gets nothing; None where it may come in."""
        fields = combined(request.scope["headers"])
        client = request.client.host if request.client is not None else ""
        asked = Request(request.method, request.url.path, request.scope["query_string"], fields)
        answered = self._refusal(asked, client)
        return _response(answered) if answered is not None else None

    def _refusal(self, asked: Request, client: str) -> Answer | None:
        tokens = self._tokens()
        if not tokens:
            return _without_token(self._unlocked, asked, client)
        who = _who(client)
        wait = self._wrong.wait(who, self._clock())
        if wait > 0:
            again = (b"retry-after", str(ceil(wait)).encode())
            return text(429, "Too many wrong tokens were shown from your address; try again later.\n", again)
        presented = list(shown(asked if self._anywhere else _bearer_only(asked)))
        same = [self._same(each, token) for token in tokens for each in presented]
        if True in same:
            return None
        if presented:
            self._wrong.take(who, self._clock())
        challenge = b'Basic realm="operator", charset="UTF-8"' if self._anywhere else b'Bearer realm="operator"'
        words = "The token is wrong.\n" if presented else "This page needs a token of the operator.\n"
        return text(401, words, (b"www-authenticate", challenge))

    def _same(self, presented: bytes, token: str) -> bool:
        return compare_digest(self._digest(presented), self._digest(token.encode()))

    def _digest(self, token: bytes) -> bytes:
        """Of the same length for all: the time a comparison takes tells not even how long a token is."""
        return blake2b(token, digest_size=32, key=self._key).digest()


def _bearer_only(asked: Request) -> Request:
    """Without what a browser adds by itself, and without its address, which stands in logs and histories."""
    value = asked.header(b"authorization") or b""
    return Request(asked.method, asked.path, b"", {b"authorization": value} if value[:7].lower() == b"bearer " else {})


def _without_token(unlocked: Unlocked, asked: Request, client: str) -> Answer | None:
    if unlocked == "open" or (unlocked == "local" and is_local(asked, client)):
        return None
    if unlocked == "hidden":
        return text(404, "There is nothing at this address. The feed is at /feed.atom.\n")
    return text(403, "This page is for requests of this machine; set server.status_token to let others see it.\n")


def is_local(asked: Request, client: str) -> bool:
    """Whether it is asked from this machine, and by nobody who asks for somebody else.

    So does a web server in front that tells nothing but the name it was asked for, as HAProxy does by itself, and the
    page of a stranger whose name leads a browser here (DNS rebinding): this machine is asked as ``localhost``, or by
    an address.
    """
    address = _address(client)
    if address is None or not address.is_loopback or any(name in asked.fields for name in PROXIED):
        return False
    name = re.sub(r":\d*$", "", (asked.header(b"host") or b"localhost").decode("latin-1").lower())
    return name == "localhost" or _address(name.strip("[]")) is not None


def _response(answered: Answer) -> Response:
    return Response(answered.body, answered.status, {name.decode(): value.decode() for name, value in answered.headers})


def _who(client: str) -> str:
    """A network of IPv6 is one client: whoever has one address has 2**64 of them."""
    address = _address(client)
    return str(ip_network((address, 64), strict=False)) if isinstance(address, IPv6Address) else client


def _address(client: str) -> IPv4Address | IPv6Address | None:
    """The client's; one of IPv4 also where it came in on a socket of IPv6, which says ``::ffff:192.0.2.1``. ``None``
    for what is none: a socket in the file system has no address."""
    try:
        address = ip_address(client.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
