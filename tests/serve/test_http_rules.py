"""HTTP as RFC 9110 has it, asked of a real server on loopback."""

from __future__ import annotations

import gzip
import socket
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import brotli
import pytest
from backports import zstd
from starlette.responses import Response
from starlette.routing import Route

from aggregator.errors import StoreError
from aggregator.serve import Documents, create_app

if TYPE_CHECKING:
    import httpx

PLAIN = {"Accept-Encoding": "identity"}
NOON = "Sun, 01 Nov 2026 12:00:00 GMT"


def raw(client: httpx.Client, request: bytes) -> bytes:
    """What the server answers to these very bytes."""
    answer = b""
    with socket.create_connection((client.base_url.host, client.base_url.port), timeout=10) as connection:
        try:
            connection.sendall(request)
            while chunk := connection.recv(65536):
                answer += chunk
        except ConnectionError:  # cut while the rest was still being sent
            pass
    return answer


def test_a_feed_is_served_with_all_a_reader_needs(client, asked):
    """O21, O23, O24, O25: the header has the document's links, its type, its tag, and how long it may be kept."""
    """O21: the links of the header are those of the document. O25: how long it may be kept; no cookies."""
    answer = client.get("/feed.atom", headers=PLAIN)
    assert answer.status_code == 200
    assert answer.content == (asked / "feed.atom").read_bytes()
    said = dict(answer.headers)
    said.pop("date")
    assert said.pop("etag").startswith('"')
    assert said == {
        "content-length": str(len(answer.content)),
        "content-type": "application/atom+xml; charset=utf-8",
        "last-modified": NOON,
        "cache-control": "public, max-age=900",
        "vary": "Accept-Encoding",
        "link": '<https://planet.example/>; rel="alternate"; type="text/html", '
        '<https://planet.example/feed.atom>; rel="self"; type="application/atom+xml", '
        '<https://hub.example/>; rel="hub"',
        "access-control-allow-origin": "*",
        "access-control-expose-headers": "ETag, Link",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "content-security-policy": "default-src 'none'; img-src 'self' https: data:; style-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    }


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/main.html", "text/html; charset=utf-8"),
        ("/main.rss", "application/rss+xml; charset=utf-8"),
        ("/main.json", "application/feed+json; charset=utf-8"),
        ("/opml.xml", "text/x-opml; charset=utf-8"),
        ("/style.css", "text/css; charset=utf-8"),
    ],
)
def test_every_document_has_its_media_type(client, path, media_type):
    """O23."""
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)


@pytest.mark.parametrize("coding", ["identity", "gzip", "br", "zstd"])
@pytest.mark.parametrize("path", ["/feed.atom", "/", "/opml.xml", "/healthz", "/status.json", "/nothing"])
def test_head_says_what_get_says_without_the_body(client, path, coding):
    get = client.get(path, headers={"Accept-Encoding": coding})
    head = client.head(path, headers={"Accept-Encoding": coding})
    for answer in (get, head):
        answer.headers.pop("date")
    assert (head.status_code, head.headers) == (get.status_code, get.headers)
    assert head.content == b""
    assert "content-length" in head.headers


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ("{etag}", 304),
        ("W/{etag}", 304),
        ('"other", {etag}', 304),
        ('"a,b", W/{etag} ,"c"', 304),
        ("*", 304),
        ('"other"', 200),
        ('W/"other", "another"', 200),
        ("{bare}", 200),
        ("", 200),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_if_none_match_is_compared_weakly_against_a_list(client, method, condition, status):
    """O24."""
    first = client.get("/feed.atom", headers=PLAIN)
    etag = first.headers["etag"]
    tags = condition.format(etag=etag, bare=etag.strip('"'))
    answer = client.request(method, "/feed.atom", headers={**PLAIN, "If-None-Match": tags})
    assert answer.status_code == status
    assert answer.headers["etag"] == etag


def test_several_if_none_match_lines_are_one_list(client):
    etag = client.get("/feed.atom", headers=PLAIN).headers["etag"]
    lines = [*PLAIN.items(), ("If-None-Match", etag), ("If-None-Match", '"x"')]
    assert client.get("/feed.atom", headers=lines).status_code == 304


def test_a_304_repeats_what_caches_need_and_has_no_body(client):
    """O24."""
    """O24."""
    first = client.get("/feed.atom")
    answer = client.get("/feed.atom", headers={"If-None-Match": first.headers["etag"]})
    assert answer.status_code == 304
    for name in ("etag", "cache-control", "vary", "last-modified"):
        assert answer.headers[name] == first.headers[name]
    assert "content-length" not in answer.headers
    assert "content-type" not in answer.headers
    assert answer.content == b""


