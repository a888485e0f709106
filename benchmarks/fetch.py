"""Fetching 2,000 sources on 200 hosts: requests a second, CPU for each, memory; cold with bodies, warm with 304.

    python benchmarks/fetch.py [--sources 2000] [--hosts 200] [--at-once 64] [--repeats 3]

The hosts are addresses of the loopback network, served by one process; each program runs in a process of its own, which
fetches everything once (cold: a body of 40 KB, gzip where it is asked for) and once more with the validators it was
given (warm: 304). Only its own CPU is counted. "Ours" is the whole fetch stage: address check, limits, deadline,
bounded decoding, validators, freshness. aiohttp and httpx only fetch, decode and keep the validators.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import multiprocessing
import resource
import socket
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Fetch = Callable[[int, str], Awaitable[int]]

NOW = datetime(2026, 11, 23, tzinfo=UTC)
AGENT = "benchmark/1"
ITEM = "<item><title>Article {0}</title><guid>urn:{0}</guid><description>{1}</description></item>"
ITEMS = "".join(ITEM.format(number, f"What number {number} has to say. " * 60) for number in range(20))
BODY = f'<rss version="2.0"><channel><title>T</title><link>http://a.example/</link>{ITEMS}</channel></rss>'.encode()
ZIPPED = gzip.compress(BODY, 6)


class Server(asyncio.Protocol):
    """Answers 304 to who has the validator, and the document to who has not."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self.seen = b""

    def data_received(self, data: bytes) -> None:
        self.seen += data
        while b"\r\n\r\n" in self.seen:
            head, _, self.seen = self.seen.partition(b"\r\n\r\n")
            self.transport.write(_answer(head.lower()))


def _answer(head: bytes) -> bytes:
    if b'if-none-match: "e"' in head:
        return b'HTTP/1.1 304 Not Modified\r\nETag: "e"\r\nCache-Control: max-age=600\r\n\r\n'
    zipped = b"gzip" in head
    body = ZIPPED if zipped else BODY
    coding = b"Content-Encoding: gzip\r\n" if zipped else b""
    return (
        b'HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nETag: "e"\r\nCache-Control: max-age=600\r\n'
        b"%sContent-Length: %d\r\n\r\n%s" % (coding, len(body), body)
    )


def serve(hosts: list[str], tell: Any) -> None:
    """Listen on one free port of all hosts, tell it, and run until ended."""

    async def run() -> None:
        loop = asyncio.get_running_loop()
        with socket.create_server((hosts[0], 0)) as found:
            port = found.getsockname()[1]
        servers = [await loop.create_server(Server, host, port, backlog=2048) for host in hosts]
        tell.send(port)
        await asyncio.gather(*(server.serve_forever() for server in servers))

    asyncio.run(run())


# ---- the programs: each runs in a process of its own


async def ours(urls: list[str], run: Callable[[Fetch], Awaitable[None]]) -> None:
    from aggregator.fetch import Fetcher
    from aggregator.model import Allowed, Fetched, NotModified, Polling, Source, SourceState

    allow = (Allowed(network="127.0.0.0/8"),)
    fetcher = Fetcher(polling=Polling(timeout=timedelta(seconds=30)), allow=allow, agent=AGENT)
    sources = [Source(id=f"s{number}", url=url) for number, url in enumerate(urls)]
    states = [SourceState(source=each.id, next_poll_at=NOW, location=each.location) for each in sources]

    async def fetch(number: int, _: str) -> int:
        outcome = await fetcher.fetch(sources[number], states[number], NOW)
        if isinstance(outcome, Fetched):
            assert outcome.documents[0].body == BODY
            taken = {"validators": outcome.validators, "final_url": outcome.final_url, "body_hash": outcome.body_hash}
            states[number] = replace(states[number], **taken)  # type: ignore[arg-type]
        assert isinstance(outcome, (Fetched, NotModified)), outcome
        return outcome.status or 0

    try:
        await run(fetch)
    finally:
        await fetcher.aclose()


def _headers(etag: str | None) -> dict[str, str]:
    asked = {"User-Agent": AGENT, "Accept-Encoding": "gzip, deflate"}
    return {**asked, "If-None-Match": etag} if etag else asked


