"""What a new article costs from the store to the bytes of every format on disk.

    python benchmarks/publish.py [--stored 100 1000 100000] [--rounds 20] [--json FILE]

*New article*: a store with so many articles, an output with all formats, and each round one more article, which every
query takes, is recorded and published. Wanted is that neither the number of the stored ones nor how few of them the
query takes makes any difference: flat.

*Whole feed*: 1,000 entries, of which one is new, beside plain feedgen that makes Atom and RSS of the same entries each
time, and beside that with gzip -6 of both. Rendered from nothing it is ours once, at the first publish.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import platform
import random
import statistics
import sys
import tempfile
import time
import zlib
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from feedgen.feed import FeedGenerator  # type: ignore[import-untyped]  # it ships no types
from sqlalchemy import insert

from aggregator.articles import compile_rule
from aggregator.config import load
from aggregator.logs import configure
from aggregator.model import Article, Category, Code, FeedInfo, Output, Person, PollPlan, Site, Source
from aggregator.outputs.choosing import is_behind
from aggregator.pipeline import publish
from aggregator.publish import assemble, documents
from aggregator.publish.assemble import Made
from aggregator.serve.coding import CODINGS
from aggregator.store import schema
from aggregator.store.codec import encode_article, encode_body
from aggregator.wiring import open_app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aggregator.wiring import App

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
QUERIES = {"no query": None, "a frequent one (1 of 2)": 'tag = "frequent"', "a rare one (1 of 10,000)": 'tag = "rare"'}
WORDS = 30_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Medians over the rounds, in milliseconds."""

    stored: int
    query: str
    entries: int
    wall: float
    cpu: float
    longest: float
    """The longest call of the store in any round: so long a poll may wait for its turn."""
    call: str
    """Which that was."""


def article(number: int, at: datetime, chance: random.Random, *, tags: tuple[str, ...] = ()) -> Article:
    """An article of some 3 kB, as they are in the corpus of real feeds."""
    words = [f"word{min(WORDS, int(chance.paretovariate(0.5)))}" for _ in range(420)]
    paragraphs = (" ".join(words[start : start + 70]) for start in range(0, 420, 70))
    return Article(
        key=f"{number:032x}",
        id=f"https://source.example/{number}",
        source="source",
        raw_hash=number.to_bytes(8, "big"),
        fingerprint=number.to_bytes(16, "big"),
        title=" ".join(words[:9]),
        url=f"https://source.example/{number}",
        summary=" ".join(words[:30]),
        content_html="".join(f'<p>{each} <a href="https://source.example/">more</a></p>' for each in paragraphs),
        authors=(Person(name="An Author"),),
        tags=tuple(Category(term=each) for each in ("news", *tags)),
        language="en",
        words=420,
        published=at,
        first_seen=at,
        sort_at=at,
    )


def tags_of(number: int) -> tuple[str, ...]:
    """Which queries take it."""
    return (*(("frequent",) if number % 2 == 0 else ()), *(("rare",) if number % 10_000 == 0 else ()))


def stored(number: int, chance: random.Random) -> Iterator[list[Article]]:
    """The articles that are there before, in parts."""
    for start in range(0, number, 1000):
        numbers = range(start, min(start + 1000, number))
        yield [article(each, NOW - timedelta(minutes=each + 1), chance, tags=tags_of(each)) for each in numbers]


def written(folder: Path, query: str | None, limit: int, *, archives: bool = False) -> Path:
    """A configuration of one source and one output."""
    output: dict[str, Any] = {"id": "main", "limit": limit, "archive": archives} | (
        {} if query is None else {"query": query}
    )
    said = {
        "site": {"title": "Benchmark", "url": "https://planet.example/"},
        "store": f"sqlite:///{folder}/store.db",
        "public": str(folder / "public"),
        "outputs": [output],
        "sources": [{"id": "source", "url": "https://source.example/feed"}],
    }
    path = folder / "config.yaml"
    path.write_text(json.dumps(said))
    return path


