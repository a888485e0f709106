"""What normal readers notice of a thousand clients that are slow on purpose.

    python benchmarks/slow.py [--slow 1000] [--seconds 20] [--rate 100] [--patient] [--json FILE]

Our web server, as the service runs it, in a process of its own; in another the slow clients: a third says nothing, a
third sends a byte of a header each second, a third asks for a document of 4 MB and reads a byte a second. Whoever is
cut connects again at once (with ``--patient`` after ten seconds). In this process, readers that come anew for every
request, in an even stream, alternately for a 304 and for 80 kB. Their times count from the moment they wanted to
connect, so that waiting to be accepted is part of it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

REQUEST = b"GET /80k.atom HTTP/1.1\r\nHost: x\r\nUser-Agent: Reader/1.0\r\nConnection: close\r\n"


async def serve(folder: Path) -> None:
    """Our web server until the process is killed."""
    from aggregator.serve import AtOnce, Documents, WebServer, create_app

    async def nothing() -> dict[str, object]:
        return {}

    documents = Documents()
    documents.load(folder, now=datetime.now(UTC))
    app = create_app(documents, unready=lambda: None, status=nothing)
    server = WebServer(app, at_once=AtOnce(documents))
    await server.start("127.0.0.1", 0)
    print(server.port, flush=True)
    await asyncio.Event().wait()


# --------------------------------------------------------------------------------------------------------------
# Slow clients
# --------------------------------------------------------------------------------------------------------------


async def be_slow(port: int, count: int, pause: float) -> None:
    """So many slow clients until the process is killed; prints each second how many were cut since the last."""
    cut = 0

    async def one(kind: int) -> None:
        nonlocal cut
        while True:
            with contextlib.suppress(OSError):
                await live(port, kind)
            cut += 1
            await asyncio.sleep(pause)

    clients = [asyncio.create_task(one(n % 3)) for n in range(count)]
    while clients:
        await asyncio.sleep(1)
        print(cut, flush=True)
        cut = 0


async def live(port: int, kind: int) -> None:
    """One connection, until it is cut."""
    loop = asyncio.get_running_loop()
    connection = socket.socket()
    connection.setblocking(False)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    try:
        await loop.sock_connect(connection, ("127.0.0.1", port))
        if kind == 2:
            await loop.sock_sendall(connection, REQUEST.replace(b"80k", b"4m") + b"\r\n")
        elif kind == 1:
            await loop.sock_sendall(connection, REQUEST)
        while True:
            if kind == 1:
                await loop.sock_sendall(connection, b"x")
                await asyncio.sleep(1)
            elif not await loop.sock_recv(connection, 1):
                return
            elif kind == 2:
                await asyncio.sleep(1)
    finally:
        connection.close()


# --------------------------------------------------------------------------------------------------------------
# Normal readers
# --------------------------------------------------------------------------------------------------------------


async def read_normally(port: int, seconds: float, rate: float, tag: bytes) -> tuple[list[float], Counter[str]]:
    """Seconds that each request took, and what came of them."""
    took: list[float] = []
    came: Counter[str] = Counter()

    async def one(n: int) -> None:
        began = time.perf_counter()
        condition = b"If-None-Match: " + tag + b"\r\n" if n % 2 else b""
        try:
            async with asyncio.timeout(30):
                reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
                writer.write(REQUEST + condition + b"\r\n")
                answer = await reader.read(-1)
                writer.close()
        except (OSError, TimeoutError) as error:
            came[type(error).__name__] += 1
        else:
            whole = len(answer.partition(b"\r\n\r\n")[2]) == (0 if n % 2 else 80_000)
            came[answer.split(b" ")[1].decode() if whole else "cut short"] += 1
        took.append(time.perf_counter() - began)

    tasks = []
    began = time.perf_counter()
    for n in range(int(seconds * rate)):
        await asyncio.sleep(max(0.0, began + n / rate - time.perf_counter()))
        tasks.append(asyncio.create_task(one(n)))
    await asyncio.gather(*tasks)
    return took, came


def report(name: str, took: list[float], came: Counter[str], pid: int, cpu: float) -> dict[str, object]:
    took = sorted(took)
    p50, p99 = (took[int(len(took) * part)] * 1000 for part in (0.5, 0.99))
    memory = int(Path("/proc", str(pid), "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    open_files = len(os.listdir(f"/proc/{pid}/fd"))
    said = ", ".join(f"{count} x {what}" for what, count in sorted(came.items()))
    print(
        f"{name:10} p50 {p50:6.1f} ms  p99 {p99:6.1f} ms  most {took[-1] * 1000:6.1f} ms  {said}; "
        f"server: {cpu:.1f} s CPU, {memory:.0f} MiB, {open_files} open files"
    )
    return {"name": name, "p50": p50, "p99": p99, "most": took[-1] * 1000, "came": came, "cpu": cpu, "mib": memory}


def cpu_of(pid: int) -> float:
    fields = Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def tag_of(port: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    writer.write(REQUEST + b"\r\n")
    head = (await reader.read(-1)).partition(b"\r\n\r\n")[0]
    writer.close()
    return next(line.partition(b": ")[2] for line in head.split(b"\r\n") if line.lower().startswith(b"etag:"))


def measure(asked: argparse.Namespace, folder: Path) -> list[dict[str, object]]:
    noise = random.Random(1)
    for name, size in (("80k.atom", 80_000), ("4m.atom", 4_000_000)):
        (folder / name).write_bytes(noise.randbytes(size // 2).hex().encode())
    command = [sys.executable, __file__, "--serve", str(folder)]
    results = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            port = int(server.stdout.readline())
            tag = asyncio.run(tag_of(port))
            for name in ("alone", "among slow"):
                slow = None
                if name != "alone":
                    pause = "10" if asked.patient else "0"
                    crowd = [sys.executable, __file__, "--be-slow", str(port), str(asked.slow), pause]
                    slow = subprocess.Popen(crowd, stdout=subprocess.PIPE, text=True)
                    time.sleep(2)
                before = cpu_of(server.pid)
                took, came = asyncio.run(read_normally(port, asked.seconds, asked.rate, tag))
                results.append(report(name, took, came, server.pid, cpu_of(server.pid) - before))
                if slow is not None:
                    slow.kill()
                    assert slow.stdout is not None
                    print("slow clients cut, each second: " + " ".join(slow.stdout.read().split()))
        finally:
            server.kill()
    return results


def main() -> None:
    """Measures and prints."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--slow", type=int, default=1000, help="slow clients")
    arguments.add_argument("--seconds", type=float, default=20.0)
    arguments.add_argument("--rate", type=float, default=100.0, help="normal requests in a second")
    arguments.add_argument("--patient", action="store_true", help="slow clients wait before they connect again")
    arguments.add_argument("--json", type=Path, metavar="FILE")
    arguments.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    arguments.add_argument("--be-slow", nargs=3, type=float, help=argparse.SUPPRESS)
    asked = arguments.parse_args()
    if asked.serve:
        asyncio.run(serve(asked.serve))
    elif asked.be_slow:
        port, count, pause = asked.be_slow
        asyncio.run(be_slow(int(port), int(count), pause))
    else:
        with tempfile.TemporaryDirectory(prefix="slow-") as folder:
            results = measure(asked, Path(folder))
        if asked.json:
            asked.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
