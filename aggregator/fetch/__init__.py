"""The world comes in: the only place that opens a connection to a stranger.

::

    address, conditional, status, links, freshness, decode   what was asked and what was answered   [pure]
    guard                                                     who may be called
    limits                                                    how long and how much one request may take
    dial, connection, proxy, tls                              connections: checked, timed, secured, or through a proxy
    wire, http1, http                                         one request over one connection, and its answer
    web                                                       one look: hops, conditions, how it ends
    folder                                                    local articles, looked at like an address
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.fetch.folder import NotRead, look, read_picture
from aggregator.fetch.guard import Guard, Resolve, SystemResolver
from aggregator.fetch.http import Transport, trusted
from aggregator.fetch.limits import Limits
from aggregator.fetch.web import Web

if TYPE_CHECKING:
    import ssl
    from collections.abc import Sequence
    from datetime import datetime

    from aggregator.model import Allowed, Outcome, Polling, Source, SourceState

__all__ = ("Fetcher", "Limits", "NotRead", "Resolve", "read_picture")


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
        guard = Guard(allow, resolve or SystemResolver(), limits.lookup)
        self._polling = polling
        self._transport = Transport(guard=guard, limits=limits, tls=tls or trusted())
        self._web = Web(transport=self._transport, polling=polling, agent=agent)

    def call_yourself(self, agent: str) -> None:
        """Use this User-Agent from now on."""
        self._web.agent = agent

    async def fetch(self, source: Source, state: SourceState | None, now: datetime) -> Outcome:
        """Looks at a source once, within its time limit.

        Every end a stranger or a disk can bring about is a value: what was fetched, that nothing changed, or why it
        failed. ``state`` gives the validators and the body's hash of the last look whose articles were stored; clear
        both to have everything read again. ``now`` is used only where an answer carries no Date.
        """
        if source.folder is not None:
            return await look(source, state, source.timeout or self._polling.timeout)
        return await self._web.fetch(source, state, now)

    async def aclose(self) -> None:
        """Ends all connections that are open."""
        await self._transport.aclose()
