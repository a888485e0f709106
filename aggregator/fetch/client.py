"""Requests that are no look at a source: pages, lists of feeds, hubs. The same guard, limits and redirects."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aggregator.fetch import address as addresses
from aggregator.fetch import credentials, links, status
from aggregator.fetch.body import whole
from aggregator.fetch.freshness import freshness
from aggregator.fetch.hops import Errand, answered
from aggregator.fetch.masked import masked
from aggregator.fetch.trail import Trail, ended
from aggregator.model import Answer, Failed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from aggregator.fetch.http import Transport


class Client:
    """Asks strangers, each request by itself: nothing is remembered from one to the next."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def ask(
        self,
        url: str,
        now: datetime,
        *,
        agent: str,
        accept: str,
        content: tuple[str, bytes] | None,
        headers: Mapping[str, str],
        max_bytes: int,
        timeout: timedelta,  # noqa: ASYNC109 - a setting, as Source.timeout is
    ) -> Answer | Failed:
        """Asks once, following redirects, all within ``timeout``. A stranger cannot make it raise."""
        trail = Trail()

        async def answer() -> Answer:
            start = addresses.parse(url)
            own = credentials.of_address(start) | dict(headers)
            host = f"{start.host}:{start.port}"
            errand = Errand(start=start, host=host, agent=agent, accept=accept, own=own, content=content)
            async with answered(errand, self._transport, trail) as (response, fields):
                fresh = freshness(response.status_code, fields, now)
                if response.status_code != 200 and not (content is not None and 200 <= response.status_code < 300):
                    raise status.refusal(response.status_code, fresh)
                return Answer(
                    status=response.status_code,
                    url=trail.hops[-1],
                    body=await whole(response, fields, trail.meter, max_bytes),
                    media_type=next(iter(fields.get("content-type", ())), None),
                    hubs=links.hubs(fields.get("link", ()), trail.hops[-1]),
                    freshness=fresh,
                    wire_bytes=trail.meter.received,
                )

        end = replace(await ended(answer(), timeout, trail), asked=trail.asked(now))
        return masked(end, [*credentials.told_in(url), *headers.values()]) if isinstance(end, Failed) else end

    async def call_back(
        self,
        url: str,
        now: datetime,
        *,
        agent: str,
        content: tuple[str, bytes] | None,
        headers: Mapping[str, str],
        max_bytes: int,
        timeout: timedelta,  # noqa: ASYNC109 - a setting, as Source.timeout is
    ) -> Answer | Failed:
        """Asks this very address once. Every 2xx is an answer; with ``max_bytes`` 0 as soon as its head is there."""
        trail = Trail()

        async def answer() -> Answer:
            start = addresses.parse(url)
            host = f"{start.host}:{start.port}"
            errand = Errand(
                start=start, host=host, agent=agent, accept="*/*", own=headers, content=content, follows=False
            )
            async with answered(errand, self._transport, trail) as (response, fields):
                if not 200 <= response.status_code < 300:
                    raise status.refusal(response.status_code, freshness(response.status_code, fields, now))
                body = await whole(response, fields, trail.meter, max_bytes) if max_bytes else b""
                return Answer(status=response.status_code, url=url, body=body, wire_bytes=trail.meter.received)

        return await ended(answer(), timeout, trail)
