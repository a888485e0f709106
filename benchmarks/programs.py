"""The programs that benchmarks/cycle.py compares: how each is set up, polled and asked to publish."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

BENCHMARKS = Path(__file__).resolve().parent
PROJECT = BENCHMARKS.parent
PEERS = BENCHMARKS / "peers"
REQUIREMENTS = PEERS / "requirements.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One program, in a folder of its own. Commands run with that folder as working directory."""

    name: str
    version: str
    setup: Callable[[Path, Sequence[str]], None]
    """Writes what the program reads into its folder: the configuration that names these addresses."""
    start: tuple[str, ...]
    """Does nothing but start, with the libraries a poll needs loaded."""
    poll: tuple[str, ...]
    publish: tuple[str, ...] | None = None
    """``None``: it has nothing to publish."""
    published: str = "public"
    """What is deleted before it publishes."""
    one_host: bool = False
    """Whether it is given all feeds at one address, not each at one of its own."""
    learning: int = 0
    """Polls it needs after the first, unmeasured, before it asks conditionally."""


# --------------------------------------------------------------------------------------------------------------
# Ours
# --------------------------------------------------------------------------------------------------------------

CONFIG = """\
site: {{title: Benchmark, url: "http://127.0.0.1:8080/", author: Nobody}}
store: sqlite:///store.db
public: public
network: {{allow: [127.0.0.0/8]}}
polling: {{per_host: {per_host}}}
outputs: [{{id: main, title: Everything}}]
sources:
"""


def ours(*, one_host: bool = False, per_host: int = 1) -> Program:
    """The project in this checkout, run by this interpreter. `per_host` bounds it where all feeds are on one host."""

    def setup(folder: Path, urls: Sequence[str]) -> None:
        sources = "".join(f"  - {url}\n" for url in urls)
        (folder / "config.yaml").write_text(CONFIG.format(per_host=per_host) + sources)

    command = (sys.executable, "-m", "aggregator")
    return Program(
        name=f"aggregator, one host, {per_host} at once" if one_host else "aggregator",
        version=first_line([*command, "--version"]),
        setup=setup,
        start=(*command, "--version"),
        poll=(*command, "once", "--all", "--config", "config.yaml"),
        publish=(*command, "publish", "--config", "config.yaml"),
        one_host=one_host,
    )


# --------------------------------------------------------------------------------------------------------------
# Peers in Python, in an environment of their own
# --------------------------------------------------------------------------------------------------------------


def environment(folder: Path) -> str:
    """The interpreter of a virtual environment with the pinned peers; made where it is not there yet."""
    python = folder / "bin" / "python"
    done = folder / "installed.txt"
    wanted = REQUIREMENTS.read_text()
    if not done.is_file() or done.read_text() != wanted:
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", REQUIREMENTS], check=True)
        done.write_text(wanted)
    return str(python)


def write_urls(folder: Path, urls: Sequence[str]) -> None:
    (folder / "urls").write_text("".join(f"{url}\n" for url in urls))


def sixty_lines(python: str) -> Program:
    """The script anyone would write. It publishes after each poll, as we do."""
    script = (python, str(PEERS / "sixty_lines.py"), ".")
    return Program(
        name="sixty lines",
        version=f"httpx {pinned('httpx')}, feedparser {pinned('feedparser')}, feedgen {pinned('feedgen')}",
        setup=write_urls,
        start=(python, "-c", "import asyncio, sqlite3, feedparser, httpx, feedgen.feed"),
        poll=script,
        publish=(*script, "--publish-only"),
        published="*.xml",
    )


def lemon24_reader(python: str) -> Program:
    """lemon24/reader, with feedgen beside it where something is to be published; a poll does not publish."""
    script = (python, "-W", "ignore", str(PEERS / "lemon24_reader.py"), ".")
    return Program(
        name="reader",
        version=f"reader {pinned('reader')}",
        setup=write_urls,
        start=(python, "-c", "import reader, reader._parser.feedparser, requests, feedgen.feed"),
        poll=script,
        publish=(*script, "--publish-only"),
        published="*.xml",
    )


# --------------------------------------------------------------------------------------------------------------
# Newsboat, where the system has it
# --------------------------------------------------------------------------------------------------------------


def newsboat() -> Program | None:
    """The terminal reader in C++; ``None`` where it is not installed. It sanitises nothing and publishes nothing.

    It asks conditionally only from its third reload on: the first cannot store validators for a feed it has not
    stored yet (newsboat issue 2734, seen here with 2.21).
    """
    found = shutil.which("newsboat")
    if found is None:
        return None

    def setup(folder: Path, urls: Sequence[str]) -> None:
        write_urls(folder, urls)
        (folder / "newsboat.config").write_text("reload-threads 20\n")

    command = ("env", "HOME=.", found)
    files = ("-q", "-u", "urls", "-c", "newsboat.db", "-C", "newsboat.config")
    return Program(
        name="newsboat",
        version=first_line([found, "--version"]).partition(" - ")[0],
        setup=setup,
        start=(*command, "--version"),
        poll=(*command, *files, "-x", "reload"),
        learning=1,
    )


def pinned(package: str) -> str:
    """The version of a peer's package that is measured."""
    lines = (line.partition("==") for line in REQUIREMENTS.read_text().splitlines())
    return next(version for name, _, version in lines if name == package)


def first_line(command: Sequence[str]) -> str:
    """What a command says first. Run once unmeasured, it also leaves compiled modules and a warm file cache."""
    said = subprocess.run(command, capture_output=True, text=True, check=True, env=child_environment())
    return said.stdout.splitlines()[0]


def child_environment() -> dict[str, str]:
    """The environment of every program measured: this checkout first, and no proxies between it and loopback."""
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    return kept | {"PYTHONPATH": str(PROJECT)}
