"""A program with one output, its hub behind a real web server, and a subscriber to call back."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from hub_planet import SITE, Planet
from subscriber import Subscriber

from aggregator.config import load
from aggregator.hub.hub import Hub
from aggregator.hub.topics import Topics
from aggregator.serve import Documents, WebServer, create_app
from aggregator.serve.hub import hub_route
from aggregator.store import Store
from aggregator.websub import MOST_BYTES
from aggregator.wiring import open_app, utc_now


async def nothing() -> dict[str, Any]:
    return {}


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with its tables: to make them takes longer than most tests here."""
    path = tmp_path_factory.mktemp("empty") / "store.db"
    Store.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def subscriber() -> Iterator[Subscriber]:
    with Subscriber() as running:
        yield running


@pytest.fixture
def planet(tmp_path: Path, subscriber: Subscriber, empty_store: Path) -> Callable[..., Any]:
    """``async with planet() as running``; what is given is further YAML, and who resolves names."""

    @asynccontextmanager
    async def run(
        more: str = "", *, allow: str = "[127.0.0.0/8]", resolve: Any = None, pause: timedelta = timedelta(0)
    ) -> AsyncIterator[Planet]:
        (tmp_path / "var").mkdir()
        shutil.copy(empty_store, tmp_path / "var" / "aggregator.db")
        (tmp_path / "config.yaml").write_text(
            f"site: {{title: Planet, url: '{SITE}', id: 'tag:planet.example,2026:p'}}\n"
            f"network: {{allow: {allow}}}\nsources: []\n{more}\n",
            encoding="utf-8",
        )
        clock = [timedelta(0)]
        app = await open_app(load(tmp_path / "config.yaml", {}), now=lambda: utc_now() + clock[0], resolve=resolve)
        hub, documents = Hub(app, Topics(app), pause=pause), Documents()
        routes = [hub_route(hub, MOST_BYTES)]
        web = WebServer(create_app(documents, unready=lambda: None, status=nothing, routes=routes))
        await web.start("127.0.0.1", 0)
        running = asyncio.create_task(hub.run())
        try:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{web.port}", trust_env=False) as client:
                made = Planet(app, hub, client, tmp_path, subscriber, documents, clock)
                made.change("First")
                yield made
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
            await hub.close(0)
            await web.stop(1)
            await app.close()

    return run
