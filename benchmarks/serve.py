"""What an answer costs the server: a 304, 80 kB and 512 kB, in CPU of the server's processes.

    python benchmarks/serve.py [--seconds 3] [--repeats 3] [--venv FOLDER] [--only NAME ...] [--json FILE]

The same files are served by our web server (as the service runs it, subscribers counted), by our server with its fast
road closed, by a plain Starlette application under uvicorn (with h11, with httptools, and that with uvloop), and by
nginx, where it is installed. They take turns within a repeat. The client is wrk where it is installed (Debian: apt-get
install wrk), else raw sockets in a process of its own; 16 connections that are kept, one request at a time on each.
Of two cores or more the client has the last to itself.

CPU is what the kernel counts for the server's processes while the client asks, user and system together: on loopback
the copying of bodies is part of it. Every answer is checked once before (status, length, tag), so that nobody is
praised for a quick mistake. Figures, and how they came about: benchmarks/RESULTS.md.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import random
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

BENCHMARKS = Path(__file__).resolve().parent
PEERS = BENCHMARKS / "peers"
CONNECTIONS = 16
ASKED = {"304": ("80k.atom", True), "80 kB": ("80k.atom", False), "512 kB": ("512k.atom", False)}
"""What is measured: the document, and whether the client has it already."""
NAMES = {
    "by-application": "ours, by the application",
    "h11": "uvicorn + Starlette, h11",
    "httptools": "uvicorn + Starlette, httptools",
    "uvloop": "uvicorn + Starlette, httptools, uvloop",
    "nginx": "nginx",
}
"""Beside ours, by the name ``--only`` takes."""
SAID = {"User-Agent": "Reader/1.0 (+https://reader.example/)", "Accept": "application/atom+xml, */*;q=0.5"}
"""What the client says besides, as feed readers do. No coding: the same bytes from every server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one kind of answer cost one server once."""

    server: str
    answer: str
    repeat: int
    requests: int
    cpu: float
    """Seconds of the server's processes."""
    wall: float

    @property
    def micros(self) -> float:
        """CPU of one request in microseconds."""
        return self.cpu / self.requests * 1e6


# --------------------------------------------------------------------------------------------------------------
# Servers: each prints its port, or has one given
# --------------------------------------------------------------------------------------------------------------


async def serve(folder: Path, *, fast: bool) -> None:
    """Our web server over a folder of documents, until the process is killed."""
    from aggregator.serve import AtOnce, Documents, Subscribers, WebServer, create_app

    async def nothing() -> dict[str, object]:
        return {}

    now = datetime.now(UTC)
    documents, subscribers = Documents(), Subscribers(now)
    documents.load(folder, now=now)

    def saw(path: str, agent: bytes, address: str) -> None:
        subscribers.saw(path, agent, address, "main")

    app = create_app(documents, unready=lambda: None, status=nothing, saw=saw)
    server = WebServer(app, at_once=AtOnce(documents, saw) if fast else None)
    await server.start("127.0.0.1", 0)
    print(server.port, flush=True)
    await asyncio.Event().wait()