async def with_aiohttp(urls: list[str], run: Callable[[Fetch], Awaitable[None]]) -> None:
    import aiohttp

    etags: dict[int, str] = {}
    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as session:

        async def fetch(number: int, url: str) -> int:
            async with session.get(url, headers=_headers(etags.get(number))) as answer:
                body = await answer.read()
                assert answer.status == 304 or body == BODY
                etags[number] = answer.headers["ETag"]
                return answer.status

        await run(fetch)


async def with_httpx(urls: list[str], run: Callable[[Fetch], Awaitable[None]]) -> None:
    import httpx

    etags: dict[int, str] = {}
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    async with httpx.AsyncClient(trust_env=False, limits=limits, timeout=30) as client:

        async def fetch(number: int, url: str) -> int:
            answer = await client.get(url, headers=_headers(etags.get(number)))
            assert answer.status_code == 304 or answer.content == BODY
            etags[number] = answer.headers["ETag"]
            return answer.status_code

        await run(fetch)


PROGRAMS = {"ours": ours, "aiohttp": with_aiohttp, "httpx": with_httpx}


def measure(name: str, urls: list[str], at_once: int) -> None:
    """Run one program here and print, per phase, seconds, CPU seconds and the peak of memory so far in MiB."""

    async def run(fetch: Fetch) -> None:
        for phase, status in (("cold", 200), ("warm", 304)):
            waiting = iter(enumerate(urls))

            async def worker(wanted: int = status, waiting: Any = waiting) -> None:
                for number, url in waiting:
                    got = await fetch(number, url)
                    assert got == wanted, got

            before, begun = _cpu(), time.perf_counter()
            await asyncio.gather(*(worker() for _ in range(at_once)))
            seconds = time.perf_counter() - begun
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(json.dumps({"phase": phase, "seconds": seconds, "cpu": _cpu() - before, "peak": peak}))

    asyncio.run(PROGRAMS[name](urls, run))


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    words = argparse.ArgumentParser(description="Fetching 2,000 sources on 200 hosts.")
    words.add_argument("--sources", type=int, default=2000)
    words.add_argument("--hosts", type=int, default=200)
    words.add_argument("--at-once", type=int, default=64)
    words.add_argument("--repeats", type=int, default=3)
    words.add_argument("--program", choices=PROGRAMS, help=argparse.SUPPRESS)
    words.add_argument("--port", type=int, help=argparse.SUPPRESS)
    chosen = words.parse_args()
    hosts = [f"127.0.{1 + number // 250}.{1 + number % 250}" for number in range(chosen.hosts)]
    if chosen.program:
        urls = [f"http://{hosts[n % len(hosts)]}:{chosen.port}/{n}.xml" for n in range(chosen.sources)]
        measure(chosen.program, urls, chosen.at_once)
        return
    ready, tell = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(hosts, tell), daemon=True)
    server.start()
    port = ready.recv()
    runs: dict[tuple[str, str], list[dict[str, float]]] = {}
    for _ in range(chosen.repeats):
        for name in PROGRAMS:
            command = [sys.executable, __file__, *sys.argv[1:], "--program", name, "--port", str(port)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            for line in done.stdout.splitlines():
                said = json.loads(line)
                runs.setdefault((said.pop("phase"), name), []).append(said)
    server.terminate()
    print(f"{chosen.sources} sources on {chosen.hosts} hosts, {chosen.at_once} at once, medians of {chosen.repeats}\n")
    print("| phase | program | requests/s | CPU ms each | x ours | peak MiB |\n|---|---|---:|---:|---:|---:|")
    for (phase, name), found in sorted(runs.items(), key=lambda run: run[0][0]):
        middle = {key: statistics.median(each[key] for each in found) for key in found[0]}
        own = statistics.median(each["cpu"] for each in runs[phase, "ours"])
        rate, each = chosen.sources / middle["seconds"], 1000 * middle["cpu"] / chosen.sources
        print(f"| {phase} | {name} | {rate:,.0f} | {each:.2f} | {middle['cpu'] / own:.2f} | {middle['peak']:.0f} |")


if __name__ == "__main__":
    main()
