"""Serves a folder of feeds on loopback: with ETags and 304, or as a server that knows no validators.

    python benchmarks/corpus_server.py FOLDER

Prints its port. It listens on 127.0.0.1 and, one for each feed, on 127.0.1.1, 127.0.1.2 and so on, so that feeds can
be asked for as if each had a host of its own (Linux takes the whole of 127.0.0.0/8 for loopback). Each line on
standard input, `validators on` or `validators off`, sets the mode and is answered with the statuses answered since the
line before, as JSON: a measurement can prove that it measured what it says. Ends with its standard input. Bodies are
sent as they are, uncompressed, so that no client is charged for unpacking.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import Counter
from dataclasses import dataclass, field
from email.utils import formatdate
from hashlib import sha256
from pathlib import Path

REASONS = {200: "OK", 304: "Not Modified", 404: "Not Found"}


@dataclass
class Site:
    """What is served, and what was answered."""

    bodies: dict[str, bytes]
    """Path -> document."""
    validators: bool = True
    answered: Counter[int] = field(default_factory=Counter)

    def answer(self, head: bytes) -> bytes:
        """The whole answer to one request head (RFC 9110: 304 to a matching If-None-Match)."""
        request, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = self.bodies.get(request.split(" ")[1])
        etag = f'"{sha256(body or b"").hexdigest()[:16]}"'
        status = 200 if body is not None else 404
        if body is not None and self.validators and headers.get("if-none-match") == etag:
            status = 304
        self.answered[status] += 1
        out = [f"HTTP/1.1 {status} {REASONS[status]}", f"Date: {formatdate(usegmt=True)}"]
        if self.validators and body is not None:
            out.append(f"ETag: {etag}")
        if status != 304:
            out += ["Content-Type: application/xml", f"Content-Length: {len(body or b'')}"]
        return "\r\n".join([*out, "", ""]).encode() + (body if status == 200 and body else b"")

    def command(self, line: str) -> str:
        """Obeys one line of standard input and gives the statuses since the last one."""
        self.validators = {"validators on": True, "validators off": False}[line.strip()]
        answered = json.dumps(dict(self.answered))
        self.answered.clear()
        return answered


class Connection(asyncio.Protocol):
    """One client's connection, kept alive as long as it likes."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.seen = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.seen += data
        while b"\r\n\r\n" in self.seen:
            head, _, self.seen = self.seen.partition(b"\r\n\r\n")
            self.transport.write(self.site.answer(head))


def corpus(asked: Path | None) -> Path:
    """The folder that holds index.json: the one asked for, AGGREGATOR_CORPUS, or ../shared/corpus, or feeds/ in it."""
    named = asked or Path(
        os.environ.get("AGGREGATOR_CORPUS") or Path(__file__).resolve().parents[2] / "shared" / "corpus"
    )
    for folder in (named, named / "feeds", named / "corpus" / "feeds"):
        if (folder / "index.json").is_file():
            return folder.resolve()
    sys.exit(f"no corpus in {named}: name the folder that holds feeds/index.json with --corpus or AGGREGATOR_CORPUS")


def documents(folder: Path) -> dict[str, bytes]:
    """The feeds of a corpus folder by path: those its ``index.json`` names, else every file in it."""
    index = folder / "index.json"
    if index.is_file():
        names = [str(each["file"]) for each in json.loads(index.read_text(encoding="utf-8"))]
    else:
        names = sorted(each.name for each in folder.iterdir() if each.is_file())
    return {f"/{name}": (folder / name).read_bytes() for name in names}


ONE_HOST = "127.0.0.1"


def host(place: int) -> str:
    """The address of the feed in this place (0 first), as if it were a host of its own."""
    high, low = divmod(place, 250)
    return f"127.0.{high + 1}.{low + 1}"


async def serve(site: Site) -> None:
    """Listens on a port that is free on 127.0.0.1, prints it, and obeys standard input until it ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(site), ONE_HOST, 0, backlog=1024)
    port = server.sockets[0].getsockname()[1]
    others = await loop.create_server(
        lambda: Connection(site), [host(place) for place in range(len(site.bodies))], port
    )
    print(port, flush=True)
    lines = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        print(site.command(line.decode()), flush=True)
    server.close()
    others.close()


if __name__ == "__main__":
    asyncio.run(serve(Site(documents(Path(sys.argv[1])))))
