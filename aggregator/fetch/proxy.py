"""How a proxy is asked to pass on what we send, and to whom."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from aggregator.fetch.credentials import basic
from aggregator.fetch.http1 import Http1
from aggregator.fetch.problem import Problem
from aggregator.fetch.wire import Wire
from aggregator.model import Code

if TYPE_CHECKING:
    from aggregator.fetch.address import Address
    from aggregator.fetch.connection import Connection
    from aggregator.fetch.limits import Limits, Meter
    from aggregator.fetch.wire import Fields
    from aggregator.model import Proxy


def login(proxy: Proxy) -> Fields:
    """Gives the fields that say to the proxy who asks; they are for nobody behind it."""
    return [(b"Proxy-Authorization", basic(*proxy.auth).encode())] if proxy.auth is not None else []


def asked_through(proxy: Proxy, to: Address) -> tuple[bytes, Fields]:
    """Gives the target of a request without TLS, in absolute form (RFC 9112 section 3.2.2), and its further fields."""
    return str(to).encode("ascii"), login(proxy)


async def tunnel(connection: Connection, proxy: Proxy, to: Address, limits: Limits, meter: Meter) -> None:
    """Has the proxy pass on all that follows (CONNECT, RFC 9110 section 9.3.6). Raises Problem where it will not."""
    exchange = Http1(Wire(connection, limits, meter), limits)
    host = f"[{to.host}]" if ":" in to.host else to.host
    target = f"{host}:{to.port}".encode("ascii")
    exchange.send("CONNECT", target, [(b"Host", target), *login(proxy)])
    status = (await exchange.head()).status
    if status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        raise Problem(Code.CONNECT, "it wants a user and password, or others; correct them in the source's proxy")
    if not 200 <= status < 300:
        raise Problem(Code.CONNECT, f"it answered {status} to CONNECT {to.host}:{to.port}")
    if exchange.unread or connection.unread:
        raise Problem(Code.PROTOCOL, "it sent something of its own before the server's TLS")