NGINX = """\
daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 2048; }}
http {{
    access_log off; keepalive_requests 1000000000; sendfile on; tcp_nopush on;
    types {{ application/atom+xml atom; }}
    client_body_temp_path {folder}/t; proxy_temp_path {folder}/t; fastcgi_temp_path {folder}/t;
    uwsgi_temp_path {folder}/t; scgi_temp_path {folder}/t;
    server {{ listen 127.0.0.1:{port}; root {documents}; add_header Cache-Control "public, max-age=900"; }}
}}
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def running(name: str, folder: Path, python: str) -> Iterator[tuple[int, int]]:
    """One server on the first core; its process id and port."""
    files = folder / "documents"
    if name == "nginx":
        port = free_port()
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port, documents=files))
        command = [str(shutil.which("nginx")), "-p", str(folder), "-c", str(folder / "nginx.conf")]
    elif name.startswith("uvicorn"):
        command = [python, str(PEERS / "starlette_files.py"), str(files), name.split()[-1]]
    else:
        command = [sys.executable, __file__, "--serve", str(files), *([] if name == "ours" else ["--slow"])]
    cores = sorted(os.sched_getaffinity(0))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            os.sched_setaffinity(process.pid, cores[:-1] or cores)
            if name != "nginx":
                assert process.stdout is not None
                port = int(process.stdout.readline())
            wait_for(port)
            yield process.pid, port
        finally:
            process.kill()


def wait_for(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except ConnectionError:
            time.sleep(0.05)
        else:
            return
    sys.exit(f"no server came up on port {port}")


def cpu_of(pid: int) -> float:
    """Seconds of CPU a process has used; none of these servers has children."""
    fields = Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# --------------------------------------------------------------------------------------------------------------
# The client
# --------------------------------------------------------------------------------------------------------------


def request(path: str, tag: str | None) -> bytes:
    said = {"Host": "127.0.0.1", **SAID, **({"If-None-Match": tag} if tag is not None else {})}
    return "".join(
        (f"GET /{path} HTTP/1.1\r\n", *(f"{name}: {value}\r\n" for name, value in said.items()), "\r\n")
    ).encode()


def ask_once(port: int, path: str, tag: str | None) -> tuple[int, int, str]:
    """Status, bytes of the body and entity tag of one answer; the bytes of head and body from now on are the same."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request(path, tag))
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += connection.recv(65536)
        head, _, body = answer.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\ncontent-length: *(\d+)", head)
        wanted = int(length[1]) if length is not None else 0
        while len(body) < wanted:
            body += connection.recv(1 << 20)
    found = re.search(rb"(?i)\netag: *([^\r\n]+)", head)
    return int(head.split()[1]), len(body), found[1].decode() if found is not None else ""


def load(port: int, path: str, tag: str | None, seconds: float) -> int:
    """Ask for this time, on 16 connections; how many answers came."""
    core = str(sorted(os.sched_getaffinity(0))[-1])
    if shutil.which("wrk") is None:
        command = [sys.executable, __file__, "--ask", str(port), path, tag or "", "--seconds", str(seconds)]
        return int(subprocess.run(["taskset", "-c", core, *command], check=True, capture_output=True, text=True).stdout)
    said = {**SAID, **({"If-None-Match": tag} if tag is not None else {})}
    headers = [each for name, value in said.items() for each in ("-H", f"{name}: {value}")]
    url = f"http://127.0.0.1:{port}/{path}"
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", *headers, url]
    printed = subprocess.run(["taskset", "-c", core, *command], check=True, capture_output=True, text=True).stdout
    if wrong := re.search(r"Non-2xx or 3xx responses: \d+|Socket errors: .*", printed):
        sys.exit(f"{url}: {wrong[0]}")
    found = re.search(r"(\d+) requests in", printed)
    assert found is not None, printed
    return int(found[1])


async def ask(port: int, path: str, tag: str | None, seconds: float) -> int:
    """The same without wrk: raw sockets. Every answer has the length of the first."""
    asked = request(path, tag)
    answered = 0
    until = time.monotonic() + seconds

    async def one() -> None:
        nonlocal answered
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 21)
        while time.monotonic() < until:
            writer.write(asked)
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?i)\ncontent-length: *(\d+)", head)
            if length is not None and tag is None:
                await reader.readexactly(int(length[1]))
            answered += 1
        writer.close()

    await asyncio.gather(*(one() for _ in range(CONNECTIONS)))
    return answered


# --------------------------------------------------------------------------------------------------------------


def measured(name: str, repeat: int, folder: Path, python: str, seconds: float) -> Iterator[Run]:
    with running(name, folder, python) as (pid, port):
        for answer, (path, held) in ASKED.items():
            status, length, tag = ask_once(port, path, None)
            size = (folder / "documents" / path).stat().st_size
            if (status, length) != (200, size) or not tag or ask_once(port, path, tag)[:2] != (304, 0):
                sys.exit(f"{name} does not answer as it should: {status}, {length} bytes, tag {tag!r}")
            condition = tag if held else None
            load(port, path, condition, 0.5)
            began, before = time.monotonic(), cpu_of(pid)
            requests = load(port, path, condition, seconds)
            cpu, wall = cpu_of(pid) - before, time.monotonic() - began
            yield Run(server=name, answer=answer, repeat=repeat, requests=requests, cpu=cpu, wall=wall)


