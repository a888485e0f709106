"""One round of the real service over 10,000 sources of which 3,000 misbehave: who is looked at, and how late.

    python benchmarks/round.py [--sources 10000] [--misbehaving 3000] [--hosts 5000] [--window 1000]

The sources lie on addresses of the loopback network, the misbehaving ones on hosts of their own, in equal numbers of
each behaviour. One process serves them. Another is the service itself (claims, fetching, reading, the store,
publishing, serving), whose first polls are spread over ``--window`` seconds instead of the 1,000 that ten a second
take. The round ends when every source was looked at, or two minutes after the window.

Lateness is the time of a poll's start less the time it was due. The event loop's gaps are what a task that sleeps for
10 ms oversleeps, from first poll to last; "of its own" is a gap as far as this process was computing in it, which
leaves out what other programs took on a busy machine. Memory is sampled from /proc ten times a second, of the service's
own process and of its workers; ``ready`` is what it holds before the first poll.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import multiprocessing
import os
import resource
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from measure import resident

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Behaviour = Callable[[asyncio.StreamWriter, str], Awaitable[None]]

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n"
GRACE = 120
"""Seconds after the window in which the round may end."""
ITEM = (
    "<item><title>Article {1} of {0}</title><guid isPermaLink='false'>{0}-{1}</guid><link>http://a.example/{0}/{1}</link>"
    "<pubDate>Mon, 02 Nov 2026 10:00:{1:02d} GMT</pubDate><description>{2}</description></item>"
)
WORDS = "<p>What there is to <b>say</b> of it today, and what there was to say of it.</p>" * 8
BOMB = gzip.compress(b" " * (64 * 1024 * 1024), 9)
SWELLING = b"<rss><channel><title>" + b"x" * (9 * 1024 * 1024)


async def healthy(to: asyncio.StreamWriter, path: str) -> None:
    items = "".join(ITEM.format(path, number, WORDS) for number in range(10))
    body = f"<rss version='2.0'><channel><title>{path}</title><link>http://a.example/</link>{items}</channel></rss>"
    await asyncio.sleep(0.05)
    to.write(HEAD + b'ETag: "e"\r\nContent-Length: %d\r\n\r\n%s' % (len(body), body.encode()))


async def hang(to: asyncio.StreamWriter, _: str) -> None:
    await asyncio.sleep(600)


async def drip(to: asyncio.StreamWriter, _: str) -> None:
    to.write(HEAD + b"\r\n<rss>")
    while True:
        to.write(b" ")
        await to.drain()
        await asyncio.sleep(1)


async def drip_head(to: asyncio.StreamWriter, _: str) -> None:
    to.write(HEAD + b"X: ")
    while True:
        to.write(b"x")
        await to.drain()
        await asyncio.sleep(1)


async def trickle(to: asyncio.StreamWriter, _: str) -> None:
    """300 KB a second: it is no better off for being fast."""
    to.write(HEAD + b"\r\n<rss>")
    while True:
        to.write(b"x" * 30_000)
        await to.drain()
        await asyncio.sleep(0.1)


async def swell(to: asyncio.StreamWriter, _: str) -> None:
    """Nine megabytes at once, and then nothing."""
    to.write(HEAD + b"\r\n" + SWELLING)
    await to.drain()
    await asyncio.sleep(600)


async def reset(to: asyncio.StreamWriter, _: str) -> None:
    to.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    to.transport.abort()


async def endless(to: asyncio.StreamWriter, _: str) -> None:
    to.write(HEAD + b"\r\n<rss>")
    while True:
        to.write(b"x" * 65_536)
        await to.drain()


async def bomb(to: asyncio.StreamWriter, _: str) -> None:
    to.write(HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(BOMB) + BOMB)


async def error(to: asyncio.StreamWriter, _: str) -> None:
    to.write(b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\n\r\nno")


async def in_circles(to: asyncio.StreamWriter, path: str) -> None:
    to.write(b"HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % path.encode())


async def garbage(to: asyncio.StreamWriter, _: str) -> None:
    body = bytes(range(256)) * 64
    to.write(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body)


async def deep(to: asyncio.StreamWriter, _: str) -> None:
    body = b"<rss version='2.0'><channel>" + b"<x>" * 100_000
    to.write(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body)


async def huge_head(to: asyncio.StreamWriter, _: str) -> None:
    to.write(HEAD + b"X: " + b"x" * 1_000_000 + b"\r\n\r\n")


MISBEHAVING: dict[str, Behaviour] = {
    "hang": hang,
    "drip": drip,
    "drip-head": drip_head,
    "trickle": trickle,
    "swell": swell,
    "reset": reset,
    "endless": endless,
    "bomb": bomb,
    "error": error,
    "in-circles": in_circles,
    "garbage": garbage,
    "deep": deep,
    "huge-head": huge_head,
    "tls-garbage": garbage,
}
"""``tls-garbage`` is asked over https, and nobody there speaks it."""


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        request = await reader.read(65_536)
        if request[:1] == b"\x16":  # TLS
            await garbage(writer, "")
        else:
            path = request.split(b" ", 2)[1].decode()
            await MISBEHAVING.get(path.split("/")[1], healthy)(writer, path)
        await writer.drain()
        writer.close()
    except (OSError, IndexError):
        pass  # the client had enough
    finally:
        writer.transport.abort() if writer.transport.is_closing() else writer.close()


def serve(tell: Any) -> None:
    """Listen on one free port of the whole loopback network, tell it, and run until ended."""

    async def run() -> None:
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
        listening.bind(("0.0.0.0", 0))
        tell.send(listening.getsockname()[1])
        await (await asyncio.start_server(_serve, sock=listening, backlog=4096)).serve_forever()

    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    asyncio.run(run())


def addresses(port: int, sources: int, misbehaving: int, hosts: int, names: list[str]) -> list[str]:
    """Of the healthy sources and the others, each kind on its share of the hosts."""
    apart = max(1, hosts * misbehaving // sources) if misbehaving else 0
    made = []
    for number in range(sources):
        name = names[number % len(names)] if number < misbehaving else "healthy"
        place = number % apart if number < misbehaving else apart + number % max(1, hosts - apart)
        host = f"127.1.{1 + place // 250}.{1 + place % 250}"
        made.append(f"{'https' if name == 'tls-garbage' else 'http'}://{host}:{port}/{name}/{number}")
    return made


# ---- the service, in a process of its own


class Watch:
    """What one round of the service looked like from inside."""

    def __init__(self) -> None:
        self.late: dict[str, float] = {}
        self.ended = 0
        self.gaps: list[tuple[float, float, float]] = []
        self.first = 0.0
        self.last = 0.0

    async def loop(self) -> None:
        before, used = time.perf_counter(), time.process_time()
        while True:
            await asyncio.sleep(0.01)
            now, cpu = time.perf_counter(), time.process_time()
            gap = now - before - 0.01
            self.gaps.append((now, gap, min(gap, cpu - used)))
            before, used = now, cpu


async def run(config: Path, window: float) -> dict[str, Any]:
    """Start the service, see every source looked at once, end it as an operator would."""
    from aggregator import wiring
    from aggregator.articles import compile_rule
    from aggregator.config import load
    from aggregator.service import Service

    watch = Watch()
    usual = wiring.first_poll

    def spread(sources: Any, now: Any) -> Any:
        times = usual(sources, now)
        span = max(times.values()) - now or timedelta(seconds=1)
        return {name: now + (at - now) * (window / span.total_seconds()) for name, at in times.items()}

    wiring.first_poll = spread
    begun, cpu = time.perf_counter(), time.process_time()
    settings = load(config, os.environ, compile_rule)
    loaded, loaded_cpu = time.perf_counter() - begun, time.process_time() - cpu
    app = await wiring.open_app(settings)
    ready, ready_cpu = time.perf_counter() - begun, time.process_time() - cpu
    fetch = app.fetch

    async def timed(source: Any, state: Any, now: Any) -> Any:
        moment = app.now()
        watch.first = watch.first or time.perf_counter()
        watch.late.setdefault(source.id, (moment - state.next_poll_at).total_seconds())
        try:
            return await fetch(source, state, now)
        finally:
            watch.ended += 1
            watch.last = time.perf_counter()

    app.fetch = timed  # type: ignore[method-assign]
    service = Service(app, lambda: settings)
    loop = asyncio.create_task(watch.loop())
    began = _used()

    polls = service._polls  # noqa: SLF001 - the service tells nobody else how many are under way

    async def end() -> None:
        until = time.monotonic() + window + GRACE
        while time.monotonic() < until and (watch.ended < len(settings.sources) or len(polls)):
            await asyncio.sleep(0.5)
            _say(waiting=len(polls))
        _say(stopping=True)
        os.kill(os.getpid(), signal.SIGTERM)

    ending = asyncio.create_task(end())
    await asyncio.sleep(0)
    _say(ready=True)
    await service.run()
    await ending
    loop.cancel()
    states = app.store.polls.states()
    used = _used()
    await app.close()
    during = [(gap, own) for at, gap, own in watch.gaps if watch.first <= at <= watch.last]
    return {
        "load": [loaded, loaded_cpu],
        "ready": [ready, ready_cpu],
        "codes": {each.source: str(each.code) for each in states},
        "locations": {each.id: each.location for each in settings.sources},
        "late": watch.late,
        "seconds": watch.last - watch.first,
        "cpu": used - began,
        "gaps": [gap for gap, _ in during],
        "own_gaps": [own for _, own in during],
    }


def _used() -> float:
    both = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in both)


def _say(**words: Any) -> None:
    print(json.dumps(words), flush=True)


def at(values: list[float], share: float) -> float:
    """The value that this share of them does not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else float("nan")


