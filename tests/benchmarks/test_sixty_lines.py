"""The benchmark's server answers as each phase needs it, and the sixty-line peer does what it is measured for."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from feedserver import rss

if TYPE_CHECKING:
    from collections.abc import Iterator

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


class Served:
    """benchmarks/corpus_server.py over two small feeds, in a process of its own as when measured."""

    def __init__(self, feeds: Path) -> None:
        command = [sys.executable, str(BENCHMARKS / "corpus_server.py"), str(feeds)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())

    def answered(self, *, validators: bool = True) -> dict[str, int]:
        """What it answered since the last call; from now on it sends validators or not."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"validators {'on' if validators else 'off'}\n")
        self.process.stdin.flush()
        counts: dict[str, int] = json.loads(self.process.stdout.readline())
        return counts


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    feeds = tmp_path / "feeds"
    feeds.mkdir()
    (feeds / "one.xml").write_bytes(rss("One", [("a", "Apples"), ("b", "Bread")]))
    (feeds / "two.xml").write_bytes(rss("Two", [("c", "Cheese")]))
    one = Served(feeds)
    yield one
    one.process.communicate(timeout=10)
    assert one.process.returncode == 0


@pytest.fixture
def planet(tmp_path: Path, served: Served) -> Path:
    folder = tmp_path / "planet"
    folder.mkdir()
    addresses = (f"http://127.0.1.1:{served.port}/one.xml", f"http://127.0.0.1:{served.port}/two.xml")
    (folder / "urls").write_text("\n".join(addresses))
    return folder


def run(planet: Path, *options: str) -> None:
    subprocess.run([sys.executable, str(BENCHMARKS / "peers" / "sixty_lines.py"), str(planet), *options], check=True)


def test_a_second_poll_is_answered_304_and_keeps_what_the_first_stored(served: Served, planet: Path) -> None:
    run(planet)
    assert served.answered() == {"200": 2}
    run(planet)
    assert served.answered() == {"304": 2}
    stored = sqlite3.connect(planet / "planet.db")
    assert stored.execute("SELECT title FROM entries ORDER BY id").fetchall() == [("Apples",), ("Bread",), ("Cheese",)]
    stored.close()


def test_a_server_without_validators_sends_the_bodies_again(served: Served, planet: Path) -> None:
    run(planet)
    served.answered(validators=False)
    run(planet)
    assert served.answered() == {"200": 2}


def test_deleted_outputs_come_back_from_the_store_without_network(served: Served, planet: Path) -> None:
    run(planet)
    served.answered()
    for name in ("atom.xml", "rss.xml"):
        (planet / name).unlink()
    run(planet, "--publish-only")
    assert served.answered() == {}
    for name in ("atom.xml", "rss.xml"):
        assert "Cheese" in (planet / name).read_text(encoding="utf-8")


def test_the_sampler_counts_children_that_outlive_their_parent(tmp_path: Path) -> None:
    busy = "import os, sys\nif os.fork(): sys.exit(3)\nos.setsid()\nwhile os.times().user < 0.5: pass"
    result = tmp_path / "cost.json"
    subprocess.run(
        [sys.executable, str(BENCHMARKS / "measure.py"), str(result), sys.executable, "-c", busy], check=True
    )
    cost = json.loads(result.read_text())
    assert cost["exit"] == 3
    assert cost["cpu"] >= 0.5
    assert cost["peak_mib"] > 1
