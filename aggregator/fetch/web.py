"""One look at a web address: the hops, the conditions, the limits, and how it ends."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import unquote

from aggregator.fetch import address as addresses
from aggregator.fetch import conditional, links, status
from aggregator.fetch.credentials import basic
from aggregator.fetch.decode import decoder
from aggregator.fetch.freshness import freshness
from aggregator.fetch.http import Request, Transport, pieces
from aggregator.fetch.limits import Meter
from aggregator.fetch.masked import masked
from aggregator.fetch.problem import Problem, one_line
from aggregator.fetch.tls import Terms
from aggregator.model import Asked, Code, Document, Failed, Fetched, NotModified

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.fetch.address import Address
    from aggregator.fetch.http import Response
    from aggregator.model import Outcome, Polling, Source, SourceState, Validators

REDIRECTS = 5
LOCATION_BYTES = 4096
ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
)
ACCEPT_ENCODING = "gzip, deflate"
"""The same on every request, for validators vary with it, and only what is decoded under a limit here."""


@dataclass(slots=True)
class _Leg:
    """One request on the way; ``began`` is the event loop's clock, ``received`` what the meter showed."""

    host: str
    began: float
    received: int
    conditional: bool
    status: int | None = None


@dataclass(slots=True)
class _Trail:
    """How far one look has come: for the words of a failure, and for the account of what was asked of whom."""

    at: Address | None = None
    hops: list[str] = field(default_factory=list)
    redirected: bool = False
    permanent: bool = True
    meter: Meter = field(default_factory=Meter)
    legs: list[_Leg] = field(default_factory=list)

    def ask(self, host: str, *, conditional: bool) -> _Leg:
        """Begins the next request."""
        clock = asyncio.get_running_loop().time()
        leg = _Leg(host=host, began=clock, received=self.meter.received, conditional=conditional)
        self.legs.append(leg)
        return leg

    def asked(self, now: datetime) -> tuple[Asked, ...]:
        """Every request that was sent, for a look that began at ``now`` and is over. One for which there was no
        connection bothered nobody, and is always the last."""
        clock = asyncio.get_running_loop().time()
        over = _Leg(host="", began=clock, received=self.meter.received, conditional=False)
        return tuple(
            Asked(
                host=leg.host,
                at=now + timedelta(seconds=leg.began - self.legs[0].began),
                took=timedelta(seconds=end.began - leg.began),
                conditional=leg.conditional,
                status=leg.status,
                wire_bytes=end.received - leg.received,
            )
            for leg, end in zip(self.legs[: self.meter.sent], [*self.legs[1:], over], strict=False)
        )

    @property
    def moved_to(self) -> str | None:
        """Where it ended, if there were redirects and each was permanent."""
        return self.hops[-1] if self.redirected and self.permanent else None


