"""Outputs that are made when they are asked for, over real HTTP."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx
import pytest

from aggregator.model import Rendered
from aggregator.serve import Documents, WebServer, create_app
from aggregator.serve.asked import Refusal, prepared, routes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable


NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


async def nothing() -> bytes:
    """A status."""
    return b"{}"


@asynccontextmanager
async def serving(ask: Callable[[str, bytes], Any]) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(Documents(), unready=lambda: None, status=nothing, routes=routes(ask))
    server = WebServer(app)
    await server.start("127.0.0.1", 0)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", trust_env=False) as client:
            yield client
    finally:
        await server.stop(1)


@pytest.fixture
def who() -> tuple[list[tuple[str, bytes]], Callable[[str, bytes], Any]]:
    """What was asked for, and who answers: there is a document of every tag but two."""
    heard: list[tuple[str, bytes]] = []
    documents = Documents()

    async def ask(path: str, query: bytes) -> Any:
        heard.append((path, query))
        if "none" in path:
            return Refusal(404, "Nothing.")
        if "later" in path:
            return Refusal(503, "Later.")
        if path == "/search":
            return Refusal(400, "What?", b"<p>What?</p>")
        body = f"<feed>{path}</feed>".encode() + b" " * 2000
        return prepared(documents, Rendered(path="tags/x.atom", media_type="", body=body, updated=NOON), NOON)

    return heard, ask


async def test_documents_are_answered_as_all_others_are(who: Any) -> None:
    _, ask = who
    async with serving(ask) as client:
        first = await client.get("/tags/cars.atom", headers={"accept-encoding": "identity"})
        assert (first.status_code, first.headers["content-type"]) == (200, "application/atom+xml; charset=utf-8")
        assert first.headers["last-modified"] == "Sun, 01 Nov 2026 12:00:00 GMT"
        again = await client.get("/tags/cars.atom", headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert (
            (await client.get("/tags/cars.atom", headers={"accept-encoding": "gzip"})).headers["etag"].endswith('-gz"')
        )
        head = await client.head("/tags/cars.atom", headers={"accept-encoding": "identity"})
        assert (head.content, head.headers["content-length"]) == (b"", first.headers["content-length"])
        assert (await client.post("/tags/cars.atom")).status_code == 405


@pytest.mark.parametrize("tag", ["a/b", "C#", ".net", "Élan", "100%", "a?b", "日本", "x y", "a+b"])
async def test_a_tag_arrives_as_it_was_meant(who: Any, tag: str) -> None:
    heard, ask = who
    async with serving(ask) as client:
        assert (await client.get(f"/tags/{quote(tag, safe='')}.atom")).status_code == 200
    assert heard == [(f"/tags/{tag}.atom", b"")]


async def test_what_is_not_there_is_said_in_our_words(who: Any) -> None:
    heard, ask = who
    async with serving(ask) as client:
        assert (await client.get("/tags/none")).text == "Nothing.\n"
        later = await client.get("/sources/later.atom")
        assert (later.status_code, later.headers["retry-after"], later.headers["cache-control"]) == (
            503,
            "60",
            "no-store",
        )
        unclear = await client.get("/search?q=%00")
        assert (unclear.status_code, unclear.text) == (400, "<p>What?</p>")
        assert "form-action 'self'" in unclear.headers["content-security-policy"]
        for path in ("/tags.atom", "/languages", "/search/x", "/elsewhere"):
            assert (await client.get(path)).status_code == 404
    assert heard == [("/tags/none", b""), ("/sources/later.atom", b""), ("/search", b"q=%00")]


@pytest.mark.parametrize("path", ["tags/a/archive/b.atom", "tags/archive/1.atom", "search/x/archive/y.atom"])
def test_what_is_made_changes_with_each_publish_whatever_its_name_looks_like(path: str) -> None:
    made = prepared(Documents(), Rendered(path=path, media_type="", body=b"<feed/>", updated=NOON), NOON)
    assert dict(made.identity.headers)[b"cache-control"] == b"public, max-age=900"


async def test_who_asks_by_date_alone_gets_what_came_with_an_older_date_and_misses_what_went() -> None:
    """A feed's ``updated`` is that of its newest entry, and stays where an older one comes or goes."""
    documents, now, body = Documents(), NOON, b"<feed>one</feed>"

    async def ask(path: str, query: bytes) -> Any:
        return prepared(documents, Rendered(path="tags/x.atom", media_type="", body=body, updated=NOON), now)

    async with serving(ask) as client:
        first = await client.get("/tags/x.atom")
        since = {"If-Modified-Since": first.headers["last-modified"]}
        assert (await client.get("/tags/x.atom", headers=since)).status_code == 304
        now, body = NOON + timedelta(minutes=1), b"<feed>one, and an older one</feed>"
        assert (await client.get("/tags/x.atom", headers=since)).content == body
