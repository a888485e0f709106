"""How well stories are told, and what that costs.

    python benchmarks/stories.py [--stored 10000 100000 1000000] [--json FILE]

Precision and recall are over ``tests/stories/pairs.jsonl``: pairs of articles labelled by hand as on one event or not,
half of them kept apart from what the weights were learnt from.

The cost is that of a new article when so many are in the index, all of the last two weeks: its signature, the look
for others, the comparison with them, and the rows that are written, in transactions of 100 as the program does. The
articles are made of words as common as those of a language are (Zipf), so that some keys have far more articles than
are looked at.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import sqlite3
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from struct import pack

from sqlalchemy import insert

from aggregator.articles import identify, normalise
from aggregator.model import Article, Document, Source
from aggregator.outputs.telling import AT_ONCE, placed, sign
from aggregator.parse import parse
from aggregator.store import Store, schema
from aggregator.store.codec import encode_article, encode_body
from aggregator.store.stories import _encode
from aggregator.stories import bands, match, signature

NOW = datetime(2026, 11, 23, tzinfo=UTC)
PAIRS = Path(__file__).resolve().parent.parent / "tests" / "stories" / "pairs.jsonl"
NEW = 500
WORDS = 30_000


def article(number: int, title: str, text: str, *, language: str | None = "en", at: datetime = NOW) -> Article:
    """An article of a source of its own."""
    return Article(
        key=f"{number:032x}",
        id=f"urn:x-article:{number}",
        source=f"source-{number % 997}",
        raw_hash=b"",
        fingerprint=b"",
        title=title,
        summary=text,
        language=language,
        first_seen=at,
        sort_at=at,
    )


def quality() -> list[dict[str, object]]:
    """Precision and recall by half of the labelled pairs."""
    rows = []
    pairs = [json.loads(line) for line in PAIRS.read_text(encoding="utf-8").splitlines()]
    for half in ("tune", "held"):
        right = wrong = missed = 0
        some = [each for each in pairs if each["half"] == half]
        for each in some:
            a, b = (
                signature(article(n, each[side]["title"], each[side]["text"], language=each[side]["language"]))
                for n, side in enumerate("ab")
            )
            found = match(a, b) is not None
            right += found and each["same"]
            wrong += found and not each["same"]
            missed += each["same"] and not found
        rows.append(
            {
                "half": half,
                "pairs": len(some),
                "precision": round(right / (right + wrong), 3),
                "recall": round(right / (right + missed), 3),
            }
        )
    return rows


class Maker:
    """Articles of words as common as those of a language."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._words = ["".join(self._random.choices("abcdefghilmnoprstuv", k=7)) for _ in range(WORDS)]
        self._weights = [1 / rank for rank in range(20, WORDS + 20)]

    def article(self, number: int, at: datetime) -> Article:
        """One with ten words in its title and eighty in its text."""
        words = self._random.choices(self._words, self._weights, k=90)
        words[2:5] = [each.capitalize() for each in words[2:5]]
        return article(number, " ".join(words[:10]), " ".join(words[10:]), at=at)


def fill(path: Path, stored: int) -> None:
    """So many articles in the index. Keys and signatures are those of 5,000 articles, shuffled."""
    maker = Maker(1)
    pool = [signature(maker.article(number, NOW)) for number in range(5_000)]
    texts = [(bands(each), json.dumps(_encode(each))) for each in pool]
    keys = [band for some, _ in texts for band in some]
    chance = random.Random(2)
    start, span = int((NOW - timedelta(days=14)).timestamp() * 1e6), 14 * 86_400 * 1_000_000

    with sqlite3.connect(path) as db:
        db.execute("PRAGMA synchronous=OFF")
        db.execute("PRAGMA temp_store=FILE")
        db.execute("CREATE TEMP TABLE loose (band INTEGER, at INTEGER, key BLOB)")
        for first in range(0, stored, 10_000):
            signed, loose = [], []
            for number in range(first, min(first + 10_000, stored)):
                key, at = (number + 1_000_000).to_bytes(16, "big"), start + span * number // stored
                own = sorted({*chance.choices(keys, k=16)})
                signed.append((key, at, at, pack(f">{len(own)}q", *own), texts[number % len(texts)][1]))
                loose += [(band, at, key) for band in own]
            db.executemany(
                "INSERT INTO story_signatures (key, at, placed, bands, facts) VALUES (?, ?, ?, ?, ?)", signed
            )
            db.executemany("INSERT INTO loose VALUES (?, ?, ?)", loose)
        db.execute("INSERT INTO story_bands SELECT DISTINCT band, at, key FROM loose ORDER BY band, at, key")
        db.execute("DROP TABLE loose")
    db.close()


