"""kill -9 at any moment: nothing missing, nothing doubled, the published file whole at every look."""

from __future__ import annotations

import os
import random
import sqlite3
import threading
from collections import Counter
from pathlib import Path

import feedparser
from feedserver import FeedServer, rss
from lxml import etree
from waiting import until

ATOM = "{http://www.w3.org/2005/Atom}"


class Watch:
    """Reads the published feed again and again, and remembers every look at which it was not whole."""

    def __init__(self, path) -> None:
        self.path, self.looks, self.broken = path, 0, []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_exc) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stop.wait(0.01):
            try:
                body = self.path.read_bytes()
            except FileNotFoundError:
                continue
            self.looks += 1
            try:
                etree.fromstring(body)
            except etree.XMLSyntaxError as error:
                self.broken.append(str(error))


def kill_after(place, server: FeedServer, requests: int) -> None:
    """Start a round and kill it when it has sent so many requests, or let it end if it sends fewer."""
    enough = len(server.requests) + requests
    process = place.start("once", "--all")
    until(lambda: len(server.requests) >= enough or process.poll() is not None)
    process.kill()
    process.wait()


def assert_sound(place, expected: set[str]) -> None:
    """All that was served is held and published, each once."""
    place.run("once", "--all")
    database = sqlite3.connect(place.folder / "var" / "aggregator.db")
    assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    titles = Counter(title for (title,) in database.execute("SELECT title FROM articles"))
    database.close()
    assert titles == dict.fromkeys(expected, 1)
    feed = feedparser.parse(place.published["feed.atom"])
    ids = Counter(entry.id for entry in feed.entries)
    assert set(ids.values()) == {1}
    assert {entry.title for entry in feed.entries} == expected


def test_killed_rounds_lose_and_double_nothing(place, server) -> None:
    chance = random.Random(20261123)
    sources = {f"/{n}": [(f"{n}-{e}", f"Story {n}-{e}") for e in range(5)] for n in range(15)}
    place.configure(*(f"{server.url}{path}" for path in sources), outputs="[{id: main, limit: 1000}]")
    with Watch(place.folder / "feeds" / "public" / "feed.atom") as watch:
        for kill in range(int(os.environ.get("AGGREGATOR_KILLS", "5"))):
            for path, items in sources.items():
                items.append((f"{path[1:]}-k{kill}", f"Story {path[1:]}-k{kill}"))
                server.documents[path] = rss(f"Feed {path}", items)
            kill_after(place, server, chance.randint(1, len(sources)))
        assert_sound(place, {title for items in sources.values() for _, title in items})
    assert watch.looks
    assert watch.broken == []
    assert [p.name for p in (place.folder / "feeds" / "public").iterdir() if p.name.endswith(".part")] == []


def held(place) -> Counter[tuple[str, str]]:
    """(source, published id) of every article in the store."""
    database = sqlite3.connect(place.folder / "var" / "aggregator.db")
    assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    rows = database.execute("SELECT source, id FROM articles").fetchall()
    database.close()
    return Counter(rows)


def test_killed_rounds_over_the_real_feeds_end_where_an_undisturbed_one_does(corpus, make_place, tmp_path) -> None:
    chance = random.Random(1123)
    documents = {f"/{each['file']}": Path(each["path"]).read_bytes() for each in corpus}
    with FeedServer(documents) as server:
        places = []
        for name in ("undisturbed", "killed"):
            (tmp_path / name).mkdir()
            place = make_place(tmp_path / name)
            place.configure(
                *(f"{{id: f{each['file'][:-4]}, url: '{server.url}/{each['file']}'}}" for each in corpus),
                outputs="[{id: main, limit: 300}]",
                polling="{per_host: 4}",
            )
            places.append(place)
        undisturbed, killed = places
        undisturbed.run("once", "--all")
        with Watch(killed.folder / "feeds" / "public" / "feed.atom") as watch:
            for _ in range(int(os.environ.get("AGGREGATOR_KILLS", "3"))):
                kill_after(killed, server, chance.randint(1, len(documents)))
            killed.run("once", "--all")
        assert held(killed) == held(undisturbed)
        assert set(held(killed).values()) == {1}
        titles = [feedparser.parse(each.published["feed.atom"]).entries for each in places]
        assert {entry.id for entry in titles[0] if "published" in entry} == {
            entry.id for entry in titles[1] if "published" in entry
        }
        assert watch.broken == []
