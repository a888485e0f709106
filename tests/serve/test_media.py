"""How pictures published with local articles are served, asked of a real server on loopback."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx
import pytest

from aggregator.errors import PublishError
from aggregator.publish import files
from aggregator.publish.media import KINDS, name_of
from aggregator.serve import Documents, WebServer, create_app, media
from aggregator.serve.media import MEDIA_TYPES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

BODY = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40


async def nothing() -> bytes:
    return b"{}"


@asynccontextmanager
async def serving(public: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(Documents(), unready=lambda: None, status=nothing, routes=[media(lambda: public)])
    server = WebServer(app)
    await server.start("127.0.0.1", 0)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", trust_env=False) as client:
            yield client
    finally:
        await server.stop(1)


@pytest.fixture
def name(tmp_path: Path) -> str:
    """The name of a picture in the public folder ``tmp_path``."""
    found = name_of(BODY)
    assert found is not None
    assert files.keep(tmp_path, f"media/{found}", BODY)
    return found


async def test_a_picture_is_served_as_what_it_is_for_ever_and_never_sniffed(tmp_path: Path, name: str) -> None:
    async with serving(tmp_path) as client:
        answer = await client.get(f"/media/{name}")
        assert (answer.status_code, answer.content) == (200, BODY)
        assert answer.headers["content-type"] == "image/png"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "img-src 'self'" in answer.headers["content-security-policy"], "a page may show its own pictures"
        head = await client.head(f"/media/{name}")
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == str(len(BODY))
        again = await client.get(f"/media/{name}", headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", answer.headers["etag"])
        other = await client.get(f"/media/{name}", headers={"If-None-Match": '"another"'})
        assert other.status_code == 200
        part = await client.get(f"/media/{name}", headers={"Range": "bytes=0-7"})
        assert (part.status_code, part.content) == (206, BODY[:8])


async def test_nothing_else_is_served_from_there(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.png").write_bytes(BODY)
    (tmp_path / "media" / "other.png").write_bytes(BODY)
    (tmp_path / "media" / f"{'0' * 32}.html").write_text("<script>")
    for path in (
        "other.png",
        f"{'0' * 32}.html",
        f"{'1' * 32}.png",
        "..%2fsecret.png",
        "../secret.png",
        name.upper(),
        "",
    ):
        async with serving(tmp_path) as client:
            answer = await client.get(f"/media/{path}")
            assert (path, answer.status_code) == (path, 404)
            assert path.encode() not in answer.content or not path
            assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_picture_can_only_be_asked_for(tmp_path: Path, name: str) -> None:
    async with serving(tmp_path) as client:
        assert (await client.post(f"/media/{name}")).status_code == 405


@pytest.mark.parametrize(
    ("body", "ending"),
    [
        (b"\xff\xd8\xff\xe0 JFIF", "jpg"),
        (BODY, "png"),
        (b"GIF89a..", "gif"),
        (b"RIFF\n\0\0\0WEBPVP8 ", "webp"),
        (b"\0\0\0\x1cftypavif\0\0\0\0", "avif"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", None),
        (b"<!doctype html><script>", None),
        (b"GIF is a format", None),
        (b"RIFF\n\0\0\0WAVEfmt ", None),
        (b"", None),
    ],
)
def test_a_picture_is_what_its_bytes_say(body: bytes, ending: str | None) -> None:
    found = name_of(body)
    assert (found and found.rpartition(".")[2]) == ending


def test_what_is_published_can_be_served() -> None:
    assert KINDS == MEDIA_TYPES


@pytest.mark.parametrize("path", ["media/../feed.atom", "media/a.png", f"{'0' * 32}.png", f"media/{'0' * 32}.png/x"])
def test_a_picture_is_written_nowhere_else(tmp_path: Path, path: str) -> None:
    with pytest.raises(PublishError):
        files.keep(tmp_path, path, b"x")
    assert not list(tmp_path.rglob("*"))


def test_a_picture_is_written_once_and_mended_when_damaged(tmp_path: Path, name: str) -> None:
    path = f"media/{name}"
    assert not files.keep(tmp_path, path, BODY)
    (tmp_path / path).write_bytes(b"damaged")
    assert files.keep(tmp_path, path, BODY)
    assert [each.name for each in (tmp_path / "media").iterdir()] == [name]


def test_what_a_killed_run_left_is_removed(tmp_path: Path, name: str) -> None:
    (tmp_path / "media" / f".{name}.0123456789abcdef.part").write_bytes(b"half")
    files.prepare(tmp_path)
    assert [each.name for each in (tmp_path / "media").iterdir()] == [name]