def table(runs: Sequence[Run], servers: Sequence[str]) -> str:
    lines = [
        "| answer | server | CPU us min | median | per CPU second | ours is |",
        "|---|---|---:|---:|---:|---:|",
    ]
    for answer in ASKED:
        ours = min(each.micros for each in runs if (each.server, each.answer) == (servers[0], answer))
        for server in servers:
            cost = [each.micros for each in runs if (each.server, each.answer) == (server, answer)]
            lines.append(
                f"| {answer} | {server} | {min(cost):.1f} | {statistics.median(cost):.1f} "
                f"| {1e6 / min(cost):,.0f} | {min(cost) / ours:.2f} x |"
            )
    return "\n".join(lines)


def environment(folder: Path) -> str:
    """The interpreter of a virtual environment with the pinned peers; made where it is not there yet."""
    python, done, wanted = folder / "bin" / "python", folder / "installed.txt", (PEERS / "serve.txt").read_text()
    if not done.is_file() or done.read_text() != wanted:
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", PEERS / "serve.txt"], check=True)
        done.write_text(wanted)
    return str(python)


def main() -> None:
    """Measures and prints the table."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--seconds", type=float, default=3.0, help="of each measurement")
    arguments.add_argument("--repeats", type=int, default=3)
    arguments.add_argument("--venv", type=Path, help="environment for the peers, kept for the next time")
    arguments.add_argument("--json", type=Path, metavar="FILE", help="write every run")
    arguments.add_argument("--only", nargs="+", choices=NAMES, help="besides ours")
    arguments.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    arguments.add_argument("--slow", action="store_true", help=argparse.SUPPRESS)
    arguments.add_argument("--ask", nargs=3, help=argparse.SUPPRESS)
    asked = arguments.parse_args()
    if asked.serve:
        asyncio.run(serve(asked.serve, fast=not asked.slow))
    elif asked.ask:
        port, path, tag = asked.ask
        print(asyncio.run(ask(int(port), path, tag or None, asked.seconds)))
    else:
        compare(asked)


def compare(asked: argparse.Namespace) -> None:
    wanted = asked.only or list(NAMES)
    servers = ["ours", *(NAMES[each] for each in wanted)]
    if "nginx" in servers and shutil.which("nginx") is None:
        print("nginx is left out: it is not installed (Debian: apt-get install nginx-light)", file=sys.stderr)
        servers.remove("nginx")
    runs: list[Run] = []
    with tempfile.TemporaryDirectory(prefix="serve-") as temporary:
        folder = Path(temporary)
        os.chmod(folder, 0o755)  # nginx gives its own user the worker's work
        (folder / "documents").mkdir()
        noise = random.Random(1)
        for name, size in (("80k.atom", 80_000), ("512k.atom", 512_000)):
            (folder / "documents" / name).write_bytes(b"<feed>" + noise.randbytes(size // 2).hex().encode()[:-6])
        peers = any(each.startswith("uvicorn") for each in servers)
        python = environment((asked.venv or folder / "venv").absolute()) if peers else ""
        for repeat in range(1, asked.repeats + 1):
            for server in servers:
                for run in measured(server, repeat, folder, python, asked.seconds):
                    runs.append(run)
                    print(f"{repeat} {server:40}{run.answer:8}{run.micros:8.1f} us", file=sys.stderr)
    machine = f"Python {platform.python_version()}, {platform.system()}, {os.cpu_count()} cores"
    client = "wrk" if shutil.which("wrk") else "raw sockets"
    print(f"{asked.repeats} repeats of {asked.seconds} s, {CONNECTIONS} connections, {client}; {machine}\n")
    print(table(runs, servers))
    if asked.json:
        asked.json.write_text(json.dumps({"machine": machine, "runs": [asdict(each) for each in runs]}, indent=1))


if __name__ == "__main__":
    main()
