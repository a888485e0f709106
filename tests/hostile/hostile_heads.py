"""Status lines, header fields and 1xx answers no honest server sends (RFC 9112 2 to 5; reliability.md, httpx row)."""

from __future__ import annotations

from hostile_server import FEED, OK, Behaviour, Case, Request, Wire, answer, endless, head, one_by_one, raw

from aggregator.model import Code

GOOD = head("200 OK", ("Content-Length", str(len(FEED)))) + FEED


def lines(*more: bytes) -> Behaviour:
    """A good answer with these bytes as further header lines."""
    return raw(OK + b"".join(each + b"\r\n" for each in more) + b"\r\n" + FEED)


def echo(status: bytes, name: bytes) -> Behaviour:
    """Throws what the request said of itself back, in a header and in the body."""

    async def behave(request: Request, wire: Wire) -> None:
        secret = request.field(b"authorization") or b""
        await wire.send(b"HTTP/1.1 %b\r\n%b: %b\r\nContent-Length: 0\r\n\r\n" % (status, name, secret))

    return behave


async def echo_reason(request: Request, wire: Wire) -> None:
    await wire.send(b"HTTP/1.1 404 %b\r\n\r\n" % (request.field(b"authorization") or b""))


async def echo_no_http(request: Request, wire: Wire) -> None:
    await wire.send(b"%b\r\n\r\n" % (request.field(b"authorization") or b""))


async def echo_request(request: Request, wire: Wire) -> None:
    await wire.send(request.raw)


async def echo_in_chunk(request: Request, wire: Wire) -> None:
    await wire.send(OK + b"Transfer-Encoding: chunked\r\n\r\n" + (request.field(b"authorization") or b"") + b"\r\n")


PASS: dict[str, Behaviour] = {
    "http-1.0": raw(b"HTTP/1.0 200 OK\r\n\r\n" + FEED),
    "bare-newlines": raw(b"HTTP/1.1 200 OK\nA: b\n\n" + FEED),
    "byte-by-byte": one_by_one(GOOD),
    "reason-none": raw(b"HTTP/1.1 200\r\n\r\n" + FEED),
    "reason-empty": raw(b"HTTP/1.1 200 \r\n\r\n" + FEED),
    "reason-latin1": raw(b"HTTP/1.1 200 D\xe9j\xe0\r\n\r\n" + FEED),
    "folded": lines(b"X: a", b" b", b"\tc"),
    "value-latin1": lines(b"X: \xe9\xff\x80"),
    "value-empty": lines(b"X:", b"Y: "),
    "value-utf8-bidi": lines("X: \u202e\u2066".encode()),
    "five-hundred-fields": lines(*(b"X-%d: y" % number for number in range(500))),
    "same-field-500-times": lines(*([b"X: y"] * 500)),
    "field-of-60-kib": lines(b"X: " + b"y" * 60_000),
    "five-103": raw(b"HTTP/1.1 103 Early Hints\r\nLink: </s.css>\r\n\r\n" * 5 + GOOD),
    "100": raw(b"HTTP/1.1 100 Continue\r\n\r\n" + GOOD),
    "102": raw(b"HTTP/1.1 102 Processing\r\n\r\n" + GOOD),
    "199": raw(b"HTTP/1.1 199 x\r\n\r\n" + GOOD),
    "keep-alive": raw(head("200 OK", ("Connection", "keep-alive"), ("Content-Length", str(len(FEED)))) + FEED),
    "second-answer-behind": raw(GOOD + GOOD),
    "refresh-field": lines(b"Refresh: 0; url=http://127.0.0.1:9/"),
    "alt-svc": lines(b'Alt-Svc: h3=":443"; ma=86400'),
    "location-on-200": lines(b"Location: /elsewhere"),
    "upgrade-offered": lines(b"Upgrade: h2c"),
    "hsts": lines(b"Strict-Transport-Security: max-age=31536000"),
    "content-type-none": lines(),
    "content-type-html": lines(b"Content-Type: text/html"),
    "content-type-odd": lines(b"Content-Type: ;;;=\x9b31m"),
    "content-type-long": lines(b"Content-Type: text/xml; charset=" + b"u" * 40_000),
    "content-type-twice": lines(b"Content-Type: text/xml", b"Content-Type: image/png"),
    "thousand-hubs": lines(*(b"Link: <http://h%d.test/>; rel=hub" % number for number in range(1000))),
    "link-angles": lines(b"Link: " + b"<" * 30_000),
    "link-no-address": lines(b'Link: <http://[>; rel="hub"'),
    "cookie-flood": lines(*(b"Set-Cookie: c%d=%b; Domain=.test" % (number, b"x" * 50) for number in range(500))),
    "cookie-injection": lines(b"Set-Cookie: a=b\\r\\nX: y"),
}

