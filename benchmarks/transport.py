"""CPU per conditional request that is answered 304, for the ways to speak HTTP under httpx's interface.

    python benchmarks/transport.py [--requests 2000]

The server runs in a process of its own on loopback; only the client's CPU (user + system) is counted. Every request
opens a connection of its own, as polls an hour apart do. Figures and what follows from them:
docs/decisions/0001-http-transport.md.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import resource
import ssl
import statistics
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import httpcore
import httpx
from httpx_aiohttp import AiohttpTransport

from aggregator.fetch import Fetcher
from aggregator.model import Allowed, NotModified, Polling, Source, SourceState, Validators

Request = Callable[[str], Awaitable[int]]
HEADERS = {
    "User-Agent": "benchmark/1",
    "Accept": "application/atom+xml, application/rss+xml",
    "Accept-Encoding": "gzip, deflate",
    "If-None-Match": '"e"',
    "If-Modified-Since": "Sun, 06 Nov 1994 08:49:37 GMT",
}
ANSWER = (
    b"HTTP/1.1 304 Not Modified\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nServer: x\r\n"
    b'ETag: "e"\r\nCache-Control: max-age=600\r\nVary: Accept-Encoding\r\n\r\n'
)


class Server(asyncio.Protocol):
    """Answers every request head with a 304."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self.seen = b""

    def data_received(self, data: bytes) -> None:
        self.seen += data
        while b"\r\n\r\n" in self.seen:
            self.seen = self.seen.partition(b"\r\n\r\n")[2]
            self.transport.write(ANSWER)


def serve(ready: Any) -> None:
    """Listens on a free port, tells it through `ready`, and runs until ended."""

    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", 0, backlog=2048)
        ready.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


async def measure(request: Request, url: str, requests: int, at_once: int) -> float:
    """Gives the CPU milliseconds per request."""
    waiting = iter(range(requests))

    async def worker() -> None:
        for _ in waiting:
            assert await request(url) == 304

    await request(url)
    before = resource.getrusage(resource.RUSAGE_SELF)
    await asyncio.gather(*(worker() for _ in range(at_once)))
    after = resource.getrusage(resource.RUSAGE_SELF)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return 1000 * used / requests


async def with_client(client: httpx.AsyncClient, url: str, requests: int, at_once: int) -> float:
    async def request(url: str) -> int:
        return (await client.get(url, headers=HEADERS)).status_code

    async with client:
        return await measure(request, url, requests, at_once)


async def httpx_own(url: str, requests: int, at_once: int, tls: ssl.SSLContext) -> float:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    return await with_client(httpx.AsyncClient(verify=tls, trust_env=False, limits=limits), url, requests, at_once)


async def httpx_aiohttp(url: str, requests: int, at_once: int, tls: ssl.SSLContext) -> float:
    def session() -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(limit=0, force_close=True, ssl=tls)
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())

    transport = AiohttpTransport(verify=tls, trust_env=False, client=session)
    return await with_client(httpx.AsyncClient(transport=transport, trust_env=False), url, requests, at_once)


async def aiohttp_alone(url: str, requests: int, at_once: int, tls: ssl.SSLContext) -> float:
    connector = aiohttp.TCPConnector(limit=0, force_close=True, ssl=tls)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as session:

        async def request(url: str) -> int:
            async with session.get(url, headers=HEADERS, allow_redirects=False) as answer:
                await answer.read()
                return answer.status

        return await measure(request, url, requests, at_once)


async def httpcore_connection(url: str, requests: int, at_once: int, tls: ssl.SSLContext) -> float:
    headers = [(name.encode(), value.encode()) for name, value in HEADERS.items()]

    async def request(url: str) -> int:
        target = httpcore.URL(url)
        async with httpcore.AsyncHTTPConnection(target.origin, ssl_context=tls) as connection:
            answer = await connection.handle_async_request(
                httpcore.Request("GET", target, headers=[(b"Host", target.host), *headers])
            )
            await answer.aread()
            await answer.aclose()
            return answer.status

    return await measure(request, url, requests, at_once)


async def fetcher(url: str, requests: int, at_once: int, _: ssl.SSLContext) -> float:
    """The fetch stage as a whole: address check, limits, deadline, validators, freshness."""
    polling, now = Polling(timeout=timedelta(seconds=30)), datetime(1994, 11, 6, 9, tzinfo=UTC)
    source = Source(id="s", url=url)
    validators = Validators(etag=HEADERS["If-None-Match"], last_modified=HEADERS["If-Modified-Since"])
    state = SourceState(source="s", next_poll_at=now, location=url, final_url=url, validators=validators)
    allow = (Allowed(network="127.0.0.1/32"),)
    fetch = Fetcher(polling=polling, allow=allow, agent="benchmark/1")

    async def request(_: str) -> int:
        outcome = await fetch.fetch(source, state, now)
        assert isinstance(outcome, NotModified), outcome
        return outcome.status or 0

    try:
        return await measure(request, url, requests, at_once)
    finally:
        await fetch.aclose()


WAYS = (httpx_own, httpx_aiohttp, aiohttp_alone, httpcore_connection, fetcher)


def main() -> None:
    """Prints one line per way: CPU ms per request at 20, 100 and 500 at once, the median of three runs."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--requests", type=int, default=2000)
    asked = arguments.parse_args()
    ready, tell = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(tell,), daemon=True)
    server.start()
    url = f"http://127.0.0.1:{ready.recv()}/feed"
    tls = ssl.create_default_context()
    runs: dict[tuple[str, int], list[float]] = {}
    for _ in range(3):
        for way in WAYS:
            for at_once in (20, 100, 500):
                used = asyncio.run(way(url, asked.requests, at_once, tls))
                runs.setdefault((way.__name__, at_once), []).append(used)
    print(f"{'CPU ms per 304':24}{'20':>8}{'100':>8}{'500':>8}")
    for way in WAYS:
        figures = (statistics.median(runs[way.__name__, at_once]) for at_once in (20, 100, 500))
        print(f"{way.__name__:24}" + "".join(f"{figure:8.2f}" for figure in figures))
    server.terminate()


if __name__ == "__main__":
    main()
