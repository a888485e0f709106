"""How archive documents are served, asked of a real server on loopback."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx

from aggregator.serve import Documents, WebServer, archive, create_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

BODY = (
    b'<feed xmlns="http://www.w3.org/2005/Atom"><link href="https://planet.example/main/archive/4.atom" rel="self"/>'
    b'<link href="https://planet.example/main/archive/3.atom" rel="prev-archive"/>' + b"<entry/>" * 500 + b"</feed>"
)


async def nothing() -> bytes:
    return b"{}"


@asynccontextmanager
async def serving(public: Path) -> AsyncIterator[httpx.AsyncClient]:
    (public / "main" / "archive").mkdir(parents=True)
    (public / "main" / "archive" / "4.atom").write_bytes(BODY)
    documents = Documents()
    documents.load(public, now=datetime.now(UTC))

    async def highest(output: str) -> int:
        return 4 if output == "main" else 0

    app = create_app(documents, unready=lambda: None, status=nothing, routes=[archive(highest)])
    server = WebServer(app)
    await server.start("127.0.0.1", 0)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", trust_env=False) as client:
            yield client
    finally:
        await server.stop(1)


async def test_an_archive_document_is_served_as_any_document_and_kept_for_a_day(tmp_path: Path) -> None:
    async with serving(tmp_path) as client:
        answer = await client.get("/main/archive/4.atom")
        assert (answer.status_code, answer.content) == (200, BODY)
        assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["cache-control"] == "public, max-age=86400", "not immutable: its next-archive comes later"
        assert '<https://planet.example/main/archive/3.atom>; rel="prev-archive"' in answer.headers["link"]
        assert '<https://planet.example/main/archive/4.atom>; rel="self"' in answer.headers["link"]
        again = await client.get("/main/archive/4.atom", headers={"if-none-match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        since = await client.get("/main/archive/4.atom", headers={"if-modified-since": answer.headers["last-modified"]})
        assert since.status_code == 304
        head = await client.head("/main/archive/4.atom")
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == answer.headers["content-length"]


async def test_a_replaced_document_is_gone_and_one_that_never_was_is_not_found(tmp_path: Path) -> None:
    async with serving(tmp_path) as client:
        gone = await client.get("/main/archive/3.atom")
        assert gone.status_code == 410
        assert gone.headers["cache-control"] == "no-store"
        assert (await client.head("/main/archive/3.atom")).status_code == 410
        for never in ("/main/archive/5.atom", "/main/archive/0.atom", "/main/archive/x.atom", "/other/archive/1.atom"):
            assert (await client.get(never)).status_code == 404, never
