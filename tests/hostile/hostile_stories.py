"""What goes wrong with a feed that was well, and what the status contract of fetching.md says of it."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hostile_redirects import deeper
from hostile_server import LOOPBACK, Behaviour, answer, endless, head, holding, raw

from aggregator.model import Code

BACK_OFF, INTERVAL, REFUSED, TWO_HOURS, FOUR_HOURS = (1, 2), (1, 1), (4, 24), (2, 2), (4, 4)
"""Hours until the next poll after the first and the second time."""
ONE, BOTH = ["One"], ["One", "Two"]
VALIDATORS = (("ETag", '"b"'), ("Last-Modified", "Sun, 01 Mar 2026 11:59:00 GMT"))


def item(title: str, more: str = "") -> str:
    return f"<item><title>{title}</title><guid isPermaLink='false'>{title}</guid>{more}</item>"


def feed(*items: str, prolog: str = "<?xml version='1.0'?>", channel: str = "") -> bytes:
    return f"{prolog}<rss version='2.0'><channel><title>T</title>{channel}{''.join(items)}</channel></rss>".encode()


ONE_FEED, TWO_FEED = feed(item("One")), feed(item("One"), item("Two"))


def bad(body: bytes = TWO_FEED, *fields: tuple[str, str], status: str = "200 OK") -> Behaviour:
    """An answer under validators that must be forgotten."""
    return answer(body, *VALIDATORS, *fields, status=status)


def cut(fields: bytes, body: bytes) -> Behaviour:
    return raw(b'HTTP/1.1 200 OK\r\nETag: "b"\r\n' + fields + b"\r\n\r\n" + body)


@dataclass(frozen=True)
class Story:
    """What goes wrong, and what the contract says of it."""

    wrong: Behaviour
    code: Code
    detail: str
    """A pattern of the text."""
    hours: tuple[int, int] = BACK_OFF
    titles: Sequence[str] = field(default_factory=lambda: ONE)
    status: int | None = None
    settings: str = ""
    host: str = LOOPBACK
    tls: bool = False
    blames: bool = True
    """Whether it counts as a failure of the source."""


def unanswered(*_: Any) -> Any:
    raise AssertionError("nobody gets here")


STORIES: dict[str, Story] = {
    "empty": Story(bad(b""), Code.EMPTY, "200 with an empty body", status=200),
    "empty-white-space": Story(bad(b" \r\n"), Code.EMPTY, "200 with an empty body", status=200),
    "not-a-feed": Story(
        bad(b"<!doctype html><title>Log in</title><p>Please.", ("Content-Type", "text/html")),
        Code.NOT_A_FEED, r"HTML page.*, not a feed \(title: \"Log in\"\)", status=200,
    ),
    "cond-parse-fail": Story(
        bad(TWO_FEED.replace(b"</channel></rss>", b"<item><title>Thr")), Code.XML, r"line \d+.*2 entries",
        INTERVAL, BOTH, 200,
    ),
    "xml-forbidden": Story(
        bad(feed(item("One"), item("Two &x;"), prolog='<!DOCTYPE rss [<!ENTITY x "y">]>')),
        Code.XML_FORBIDDEN, "entity declarations are not allowed", status=200,
    ),
    "xml-limit": Story(bad(feed("<x>" * 1000)), Code.XML_LIMIT, "nested deeper than 100", status=200),
    "too-large": Story(
        bad(TWO_FEED + b" " * 9000), Code.TOO_LARGE, "more than 8,192 bytes", status=200, settings="max_bytes: 8KiB"
    ),
    "too-large-decoded": Story(
        bad(gzip.compress(TWO_FEED + b" " * 16_385), ("Content-Encoding", "gzip")), Code.TOO_LARGE,
        "body over 16,384 bytes after decoding", status=200, settings="max_bytes: 8KiB",
    ),
    "encoding": Story(
        bad(TWO_FEED, ("Content-Encoding", "br")), Code.ENCODING, "unsupported Content-Encoding: br", status=200
    ),
    "cond-truncated": Story(
        cut(b"Content-Length: 6330", TWO_FEED), Code.TRUNCATED,
        f"connection closed after {len(TWO_FEED)} of 6,330 bytes", INTERVAL, status=200,
    ),
    "truncated-gzip": Story(
        cut(b"Content-Encoding: gzip", gzip.compress(TWO_FEED)[:-9]), Code.TRUNCATED, "stops in the middle",
        INTERVAL, status=200,
    ),
    "timeout": Story(holding(), Code.TIMEOUT, "no answer within 1 s", settings="timeout: 1s"),
    "too-slow": Story(
        endless(b"x", head("200 OK", *VALIDATORS), pause=0.02), Code.TOO_SLOW, r"\d+ bytes in 1 s",
        settings="timeout: 1s",
    ),
    "dns": Story(unanswered, Code.DNS, "dns.test was not resolved: Name or service not known", host="dns.test"),
    "connect": Story(unanswered, Code.CONNECT, "no connection to connect.test:.*refused", host="connect.test"),
    "tls": Story(unanswered, Code.TLS, "certificate of localhost refused: .*expired", host="localhost", tls=True),
    "protocol": Story(raw(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), Code.PROTOCOL, "not an HTTP/1.1 answer"),
    "redirect": Story(deeper, Code.REDIRECT, "6 redirects; the last was to http://127.0.0.1:"),
    "redirect-circle": Story(
        bad(b"", ("Location", "/redirect-circle"), status="302 x"), Code.REDIRECT, "in a circle at http://127.0.0.1:"
    ),
    "blocked-scheme": Story(
        bad(b"", ("Location", "file:///etc/passwd"), status="302 x"), Code.BLOCKED_SCHEME, "redirect.*not file"
    ),
    "blocked-addr": Story(
        bad(b"", ("Location", "http://10.0.0.1/"), status="302 x"), Code.BLOCKED_ADDR,
        "redirect: private address 10.0.0.1 refused",
    ),
    "status-404": Story(bad(status="404 x"), Code.HTTP_4XX, "404 Not Found", status=404),
    "status-401": Story(bad(status="401 x"), Code.HTTP_4XX, "401 Unauthorized", REFUSED, status=401),
    "status-403": Story(bad(status="403 x"), Code.HTTP_4XX, "403 Forbidden", REFUSED, status=403),
    "status-451": Story(bad(status="451 x"), Code.HTTP_4XX, "451 Unavailable", REFUSED, status=451),
    "status-err-feed": Story(bad(status="500 x"), Code.HTTP_5XX, "500 Internal Server Error", status=500),
    "status-204": Story(raw(head("204 x", *VALIDATORS)), Code.UNEXPECTED_STATUS, "204 No Content", status=204),
    "status-206": Story(bad(status="206 x"), Code.UNEXPECTED_STATUS, "206 Partial Content", status=206),
    "cond-226": Story(bad(status="226 x"), Code.UNEXPECTED_STATUS, "226 IM Used", status=226),
    "status-999": Story(bad(status="999 x"), Code.UNEXPECTED_STATUS, "999", status=999),
    "redirect-without-location": Story(bad(status="301 x"), Code.UNEXPECTED_STATUS, "301 Moved", status=301),
    "ra-503": Story(
        bad(b"", ("Retry-After", "7200"), status="503 x"), Code.RATE_LIMITED, "503 .*7200 s", TWO_HOURS, status=503,
        blames=False,
    ),
    "ra-429": Story(
        bad(b"", ("Retry-After", "7200"), status="429 x"), Code.RATE_LIMITED, "429 .*7200 s", TWO_HOURS, status=429,
        blames=False,
    ),
    "ra-429-none": Story(bad(status="429 x"), Code.RATE_LIMITED, "429", FOUR_HOURS, status=429, blames=False),
}  # fmt: skip
