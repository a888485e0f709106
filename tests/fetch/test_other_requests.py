"""Requests that are no look at a source: what holds for sources holds for them."""

from __future__ import annotations

import asyncio
import base64
import gzip
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aggregator.model import Answer, Code, Failed

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
FORM = "application/x-www-form-urlencoded"


async def get(reader: Any, url: str, **more: Any) -> Any:
    return await reader.fetcher.get(url, NOW, **more)


async def post(reader: Any, url: str, body: bytes = b"hub.mode=subscribe", **more: Any) -> Any:
    return await reader.fetcher.post(url, body, FORM, NOW, **more)


async def test_a_page_is_asked_for_as_a_source_is(server: Any, strangers: Any, reader: Any) -> None:
    link = ("Link", '<https://hub.example/>; rel="hub"')
    page = strangers.reply(gzip.compress(b"<html>"), ("Content-Encoding", "gzip"), ("Content-Type", "text/html"), link)
    url = server.on("/%7Epage", page)
    answer = await get(reader, url + "?a=%7e", accept="text/html", headers={"X-Key": "k"})
    assert isinstance(answer, Answer)
    assert (answer.status, answer.body, answer.media_type) == (200, b"<html>", "text/html")
    assert answer.url == url + "?a=%7e"
    assert answer.hubs == ("https://hub.example/",)
    (request,) = server.requests
    assert (request.method, request.target) == ("GET", b"/%7Epage?a=%7e")
    expected = {b"accept": b"text/html", b"accept-encoding": b"gzip, deflate", b"x-key": b"k"}
    assert {name: request.header(name) for name in expected} == expected
    assert set(request.names).isdisjoint({b"referer", b"cookie", b"content-length", b"content-type", b"authorization"})


async def test_an_empty_page_is_an_answer(server: Any, strangers: Any, reader: Any) -> None:
    assert (await get(reader, server.on("/robots.txt", strangers.reply()))).body == b""


@pytest.mark.parametrize("url", ["http://10.0.0.1/", "http://[::ffff:169.254.169.254]/", "http://2130706433/"])
async def test_private_addresses_are_refused(url: str, reader: Any, connects: list[Any]) -> None:
    assert (await get(reader, url)).code == Code.BLOCKED_ADDR
    assert (await post(reader, url)).code == Code.BLOCKED_ADDR
    assert connects == []


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.org/", "", "data:,x"])
async def test_only_the_web_is_asked(url: str, reader: Any) -> None:
    assert (await get(reader, url)).code == Code.BLOCKED_SCHEME
    assert (await post(reader, url)).code == Code.BLOCKED_SCHEME


@pytest.mark.parametrize("status", [307, 308])
async def test_each_hop_is_checked_again(
    status: int, server: Any, strangers: Any, reader: Any, connects: list[Any]
) -> None:
    url = server.on("/old", strangers.redirect("http://192.168.0.1/", status))
    for outcome in (await get(reader, url), await post(reader, url)):
        assert outcome.code == Code.BLOCKED_ADDR
        assert outcome.detail.startswith("after a redirect: ")
    assert {each[1] for each in connects} == {server.port}


async def test_redirects_are_limited_and_headers_stay_with_their_origin(
    server: Any, other: Any, strangers: Any, reader: Any
) -> None:
    server.on("/old", strangers.redirect(other.on("/new", strangers.reply(b"page"))))
    answer = await get(reader, server.url("/old"), headers={"Authorization": "Bearer hunter2"})
    assert answer.url == other.url("/new")
    assert other.requests[0].header(b"authorization") is None
    server.on("/round", strangers.redirect("/round"))
    assert (await get(reader, server.url("/round"))).code == Code.REDIRECT