def watched(command: list[str], log: Path) -> dict[str, Any]:
    """Run the service's process to its end, looking at its memory meanwhile."""
    with log.open("wb") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors)
    assert process.stdout is not None
    os.set_blocking(process.stdout.fileno(), False)
    said: dict[str, Any] = {}
    ready, own, workers, polls, rest = 0.0, 0.0, 0.0, 0, b""
    done = False
    while not done:
        done = process.poll() is not None
        time.sleep(0.1)
        mine = resident(iter([process.pid])) / 2**20
        if ready:
            own = max(own, mine)
            workers = max(workers, resident(_below(process.pid)) / 2**20)
        while more := process.stdout.read(1 << 20):
            rest += more
        *lines, rest = rest.split(b"\n")
        for line in lines:
            words = json.loads(line)
            if words.get("ready") is True:
                ready = mine
            polls = max(polls, words.get("waiting", 0))
            said |= words if "codes" in words else {}
    if process.returncode or "codes" not in said:
        raise SystemExit(f"the service ended with {process.returncode}; see {log}")
    return said | {"held": ready, "own": own, "workers": workers, "at_once": polls}


def _below(pid: int) -> Any:
    """Its children (they have none)."""
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            yield from map(int, task.read_text().split())
        except (FileNotFoundError, ProcessLookupError):
            continue