class Watched:
    """Times the calls of the store that an app makes."""

    def __init__(self, app: App) -> None:
        self.calls: list[tuple[float, str]] = []
        self._db, app.db = app.db, self._call  # type: ignore[method-assign]  # to time what passes through

    async def _call(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        def timed() -> Any:
            began = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                name = getattr(function, "__name__", str(function))
                self.calls.append((time.perf_counter() - began, name))

        return await self._db(timed)


def record(app: App, new: Article) -> None:
    """As a poll does that brought one article."""
    (claim,) = app.store.queue.claim(app.now(), 1, timedelta(minutes=1), only=["source"], force=True)
    state = replace(claim.state, code=Code.OK, next_poll_at=app.now())
    app.store.polls.record(PollPlan(source="source", state=state, new=(new,)), claim, app.now())


async def new_article(number: int, rounds: int, limit: int, folder: Path, *, archives: bool) -> list[Cost]:
    """What one more article costs where so many are stored, for each query."""
    costs = []
    chance = random.Random(number)
    clock = {"now": NOW}
    filled = False
    for name, query in QUERIES.items():
        path = written(folder, query, limit, archives=archives)
        app = await open_app(load(path, {}, check_rule=compile_rule), now=lambda: clock["now"])
        try:
            if not filled:
                fill(app, number, chance)
                filled = True
            await publish(app)
            while is_behind(app.store, app.config.outputs, copies=False):
                await publish(app)
            gc.collect()
            gc.freeze()
            watched = Watched(app)
            walls, cpus = [], []
            for each in range(rounds):
                clock["now"] += timedelta(minutes=5)
                fresh = 10**9 + len(costs) * rounds + each
                record(app, article(fresh, clock["now"], chance, tags=("frequent", "rare")))
                cpu, wall = time.process_time(), time.perf_counter()
                await publish(app)
                cpus.append(time.process_time() - cpu)
                walls.append(time.perf_counter() - wall)
            slowest = max(watched.calls)
            shown = len(app.published["main"].feed.entries)
            costs.append(
                Cost(
                    stored=number,
                    query=name,
                    entries=shown,
                    wall=1000 * statistics.median(walls),
                    cpu=1000 * statistics.median(cpus),
                    longest=1000 * slowest[0],
                    call=slowest[1],
                )
            )
        finally:
            await app.close()
    return costs


def fill(app: App, number: int, chance: random.Random) -> None:
    """Put the articles there."""
    with app.store._database.writing() as db:  # noqa: SLF001 - a poll of so many is none
        for part in stored(number, chance):
            db.execute(insert(schema.articles), [encode_article(each) for each in part])
            db.execute(insert(schema.article_bodies), [encode_body(each) for each in part])
        db.execute(schema.output_queue.delete())  # as a store that was there before this version


# ---- a whole feed


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """Medians over the rounds, in milliseconds of processor time, for Atom and RSS of one feed."""

    scratch: float
    """Ours, from nothing; medians of the first publishes."""
    again: float
    """Ours, where one entry is new."""
    packed: float
    """That, and gzip of both as it is served."""
    feedgen: float
    feedgen_packed: float
    """That, and gzip -6 of both."""


def whole_feed(entries: int, rounds: int) -> Whole:
    """Each in turn."""
    chance = random.Random(7)
    site = Site(title="Benchmark", url="https://planet.example/", id="tag:planet.example,2026:benchmark")
    output = Output(id="main", limit=entries, formats=("atom", "rss"))
    held = [article(each, NOW - timedelta(minutes=each), chance) for each in range(entries)]
    infos, sources = (
        {"source": FeedInfo(title="Source")},
        {"source": Source(id="source", url="https://source.example/")},
    )
    gzip = next(each for each in CODINGS if each.name == "gzip").compress
    times: dict[str, list[float]] = {each.name: [] for each in fields(Whole)}
    made, before = None, None
    for each in range(rounds):
        held = [article(10**9 + each, NOW + timedelta(minutes=each), chance), *held[: entries - 1]]
        for name, known in (("scratch", None), ("again", before)):
            if name == "again" and before is None:
                continue
            began = time.process_time()
            made = Made(made if known is not None else None)
            feed = assemble(held, infos, sources, site, output, first=False, made=made)
            publication = documents(feed, first=False, previous=known)
            times[name].append(time.process_time() - began)
            if name == "again":
                for document in publication.documents:
                    gzip(document.body)
                times["packed"].append(time.process_time() - began)
        before = publication
        began = time.process_time()
        bodies = of_feedgen(held)
        times["feedgen"].append(time.process_time() - began)
        for body in bodies:
            zlib.compress(body, 6, wbits=31)
        times["feedgen_packed"].append(time.process_time() - began)
    return Whole(**{name: 1000 * statistics.median(took) for name, took in times.items()})


def of_feedgen(articles: list[Article]) -> tuple[bytes, bytes]:
    """The same in plain feedgen: id, title, link, author, dates, tags, summary and content."""
    feed = FeedGenerator()
    feed.id("https://planet.example/")
    feed.title("Benchmark")
    feed.description("Benchmark")
    feed.link(href="https://planet.example/", rel="alternate")
    feed.updated(NOW)
    for each in articles:
        entry = feed.add_entry(order="append")
        entry.id(each.id)
        entry.title(each.title)
        entry.link(href=each.url)
        entry.author(name=each.authors[0].name)
        entry.published(each.published)
        entry.updated(each.published)
        for tag in each.tags:
            entry.category(term=tag.term)
        entry.summary(each.summary)
        entry.content(each.content_html, type="html")
    return feed.atom_str(), feed.rss_str()


# ---- what is printed


def main() -> None:
    """Measures and prints the tables."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--stored", type=int, nargs="+", default=[100, 1000, 100_000])
    arguments.add_argument("--rounds", type=int, default=20)
    arguments.add_argument("--limit", type=int, nargs="+", default=[100, 1000], help="entries of the output")
    arguments.add_argument("--archives", action="store_true", help="with archive documents, whose making takes minutes")
    arguments.add_argument("--json", type=Path, metavar="FILE", help="write every figure")
    asked = arguments.parse_args()
    configure(level="error", secrets=())
    costs = []
    for limit in asked.limit:
        for number in asked.stored:
            with tempfile.TemporaryDirectory(prefix="publish-") as temporary:
                costs += asyncio.run(new_article(number, asked.rounds, limit, Path(temporary), archives=asked.archives))
                print(f"{number} stored, limit {limit}: done", file=sys.stderr)
    whole = whole_feed(1000, asked.rounds)
    print(f"Python {platform.python_version()}, {platform.system()}, {os.cpu_count()} cores, {asked.rounds} rounds\n")
    print(
        "| stored | query | entries | CPU ms | wall ms | longest call of the store, ms |\n|---:|---|---:|---:|---:|---|"
    )
    for each in costs:
        longest = f"{each.longest:.0f} ({each.call})"
        print(f"| {each.stored:,} | {each.query} | {each.entries} | {each.cpu:.0f} | {each.wall:.0f} | {longest} |")
    print("\n| Atom and RSS of 1,000 entries | CPU ms | of feedgen |\n|---|---:|---:|")
    for name, peer in (("scratch", "feedgen"), ("again", "feedgen"), ("packed", "feedgen_packed")):
        took, by_peer = getattr(whole, name), getattr(whole, peer)
        print(f"| {name} | {took:.1f} | 1/{by_peer / took:.1f} |")
    print(f"| feedgen | {whole.feedgen:.0f} | |\n| feedgen, gzip -6 | {whole.feedgen_packed:.0f} | |")
    if asked.json:
        asked.json.write_text(json.dumps({"new article": [asdict(x) for x in costs], "whole": asdict(whole)}, indent=1))


if __name__ == "__main__":
    main()