class Web:
    """Looks at web addresses."""

    def __init__(self, *, transport: Transport, polling: Polling, agent: str) -> None:
        self._transport = transport
        self._polling = polling
        self.agent = agent
        """The User-Agent of requests from now on."""

    async def fetch(self, source: Source, state: SourceState | None, now: datetime) -> Outcome:
        """Looks once, following redirects, all within the source's time limit. A stranger cannot make it raise."""
        trail = _Trail()
        outcome = await self._fetch(source, state, now, trail)
        return masked(replace(outcome, asked=trail.asked(now)), _told(source))

    async def _fetch(self, source: Source, state: SourceState | None, now: datetime, trail: _Trail) -> Outcome:
        wait = (source.timeout or self._polling.timeout).total_seconds()
        try:
            try:
                async with asyncio.timeout(wait) as clock:
                    return await self._look(
                        source, conditional.refreshing(conditional.usable(source, state), now), now, trail
                    )
            except TimeoutError as error:
                if not clock.expired():
                    raise
                if trail.meter.received:
                    raise Problem(Code.TOO_SLOW, f"{trail.meter.received:,} bytes in {wait:g} s") from error
                raise Problem(Code.TIMEOUT, f"no answer within {wait:g} s") from error
        except Problem as problem:
            return Failed(
                code=problem.code,
                detail=one_line(f"after a redirect: {problem.detail}") if trail.redirected else problem.detail,
                status=problem.status,
                final_url=None if trail.at is None else str(trail.at),
                freshness=problem.freshness,
                wire_bytes=trail.meter.received,
            )

    async def _look(self, source: Source, state: SourceState | None, now: datetime, trail: _Trail) -> Outcome:
        start = trail.at = addresses.parse(source.url or "")
        while True:
            here = trail.at
            trail.hops.append(str(here))
            sent = conditional.to_send(state, str(here))
            leg = trail.ask(_host(source, start, here), conditional=bool(sent))
            answer = await self._transport.handle_async_request(self._request(source, start, here, sent, trail.meter))
            leg.status = answer.status_code
            try:
                fields = _fields(answer)
                location = fields.get("location")
                if answer.status_code not in status.REDIRECTS or location is None:
                    return await self._read(source, state, now, trail, answer, fields, sent)
            finally:
                await answer.aclose()
            trail.redirected = True
            trail.permanent = trail.permanent and answer.status_code in status.PERMANENT
            trail.at = self._next(source, here, location[0].encode("latin-1"), trail)

    def _request(self, source: Source, start: Address, to: Address, sent: Validators, meter: Meter) -> Request:
        """The request for one hop. What the source's owner is trusted with stays within the origin configured."""
        at_home = to.origin == start.origin
        own = _secrets(source, start) if at_home else {}
        terms = Terms(http2=source.http2)
        if at_home:
            terms = replace(terms, ca=source.ca, client_cert=source.client_cert)
        usual = {
            "User-Agent": source.user_agent or self.agent,
            "Accept": ACCEPT,
            "Accept-Encoding": ACCEPT_ENCODING,
        }
        lines = [("Host", to.authority)]
        lines += [(name, value) for name, value in usual.items() if name.lower() not in own]
        lines += own.values()
        if sent.etag is not None:
            lines.append(("If-None-Match", sent.etag))
        if sent.last_modified is not None:
            lines.append(("If-Modified-Since", sent.last_modified))
        return Request(
            "GET",
            f"{to.scheme}://{to.authority}/",
            headers=[(name.encode("latin-1"), value.encode("latin-1")) for name, value in lines],
            extensions={"address": to, "meter": meter, "tls": terms, "proxy": source.proxy},
        )

    @staticmethod
    def _next(source: Source, here: Address, location: bytes, trail: _Trail) -> Address:
        if len(location) > LOCATION_BYTES:
            raise Problem(Code.REDIRECT, f"redirect to an address of {len(location):,} bytes, over {LOCATION_BYTES:,}")
        to = addresses.follow(here, location)
        if len(trail.hops) > REDIRECTS:
            raise Problem(Code.REDIRECT, f"{len(trail.hops)} redirects; the last was to {to.shown}")
        if str(to) in trail.hops:
            raise Problem(Code.REDIRECT, f"redirects go round in a circle at {to.shown}")
        if here.scheme == "https" and to.scheme == "http" and not source.allow_downgrade:
            raise Problem(Code.REDIRECT, f"redirect from https to {to.shown} refused; allow_downgrade permits it")
        return to

    async def _read(
        self,
        source: Source,
        state: SourceState | None,
        now: datetime,
        trail: _Trail,
        answer: Response,
        fields: dict[str, list[str]],
        sent: Validators,
    ) -> Outcome:
        """Turns the last answer of the chain into a value."""
        fresh = freshness(answer.status_code, fields, now)
        url = trail.hops[-1]
        given = conditional.given(fields)
        if answer.status_code == 304 and sent:
            return NotModified(
                validators=conditional.merged(sent, given),
                final_url=url,
                redirected=trail.redirected,
                moved_to=trail.moved_to,
                freshness=fresh,
                status=304,
                wire_bytes=trail.meter.received,
            )
        if answer.status_code != 200:
            raise status.refusal(answer.status_code, fresh)
        body = await self._body(source, answer, fields, trail.meter)
        digest = hashlib.sha256(body).digest()
        if state is not None and state.body_hash == digest and state.final_url == url:
            return NotModified(
                validators=given,
                final_url=url,
                redirected=trail.redirected,
                moved_to=trail.moved_to,
                freshness=fresh,
                status=200,
                wire_bytes=trail.meter.received,
                reason="the same bytes as last time",
            )
        media_type = next(iter(fields.get("content-type", ())), None)
        return Fetched(
            documents=(Document(body=body, url=url, media_type=media_type),),
            validators=given,
            final_url=url,
            redirected=trail.redirected,
            moved_to=trail.moved_to,
            body_hash=digest,
            freshness=fresh,
            hubs=links.hubs(fields.get("link", ()), url),
            status=200,
            wire_bytes=trail.meter.received,
        )

    async def _body(self, source: Source, answer: Response, fields: dict[str, list[str]], meter: Meter) -> bytes:
        most = source.max_bytes or self._polling.max_bytes
        declared = next(iter(fields.get("content-length", ())), "")
        if declared.isdigit() and (len(declared) > 18 or int(declared) > most):
            raise Problem(Code.TOO_LARGE, f"the answer declares more than {most:,} bytes", status=200)
        most_received = meter.received + most
        codings = ",".join(fields.get("content-encoding", ()))
        came: list[bytes] = []
        size = 0
        pace = _Pace()
        try:
            counting = decoder(codings, 2 * most)
            async for piece in pieces(answer):
                came.append(piece)
                size += len(piece)  # the meter has counted what came with the head
                for part in counting.feed(piece):
                    await pace.went(len(part))
                if size > most or meter.received > most_received:
                    break
            else:
                counting.finish()
        except Problem as problem:
            problem.status = 200
            raise
        if size > most or meter.received > most_received:
            raise Problem(Code.TOO_LARGE, f"body over {most:,} bytes on the wire", status=200)
        whole = await _decoded(came, codings, 2 * most, pace)
        if not whole.strip():
            raise Problem(Code.EMPTY, "200 with an empty body", status=200)
        return whole


