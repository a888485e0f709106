"""One look at a source on the web: what is asked for, and what the answer comes to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aggregator.fetch import address as addresses
from aggregator.fetch import conditional, credentials
from aggregator.fetch.body import whole
from aggregator.fetch.hops import Errand, answered
from aggregator.fetch.judged import judged
from aggregator.fetch.masked import masked
from aggregator.fetch.tls import Terms
from aggregator.fetch.trail import Trail, ended
from aggregator.model import Failed

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.fetch.hops import Lines
    from aggregator.fetch.http import Transport
    from aggregator.model import Fetched, NotModified, Outcome, Polling, Source, SourceState

FEEDS = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
)

PAGES = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"


class Web:
    """Looks at web addresses."""

    def __init__(self, *, transport: Transport, polling: Polling, agent: str) -> None:
        self._transport = transport
        self._polling = polling
        self.agent = agent
        """The User-Agent of requests from now on."""

    async def fetch(self, source: Source, state: SourceState | None, now: datetime, *, page: bool = False) -> Outcome:
        """Looks once, following redirects, all within the source's time limit. A stranger cannot make it raise.

        ``page``: what is there is a page, and no feed.
        """
        trail = Trail()
        accept = PAGES if page or source.scrape is not None else FEEDS
        known = conditional.refreshing(conditional.usable(source, state), now)
        look = self._look(source, known, now, trail, accept)
        outcome = await ended(look, source.timeout or self._polling.timeout, trail)
        if isinstance(outcome, Failed) and trail.head is not None:
            outcome = replace(outcome, exchange=trail.said(b""))
        return masked(replace(outcome, asked=trail.asked(now)), credentials.told(source))

    async def _look(
        self, source: Source, state: SourceState | None, now: datetime, trail: Trail, accept: str
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
            accept=accept,
            own=credentials.of_source(source, start),
            terms=Terms(ca=source.ca, client_cert=source.client_cert, http2=source.http2),
            proxy=source.proxy,
            allow_downgrade=source.allow_downgrade,
            conditions=conditions,
        )
        async with answered(errand, self._transport, trail) as (answer, fields):
            limit = source.max_bytes or self._polling.max_bytes
            body = await whole(answer, fields, trail.meter, limit) if answer.status_code == 200 else b""
        return judged(trail.said(body), state, now)
