"""HTTP/2 where a source wants it: the same looks, over one request on one connection."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from typing import Any

import pytest
from h2server import (
    END_HEADERS,
    END_STREAM,
    FEED,
    GOAWAY,
    HEADERS,
    PING,
    H2Server,
    data,
    frame,
    head,
    honest,
    packed,
    padded,
    raw,
)

from aggregator.model import Failed, Fetched, NotModified, Polling


@pytest.fixture
async def h2() -> AsyncIterator[H2Server]:
    server = H2Server()
    await server.start()
    yield server
    await server.stop()


def named(fields: list[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    assert len({name for name, _ in fields}) == len(fields)
    return dict(fields)


async def test_a_feed_comes_over_http2(h2: H2Server, reader: Any) -> None:
    url = h2.on("/%7Ea?b=%7e", honest(FEED, ("content-type", "application/rss+xml")))
    outcome = await reader.get(url, http2=True)
    assert isinstance(outcome, Fetched)
    assert outcome.documents[0].body == FEED
    assert outcome.documents[0].media_type == "application/rss+xml"
    assert outcome.final_url == url
    asked = named(h2.requests[0])
    assert [asked[name] for name in (b":method", b":scheme", b":path")] == [b"GET", b"https", b"/%7Ea?b=%7e"]
    assert asked[b":authority"] == f"localhost:{h2.port}".encode()
    assert asked[b"accept-encoding"] == b"gzip, deflate"
    assert b"host" not in asked
    assert h2.protocols == ["h2"]


async def test_secrets_and_headers_of_the_source_go_with_it(h2: H2Server, reader: Any) -> None:
    url = h2.on("/f", honest(FEED))
    headers = (("X-Key", "k"), ("TE", "gzip"), ("Keep-Alive", "1"), ("Cookie", "a=b; c=d"))
    assert isinstance(await reader.get(url, http2=True, headers=headers, bearer="token"), Fetched)
    asked = named(h2.requests[0])
    assert asked[b"x-key"] == b"k"
    assert asked[b"authorization"] == b"Bearer token"
    assert asked[b"cookie"] == b"a=b; c=d"
    assert asked.keys().isdisjoint({b"te", b"keep-alive"}), "RFC 9113 section 8.2.2"


async def test_without_the_key_http2_is_not_offered(h2: H2Server, reader: Any) -> None:
    h2.on("/f", honest(FEED))
    assert isinstance(await reader.get(h2.url("/f")), Failed), "this server understands nothing else"
    assert "h2" not in h2.protocols


async def test_a_server_that_does_not_choose_it_is_asked_over_http1(
    tls_server: Any, strangers: Any, reader: Any
) -> None:
    url = tls_server.on("/f", strangers.reply(FEED)).replace("127.0.0.1", "localhost")
    assert isinstance(await reader.get(url, http2=True), Fetched)
    assert tls_server.requests[0].raw.startswith(b"GET /f HTTP/1.1\r\n")


async def test_without_tls_it_is_http1(server: Any, strangers: Any, reader: Any) -> None:
    assert isinstance(await reader.get(server.on("/f", strangers.reply(FEED)), http2=True), Fetched)


async def test_an_unchanged_feed_is_known_by_its_validators(h2: H2Server, reader: Any, after: Any) -> None:
    etag = '"caf\xe9"'
    url = h2.on("/f", honest(FEED, ("etag", etag.encode("latin-1")), ("cache-control", "max-age=7200")))  # type: ignore[arg-type]
    first = await reader.get(url, http2=True)
    assert first.validators.etag == etag
    h2.on("/f", honest(b"", ("cache-control", "max-age=600"), ("content-length", "6330"), status=304, length=False))
    second = await reader.get(url, after(first, url), http2=True)
    assert isinstance(second, NotModified)
    assert second.freshness.fresh_for.total_seconds() == 600
    assert named(h2.requests[1])[b"if-none-match"] == etag.encode("latin-1")


async def test_a_redirect_is_followed_and_http2_offered_to_all_hops(h2: H2Server, reader: Any) -> None:
    other = H2Server()
    await other.start()
    h2.on("/old", honest(b"moved", ("location", other.on("/new", honest(FEED))), status=301))
    outcome = await reader.get(h2.url("/old"), http2=True, headers=(("X-Key", "k"),))
    assert isinstance(outcome, Fetched)
    assert outcome.moved_to == other.url("/new")
    assert b"x-key" not in named(other.requests[0])
    await other.stop()


async def test_a_packed_body_is_unpacked(h2: H2Server, reader: Any) -> None:
    url = h2.on("/f", honest(gzip.compress(FEED), ("content-encoding", "gzip")))
    assert (await reader.get(url, http2=True)).documents[0].body == FEED


async def test_a_body_larger_than_the_window_comes_whole(h2: H2Server, new_reader: Any) -> None:
    body = b"<rss/>" * 500_000
    reader = new_reader(polling=Polling())
    outcome = await reader.get(h2.on("/f", honest(body, length=False)), http2=True)
    assert outcome.documents[0].body == body
    assert len(body) < outcome.wire_bytes < len(body) * 1.01


async def test_a_server_may_say_goodbye_before_it_is_done(h2: H2Server, reader: Any) -> None:
    """RFC 9113 section 6.8: a GOAWAY that counts our request in; servers that are stopped send it so."""
    goodbye = frame(GOAWAY, (1).to_bytes(4) + bytes(4))
    for frames in (
        (goodbye, head(), data(FEED, END_STREAM)),
        (head(), data(FEED[:9]), goodbye, data(FEED[9:], END_STREAM)),
        (head(), data(FEED, END_STREAM), b"\0\0\0garbage"),
        (head(status=b"103"),) * 5 + (head(), data(b""), data(FEED), frame(PING, bytes(8)), data(b"", END_STREAM)),
    ):
        outcome = await reader.get(h2.on("/f", raw(*frames)), http2=True)
        assert outcome.documents[0].body == FEED


async def test_padding_and_trailers_are_no_part_of_the_body(h2: H2Server, reader: Any) -> None:
    trailers = frame(HEADERS, packed((b"server-timing", b"x")), END_HEADERS | END_STREAM, 1)
    fields = (b"content-length", str(len(FEED)).encode())
    frames = (head(fields), padded(FEED[:9]), data(FEED[9:]), trailers)
    assert (await reader.get(h2.on("/f", raw(*frames)), http2=True)).documents[0].body == FEED
