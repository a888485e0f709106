"""The whole program for tests: its own configuration, store and processes, before hostile servers, by our clock."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.articles import compile_rule
from aggregator.config import load
from aggregator.polls import Polls
from aggregator.wiring import App, open_app

if TYPE_CHECKING:
    from aggregator.fetch import Resolve
    from aggregator.model import Article


@asynccontextmanager
async def program(
    folder: Path, sources: Iterable[str], now: Callable[[], datetime], resolve: Resolve | None = None
) -> AsyncIterator[App]:
    """The program with these sources (flow mappings of YAML) that may call what is on this machine."""
    keys = ("site: {title: T, url: 'http://t.test/'}", "network: {allow: ['127.0.0.0/8']}", "polling: {per_host: 16}")
    lines = [*keys, "sources:", *(f"  - {each}" for each in sources)]
    (folder / "config.yaml").write_text("\n".join(lines))
    app = await open_app(load(folder / "config.yaml", {}, check_rule=compile_rule), now=now, resolve=resolve)
    try:
        yield app
    finally:
        await app.close()


async def poll(app: App, ids: Collection[str]) -> None:
    """A look at each of them, due or not."""
    polls, left = Polls(app), set(ids)
    while left or len(polls):
        left.difference_update(await polls.start(only=left))
        await polls.wait()
    assert polls.failure is None


def articles(app: App, source: str, now: datetime) -> Sequence[Article]:
    """All that is held of a source, by title."""
    held = app.store.articles.newest(1000, now=now, source=source, visible=False)
    return sorted(held, key=lambda each: each.title)
