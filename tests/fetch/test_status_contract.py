"""Every answer ends in exactly one code."""

from __future__ import annotations

import gzip
import re
import unicodedata
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from aggregator.fetch.problem import one_line
from aggregator.model import Code, Failed, Fetched

STATUSES = [
    ("204 No Content", Code.UNEXPECTED_STATUS),
    ("206 Partial Content", Code.UNEXPECTED_STATUS),
    ("226 IM Used", Code.UNEXPECTED_STATUS),
    ("300 Multiple Choices", Code.UNEXPECTED_STATUS),
    ("301 Nowhere", Code.UNEXPECTED_STATUS),
    ("302 Nowhere", Code.UNEXPECTED_STATUS),
    ("305 Use Proxy", Code.UNEXPECTED_STATUS),
    ("600 x", Code.UNEXPECTED_STATUS),
    ("999 Request denied", Code.UNEXPECTED_STATUS),
    ("400 x", Code.HTTP_4XX),
    ("401 x", Code.HTTP_4XX),
    ("403 x", Code.HTTP_4XX),
    ("404 x", Code.HTTP_4XX),
    ("410 Gone", Code.HTTP_4XX),
    ("451 x", Code.HTTP_4XX),
    ("429 x", Code.RATE_LIMITED),
    ("500 x", Code.HTTP_5XX),
    ("503 x", Code.HTTP_5XX),
    ("599 x", Code.HTTP_5XX),
]


@pytest.mark.parametrize(("status", "code"), STATUSES)
async def test_only_200_is_a_document(status: str, code: Code, server: Any, strangers: Any, reader: Any) -> None:
    """F50."""
    body = b"" if status.startswith("204") else strangers.FEED
    outcome = await reader.get(server.on("/f", strangers.reply(body, status=status)))
    assert isinstance(outcome, Failed)
    assert (outcome.code, outcome.status) == (code, int(status[:3]))
    assert outcome.detail.startswith(status[:3])
    assert len(server.requests) == 1, "one request, no second try"


async def test_retry_after_is_carried_by_429_and_503(server: Any, strangers: Any, reader: Any) -> None:
    for status in ("429 x", "503 x"):
        outcome = await reader.get(server.on("/f", strangers.reply(b"", ("Retry-After", "7200"), status=status)))
        assert outcome.freshness.retry_after == timedelta(hours=2)
        assert "7200 s" in outcome.detail


@pytest.mark.parametrize("status", ["204 x", "206 x", "300 x", "301 x", "404 x", "410 x", "429 x", "500 x", "999 x"])
async def test_the_body_of_an_error_is_not_read(status: str, server: Any, strangers: Any, reader: Any) -> None:
    """F52: at most 64 KB of it come off the wire, and a feed in it is none."""
    endless = strangers.forever(strangers.FEED * 100, first=strangers.head(status))
    outcome = await reader.get(server.on("/f", endless))
    assert isinstance(outcome, Failed)
    assert outcome.status == int(status[:3])
    assert outcome.wire_bytes <= 64 * 1024


async def test_only_informational_answers_are_no_document(server: Any, strangers: Any, reader: Any) -> None:
    """F50."""
    outcome = await reader.get(server.on("/f", strangers.raw(b"HTTP/1.1 103 Early Hints\r\n\r\n" + strangers.FEED)))
    assert outcome.code == Code.PROTOCOL


@pytest.fixture
def every_end(server: Any, strangers: Any) -> list[str]:
    """Addresses at which a poll takes every way it can take."""
    feed = strangers.conditional(strangers.FEED, ("ETag", '"a"'), ("Set-Cookie", "a=b"))
    ends = {
        "/feed": feed,
        "/moved": strangers.redirect("/feed", 301),
        "/elsewhere": strangers.redirect(server.url("/feed", "localhost")),
        "/404": strangers.reply(status="404 x"),
        "/500": strangers.reply(status="500 x"),
        "/416": strangers.reply(status="416 x"),
        "/cut": strangers.raw(b"HTTP/1.1 200 OK\r\nAccept-Ranges: bytes\r\nContent-Length: 9\r\n\r\n<"),
        "/empty": strangers.reply(),
    }
    return [server.on(path, behaviour) for path, behaviour in ends.items()]


async def test_f40_a_poll_is_get_requests_without_a_body_and_nothing_else(
    every_end: list[str], server: Any, reader: Any, after: Any
) -> None:
    """F40: no HEAD before, no Range for the rest of a cut answer, no second try."""
    for url in every_end:
        outcome = await reader.get(url)
        if isinstance(outcome, Fetched):
            await reader.get(url, after(outcome, url))
    assert {each.method for each in server.requests} == {"GET"}
    assert all(each.raw.endswith(b"\r\n\r\n") for each in server.requests)
    assert not {b"range", b"if-range", b"content-length", b"transfer-encoding"} & {
        name for each in server.requests for name in each.names
    }
    assert len(server.requests) == 5 + 2 * len(["/feed"]) + 2 * 2 * len(["/moved", "/elsewhere"])


