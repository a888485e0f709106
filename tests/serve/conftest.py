"""A public folder, and a real server on loopback over it."""

from __future__ import annotations

import asyncio
import os
import threading
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from aggregator.model import Article, Output, Person, Site, Source
from aggregator.publish import assemble, documents, opml, style
from aggregator.serve import AtOnce, Documents, WebServer, create_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from pathlib import Path

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(days=30)
SITE = Site(title="Planet", url="https://planet.example/", id="tag:planet.example,2026:planet")


async def nothing() -> bytes:
    """A status."""
    return b'{"sources": []}'


def _publish(folder: Path, *titles: str, at: datetime = NOON) -> None:
    articles = [
        Article(
            key=f"{n:032x}",
            id=f"urn:article:{n}",
            source="blog",
            raw_hash=b"",
            fingerprint=b"",
            title=title,
            url=f"https://blog.example/{n}",
            content_html="<p>" + "A sentence that repeats. " * 20 + "</p>",
            authors=(Person(name="Ann"),),
            first_seen=NOON,
            sort_at=NOON,
        )
        for n, title in enumerate(titles)
    ]
    feed = assemble(articles, {}, {}, SITE, Output(id="main"), first=True, hubs=("https://hub.example/",))
    sources = [Source(id="blog", url="https://blog.example/feed")]
    folder.mkdir(exist_ok=True)
    for rendered in (*documents(feed, first=True).documents, style(), opml.render(sources, {}, SITE)):
        path, new = folder / rendered.path, folder / ".new"
        if not path.exists() or path.read_bytes() != rendered.body:  # as files.write does, without waiting for the disk
            new.write_bytes(rendered.body)
            os.utime(new, (at.timestamp(), at.timestamp()))
            new.replace(path)


@pytest.fixture
def publish() -> Callable[..., None]:
    """``publish(folder, *titles, at=...)``: the documents of articles with these titles."""
    return _publish


@pytest.fixture
def public(tmp_path: Path) -> Path:
    """A public folder with one output of one article."""
    _publish(tmp_path / "public", "First")
    return tmp_path / "public"


@pytest.fixture
def loaded(public: Path) -> Documents:
    """The same, loaded."""
    documents = Documents()
    documents.load(public, now=LATER)
    documents.compress()
    return documents


@pytest.fixture(scope="session")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The public folder behind ``client``; nobody changes it."""
    folder = tmp_path_factory.mktemp("public")
    _publish(folder, "First")
    return folder


@pytest.fixture(scope="session", params=["at once", "by the application"])
def road(request: pytest.FixtureRequest) -> Callable[[Documents], AtOnce | None]:
    """Both roads to an answer: whatever is asked of a server has to be the same on both."""
    return AtOnce if request.param == "at once" else lambda documents: None


@pytest.fixture(scope="session")
def client(asked: Path, road: Callable[[Documents], AtOnce | None]) -> Iterator[httpx.Client]:
    """A client of one server that runs in a thread of its own for all tests that only ask."""
    documents = Documents()
    documents.load(asked, now=LATER)
    documents.compress()
    app = create_app(documents, unready=lambda: None, status=nothing)
    server = WebServer(app, at_once=road(documents), request_seconds=1)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(server.start("127.0.0.1", 0), loop).result(10)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{server.port}", trust_env=False) as client:
            yield client
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(1), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture
def serving(loaded: Documents, road: Callable[[Documents], AtOnce | None]) -> Callable[..., Any]:
    """``async with serving(**options) as client``: a server of one's own; ``client.port`` tells where."""

    @asynccontextmanager
    async def run(
        *,
        served: Documents = loaded,
        unready: Callable[[], str | None] = lambda: None,
        status: Callable[[], Awaitable[bytes]] = nothing,
        **options: Any,
    ) -> AsyncIterator[httpx.AsyncClient]:
        app = create_app(served, unready=unready, status=status)
        server = WebServer(app, at_once=road(served), **options)
        await server.start("127.0.0.1", 0)
        try:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", trust_env=False) as client:
                client.port = server.port  # type: ignore[attr-defined]  # for tests that speak through a raw socket
                yield client
        finally:
            await server.stop(1)

    return run
