"""One look at a source on the web: what is asked for, and what the answer comes to."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from aggregator.fetch import address as addresses
from aggregator.fetch import conditional, credentials, links, status
from aggregator.fetch.body import whole
from aggregator.fetch.freshness import freshness
from aggregator.fetch.hops import Errand, answered
from aggregator.fetch.masked import masked
from aggregator.fetch.problem import Problem
from aggregator.fetch.tls import Terms
from aggregator.fetch.trail import Trail, ended
from aggregator.model import Code, Document, Fetched, NotModified

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.fetch.hops import Lines
    from aggregator.fetch.http import Response, Transport
    from aggregator.model import Outcome, Polling, Source, SourceState

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
)


class Web:
    """Looks at web addresses."""

    def __init__(self, *, transport: Transport, polling: Polling, agent: str) -> None:
        self._transport = transport
        self._polling = polling
        self.agent = agent
        """The User-Agent of requests from now on."""

    async def fetch(self, source: Source, state: SourceState | None, now: datetime) -> Outcome:
        """Looks once, following redirects, all within the source's time limit. A stranger cannot make it raise."""
        trail = Trail()
        look = self._look(source, conditional.refreshing(conditional.usable(source, state), now), now, trail)
        outcome = await ended(look, source.timeout or self._polling.timeout, trail)
        return masked(replace(outcome, asked=trail.asked(now)), credentials.told(source))

    async def _look(
        self, source: Source, state: SourceState | None, now: datetime, trail: Trail
    ) -> Fetched | NotModified:
        def conditions(url: str) -> Lines:
            sent = conditional.to_send(state, url)
            both = (("If-None-Match", sent.etag), ("If-Modified-Since", sent.last_modified))
            return [(name, value) for name, value in both if value is not None]

        start = addresses.parse(source.url or "")
        errand = Errand(
            start=start,
            host=source.host,
            agent=source.user_agent or self.agent,
            accept=ACCEPT,
            own=credentials.of_source(source, start),
            terms=Terms(ca=source.ca, client_cert=source.client_cert, http2=source.http2),
            proxy=source.proxy,
            allow_downgrade=source.allow_downgrade,
            conditions=conditions,
        )
        async with answered(errand, self._transport, trail) as (answer, fields):
            return await self._read(source, state, now, trail, answer, fields)

    async def _read(
        self,
        source: Source,
        state: SourceState | None,
        now: datetime,
        trail: Trail,
        answer: Response,
        fields: dict[str, list[str]],
    ) -> Fetched | NotModified:
        """Turns the last answer of the chain into a value."""
        fresh = freshness(answer.status_code, fields, now)
        url = trail.hops[-1]
        given = conditional.given(fields)
        sent = conditional.to_send(state, url)
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
        body = await whole(answer, fields, trail.meter, source.max_bytes or self._polling.max_bytes)
        if not body.strip():
            raise Problem(Code.EMPTY, "200 with an empty body", status=200)
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
