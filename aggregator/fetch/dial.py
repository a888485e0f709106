"""Connections to strangers: checked, timed, secured, or by way of a proxy. The only door to aiohappyeyeballs."""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohappyeyeballs

from aggregator.fetch.address import parse
from aggregator.fetch.connection import Connection, reason
from aggregator.fetch.limits import seconds
from aggregator.fetch.problem import Problem
from aggregator.fetch.proxy import tunnel
from aggregator.fetch.tls import Contexts
from aggregator.model import Code

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from aggregator.fetch.address import Address
    from aggregator.fetch.guard import Guard
    from aggregator.fetch.limits import Limits, Meter
    from aggregator.fetch.tls import Terms
    from aggregator.model import Proxy

_NEXT_ADDRESS_AFTER = 0.25
"""Seconds, RFC 8305 section 5: so long one address may keep silent before the next is tried beside it."""


class Dialler:
    """Makes connections, and knows those that are open."""

    def __init__(self, *, guard: Guard, proxies: Guard, limits: Limits, tls: ssl.SSLContext) -> None:
        self._guard = guard
        self._proxies = proxies
        self._limits = limits
        self._contexts = Contexts(tls)
        self._open: set[Connection] = set()

    async def connect(self, to: Address, terms: Terms, proxy: Proxy | None, meter: Meter) -> Connection:
        """Gives a connection over which ``to`` can be asked. Raises Problem for all a stranger can do."""
        context = None if to.scheme == "http" else self._contexts.on(terms)
        if proxy is not None:
            return await self._through(proxy, to, context, meter)
        raw = await self._reach(to, await self._guard.addresses(to))
        if context is None:
            return await self._plain(raw)
        name = to.host.rstrip(".")
        async with self._handshake(name):
            _, connection = await asyncio.get_running_loop().create_connection(
                lambda: Connection(self._open), sock=raw, ssl=context, server_hostname=name
            )
        return connection

    def close(self) -> None:
        """Ends every connection that is still open."""
        for connection in tuple(self._open):
            connection.abort()

    async def _plain(self, raw: socket.socket) -> Connection:
        return (await asyncio.get_running_loop().create_connection(lambda: Connection(self._open), sock=raw))[1]

    async def _through(self, proxy: Proxy, to: Address, context: ssl.SSLContext | None, meter: Meter) -> Connection:
        """By way of the proxy, which resolves names; what needs no resolver is guarded here."""
        if to.is_plain:
            await self._guard.addresses(to)
        try:
            here = parse(proxy.url)
            connection = await self._plain(await self._reach(here, await self._proxies.addresses(here)))
            if context is None:
                return connection
            try:
                await tunnel(connection, proxy, to, self._limits, meter)
            except BaseException:
                connection.abort()
                raise
        except Problem as problem:
            raise Problem(problem.code, f"the proxy: {problem.detail}") from problem
        name = to.host.rstrip(".")
        try:
            async with self._handshake(name):
                await connection.secure(context, name)
        except BaseException:
            connection.abort()
            raise
        return connection

    @asynccontextmanager
    async def _handshake(self, name: str) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._limits.tls.total_seconds()):
                yield
        except TimeoutError as error:
            raise Problem(Code.TLS, f"no TLS handshake with {name} within {seconds(self._limits.tls)}") from error
        except ssl.SSLCertVerificationError as error:
            raise Problem(Code.TLS, f"certificate of {name} refused: {error.verify_message}") from error
        except OSError as error:
            raise Problem(Code.TLS, f"TLS handshake with {name} failed: {reason(error)}") from error

    async def _reach(self, to: Address, found: Sequence[str]) -> socket.socket:
        try:
            async with asyncio.timeout(self._limits.connect.total_seconds()) as clock:
                return await aiohappyeyeballs.start_connection(
                    [_address_info(each, to.port) for each in found],
                    happy_eyeballs_delay=_NEXT_ADDRESS_AFTER,
                    interleave=1,
                )
        except OSError as error:
            if clock.expired():
                wait = seconds(self._limits.connect)
                raise Problem(Code.CONNECT, f"no connection to {to.authority} within {wait}") from error
            raise Problem(Code.CONNECT, f"no connection to {to.authority}: {reason(error)}") from error


def _address_info(address: str, port: int) -> tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int]]:
    if ":" in address:
        return socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port, 0, 0)
    return socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port)