def main() -> None:
    words = argparse.ArgumentParser(description="One round over 10,000 sources of which 3,000 misbehave.")
    words.add_argument("--sources", type=int, default=10_000)
    words.add_argument("--misbehaving", type=int, default=3_000)
    words.add_argument("--hosts", type=int, default=5_000)
    words.add_argument("--only", nargs="+", choices=MISBEHAVING, default=list(MISBEHAVING), metavar="BEHAVIOUR")
    words.add_argument("--window", type=float, default=1_000, help="seconds over which first polls are spread")
    words.add_argument("--folder", type=Path, help="kept; holds the store and the log")
    words.add_argument("--config", type=Path, help=argparse.SUPPRESS)
    chosen = words.parse_args()
    if chosen.config:
        from aggregator.logs import configure

        configure(as_json=True)
        _say(**asyncio.run(run(chosen.config, chosen.window)))
        return
    ready, tell = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(tell,), daemon=True)
    server.start()
    tell.close()  # so that a server that cannot start ends this too
    port = ready.recv()
    with tempfile.TemporaryDirectory() as made:
        folder = chosen.folder or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        config = folder / "config.yaml"
        listed = addresses(port, chosen.sources, chosen.misbehaving, chosen.hosts, chosen.only)
        head = (
            "site: {title: Round, url: 'http://127.0.0.1:8080/'}\nserver: {port: 0}\nnetwork: {allow: [127.0.0.0/8]}\n"
        )
        config.write_text(head + "sources:\n" + "".join(f"  - {each}\n" for each in listed))
        command = [sys.executable, __file__, "--config", str(config), "--window", str(chosen.window)]
        said = watched(command, folder / "log.json")
    server.terminate()
    _report(chosen, said)


def _report(chosen: argparse.Namespace, said: dict[str, Any]) -> None:
    kind = {name: url.split("/")[3] for name, url in said["locations"].items()}
    codes: dict[str, Counter[str]] = {}
    for name, code in said["codes"].items():
        codes.setdefault(kind[name], Counter())[code] += 1
    print(
        f"{chosen.sources:,} sources, {chosen.misbehaving:,} misbehave, {chosen.hosts:,} hosts, {chosen.window:g} s\n"
    )
    for which in ("healthy", "misbehaving"):
        late = [value for name, value in said["late"].items() if (kind[name] == "healthy") is (which == "healthy")]
        if late:
            spread = f"median {statistics.median(late):.1f}, p99 {at(late, 0.99):.1f}, max {max(late):.1f}"
            print(f"{which}: {len(late):,} looked at; late by s: {spread}")
    print(f"healthy ones fetched: {codes.get('healthy', {}).get('ok', 0):,}")
    print(
        f"configuration read in {said['load'][0]:.1f} s ({said['load'][1]:.1f} of CPU), ready at {said['ready'][0]:.1f}"
    )
    print(f"round: {said['seconds']:.0f} s, {said['cpu']:.0f} of CPU in all; at most {said['at_once']} polls at once")
    print(f"memory MiB: {said['held']:.0f} ready, {said['own']:.0f} at most, workers {said['workers']:.0f}")
    for name, key in (("event loop late", "gaps"), ("of its own", "own_gaps")):
        shown = ", ".join(f"{1000 * at(said[key], share):.0f}" for share in (0.5, 0.99, 0.999, 1))
        print(f"{name} by ms, p50, p99, p99.9, max: {shown}; over 200 ms: {sum(gap > 0.2 for gap in said[key])}")
    print()
    print("| behaviour | ends in |\n|---|---|")
    for name in sorted(codes):
        print(f"| {name} | {', '.join(f'{code} {count}' for code, count in codes[name].most_common())} |")


if __name__ == "__main__":
    main()
