"""Which files a running service looks at: what its configuration was read from, and what may mend a wrong one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from aggregator.articles import compile_rule
from aggregator.config import Config, load
from aggregator.errors import StoreError
from aggregator.notify import Notify
from aggregator.reloading import Reloading
from aggregator.wiring import App, open_app

MAIN = "site: {title: P, url: 'https://p.example/'}\nwatch: true\nsources:\n"
ONE = "  - https://one.example/feed\n"


class Running:
    """A configuration in force, and what looks after it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.reads = 0
        self.meanwhile: Callable[[], object] = lambda: None
        self.took = asyncio.Event()
        self.app: App
        self.reloading: Reloading

    def write(self, name: str, text: str) -> None:
        """As careful editors do: a new file in the old one's place."""
        new = self.folder / f"{name}~"
        new.parent.mkdir(exist_ok=True)
        new.write_text(text, encoding="utf-8")
        new.replace(self.folder / name)

    def load(self) -> Config:
        self.reads += 1
        config = load(self.folder / "config.yaml", {}, check_rule=compile_rule)
        self.meanwhile()
        return config

    async def beats(self) -> int:
        """How often the configuration was read, until all is at rest."""
        before = self.reads
        for _ in range(4):
            await self.reloading.beat()
        return self.reads - before


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    made = Running(tmp_path)
    made.write("config.yaml", MAIN + ONE)
    app = await open_app(made.load())
    made.app = app
    made.reloading = Reloading(app, made.load, asyncio.Lock(), made.took.set, Notify())
    try:
        yield made
    finally:
        await app.close()


async def test_a_configuration_is_read_once_for_each_change(running: Running) -> None:
    assert await running.beats() == 0
    running.write("config.yaml", MAIN + ONE + "  - https://two.example/feed\n")
    assert await running.beats() == 1
    for _ in range(10):
        running.reloading.ask()
    assert await running.beats() == 1


@pytest.mark.parametrize(
    ("source", "name", "mended"),
    [
        ("{include: more.yaml}", "more.yaml", "- https://two.example/feed\n"),
        ("{include: more/two.yaml}", "more/two.yaml", "- https://two.example/feed\n"),
        ("{include: more/*.yaml}", "more/two.yaml", "- https://two.example/feed\n"),
        ("{url: 'https://two.example/feed', auth: {bearer_file: token}}", "token", "abc\n"),
        ("{folder: news}", "news/one.txt", "Title\n\nText.\n"),
        ("{opml: list.opml}", "list.opml", "<opml version='2.0'><body/></opml>"),
    ],
)
async def test_what_is_missing_is_noticed_when_it_comes(running: Running, source: str, name: str, mended: str) -> None:
    running.write("config.yaml", f"{MAIN}{ONE}  - {source}\n")
    assert await running.beats() == 1
    assert running.reloading.problem is not None
    assert await running.beats() == 0
    running.write(name, mended)
    assert await running.beats() == 1
    assert running.reloading.problem is None


async def test_a_file_that_is_new_and_wrong_or_empty_is_noticed_when_it_is_mended(running: Running) -> None:
    running.write("more.yaml", "- {url: 'https://two.example/feed', intervall: 2h}\n")
    running.write("config.yaml", f"{MAIN}{ONE}  - include: more.yaml\n")
    assert await running.beats() == 1
    assert "intervall" in str(running.reloading.problem)
    running.write("more.yaml", "")
    assert await running.beats() == 1
    assert running.reloading.problem is None
    running.write("more.yaml", "- https://two.example/feed\n")
    assert await running.beats() == 1


async def test_what_is_written_while_a_configuration_is_read_is_read_next(running: Running) -> None:
    later = f"{MAIN}{ONE}  - include: more.yaml\n  - https://three.example/feed\n"
    running.write("more.yaml", "- https://two.example/feed\n")
    running.write("config.yaml", f"{MAIN}{ONE}  - include: more.yaml\n")

    def write_once() -> None:
        running.meanwhile = lambda: None
        running.write("config.yaml", later)

    running.meanwhile = write_once
    assert await running.beats() == 2


async def test_links_that_are_led_elsewhere_are_noticed(running: Running, tmp_path: Path) -> None:
    """As Kubernetes mounts a ConfigMap: ``config.yaml -> ..data/config.yaml``, ``..data -> ..1``."""
    for number, text in enumerate((MAIN + ONE, f"{MAIN}{ONE}  - folder: news\n"), start=1):
        (tmp_path / f"..{number}").mkdir()
        (tmp_path / f"..{number}" / "config.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "news").mkdir()
    (tmp_path / "..data").symlink_to("..1")
    (tmp_path / "config.yaml").unlink()
    (tmp_path / "config.yaml").symlink_to("..data/config.yaml")
    assert await running.beats() == 1
    (tmp_path / "..new").symlink_to("..2")
    (tmp_path / "..new").replace(tmp_path / "..data")
    assert await running.beats() == 1
    assert running.reloading.problem is None, "paths are relative to where the link is"


async def test_where_the_store_fails_late_all_know_what_is_in_force(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise StoreError("the disk is full")

    running.write("config.yaml", MAIN + ONE + "  - https://two.example/feed\n")
    with monkeypatch.context() as patched:
        patched.setattr(running.app.store.recordings, "follow", failing)
        assert await running.beats() == 1
    assert running.took.is_set(), "who is asked for what has become private has to know"
    assert len(running.app.config.sources) == 2
    assert running.reloading.problem == "the disk is full"
    running.reloading.ask()
    assert await running.beats() == 1
    assert running.reloading.problem is None
