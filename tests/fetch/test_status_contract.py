"""Every answer ends in exactly one code."""

from __future__ import annotations

import gzip
import unicodedata
from datetime import timedelta
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


async def test_the_body_of_an_error_is_not_read(server: Any, strangers: Any, reader: Any) -> None:
    endless = strangers.forever(b"x" * 10_000, first=strangers.head("500 x"))
    outcome = await reader.get(server.on("/f", endless))
    assert outcome.code == Code.HTTP_5XX
    assert outcome.wire_bytes <= 64 * 1024


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
    url = server.on("/f", strangers.reply(strangers.FEED, ("Set-Cookie", "a=b"), ("ETag", '"1"')))
    server.on("/r", strangers.reply(b"", ("Location", "/f"), ("Set-Cookie", "a=b; Path=/"), status="302 x"))
    outcome = await reader.get(server.url("/r"))
    await reader.get(url, after(outcome, url))
    assert len(server.requests) == 3
    assert not any(request.header(b"cookie") or request.header(b"referer") for request in server.requests)


async def test_the_environment_changes_nothing(
    server: Any, strangers: Any, reader: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1/")
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password pw\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    assert isinstance(await reader.get(server.on("/f", strangers.reply(strangers.FEED))), Fetched)
    assert server.requests[0].header(b"authorization") is None
    assert server.requests[0].target == b"/f"


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
    server.on("/f", strangers.reply(strangers.FEED))
    outcome = await reader.get(server.url("/f").replace("//", "//me:p%C3%A4@"))
    assert server.requests[0].header(b"authorization") == b"Basic bWU6cMOk"
    assert b"@" not in server.requests[0].raw
    assert outcome.final_url == server.url("/f")
    assert "@" not in repr(outcome)
