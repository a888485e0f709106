"""How long a publish takes to reach 1,000 subscribers, and what that costs, while 100 of them hang.

    python benchmarks/hub.py [--subscribers 1000] [--hanging 100] [--kilobytes 100] [--secret] [--hosts 1000]

The hub runs as in the service, with its web server and SQLite; the subscribers are one process of their own on
addresses of the loopback network. From the moment at which the hub is woken it is measured when the last of those who
answer had the document, what CPU the hub's process took until then, and how long a reader of ``/feed.atom`` had to wait
meanwhile. Figures: benchmarks/RESULTS.md.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import statistics
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from aggregator.config import load
from aggregator.hub.hub import Hub
from aggregator.hub.topics import Topic, Topics
from aggregator.model import Article, Intent, Person
from aggregator.publish import assemble, documents, files
from aggregator.serve import Documents, WebServer, create_app
from aggregator.websub import key_of
from aggregator.wiring import open_app, utc_now

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from aggregator.wiring import App

SITE = "https://planet.example/"
TOPIC = f"{SITE}feed.atom"


def subscribers(said: Connection, wanted: int) -> None:
    """Takes deliveries; says when ``wanted`` came to those who answer, and how many there were in all."""

    async def run() -> None:
        came, everyone, done = 0, 0, asyncio.Event()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal came, everyone
            try:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
                await reader.readexactly(int(length.partition(b":")[2]))
                everyone += 1
                if b" /hang/" in head[:40]:
                    await reader.read()
                else:
                    writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
                    await writer.drain()
                    came += 1
                    if came == wanted:
                        done.set()
            except (ConnectionError, asyncio.IncompleteReadError):
                return
            finally:
                writer.close()

        server = await asyncio.start_server(serve, "0.0.0.0", 0, backlog=4096, limit=1 << 22)
        said.send(server.sockets[0].getsockname()[1])
        await done.wait()
        said.send(time.monotonic())
        await asyncio.sleep(0.5)
        said.send((came, everyone))
        os._exit(0)  # those that hang need no end of their own

    asyncio.run(run())


def publish(app: App, number: int, size: int) -> None:
    """A document of about ``size`` bytes, another for each ``number``."""
    now = utc_now()
    article = Article(
        key=f"{number:032x}",
        id=f"urn:article:{number}",
        source="blog",
        raw_hash=b"",
        fingerprint=b"",
        title=f"Version {number}",
        content_html=f"<p>{'Words of an article. ' * (size // 21)}</p>",
        authors=(Person(name="Ann"),),
        first_seen=now,
        sort_at=now,
    )
    output = app.config.outputs[0]
    feed = assemble([article], {}, {}, app.config.site, output, first=True, hubs=app.config.hubs)
    files.prepare(app.config.public)
    files.write_all(app.config.public, documents(feed, first=True).documents)


async def reader(client: httpx.AsyncClient, waits: list[float]) -> None:
    """Somebody who asks for the feed all the time."""
    while True:
        began = time.monotonic()
        await client.get("/feed.atom", headers={"if-none-match": "*"})
        waits.append(time.monotonic() - began)
        await asyncio.sleep(0.01)


async def measure(given: argparse.Namespace, port: int, said: Connection, folder: Path) -> None:
    (folder / "config.yaml").write_text(
        f"site: {{title: Planet, url: '{SITE}', id: 'tag:planet.example,2026:p'}}\n"
        "network: {allow: [127.0.0.0/8]}\nsources: []\noutputs: [{id: main, formats: [atom]}]\n"
    )
    app = await open_app(load(folder / "config.yaml", {}))
    topics = Topics(app)
    hub, served = Hub(app, topics), Documents()
    publish(app, 1, given.kilobytes * 1000)
    served.load(app.config.public, now=app.now())
    topic = await topics.get(TOPIC)
    assert isinstance(topic, Topic)
    for number in range(given.subscribers):
        kind = "hang" if number * given.hanging % given.subscribers < given.hanging else "cb"
        place = number % given.hosts
        host = f"127.0.{1 + place // 250}.{1 + place % 250}"
        intent = Intent(
            key=key_of(TOPIC, f"http://{host}:{port}/{kind}/{number}"),
            mode="subscribe",
            topic=TOPIC,
            callback=f"http://{host}:{port}/{kind}/{number}",
            host=host,
            lease=timedelta(days=1),
            secret="secret" if given.secret else None,
            version=topic.version,
            at=app.now(),
        )
        app.store.subscriptions.ask(intent, most=100_000, most_of_host=100_000)
        app.store.subscriptions.confirm(intent, app.now(), app.now())

    async def nothing() -> dict[str, object]:
        return {}

    web = WebServer(create_app(served, unready=lambda: None, status=nothing))
    await web.start("127.0.0.1", 0)
    running = asyncio.create_task(hub.run())
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{web.port}", trust_env=False) as client:
        quiet: list[float] = []
        asking = asyncio.create_task(reader(client, quiet))
        await asyncio.sleep(1)
        asking.cancel()
        waits: list[float] = []
        asking = asyncio.create_task(reader(client, waits))
        publish(app, 2, given.kilobytes * 1000)
        served.load(app.config.public, now=app.now())
        began, cpu = time.monotonic(), time.process_time()
        hub.published()
        ended = await asyncio.to_thread(said.recv)
        took = time.process_time() - cpu
        asking.cancel()
        came, everyone = await asyncio.to_thread(said.recv)
    print(f"{given.subscribers} subscribers, {given.hanging} hang, {topic_kb(topic)} kB, secret: {given.secret}")
    print(f"the last of {came} had it after {ended - began:.2f} s; {everyone} were called")
    print(f"CPU of the hub's process until then {took:.2f} s, {1000 * took / everyone:.2f} ms for each")
    print(f"a reader waited {shown(waits)}, before that {shown(quiet)}")
    running.cancel()
    await hub.close(0)
    await web.stop(1)
    await app.close()


def topic_kb(topic: Topic) -> int:
    return len(topic.body) // 1000


def shown(waits: list[float]) -> str:
    ordered = sorted(waits)
    return f"{1000 * statistics.median(ordered):.1f} ms, at most {1000 * ordered[-1]:.0f} ms ({len(ordered)} requests)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subscribers", type=int, default=1000)
    parser.add_argument("--hanging", type=int, default=100)
    parser.add_argument("--kilobytes", type=int, default=100)
    parser.add_argument("--hosts", type=int, default=1000, help="on which they are")
    parser.add_argument("--secret", action="store_true", help="they get signed deliveries")
    given = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=subscribers, args=(theirs, given.subscribers - given.hanging), daemon=True)
    process.start()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(given, ours.recv(), ours, Path(folder)))
    process.join(10)


if __name__ == "__main__":
    main()