class _Pace:
    """Gives the event loop a turn after every 256 KiB, or 256 pieces however small: 64 bombs at once took it 3.8 s."""

    def __init__(self) -> None:
        self._since = 0

    async def went(self, size: int) -> None:
        self._since += size + 1024
        if self._since > 256 * 1024:
            self._since = 0
            await asyncio.sleep(0)


async def _decoded(came: list[bytes], codings: str, limit: int, pace: _Pace) -> bytes:
    """What came over the wire, decoded once it is whole: 40 documents of 19 MiB that never ended held 736 MiB when
    they were kept decoded."""
    decode = decoder(codings, limit)
    parts = []
    for piece in came:
        for part in decode.feed(piece):
            parts.append(part)
            await pace.went(len(part))
    return b"".join(parts)


def _fields(answer: Response) -> dict[str, list[str]]:
    """Header fields as latin-1 text, each name's values in order."""
    fields: dict[str, list[str]] = {}
    for name, value in answer.headers.raw:
        fields.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return fields


def _host(source: Source, start: Address, to: Address) -> str:
    """As :attr:`Source.host` spells it, which a name in the configuration's own letters is not in an address."""
    return source.host if (to.host, to.port) == (start.host, start.port) else f"{to.host}:{to.port}"


def _told(source: Source) -> list[str]:
    """What a server is told in confidence and could say aloud."""
    user, _, password = (source.url or "").partition("://")[2].partition("/")[0].rpartition("@")[0].partition(":")
    pairs = [(unquote(user), unquote(password)), source.basic_auth or ("", "")]
    told = [value for _, value in source.headers] + [source.bearer or "", *(secret for _, secret in pairs)]
    return told + [basic(*each).removeprefix("Basic ") for each in pairs if each[1]]


def _secrets(source: Source, start: Address) -> dict[str, tuple[str, str]]:
    """What the configuration sends to this origin alone: by lower-case name, so that it replaces what is usual."""
    own: dict[str, tuple[str, str]] = {}
    user, _, password = (start.userinfo or "").partition(":")
    if source.bearer is not None:
        own["authorization"] = ("Authorization", f"Bearer {source.bearer}")
    elif source.basic_auth is not None:
        own["authorization"] = ("Authorization", basic(*source.basic_auth))
    elif start.userinfo is not None:
        own["authorization"] = ("Authorization", basic(unquote(user), unquote(password)))
    own.update({name.lower(): (name, value) for name, value in source.headers})
    return own
