"""Conditional requests: servers that answer well only to what they gave, byte for byte (fetching.md F1 to F17)."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from datetime import timedelta

from hostile_server import FEED, Behaviour, Case, Request, Wire, answer, head

from aggregator.model import Code

Fields = tuple[tuple[str, str], ...]
OTHER_FEED = FEED.replace(b">t<", b">u<")
DATE = "Sun, 01 Mar 2026 11:00:00 GMT"
LATER = "Sun, 01 Mar 2026 11:59:00 GMT"
ETAG: Fields = (("ETag", '"a"'),)
BOTH: Fields = (*ETAG, ("Last-Modified", DATE))
NEW: Fields = (("ETag", '"b"'), ("Last-Modified", LATER))


@dataclass(frozen=True)
class Turn:
    """What a request must carry, and what is answered where it does; else the answer is 400."""

    given: Fields
    """The validators that must come back, as the answer had them; nothing else may."""
    wire: bytes


def turns(*script: Turn) -> Behaviour:
    """Holds every request against its turn; the last turn is for all that follow."""

    async def behave(request: Request, wire: Wire) -> None:
        turn = script[min(len(wire.server.requests), len(script)) - 1]
        asked = {
            "ETag": request.field(b"if-none-match"),
            "Last-Modified": request.field(b"if-modified-since"),
        }
        expected = {name: value.encode("latin-1") for name, value in turn.given}
        if {name: value for name, value in asked.items() if value is not None} == expected:
            await wire.send(turn.wire.replace(b"{port}", str(wire.server.port).encode()))
        else:
            await answer(b"", status="400 wrong validators")(request, wire)

    return behave


def ok(*fields: tuple[str, str], body: bytes = FEED) -> bytes:
    return head("200 OK", *fields, ("Content-Length", str(len(body)))) + body


def same(*fields: tuple[str, str]) -> bytes:
    return head("304 Not Modified", *fields)


def moved(location: str, status: str = "302 Found", *fields: tuple[str, str]) -> bytes:
    return head(status, ("Location", location), *fields, ("Content-Length", "0"))


def _opaque(name: str, value: str) -> Fields:
    return ((name, value),)


OPAQUE: dict[str, Fields] = {
    "etag-strong": _opaque("ETag", '"abc"'),
    "weak": _opaque("ETag", 'W/"abc"'),
    "weak-lower-case": _opaque("ETag", 'w/"abc"'),
    "gzip-suffix": _opaque("ETag", '"abc-gzip"'),
    "gzip-semicolon": _opaque("ETag", '"abc;gzip"'),
    "etag-no-quotes": _opaque("ETag", "abc"),
    "etag-single-quotes": _opaque("ETag", "'abc'"),
    "etag-double-double-quotes": _opaque("ETag", '""abc""'),
    "etag-open-quote": _opaque("ETag", '"abc'),
    "etag-empty-quotes": _opaque("ETag", '""'),
    "etag-star": _opaque("ETag", "*"),
    "etag-spaces": _opaque("ETag", '"a b  c"'),
    "etag-commas": _opaque("ETag", '"a","b", W/"c"'),
    "etag-backslash": _opaque("ETag", '"a\\"b"'),
    "etag-latin1": _opaque("ETag", '"\xe9\xff"'),
    "etag-c1": _opaque("ETag", '"\x9b31m"'),
    "etag-percent": _opaque("ETag", '"%0d%0aX: y"'),
    "etag-html": _opaque("ETag", '"<script>"'),
    "etag-4-kib": _opaque("ETag", '"' + "x" * 4094 + '"'),
    "lm-only": _opaque("Last-Modified", DATE),
    "lm-and-etag": BOTH,
    "lm-rfc850": _opaque("Last-Modified", "Sunday, 01-Mar-26 11:00:00 GMT"),
    "lm-asctime": _opaque("Last-Modified", "Sun Mar  1 11:00:00 2026"),
    "lm-zone": _opaque("Last-Modified", "Sun, 01 Mar 2026 12:00:00 +0100"),
    "lm-utc": _opaque("Last-Modified", "Sun, 01 Mar 2026 11:00:00 UTC"),
    "lm-lower-case": _opaque("Last-Modified", DATE.lower()),
    "lm-iso": _opaque("Last-Modified", "2026-03-01T11:00:00Z"),
    "lm-odd": _opaque("Last-Modified", "Fri, 01 Mar 2026 11:00:00 GMT"),
    "2038": _opaque("Last-Modified", "Tue, 19 Jan 2038 03:14:08 GMT"),
    "lm-1970": _opaque("Last-Modified", "Thu, 01 Jan 1970 00:00:00 GMT"),
    "lm-0001": _opaque("Last-Modified", "Mon, 01 Jan 0001 00:00:00 GMT"),
    "lm-garbage": _opaque("Last-Modified", "yesterday \xe9"),
}

NOT_KEPT: dict[str, Fields] = {
    "none": (),
    "empty": (("ETag", ""), ("Last-Modified", "")),
    "over-4-kib": (("ETag", '"' + "x" * 4095 + '"'),),
    "lm-over-4-kib": (("Last-Modified", "x" * 4097),),
    "60-kib": (("ETag", '"' + "x" * 60_000 + '"'),),
}


async def same_codings(request: Request, wire: Wire) -> None:
    """The validators belong to what the request said it can undo: whoever says something else next time is lost."""
    first = wire.server.requests[0]
    same_as_before = request.field(b"accept-encoding") == first.field(b"accept-encoding")
    if request is not first and same_as_before and request.field(b"if-none-match") == b'"a"':
        await wire.send(same())
    else:
        await wire.send(ok(*ETAG, ("Vary", "Accept-Encoding")))


NOTHING_ASKED = Turn((), ok(*BOTH))

ODD_304: dict[str, bytes] = {
    "bare": same(),
    "length": same(("Content-Length", "12345")),
    "body": same() + FEED,
    "chunked": same(("Transfer-Encoding", "chunked")) + b"5\r\n<rss>\r\n0\r\n\r\n",
    "chunks-cut": same(("Transfer-Encoding", "chunked")) + b"zz",
    "gzip": same(("Content-Encoding", "gzip")),
    "brotli": same(("Content-Encoding", "br")),
    "location": same(("Location", "http://127.0.0.1:9/")),
    "cookie": same(("Set-Cookie", "a=b")),
    "retry-after": same(("Retry-After", "60")),
    "endless-body": same() + b"x" * 1_000_000,
    "close": same(("Connection", "close")),
    "http-1.0": b"HTTP/1.0 304 Not Modified\r\n\r\n",
    "no-reason": b"HTTP/1.1 304\r\n\r\n",
    "after-103": b"HTTP/1.1 103 Early Hints\r\n\r\n" + same(),
    "empty-validators": same(("ETag", ""), ("Last-Modified", "")),
}

BETWEEN: dict[str, bytes] = {
    "500": head("500 x", *NEW, ("Content-Length", "0")),
    "404": head("404 x", *NEW, ("Content-Length", "0")),
    "412": head("412 x", *NEW, ("Content-Length", "0")),
    "429": head("429 x", *NEW, ("Content-Length", "0")),
    "206": head("206 x", *NEW, ("Content-Length", str(len(FEED)))) + FEED,
    "226": head("226 x", *NEW, ("Content-Length", str(len(FEED)))) + FEED,
    "cut": head("200 OK", *NEW, ("Content-Length", "9000")) + OTHER_FEED,
    "cut-chunk": head("200 OK", *NEW, ("Transfer-Encoding", "chunked")) + b"5\r\n<rs",
    "cut-gzip": head("200 OK", *NEW, ("Content-Encoding", "gzip")) + gzip.compress(OTHER_FEED)[:-9],
    "empty": ok(*NEW, body=b""),
    "too-large": head("200 OK", *NEW, ("Content-Length", "999999999")),
    "brotli": ok(*NEW, ("Content-Encoding", "br")),
    "no-http": b"<rss/>\r\n\r\n",
    "closed": b"",
    "redirect-to-file": moved("file:///etc/passwd", "302 Found", *NEW),
    "redirect-to-private": moved("http://10.0.0.1/", "302 Found", *NEW),
    "redirect-nowhere": head("302 Found", *NEW, ("Content-Length", "0")),
}
"""What must change nothing in what is remembered."""


def second(path: str, given: Fields, wire: bytes, code: Code, **more: object) -> Case:
    """A good first poll, and this answer to the second."""
    return Case(
        path=f"/cond-{path}",
        behave=turns(Turn((), ok(*given)), Turn(given, wire)),
        code=code,
        polls=2,
        requests=2,
        expect=tuple(more.items()),
    )


def script(path: str, code: Code, polls: int, *steps: Turn, **more: object) -> Case:
    return Case(
        path=f"/cond-{path}",
        behave=turns(*steps),
        code=code,
        polls=polls,
        requests=len(steps),
        expect=tuple(more.items()),
    )


FINAL = Turn(BOTH, same())

CASES = [
    *(second(name, fields, same(), Code.NOT_MODIFIED, status=304) for name, fields in OPAQUE.items()),
    *(
        script(f"not-kept-{name}", Code.OK, 2, Turn((), ok(*fields)), Turn((), ok(*fields, body=OTHER_FEED)))
        for name, fields in NOT_KEPT.items()
    ),
    *(
        script(f"304-{name}", Code.NOT_MODIFIED, 3, NOTHING_ASKED, Turn(BOTH, wire), FINAL, etag='"a"')
        for name, wire in ODD_304.items()
    ),
    *(
        script(f"error-between-{name}", Code.NOT_MODIFIED, 3, NOTHING_ASKED, Turn(BOTH, wire), FINAL)
        for name, wire in BETWEEN.items()
    ),
    script("304-new", Code.NOT_MODIFIED, 3, NOTHING_ASKED, Turn(BOTH, same(*NEW)), Turn(NEW, same())),
    script(
        "304-new-etag",
        Code.NOT_MODIFIED,
        3,
        NOTHING_ASKED,
        Turn(BOTH, same(("ETag", '"b"'))),
        Turn((("ETag", '"b"'), ("Last-Modified", DATE)), same()),
    ),
    script(
        "304-fresh",
        Code.NOT_MODIFIED,
        2,
        NOTHING_ASKED,
        Turn(BOTH, same(("Cache-Control", "max-age=60"))),
        fresh=timedelta(seconds=60),
    ),
    script("304-uncond", Code.UNEXPECTED_STATUS, 2, Turn((), same(*BOTH)), Turn((), same(*BOTH))),
    script("touch", Code.NOT_MODIFIED, 3, NOTHING_ASKED, Turn(BOTH, ok(*NEW)), Turn(NEW, same())),
    script("touch-status", Code.NOT_MODIFIED, 2, NOTHING_ASKED, Turn(BOTH, ok(*NEW)), status=200, etag='"b"'),
    script("same-bytes", Code.NOT_MODIFIED, 2, Turn((), ok()), Turn((), ok()), status=200),
    script(
        "same-bytes-packed",
        Code.NOT_MODIFIED,
        2,
        Turn((), ok()),
        Turn((), ok(("Content-Encoding", "gzip"), body=gzip.compress(FEED))),
    ),
    script("changed", Code.OK, 2, NOTHING_ASKED, Turn(BOTH, ok(*NEW, body=OTHER_FEED)), etag='"b"'),
    script(
        "lose-lm",
        Code.NOT_MODIFIED,
        3,
        NOTHING_ASKED,
        Turn(BOTH, ok(("ETag", '"b"'), body=OTHER_FEED)),
        Turn((("ETag", '"b"'),), same()),
    ),
    script("lose-all", Code.OK, 3, NOTHING_ASKED, Turn(BOTH, ok(body=OTHER_FEED)), Turn((), ok(*BOTH)), etag='"a"'),
    script("lose-all-same-bytes", Code.OK, 3, NOTHING_ASKED, Turn(BOTH, ok()), Turn((), ok(body=OTHER_FEED))),
    second("expires0", BOTH, same(("Expires", "0")), Code.NOT_MODIFIED),
    script(
        "no-store",
        Code.NOT_MODIFIED,
        2,
        Turn((), ok(*BOTH, ("Cache-Control", "no-store, no-cache"), ("Pragma", "no-cache"))),
        FINAL,
    ),
    Case(
        path="/cond-vary", behave=same_codings, code=Code.NOT_MODIFIED, polls=2, requests=2, expect=(("status", 304),)
    ),
    script("always-304", Code.NOT_MODIFIED, 4, NOTHING_ASKED, FINAL, FINAL, FINAL),
    script("vary-star", Code.NOT_MODIFIED, 2, Turn((), ok(*BOTH, ("Vary", "*"))), FINAL),
    script("two-etags", Code.NOT_MODIFIED, 2, Turn((), ok(*ETAG, ("ETag", '"b"'))), Turn(ETAG, same())),
    script("redirect", Code.NOT_MODIFIED, 2, Turn((), moved("x")), NOTHING_ASKED, Turn((), moved("x")), FINAL),
    script(
        "redirect-move",
        Code.OK,
        2,
        Turn((), moved("x", "302 Found", *NEW)),
        NOTHING_ASKED,
        Turn((), moved("y")),
        Turn((), ok(body=OTHER_FEED)),
    ),
    script(
        "redirect-begins",
        Code.OK,
        2,
        NOTHING_ASKED,
        Turn(BOTH, moved("/elsewhere")),
        Turn((), ok(body=OTHER_FEED)),
    ),
    script(
        "redirect-xorigin",
        Code.OK,
        2,
        NOTHING_ASKED,
        Turn(BOTH, moved("http://to-loopback.test:{port}/cond-redirect-xorigin")),
        Turn((), ok(body=OTHER_FEED)),
    ),
]