async def test_f41_a_request_says_who_asks_and_for_what_and_nothing_of_anybody_else(
    every_end: list[str], server: Any, reader: Any
) -> None:
    """F41: no Referer, no Cookie, no query or fragment of ours."""
    for url in every_end:
        await reader.get(url + "#fragment")
    for each in server.requests:
        assert each.names == [b"host", b"user-agent", b"accept", b"accept-encoding"]
        assert re.fullmatch(rb"[a-z]+/[^ ]+ \(\+https?://[^ ]+\)", each.header(b"user-agent"))
        assert {b"application/atom+xml", b"application/rss+xml", b"application/feed+json"} <= set(
            each.header(b"accept").split(b", ")
        )
        assert each.header(b"accept-encoding") == b"gzip, deflate"
        assert not {b"?", b"#"} & set(each.target.partition(b" ")[0])


async def test_a_document_comes_with_what_is_known_about_it(server: Any, strangers: Any, reader: Any) -> None:
    behaviour = strangers.reply(
        gzip.compress(strangers.FEED),
        ("Content-Encoding", "gzip"),
        ("Content-Type", "text/xml; charset=ISO-8859-1"),
        ("Link", '<https://hub.example/>; rel="hub", </self>; rel=self'),
        ("Link", '</hub2>; title="a, <b>"; rel=hub'),
        ("Set-Cookie", "a=b"),
    )
    outcome = await reader.get(server.on("/f", behaviour))
    assert isinstance(outcome, Fetched)
    (document,) = outcome.documents
    assert document.body == strangers.FEED
    assert document.media_type == "text/xml; charset=ISO-8859-1"
    assert document.url == outcome.final_url == server.url("/f")
    assert outcome.hubs[0] == "https://hub.example/"
    assert outcome.complete is False
    assert outcome.moved_to is None
    assert outcome.status == 200
    assert outcome.wire_bytes > len(gzip.compress(strangers.FEED))


async def test_hubs_are_web_addresses_and_few(server: Any, strangers: Any, reader: Any) -> None:
    many = ", ".join(f"<https://h{n}.example/>; rel=hub" for n in range(1000))
    behaviour = strangers.reply(strangers.FEED, ("Link", "<javascript:1>; rel=hub, <http://[>; rel=hub, " + many))
    outcome = await reader.get(server.on("/f", behaviour))
    assert outcome.hubs == tuple(f"https://h{n}.example/" for n in range(10))


@pytest.mark.parametrize("body", [b"", b" \r\n\t"])
async def test_an_empty_200_is_no_document(body: bytes, server: Any, strangers: Any, reader: Any) -> None:
    assert (await reader.get(server.on("/f", strangers.reply(body)))).code == Code.EMPTY


async def test_cookies_are_never_sent_back(server: Any, strangers: Any, reader: Any, after: Any) -> None:
    """F42: nor across redirects, nor at the next poll."""
    url = server.on("/f", strangers.reply(strangers.FEED, ("Set-Cookie", "a=b"), ("ETag", '"1"')))
    server.on("/r", strangers.reply(b"", ("Location", "/f"), ("Set-Cookie", "a=b; Path=/"), status="302 x"))
    outcome = await reader.get(server.url("/r"))
    await reader.get(url, after(outcome, url))
    assert len(server.requests) == 3
    assert not any(request.header(b"cookie") or request.header(b"referer") for request in server.requests)