@pytest.mark.parametrize(
    ("since", "status"),
    [
        (NOON, 304),
        ("Sun, 01 Nov 2026 12:00:01 GMT", 304),
        ("Sunday, 01-Nov-26 12:00:00 GMT", 304),
        ("Sun, 01 Nov 2026 11:59:59 GMT", 200),
        ("yesterday", 200),
        ("", 200),
        ("Sun, 01 Nov 99999 12:00:00 GMT", 200),
    ],
)
def test_if_modified_since(client, since, status):
    assert client.get("/feed.atom", headers={"If-Modified-Since": since}).status_code == status


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Tokyo"])
@pytest.mark.parametrize(("since", "status"), [("Sun Nov  1 12:00:00 2026", 304), ("Sun Nov  1 11:59:59 2026", 200)])
def test_the_oldest_form_of_a_date_is_in_utc_wherever_the_server_is(client, monkeypatch, zone, since, status):
    """RFC 9110 5.6.7: asctime."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert client.get("/feed.atom", headers={"If-Modified-Since": since}).status_code == status
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("path", ["/healthz", "/status.json", "/feed.atom"])
def test_every_address_may_be_asked_for_with_a_host_before_it(client, path):
    """RFC 9112 3.2.2."""
    asked = f"GET http://any.example{path} HTTP/1.1\r\nHost: any.example\r\nConnection: close\r\n\r\n"
    assert raw(client, asked.encode()).startswith(b"HTTP/1.1 200 OK\r\n")


def test_entity_tags_win_over_dates(client):
    """O24."""
    etag = client.get("/feed.atom", headers=PLAIN).headers["etag"]
    old, new = "Mon, 01 Jan 2001 00:00:00 GMT", NOON
    changed = client.get("/feed.atom", headers={"If-None-Match": '"x"', "If-Modified-Since": new})
    same = client.get("/feed.atom", headers={**PLAIN, "If-None-Match": etag, "If-Modified-Since": old})
    assert (changed.status_code, same.status_code) == (200, 304)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If-Match": "*"}, 200),
        ({"If-Match": "{etag}"}, 200),
        ({"If-Match": "W/{etag}"}, 412),
        ({"If-Match": '"x"'}, 412),
        ({"If-Unmodified-Since": NOON}, 200),
        ({"If-Unmodified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"}, 412),
        ({"If-Unmodified-Since": "never"}, 200),
        ({"If-Match": '"x"', "If-None-Match": "{etag}"}, 412),
    ],
)
def test_the_other_preconditions_hold_too(client, headers, status):
    etag = client.get("/feed.atom", headers=PLAIN).headers["etag"]
    asked = {name: value.format(etag=etag) for name, value in headers.items()}
    assert client.get("/feed.atom", headers={**PLAIN, **asked}).status_code == status


UNPACK = {None: bytes, "gzip": gzip.decompress, "br": brotli.decompress, "zstd": zstd.decompress}


@pytest.mark.parametrize(
    ("accept", "codings"),
    [
        ("gzip", "gzip"),
        ("gzip, deflate", "gzip"),
        ("br", "br"),
        ("zstd", "zstd"),
        ("gzip, deflate, br, zstd", "smallest"),
        ("gzip;q=1, br;q=0.9", "gzip"),
        ("gzip;q=0.001, br;q=0.9", "br"),
        ("gzip; q=0.2 , zstd ; q=0.3", "zstd"),
        ("GZIP;Q=0.5", "gzip"),
        ("x-gzip", "gzip"),
        ("*", "smallest"),
        ("*;q=0.5, gzip", "gzip"),
        ("*, br;q=0, zstd;q=0", "gzip"),
        ("compress;q=1, *;q=0.1", "smallest"),
        ("gzip;q=0", None),
        ("*;q=0, gzip", "gzip"),
        ("*;q=0", None),
        ("gzip;q=0.5, identity", None),
        ("gzip;q=0.5, *;q=0.4", "gzip"),
        ("identity;q=0.5, gzip", "gzip"),
        ("identity;q=0, gzip;q=0, br;q=0, zstd;q=0", None),
        ("identity;q=0, *", "smallest"),
        ("identity", None),
        ("gzip;q=nonsense", None),
        ("gzip;q=nan", None),
        ("gzip;q=inf", "gzip"),
        ("gzip;q=-1", None),
        ("deflate", None),
        ("", None),
    ],
)
def test_the_coding_is_negotiated(client, asked, accept, codings):
    """O26."""
    """O26."""
    with client.stream("GET", "/feed.atom", headers={"Accept-Encoding": accept}) as answer:
        body = b"".join(answer.iter_raw())
    coding = answer.headers.get("content-encoding")
    if codings == "smallest":
        sizes = {each: client.get("/feed.atom", headers={"Accept-Encoding": each}).headers for each in UNPACK if each}
        codings = min(sizes, key=lambda each: int(sizes[each]["content-length"]))
    assert coding == codings
    assert answer.headers["vary"] == "Accept-Encoding"
    assert UNPACK[coding](body) == (asked / "feed.atom").read_bytes()


def test_a_client_without_accept_encoding_gets_the_plain_bytes(client, asked):
    answer = raw(client, b"GET /feed.atom HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answer.partition(b"\r\n\r\n")[2] == (asked / "feed.atom").read_bytes()


def test_who_holds_the_plain_bytes_and_takes_them_is_not_sent_the_same_document_in_a_coding(client):
    plain = client.get("/feed.atom", headers=PLAIN).headers["etag"]
    again = client.get("/feed.atom", headers={"Accept-Encoding": "gzip", "If-None-Match": plain})
    assert (again.status_code, again.headers["etag"]) == (304, plain)


@pytest.mark.parametrize("accept", ["identity", "br;q=0.5", "gzip;q=0", None])
def test_the_tag_of_a_coding_the_client_does_not_take_is_no_reason_for_a_304(client, accept):
    zipped = client.get("/feed.atom", headers={"Accept-Encoding": "gzip"}).headers["etag"]
    lines = b"GET /feed.atom HTTP/1.1\r\nHost: x\r\nConnection: close\r\nIf-None-Match: " + zipped.encode() + b"\r\n"
    lines += b"" if accept is None else f"Accept-Encoding: {accept}\r\n".encode()
    assert raw(client, lines + b"\r\n").startswith(b"HTTP/1.1 200")


def test_of_several_tags_the_304_repeats_the_one_of_the_coding_that_would_be_sent(client):
    tags = [
        client.get("/feed.atom", headers={"Accept-Encoding": each}).headers["etag"] for each in ("identity", "gzip")
    ]
    answer = client.get("/feed.atom", headers={"Accept-Encoding": "gzip", "If-None-Match": ", ".join(tags)})
    assert (answer.status_code, answer.headers["etag"]) == (304, tags[1])


def test_ranges_are_ignored(client, asked):
    ranges = "bytes=" + ",".join(f"{n}-{n}" for n in range(1000))
    answer = client.get("/feed.atom", headers={**PLAIN, "Range": ranges})
    assert (answer.status_code, answer.content) == (200, (asked / "feed.atom").read_bytes())


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "OPTIONS", "BREW"])
@pytest.mark.parametrize("path", ["/feed.atom", "/healthz"])
def test_other_methods_are_refused(client, method, path):
    answer = client.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/index.html",
        "/healthz/",
        "//feed.atom",
        "/..%2ffeed.atom",
        "/static/../../etc/passwd",
        "/feed.atom%00",
        "/feed.atom/",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/\\feed.atom",
        "/.feed.atom.0123456789abcdef.part",
        "/<script>alert(1)</script>",
        "*",
    ],
)
def test_there_is_nothing_else_and_nothing_is_echoed(client, path):
    request = (
        f"GET {path} HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\nConnection: close\r\n\r\n"
    )
    answer = raw(client, request.encode())
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.split(b" ")[1] in (b"404", b"400")
    assert b"evil" not in answer
    assert b"script" not in answer
    assert b"location" not in head.lower()
    if b"404" in head:
        assert body == b"There is nothing at this address. The feed is at /feed.atom.\n"
        for name in (b"x-content-type-options", b"content-security-policy", b"referrer-policy", b"text/plain"):
            assert name in head


@pytest.mark.parametrize(
    "request_line",
    [
        "/feed.atom?x=1&callback=evil",
        "http://evil.example/feed.atom",
        "HTTPS://evil.example:1/feed.atom",
        "/feed%2Eatom",
    ],
)
def test_query_and_host_change_nothing(client, asked, request_line):
    request = f"GET {request_line} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n".encode()
    answer = raw(client, request)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    assert body == (asked / "feed.atom").read_bytes()
    assert b"evil" not in head


FEED = b"/feed.atom HTTP/1.1\r\nHost: a\r\n"


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        pytest.param(b"GET /feed.atom HTTP/1.1\r\n\r\n", 400, id="no host"),
        pytest.param(b"GET /feed.atom HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, id="two hosts"),
        pytest.param(b"GET /" + b"x" * 1_000_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414, id="long line"),
        pytest.param(b"GET " + FEED + b"X: y\r\n" * 200_000 + b"\r\n", 431, id="many headers"),
        pytest.param(b"GET " + FEED + b"X: " + b"y" * 1_000_000 + b"\r\n\r\n", 431, id="a long header"),
        pytest.param(b"GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n", 400, id="nul in target"),
        pytest.param(b"GET " + FEED + b"X: a\x00b\r\n\r\n", 400, id="nul in a header"),
        pytest.param(b"GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n", 400, id="no ASCII"),
        pytest.param(b"GET  /feed.atom HTTP/1.1\r\nHost: a\r\n\r\n", 400, id="two spaces"),
        pytest.param(b"GET /feed.atom HTTP/1.1 \r\nHost: a\r\n\r\n", 400, id="space after version"),
        pytest.param(b"GET " + FEED + b"X : y\r\n\r\n", 400, id="space before colon"),
        pytest.param(b"GET " + FEED + b": y\r\n\r\n", 400, id="header without a name"),
        pytest.param(b"GET " + FEED + b"y\r\n\r\n", 400, id="header without a colon"),
        pytest.param(b"GET " + FEED + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx", 400, id="two lengths"),
        pytest.param(b"GET " + FEED + b"Content-Length: 1, 2\r\n\r\nxx", 400, id="two lengths in one line"),
        pytest.param(b"GET " + FEED + b"Content-Length: +1\r\n\r\nx", 400, id="length with a sign"),
        pytest.param(b"GET " + FEED + b"Content-Length: -1\r\n\r\n", 400, id="negative length"),
        pytest.param(b"GET " + FEED + b"Transfer-Encoding: gzip\r\n\r\n", 501, id="unknown transfer coding"),
        pytest.param(b"GET " + FEED + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400, id="no chunk"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, id="tls"),
        pytest.param(b"GET /feed.atom\r\n\r\n", 400, id="http 0.9"),
    ],
)
def test_what_is_no_http_request_is_refused(client, caplog, request_bytes, status):
    head, _, body = raw(client, request_bytes).partition(b"\r\n\r\n")
    assert int(head.split()[1]) == status
    said = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    assert said[b"x-content-type-options"] == b"nosniff"
    assert said[b"content-security-policy"].startswith(b"default-src 'none'")
    assert (said[b"connection"], said[b"cache-control"]) == (b"close", b"no-store")
    assert int(said[b"content-length"]) == len(body)
    assert client.get("/feed.atom").status_code == 200
    assert not [each for each in caplog.records if each.levelname == "ERROR"]  # nobody can fill our log


async def test_a_client_that_goes_while_it_sends_is_no_bug(loaded):
    """Each would be a traceback in the log, and anybody may POST to the hub."""
    sent = []

    async def takes(request):
        return Response(await request.body())

    async def gone():
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    app = create_app(loaded, unready=lambda: None, status=bytes, routes=[Route("/takes", takes, methods=["POST"])])
    scope = {"type": "http", "method": "POST", "path": "/takes", "query_string": b"", "headers": []}
    await app(scope, gone, send)
    assert sent[0]["status"] == 400


def test_nothing_says_what_software_this_is(client):
    assert "server" not in client.get("/feed.atom").headers


def test_a_service_that_is_well_is_alive_and_ready(client):
    assert [client.get(path).status_code for path in ("/healthz", "/readyz")] == [200, 200]


async def test_a_service_that_is_not_ready_says_why_and_is_alive_all_the_same(serving):
    async with serving(unready=lambda: "the newest snapshot is 3 h old") as client:
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.text) == (503, "not ready: the newest snapshot is 3 h old\n")
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["retry-after"] == "60"
        assert (await client.get("/healthz")).status_code == 200


async def test_a_service_without_documents_is_not_ready(serving):
    async with serving(served=Documents()) as client:
        answer = await client.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "not ready: no document has been published yet\n")


async def test_a_store_that_cannot_be_read_is_503_and_no_bug(serving, caplog):
    async def status():
        raise StoreError("the disk is gone; mount it")

    async with serving(status=status) as client:
        answer = await client.get("/status.json")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert not [each for each in caplog.records if each.levelname == "ERROR"]  # nobody can fill our log


async def test_the_status_is_what_the_service_gives(serving):
    async def status():
        return '{"sources": [{"id": "ü<b>"}]}'.encode()

    async with serving(status=status) as client:
        answer = await client.get("/status.json")
    assert answer.json() == {"sources": [{"id": "ü<b>"}]}
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"


async def test_a_bug_is_a_plain_500_that_tells_nothing(serving, caplog):
    async def broken():
        raise RuntimeError("secret detail")

    async with serving(status=broken) as client:
        answer = await client.get("/status.json")
        assert (await client.get("/feed.atom")).status_code == 200
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "secret detail" in caplog.text


async def test_a_publish_is_seen_by_the_next_request(serving, loaded, public, publish):
    async with serving() as client:
        before = await client.get("/feed.atom")
        publish(public, "First", "Second", at=datetime(2026, 11, 2, tzinfo=UTC))
        loaded.load(public, now=datetime(2026, 12, 1, tzinfo=UTC))
        condition = {"If-None-Match": before.headers["etag"], "If-Modified-Since": before.headers["last-modified"]}
        after = await client.get("/feed.atom", headers=condition)
    assert after.status_code == 200
    assert "Second" in after.text
    assert after.headers["last-modified"] == "Mon, 02 Nov 2026 00:00:00 GMT"
