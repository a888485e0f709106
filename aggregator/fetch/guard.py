"""Who may be called: no private, local or disguised address, unless the configuration allows it (SSRF).

The addresses returned by :meth:`Guard.addresses` are the ones connected to, as numbers; nothing is looked up twice,
so an answer that changes between the check and the connection (DNS rebinding) changes nothing.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING

from aggregator.fetch.problem import Problem
from aggregator.model import Code

if TYPE_CHECKING:
    from datetime import timedelta

    from aggregator.fetch.address import Address
    from aggregator.model import Allowed

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Host and port -> addresses as text, best first. Raises OSError where there is none."""

LOOKUP_THREADS = 32
ADDRESSES_TRIED = 8

# The IANA special-purpose registries, by hand: ipaddress.is_global calls 224.0.0.1, 64:ff9b::7f00:1 (NAT64 of
# 127.0.0.1), 2002:7f00:1:: (6to4) and 192.88.99.1 global on Python 3.11.7 and changes from patch to patch.
_REFUSED_V4 = {
    IPv4Network(network): kind
    for network, kind in {
        "0.0.0.0/8": "unspecified",
        "10.0.0.0/8": "private",
        "100.64.0.0/10": "carrier-grade NAT",
        "127.0.0.0/8": "loopback",
        "169.254.0.0/16": "link-local",
        "172.16.0.0/12": "private",
        "192.0.0.0/24": "special-purpose",
        "192.0.2.0/24": "documentation",
        "192.88.99.0/24": "6to4 relay",
        "192.168.0.0/16": "private",
        "198.18.0.0/15": "benchmarking",
        "198.51.100.0/24": "documentation",
        "203.0.113.0/24": "documentation",
        "224.0.0.0/4": "multicast",
        "240.0.0.0/4": "reserved",
    }.items()
}
# In IPv6 only 2000::/3 is given out; these are the parts and the neighbours worth naming.
_GLOBAL_V6 = IPv6Network("2000::/3")
_REFUSED_V6 = {
    IPv6Network(network): kind
    for network, kind in {
        "::1/128": "loopback",
        "::/128": "unspecified",
        "::ffff:0:0/96": "IPv4-mapped",
        "::/96": "IPv4-compatible",
        "64:ff9b::/96": "NAT64",
        "64:ff9b:1::/48": "NAT64",
        "2001::/32": "Teredo",
        "2001::/23": "special-purpose",
        "2001:db8::/32": "documentation",
        "2002::/16": "6to4",
        "3fff::/20": "documentation",
        "fc00::/7": "private",
        "fe80::/10": "link-local",
        "fec0::/10": "site-local",
        "ff00::/8": "multicast",
    }.items()
}


def refused(address: str) -> str | None:
    """Gives the kind of an address nobody outside may make us call, such as ``loopback``; ``None`` where it is public.

    ``address`` is text as a resolver gives it; what cannot be read, or carries a scope id, is refused.
    """
    if "%" in address:
        return "scoped"
    try:
        number = ip_address(address)
    except ValueError:
        return "unreadable"
    if isinstance(number, IPv4Address):
        return next((kind for network, kind in _REFUSED_V4.items() if number in network), None)
    named = next((kind for network, kind in _REFUSED_V6.items() if number in network), None)
    return named or (None if number in _GLOBAL_V6 else "reserved")


class Guard:
    """Decides which addresses a request may connect to."""

    def __init__(
        self,
        allow: Sequence[Allowed],
        resolve: Resolve,
        wait: timedelta,
        advice: str = "network.allow can permit it",
    ) -> None:
        """``wait`` limits one look-up, ``advice`` is what the operator is told of an address that is refused.

        Raises ValueError for an allowed network that is none.
        """
        self._advice = advice
        self._resolve = resolve
        self._wait = wait
        self._networks = [(ip_network(each.network), each.port) for each in allow if each.network is not None]
        self._hosts = {(each.host.lower().rstrip("."), each.port) for each in allow if each.host is not None}

    async def addresses(self, to: Address) -> tuple[str, ...]:
        """Gives the addresses to try, best first, at most eight.

        Raises Problem: ``blocked_addr`` if any of them is refused (one bad address spoils the answer, else the order
        of an answer would decide), ``dns`` if there is none within the limit.
        """
        literal = _literal(to.host)
        found = (literal,) if literal is not None else await self._look_up(to)
        for each in found:
            kind = refused(each)
            if kind is not None and not self._allowed(to, each):
                through = "" if literal is not None else f", the address of {to.host},"
                raise Problem(Code.BLOCKED_ADDR, f"{kind} address {each}{through} refused; {self._advice}")
        return found[:ADDRESSES_TRIED]

    def _allowed(self, to: Address, address: str) -> bool:
        host = to.host.rstrip(".")
        if (host, to.port) in self._hosts or (host, None) in self._hosts:
            return True
        try:
            number: IPv4Address | IPv6Address = ip_address(address)
        except ValueError:
            return False
        if getattr(number, "scope_id", None):
            return False
        return any(number in network and port in (None, to.port) for network, port in self._networks)

    async def _look_up(self, to: Address) -> tuple[str, ...]:
        try:
            async with asyncio.timeout(self._wait.total_seconds()):
                found = tuple(dict.fromkeys(await self._resolve(to.host, to.port)))
        except TimeoutError as error:
            raise Problem(Code.DNS, f"{to.host} was not resolved within {self._wait.total_seconds():g} s") from error
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or str(error) or "not found"
            raise Problem(Code.DNS, f"{to.host} was not resolved: {reason}") from error
        if not found:
            raise Problem(Code.DNS, f"{to.host} has no address")
        return found


class SystemResolver:
    """The system's resolver in threads of its own, at most 32 at once.

    The threads are daemons: ``concurrent.futures`` joins its threads at exit, so one look-up that hangs for a minute
    would hold up the end of the program. A thread is counted until it ends, not until we stop waiting for it.
    """

    def __init__(self, threads: int = LOOKUP_THREADS) -> None:
        self._free = asyncio.Semaphore(threads)

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Gives the addresses of ``host``. Raises OSError (``socket.gaierror``) where there is none."""
        await self._free.acquire()
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[str]] = loop.create_future()

        def finish(found: list[str] | OSError | UnicodeError) -> None:
            self._free.release()
            if answer.done():
                return
            if isinstance(found, list):
                answer.set_result(found)
            else:
                answer.set_exception(found)

        def look_up() -> None:
            found: list[str] | OSError | UnicodeError
            try:
                found = [str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
            except (OSError, UnicodeError) as error:
                found = error
            with suppress(RuntimeError):  # the loop has ended; nobody waits
                loop.call_soon_threadsafe(finish, found)

        try:
            threading.Thread(target=look_up, name=f"resolve {host}", daemon=True).start()
        except RuntimeError as error:
            self._free.release()
            raise OSError("this machine cannot start another thread") from error
        return await answer


def _literal(host: str) -> str | None:
    try:
        return str(ip_address(host))
    except ValueError:
        return None