FAIL: dict[str, Behaviour] = {
    "nothing": raw(),
    "cut-in-status": raw(b"HTTP/1.1 20"),
    "cut-in-field": raw(OK + b"Content-Ty"),
    "cut-before-empty-line": raw(OK + b"A: b\r\n"),
    "http-0.9": raw(FEED),
    "http-2": raw(b"HTTP/2 200\r\n\r\n" + FEED),
    "http-2-preface": raw(b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + bytes(18)),
    "http-9": raw(b"HTTP/9.9.9 200 OK\r\n\r\n" + FEED),
    "http-lower-case": raw(b"http/1.1 200 OK\r\n\r\n" + FEED),
    "icy": raw(b"ICY 200 OK\r\nicy-name: x\r\n\r\n" + FEED),
    "tls-alert": raw(b"\x15\x03\x01\x00\x02\x02\x46" * 3),
    "ssh": raw(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "smtp": raw(b"220 mail ESMTP\r\n" * 3 + b"\r\n"),
    "status-two-digits": raw(b"HTTP/1.1 20 OK\r\n\r\n" + FEED),
    "status-four-digits": raw(b"HTTP/1.1 2000 OK\r\n\r\n" + FEED),
    "status-word": raw(b"HTTP/1.1 OK\r\n\r\n" + FEED),
    "status-negative": raw(b"HTTP/1.1 -20 OK\r\n\r\n" + FEED),
    "status-arabic": raw("HTTP/1.1 ٢٠٠ OK\r\n\r\n".encode() + FEED),
    "reason-nul": raw(b"HTTP/1.1 200 O\0K\r\n\r\n" + FEED),
    "value-nul": lines(b"X: a\0b"),
    "value-bare-cr": lines(b"X: a\rSet-Cookie: b"),
    "name-nul": lines(b"X\0: y"),
    "name-empty": lines(b": y"),
    "name-space": lines(b"X Y: z"),
    "name-space-before-colon": lines(b"Content-Length : 5"),
    "name-latin1": lines(b"X\xe9: y"),
    "no-colon": lines(b"just text"),
    "fold-first": raw(OK + b" folded: x\r\n\r\n" + FEED),
    "field-of-70-kib": lines(b"X: " + b"y" * 70_000),
    "ten-thousand-fields": lines(*(b"X-%d: y" % number for number in range(10_000))),
    "endless-field": endless(b"y" * 4096, OK + b"X: "),
    "endless-fields": endless(b"X: y\r\n" * 500, OK),
    "endless-folds": endless(b" y\r\n" * 500, OK + b"X: y\r\n"),
    "endless-status-line": endless(b"y" * 4096, b"HTTP/1.1 200 "),
    "endless-newlines": endless(b"\r\n" * 2048),
    "endless-nul": endless(bytes(4096)),
    "endless-letters": endless(b"A" * 4096),
    "six-103": raw(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 6 + GOOD),
    "endless-100": endless(b"HTTP/1.1 100 Continue\r\n\r\n" * 50),
    "big-103": raw((b"HTTP/1.1 103 x\r\nX: " + b"y" * 30_000 + b"\r\n\r\n") * 3 + GOOD),
    "only-100": raw(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "101": raw(b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n" + GOOD),
    "drip-100": endless(b"HTTP/1.1 100 Continue\r\n\r\n", pause=0.02),
    "100-with-body": raw(b"HTTP/1.1 100 Continue\r\nContent-Length: 4\r\n\r\nbody" + GOOD),
    "echo-as-no-http": echo_no_http,
    "echo-request": echo_request,
    "echo-in-chunk-size": echo_in_chunk,
    "echo-bad-length": echo(b"200 OK", b"Content-Length"),
    "echo-transfer-coding": echo(b"200 OK", b"Transfer-Encoding"),
}

CASES = [
    *(Case(path=f"/h-{name}", behave=behave, code=Code.OK, expect=(("body", FEED),)) for name, behave in PASS.items()),
    *(Case(path=f"/h-{name}", behave=behave, code=Code.PROTOCOL) for name, behave in FAIL.items()),
    Case(path="/h-echo-reason", behave=echo_reason, code=Code.HTTP_4XX),
    Case(path="/h-echo-status-999", behave=echo(b"999 x", b"X"), code=Code.UNEXPECTED_STATUS),
    Case(
        path="/h-echo-coding",
        behave=echo(b"200 OK", b"Content-Encoding"),
        code=Code.ENCODING,
    ),
    Case(path="/h-echo-retry-after", behave=echo(b"429 x", b"Retry-After"), code=Code.RATE_LIMITED),
    Case(
        path="/h-echo-location",
        behave=echo(b"302 x", b"Location"),
        code=Code.REDIRECT,
        requests=2,
    ),
    Case(path="/h-error-with-cookie", behave=answer(b"", ("Set-Cookie", "a=b"), status="403 x"), code=Code.HTTP_4XX),
]
