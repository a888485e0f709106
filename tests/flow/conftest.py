"""A place to run the program as its users do: a folder, a configuration, real processes."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import feedparser
import pytest
from feedserver import FeedServer
from postgres import Postgres, running
from started import Starter, starter
from waiting import until


@dataclass
class Place:
    """A folder with a configuration in it, and the commands run there."""

    folder: Path
    port: int
    starter: Starter

    def configure(self, *sources: str, **extra: str) -> None:
        """Write config.yaml with these sources (YAML list items) and further top-level keys."""
        keys = {
            "site": f"{{title: Planet Test, url: 'http://127.0.0.1:{self.port}/', id: 'tag:test.example,2026:planet'}}",
            "server": f"{{host: 127.0.0.1, port: {self.port}}}",
            "network": "{allow: ['127.0.0.1']}",
        }
        lines = [
            *(f"{name}: {value}" for name, value in (keys | extra).items()),
            "sources:",
            *(f"  - {each}" for each in sources),
        ]
        (self.folder / "config.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def seed(self, name: str, text: str) -> None:
        path = self.folder / "seeds" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def run(self, *words: str, expect: int = 0) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        result = self.starter.run(words, self.folder)
        assert result.returncode == expect, f"exit {result.returncode}\n{result.stdout}\n{result.stderr}"
        assert "Traceback" not in result.stderr, result.stderr
        return result

    def json_lines(self, *words: str, expect: int = 0) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.run(*words, "--json", expect=expect).stdout.splitlines()]

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """Start a command in the background; its output goes to log.txt."""
        with (self.folder / "log.txt").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "aggregator", *words], cwd=self.folder, stdout=log, stderr=log
            )

    @property
    def log(self) -> str:
        return (self.folder / "log.txt").read_text(encoding="utf-8")

    @property
    def published(self) -> dict[str, bytes]:
        """Every published document by its path."""
        public = self.folder / "feeds" / "public"
        files = (each for each in sorted(public.rglob("*")) if each.is_file() and not each.name.startswith("."))
        return {each.relative_to(public).as_posix(): each.read_bytes() for each in files}

    def feed(self) -> Any:
        """The merged feed, as a subscriber's reader sees it."""
        return feedparser.parse(str(self.folder / "feeds" / "public" / "feed.atom"))

    def titles(self) -> list[str]:
        return sorted(entry.title for entry in self.feed().entries)

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, {k.lower(): v for k, v in error.headers.items()}, error.read()


@pytest.fixture(scope="session")
def start_commands() -> Iterator[Starter]:
    with starter() as running:
        yield running


@pytest.fixture(scope="session")
def make_place(start_commands: Starter) -> Callable[[Path], Place]:
    """Makes a place of a folder, with a free port for its service."""

    def make(folder: Path) -> Place:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return Place(folder, probe.getsockname()[1], start_commands)

    return make


@pytest.fixture
def place(tmp_path: Path, make_place: Callable[[Path], Place]) -> Place:
    return make_place(tmp_path)


@pytest.fixture
def server() -> Iterator[Any]:
    with FeedServer() as running:
        yield running


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with running() as server:
        yield server


@pytest.fixture
def service(place: Place) -> Iterator[Any]:
    """Starts ``aggregator run`` in the place; whatever is left of it is ended after the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        process = place.start("run")
        started.append(process)
        until(lambda: place.get("/healthz")[0] == 200, process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait()


os.environ.pop("AGGREGATOR_CONFIG", None)
