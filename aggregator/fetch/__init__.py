"""The world comes in: the only place that opens a connection to a stranger.

::

    address, conditional, status, links, freshness, decode   what was asked and what was answered   [pure]
    guard                                                     who may be called
    limits                                                    how long and how much one request may take
    dial, connection, proxy, tls                              connections: checked, timed, secured, or through a proxy
    wire, http1, http2, http                                  one request over one connection, and its answer
    hops, body, trail                                         redirects, what came whole, what it cost and how it ended
    web, judged                                               one look at a source, and what its answer comes to
    robots                                                    what a host asks of those who read its pages   [pure]
    client                                                    a request that is no look: pages, lists of feeds, hubs
    folder                                                    local articles, looked at like an address
    file                                                      a list of feeds, looked at like an address
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from aggregator.fetch.client import Client
from aggregator.fetch.file import look as look_at_list
from aggregator.fetch.folder import NotRead, look, read_picture
from aggregator.fetch.guard import Guard, Resolve, SystemResolver
from aggregator.fetch.http import Transport, trusted
from aggregator.fetch.judged import again
from aggregator.fetch.limits import Limits
from aggregator.fetch.robots import Robots, token
from aggregator.fetch.web import Web

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from aggregator.model import Allowed, Answer, Failed, Outcome, Polling, Source, SourceState

_NONE: Mapping[str, str] = MappingProxyType({})

__all__ = ("Fetcher", "Limits", "NotRead", "Resolve", "Robots", "again", "read_picture", "token")


class Fetcher:
    """Looks at sources. One for the whole program; any number of looks may be under way at once."""

    def __init__(
        self,
        *,
        polling: Polling,
        allow: Sequence[Allowed] = (),
        agent: str,
        resolve: Resolve | None = None,
        limits: Limits | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """``agent`` is the User-Agent, ``name/version (+address)``. Raises ValueError for a wrong ``allow`` network.

        ``resolve`` is the system's resolver and ``tls`` trusts the usual authorities unless given.
        """
        limits = limits or Limits()
        resolve, tls = resolve or SystemResolver(), tls or trusted()
        self._polling = polling
        guard = Guard(allow, resolve, limits.lookup)
        public = Guard((), resolve, limits.lookup, "network.allow holds only for what the configuration names")
        self._transport = Transport(guard=guard, proxies=guard, limits=limits, tls=tls)
        self._web = Web(transport=self._transport, polling=polling, agent=agent)
        self._public_transport = Transport(guard=public, proxies=guard, limits=limits, tls=tls)
        self._public_web = Web(transport=self._public_transport, polling=polling, agent=agent)
        """For what a stranger named: ``allow`` is for what the operator did."""
        self._client = Client(self._transport)

    def call_yourself(self, agent: str) -> None:
        """Use this User-Agent from now on."""
        self._web.agent = self._public_web.agent = agent

    async def fetch(self, source: Source, state: SourceState | None, now: datetime) -> Outcome:
        """Looks at a source once, within its time limit.

        Every end a stranger or a disk can bring about is a value: what was fetched, that nothing changed, or why it
        failed. ``state`` gives the validators and the body's hash of the last look whose articles were stored; clear
        both to have everything read again. ``now`` is used only where an answer carries no Date.
        """
        if source.folder is not None:
            read = look if source.members is None else look_at_list
            return await read(source, state, source.timeout or self._polling.timeout)
        return await self._web_of(source).fetch(source, state, now)

    def _web_of(self, source: Source) -> Web:
        return self._public_web if source.public_only else self._web

    async def page(self, source: Source, state: SourceState | None, now: datetime) -> Outcome:
        """Looks at a page as :meth:`fetch` does at a feed."""
        return await self._web_of(source).fetch(source, state, now, page=True)

    async def get(
        self,
        url: str,
        now: datetime,
        *,
        accept: str = "*/*",
        headers: Mapping[str, str] = _NONE,
        max_bytes: int | None = None,
        timeout: timedelta | None = None,  # noqa: ASYNC109 - a setting, as Source.timeout is
    ) -> Answer | Failed:
        """Asks for something that is no source: a page to find feeds in, a list of feeds.

        Everything holds that holds for sources, the refusal of private addresses on each hop too. Only 200 is an
        answer. ``headers`` go to the origin of ``url`` alone. ``max_bytes`` and ``timeout`` are those of polling
        unless given.
        """
        return await self._client.ask(
            url,
            now,
            agent=self._web.agent,
            accept=accept,
            content=None,
            headers=headers,
            max_bytes=max_bytes or self._polling.max_bytes,
            timeout=timeout or self._polling.timeout,
        )

    async def post(
        self,
        url: str,
        body: bytes,
        media_type: str,
        now: datetime,
        *,
        accept: str = "*/*",
        headers: Mapping[str, str] = _NONE,
        max_bytes: int | None = None,
        timeout: timedelta | None = None,  # noqa: ASYNC109 - a setting, as Source.timeout is
    ) -> Answer | Failed:
        """Sends ``body`` to a hub or a webhook, once. As :meth:`get`, but every 2xx is an answer.

        A redirect is followed where it repeats the request (307, 308); after another it fails.
        """
        return await self._client.ask(
            url,
            now,
            agent=self._web.agent,
            accept=accept,
            content=(media_type, body),
            headers=headers,
            max_bytes=max_bytes or self._polling.max_bytes,
            timeout=timeout or self._polling.timeout,
        )

    async def call_back(
        self,
        url: str,
        now: datetime,
        *,
        content: tuple[str, bytes] | None = None,
        headers: Mapping[str, str] = _NONE,
        max_bytes: int = 0,
        timeout: timedelta,  # noqa: ASYNC109 - a setting, as Source.timeout is
    ) -> Answer | Failed:
        """Calls a subscriber of our hub back, once: a GET, or a POST of ``content`` (media type and bytes).

        No redirect is followed (WebSub section 7), and every 2xx is an answer. Its body is not read but for
        ``max_bytes``. Everything else holds that holds for sources, the refusal of private addresses too.
        """
        return await self._client.call_back(
            url,
            now,
            agent=self._web.agent,
            content=content,
            headers=headers,
            max_bytes=max_bytes,
            timeout=timeout,
        )

    async def aclose(self) -> None:
        """Ends all connections that are open."""
        await self._transport.aclose()
        await self._public_transport.aclose()
