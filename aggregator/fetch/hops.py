"""One errand over its redirects: what is sent on each hop, and which hops are followed."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aggregator.fetch import status
from aggregator.fetch.address import follow
from aggregator.fetch.http import Request
from aggregator.fetch.problem import Problem
from aggregator.fetch.tls import Terms
from aggregator.model import Code

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from aggregator.fetch.address import Address
    from aggregator.fetch.http import Response, Transport
    from aggregator.fetch.limits import Meter
    from aggregator.fetch.trail import Trail
    from aggregator.model import Proxy

REDIRECTS = 5
LOCATION_BYTES = 4096
ACCEPT_ENCODING = "gzip, deflate"
"""The same on every request, for validators vary with it, and only what is decoded under a limit here."""

Lines = list[tuple[str, str]]


def unconditional(_url: str) -> Lines:
    return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What is asked for, whoever answers in the end."""

    start: Address
    host: str
    """What the account of requests calls the host of ``start``."""
    agent: str
    accept: str
    own: Mapping[str, str]
    """Header fields for the origin of ``start`` alone; they stand instead of the usual ones of the same name."""
    terms: Terms = Terms()  # noqa: RUF009 - frozen
    """Of TLS with that origin. ``http2`` holds for all."""
    proxy: Proxy | None = None
    allow_downgrade: bool = False
    conditions: Callable[[str], Lines] = unconditional
    """Gives the validators' header fields for an address."""
    content: tuple[str, bytes] | None = None
    """Media type and bytes to send (POST); without them it is a GET."""
    follows: bool = True
    """Whether redirects are; else they are answers like others."""


@asynccontextmanager
async def answered(
    errand: Errand, transport: Transport, trail: Trail
) -> AsyncIterator[tuple[Response, dict[str, list[str]]]]:
    """Gives the last answer of the chain and its header fields, as latin-1 text; each hop is checked as the first is.

    Raises Problem: ``redirect`` for what is not followed, and all that :class:`Transport` raises.
    """
    trail.at = errand.start
    while True:
        here = trail.at
        trail.hops.append(str(here))
        conditions = errand.conditions(str(here))
        leg = trail.ask(_host(errand, here), conditional=bool(conditions))
        answer = await transport.handle_async_request(_request(errand, here, conditions, trail.meter))
        leg.status = answer.status_code
        try:
            fields = _named(answer)
            location = fields.get("location")
            trail.head = answer.status_code, fields
            if not errand.follows or answer.status_code not in status.REDIRECTS or location is None:
                yield answer, fields
                return
        finally:
            await answer.aclose()
        if errand.content is not None and answer.status_code not in status.SAME_METHOD:
            said = status.describe(answer.status_code)
            raise Problem(Code.REDIRECT, f"{said} to a POST; only 307 and 308 are followed", status=answer.status_code)
        trail.redirected = True
        trail.permanent = trail.permanent and answer.status_code in status.PERMANENT
        trail.at = _next(errand, here, location[0].encode("latin-1"), trail)


def _request(errand: Errand, to: Address, conditions: Lines, meter: Meter) -> Request:
    """The request for one hop. What somebody is trusted with stays within the origin it was meant for."""
    at_home = to.origin == errand.start.origin
    usual = {"User-Agent": errand.agent, "Accept": errand.accept, "Accept-Encoding": ACCEPT_ENCODING}
    own = errand.own if at_home else {}
    instead = {name.lower() for name in own}
    lines = [("Host", to.authority)]
    lines += [(name, value) for name, value in usual.items() if name.lower() not in instead]
    lines += own.items()
    lines += conditions
    if errand.content is not None:
        lines += [("Content-Type", errand.content[0]), ("Content-Length", str(len(errand.content[1])))]
    return Request(
        "GET" if errand.content is None else "POST",
        f"{to.scheme}://{to.authority}/",
        headers=[(name.encode("latin-1"), value.encode("latin-1")) for name, value in lines],
        content=None if errand.content is None else errand.content[1],
        extensions={
            "address": to,
            "meter": meter,
            "tls": errand.terms if at_home else Terms(http2=errand.terms.http2),
            "proxy": errand.proxy,
        },
    )


def _next(errand: Errand, here: Address, location: bytes, trail: Trail) -> Address:
    if len(location) > LOCATION_BYTES:
        raise Problem(Code.REDIRECT, f"redirect to an address of {len(location):,} bytes, over {LOCATION_BYTES:,}")
    to = follow(here, location)
    if len(trail.hops) > REDIRECTS:
        raise Problem(Code.REDIRECT, f"{len(trail.hops)} redirects; the last was to {to.shown}")
    if str(to) in trail.hops:
        raise Problem(Code.REDIRECT, f"redirects go round in a circle at {to.shown}")
    if here.scheme == "https" and to.scheme == "http" and not errand.allow_downgrade:
        raise Problem(Code.REDIRECT, f"redirect from https to {to.shown} refused; allow_downgrade permits it")
    return to


def _named(answer: Response) -> dict[str, list[str]]:
    """Header fields as latin-1 text, each name's values in order."""
    fields: dict[str, list[str]] = {}
    for name, value in answer.headers.raw:
        fields.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return fields


def _host(errand: Errand, to: Address) -> str:
    """A name in the configuration's own letters is not in an address."""
    return errand.host if (to.host, to.port) == (errand.start.host, errand.start.port) else f"{to.host}:{to.port}"