def cost(stored: int) -> dict[str, object]:
    """Milliseconds of a new article among so many."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.db"
        Store.open(f"sqlite:///{path}").close()
        fill(path, stored)
        with Store.open(f"sqlite:///{path}") as store:
            maker = Maker(1)
            fresh = [maker.article(number, NOW) for number in range(5_000 + NEW)][5_000:]
            fresh = [replace(each, key=f"{number:032x}") for number, each in enumerate(fresh)]
            signing = placing = processor = 0.0
            for first in range(0, NEW, AT_ONCE):
                began = time.perf_counter()
                signed = sign(fresh[first : first + AT_ONCE])
                signing += time.perf_counter() - began
                began, before = time.perf_counter(), time.process_time()
                store.stories.place(signed, placed, NOW)
                placing += time.perf_counter() - began
                processor += time.process_time() - before
        return {
            "stored": stored,
            "sign_ms": round(1000 * signing / NEW, 2),
            "place_ms": round(1000 * placing / NEW, 2),
            "place_cpu_ms": round(1000 * processor / NEW, 2),
            "bytes_each": path.stat().st_size // stored,
        }


def told(folder: Path) -> list[list[Article]]:
    """The stories among all articles of a corpus (``index.json``), as if each had come when it is dated."""
    articles: list[Article] = []
    for number, each in enumerate(json.loads((folder / "index.json").read_text(encoding="utf-8"))):
        source = Source(id=f"feed-{number}", url=each["url"])
        feed = parse((Document(body=(folder / each["file"]).read_bytes(), url=each["url"]),), source, NOW)
        articles += normalise(identify(feed, source), feed.info, source, NOW)
    once = {each.id: replace(each, first_seen=each.sort_at) for each in reversed(articles)}  # no copies
    articles = list(once.values())
    articles.sort(key=lambda each: each.sort_at)
    with tempfile.TemporaryDirectory() as temporary, Store.open(f"sqlite:///{temporary}/store.db") as store:
        configured = tuple(Source(id=each, url=f"https://{each}.example/") for each in {a.source for a in articles})
        store.sync(configured, NOW, lambda _: NOW, lambda _: timedelta(0))
        with store._database.writing() as db:  # noqa: SLF001 - all at once, past the polls
            db.execute(insert(schema.articles), [encode_article(each) for each in articles])
            db.execute(insert(schema.article_bodies), [encode_body(each) for each in articles])
        for first in range(0, len(articles), AT_ONCE):
            some = articles[first : first + AT_ONCE]
            store.stories.place(sign(some), placed, some[0].sort_at)
        found = store.stories.of([each.key for each in articles], NOW)
    stories = {story.id: [each.article for each in story.members] for story in found.values()}
    return sorted(stories.values(), key=lambda members: members[0].sort_at)


def main() -> None:
    """Prints both."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--stored", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    options.add_argument("--corpus", type=Path, help="list the stories among the feeds of this folder, no more")
    options.add_argument("--json", type=Path)
    given = options.parse_args()
    if given.corpus:
        for number, members in enumerate(told(given.corpus), start=1):
            print(f"{number}.")
            for each in members:
                print(f"   {each.sort_at:%Y-%m-%d %H:%M}  {each.source:10} {each.title}")
        return
    found = {"python": platform.python_version(), "quality": quality(), "cost": []}
    for row in found["quality"]:
        print(row)
    for stored in given.stored:
        row = cost(stored)
        found["cost"].append(row)
        print(row, flush=True)
    if given.json:
        given.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