async def test_limits_are_the_callers(server: Any, strangers: Any, reader: Any) -> None:
    url = server.on("/f", strangers.reply(b"x" * 1000))
    assert isinstance(await get(reader, url, max_bytes=1000), Answer)
    assert (await get(reader, url, max_bytes=999)).code == Code.TOO_LARGE
    url = server.on("/bomb", strangers.reply(gzip.compress(bytes(9999)), ("Content-Encoding", "gzip")))
    assert (await get(reader, url, max_bytes=1000)).code == Code.TOO_LARGE
    url = server.on("/slow", strangers.forever(b"x", first=strangers.head("200 OK"), pause=0.05))
    assert (await get(reader, url, timeout=timedelta(seconds=0.3))).code == Code.TOO_SLOW
    url = server.on("/large", strangers.forever(b"x" * 999, first=strangers.head("200 OK")))
    assert (await get(reader, url)).code == Code.TOO_LARGE, "polling.max_bytes unless given"


@pytest.mark.parametrize(
    ("status", "code"), [(404, Code.HTTP_4XX), (500, Code.HTTP_5XX), (429, Code.RATE_LIMITED), (204, None)]
)
async def test_what_is_no_answer_says_its_status(
    status: int, code: Code | None, server: Any, strangers: Any, reader: Any
) -> None:
    outcome = await get(reader, server.on("/f", strangers.reply(b"x", ("Retry-After", "60"), status=f"{status} x")))
    assert isinstance(outcome, Failed)
    assert (outcome.code, outcome.status) == (code or Code.UNEXPECTED_STATUS, status)


async def test_a_post_says_how_long_and_of_what_kind_it_is(server: Any, strangers: Any, reader: Any) -> None:
    url = server.on("/hub", strangers.reply(b"taken", status="202 Accepted"))
    answer = await post(reader, url, headers={"X-Hub-Signature": "sha256=00"})
    assert (answer.status, answer.body) == (202, b"taken")
    (request,) = server.requests
    assert request.method == "POST"
    assert request.header(b"content-type") == FORM.encode()
    assert request.header(b"content-length") == b"18"
    assert request.header(b"x-hub-signature") == b"sha256=00"
    assert len(request.names) == len(set(request.names))


async def test_the_body_of_a_post_arrives(reader: Any) -> None:
    came = bytearray()

    async def serve(stream: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await stream.readuntil(b"\r\n\r\n")
        came.extend(await stream.readexactly(300_000))
        writer.write(b"HTTP/1.1 204 x\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        answer = await post(reader, f"http://127.0.0.1:{port}/hook", b"<xml/>" * 50_000)
    assert (answer.status, answer.body) == (204, b"")
    assert bytes(came) == b"<xml/>" * 50_000


@pytest.mark.parametrize("status", [301, 302, 303])
async def test_a_post_is_not_made_a_get(status: int, server: Any, strangers: Any, reader: Any) -> None:
    server.on("/new", strangers.reply(b"x"))
    outcome = await post(reader, server.on("/old", strangers.redirect("/new", status)))
    assert outcome.code == Code.REDIRECT
    assert outcome.status == status
    assert "only 307 and 308" in outcome.detail
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [307, 308])
async def test_a_post_goes_where_it_is_sent_with_its_body(
    status: int, server: Any, other: Any, strangers: Any, reader: Any
) -> None:
    server.on("/old", strangers.redirect(other.on("/new", strangers.reply(b"x")), status))
    assert isinstance(await post(reader, server.url("/old"), headers={"X-Signature": "s"}), Answer)
    (request,) = other.requests
    assert request.method == "POST"
    assert request.header(b"content-length") == b"18"
    assert request.header(b"content-type") == FORM.encode()
    assert request.header(b"x-signature") is None


async def test_secrets_that_are_thrown_back_are_not_told(server: Any, strangers: Any, reader: Any) -> None:
    login = base64.b64encode(b"me:hunter2-secret").decode()
    url = server.on("/f", strangers.redirect(f"ftp://{login}.hunter2-secret.key-of-mine.example/"))
    outcome = await get(reader, url.replace("//", "//me:hunter2-secret@"), headers={"X-Key": "key-of-mine"})
    assert server.requests[0].header(b"authorization") == f"Basic {login}".encode()
    assert isinstance(outcome, Failed)
    said = f"{outcome.detail} {outcome.final_url}"
    assert not [secret for secret in (login, "hunter2-secret", "key-of-mine") if secret in said]