@pytest.fixture
def surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment full of hints to those who listen to it."""
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1/")
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, str(Path(__file__).with_name("localhost.pem")))
    monkeypatch.setenv("SSL_CERT_DIR", str(Path(__file__).parent))
    monkeypatch.setenv("PYTHONHTTPSVERIFY", "0")
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password pw\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))


@pytest.mark.usefixtures("surroundings")
async def test_f49_the_environment_names_no_proxy_and_no_password(server: Any, strangers: Any, new_reader: Any) -> None:
    """F49."""
    reader = new_reader(tls=None)
    assert isinstance(await reader.get(server.on("/f", strangers.reply(strangers.FEED))), Fetched)
    assert server.requests[0].header(b"authorization") is None
    assert server.requests[0].target == b"/f"


@pytest.mark.usefixtures("surroundings")
async def test_f49_the_environment_vouches_for_nobody(tls_server: Any, strangers: Any, new_reader: Any) -> None:
    """F49: what it names holds the certificate of this very server."""
    reader = new_reader(tls=None)
    outcome = await reader.get(tls_server.on("/f", strangers.reply(strangers.FEED)).replace("127.0.0.1", "localhost"))
    assert outcome.code == Code.TLS
    assert tls_server.requests == []


def test_a_detail_is_cut_and_cleaned() -> None:
    assert one_line("x" * 300) == "x" * 300
    assert one_line("x" * 301) == "x" * 299 + "\u2026"
    assert one_line("a\nb\x1bc\x9bd\u202ee\u2028f\ud800g\u00e4") == "a b c d e f g\u00e4"


SECRET = "s3cr3t"


@pytest.mark.parametrize(
    "behaviour",
    [
        lambda s: s.reply(b"", status=f"500 \x1b[31m{SECRET}\x9b"),
        lambda s: s.reply(b"x", ("Content-Encoding", f"\x9b{'y' * 900}")),
        lambda s: s.raw(b"<html>" + SECRET.encode() + b"\x1b</html>\r\n\r\n"),
        lambda s: s.raw(b"HTTP/1.1 200 OK\r\n" + SECRET.encode() + b"\r\n\r\n"),
        lambda s: s.redirect("file:///\x9b" + "z" * 900),
        lambda s: s.redirect("http://10.0.0.1/" + "z" * 900),
        lambda s: s.redirect("http://127.0.0.1:1/?key=" + SECRET),
        lambda s: s.redirect("/loop?key=" + SECRET),
    ],
)
async def test_details_are_one_short_clean_line_without_secrets(
    behaviour: Any, server: Any, strangers: Any, reader: Any
) -> None:
    for path in ("/f", "/loop"):
        server.on(path, behaviour(strangers))
    outcome = await reader.get(server.url("/f").replace("//", f"//me:{SECRET}@"))
    assert isinstance(outcome, Failed)
    assert 0 < len(outcome.detail) <= 300
    assert not any(unicodedata.category(each)[0] == "C" for each in outcome.detail)
    assert SECRET not in outcome.detail
    assert f"me:{SECRET}" not in (outcome.final_url or "")


@pytest.mark.parametrize(
    ("settings", "name", "value"),
    [
        ({"headers": (("X-Key", "k"),)}, b"x-key", b"k"),
        ({"headers": (("accept", "text/plain"),)}, b"accept", b"text/plain"),
        ({"basic_auth": ("me", "p\u00e4")}, b"authorization", b"Basic bWU6cMOk"),
        ({"bearer": "t"}, b"authorization", b"Bearer t"),
        ({"user_agent": "other/1"}, b"user-agent", b"other/1"),
    ],
)
async def test_configured_headers_are_sent_once(
    settings: dict[str, Any], name: bytes, value: bytes, server: Any, strangers: Any, reader: Any
) -> None:
    await reader.get(server.on("/f", strangers.reply(strangers.FEED)), **settings)
    assert server.requests[0].names.count(name) == 1
    assert server.requests[0].header(name) == value


async def test_a_name_and_password_in_the_address_become_authorization(
    server: Any, strangers: Any, reader: Any
) -> None:
    """F43: and are shown nowhere."""
    server.on("/f", strangers.reply(strangers.FEED))
    outcome = await reader.get(server.url("/f").replace("//", "//me:p%C3%A4@"))
    assert server.requests[0].header(b"authorization") == b"Basic bWU6cMOk"
    assert b"@" not in server.requests[0].raw
    assert outcome.final_url == server.url("/f")
    assert "@" not in repr(outcome)


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("/%7Euser/../a//b?b=2&a=1&a=&?", b"/%7Euser/../a//b?b=2&a=1&a=&?"),
        ("?x", b"/?x"),
        ("/f?", b"/f?"),
        ("/f#part", b"/f"),
        ("/\u00e4 b", b"/%C3%A4%20b"),
    ],
)
async def test_f43_the_address_is_asked_for_as_it_is_configured(
    written: str, asked: bytes, server: Any, reader: Any
) -> None:
    """F43: nothing appended, nothing sorted, nothing repaired but what cannot be sent."""
    await reader.get(server.url(written))
    assert [each.target for each in server.requests] == [asked]


async def test_f43_a_host_is_asked_by_its_name_in_ascii(server: Any, new_reader: Any) -> None:
    """F43 (IDNA)."""
    asked: list[str] = []

    async def resolve(host: str, _port: int) -> tuple[str, ...]:
        asked.append(host)
        return ("127.0.0.1",)

    await new_reader(resolve=resolve).get(server.url("/f", "B\u00dcCHER.example"))
    assert asked == ["xn--bcher-kva.example"]
    assert server.requests[0].header(b"host") == f"xn--bcher-kva.example:{server.port}".encode()
