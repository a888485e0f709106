"""Statuses that are no document, and what they say about coming back (fetching.md F25 to F31, F50, F52)."""

from __future__ import annotations

from datetime import timedelta

from hostile_server import FEED, Behaviour, Case, answer, endless, head, holding, in_turn, raw, resetting

from aggregator.model import Code

UNEXPECTED = (201, 202, 203, 204, 205, 206, 207, 208, 226, 299, 300, 304, 305, 306, 399, 600, 700, 999)
CLIENT = (400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 418, 421, 422, 423)
CLIENT_ODD = (425, 426, 428, 431, 444, 451, 460, 494, 499)
SERVER = (500, 501, 502, 503, 504, 505, 507, 508, 509, 510, 511, 520, 522, 525, 526, 530, 598, 599)
NOT_TWO_TO_NINE = (0, 42, 99)
REDIRECTS = (301, 302, 303, 307, 308)
DATE = ("Date", "Sun, 01 Mar 2026 12:00:00 GMT")


def status(number: int) -> Behaviour:
    """The status with a feed in its body, which must not be taken for one; 204 and 304 can have none."""
    return raw(head(f"{number:03} x")) if number in (204, 304) else answer(FEED, status=f"{number:03} x")


def _statuses() -> list[Case]:
    kinds = (
        (UNEXPECTED, Code.UNEXPECTED_STATUS),
        (CLIENT + CLIENT_ODD, Code.HTTP_4XX),
        (SERVER, Code.HTTP_5XX),
        (REDIRECTS, Code.UNEXPECTED_STATUS),
        (NOT_TWO_TO_NINE, Code.PROTOCOL),
    )
    return [
        Case(
            path=f"/status-{number:03}",
            behave=status(number),
            code=code,
            expect=() if code == Code.PROTOCOL else (("status", number),),
        )
        for numbers, code in kinds
        for number in numbers
    ]


RETRY_AFTER = {
    "none": ((), None),
    "seconds": ((("Retry-After", "7200"),), 7200),
    "spaces": ((("Retry-After", "  7200  "),), 7200),
    "date": ((DATE, ("Retry-After", "Sun, 01 Mar 2026 14:00:00 GMT")), 7200),
    "date-without-date": ((("Retry-After", "Sun, 01 Mar 2026 14:00:00 GMT"),), 7200),
    "rfc850": ((DATE, ("Retry-After", "Sunday, 01-Mar-26 14:00:00 GMT")), 7200),
    "asctime": ((DATE, ("Retry-After", "Sun Mar  1 14:00:00 2026")), 7200),
    "their-clock-is-wrong": (
        (("Date", "Thu, 01 Jan 1970 00:00:00 GMT"), ("Retry-After", "Thu, 01 Jan 1970 01:00:00 GMT")),
        3600,
    ),
    "past": ((DATE, ("Retry-After", "Sun, 01 Mar 2020 14:00:00 GMT")), None),
    "zero": ((("Retry-After", "0"),), None),
    "negative": ((("Retry-After", "-120"),), None),
    "fraction": ((("Retry-After", "1.5"),), None),
    "unit": ((("Retry-After", "120s"),), None),
    "list": ((("Retry-After", "120, 240"),), None),
    "garbage": ((("Retry-After", "soon"),), None),
    "empty": ((("Retry-After", ""),), None),
    "superscript": ((("Retry-After", "\xb2\xb3"),), None),
    "no-such-day": ((DATE, ("Retry-After", "Tue, 31 Feb 2026 14:00:00 GMT")), None),
    "huge": ((("Retry-After", "9" * 400),), 2**31),
    "year-9999": ((DATE, ("Retry-After", "Fri, 31 Dec 9999 23:59:59 GMT")), 2**31),
    "long-text": ((("Retry-After", "x" * 30_000),), None),
}


def _waits() -> list[Case]:
    return [
        Case(
            path=f"/ra-{number}-{name}",
            behave=answer(b"", *fields, status=f"{number} x"),
            code=code,
            expect=(("retry", None if wait is None else timedelta(seconds=wait)),),
        )
        for number, code in ((429, Code.RATE_LIMITED), (503, Code.HTTP_5XX))
        for name, (fields, wait) in RETRY_AFTER.items()
        if number == 429 or name in ("seconds", "date", "garbage", "huge")
    ]


ERROR = b"HTTP/1.1 500 x\r\n"

CASES = [
    Case(
        path="/flaky",
        behave=in_turn(answer(status="500 x"), answer(), raw(), resetting(), answer(status="503 x"), answer()),
        code=Code.NOT_MODIFIED,
        polls=6,
        requests=6,
    ),
    Case(
        path="/status-410-back",
        behave=in_turn(*[answer(status="410 x")] * 3, answer()),
        code=Code.OK,
        polls=4,
        requests=4,
    ),
    *_statuses(),
    *_waits(),
    Case(path="/ra-200", behave=answer(FEED, ("Retry-After", "60")), code=Code.OK, expect=(("retry", None),)),
    Case(path="/err-endless", behave=endless(b"x" * 65536, ERROR + b"\r\n"), code=Code.HTTP_5XX),
    Case(path="/err-drip", behave=endless(b"x", ERROR + b"\r\n", pause=0.02), code=Code.HTTP_5XX),
    Case(
        path="/err-declares-a-terabyte",
        behave=raw(ERROR + b"Content-Length: 1" + b"0" * 12 + b"\r\n\r\n"),
        code=Code.HTTP_5XX,
    ),
    Case(path="/err-silent", behave=holding(ERROR + b"Content-Length: 100\r\n\r\n"), code=Code.HTTP_5XX),
    Case(path="/err-429-silent", behave=holding(head("429 x", ("Retry-After", "60"))), code=Code.RATE_LIMITED),
    Case(path="/status-204-silent", behave=holding(head("204 x")), code=Code.UNEXPECTED_STATUS),
    Case(path="/err-cut", behave=raw(ERROR + b"Content-Length: 100\r\n\r\n<rss"), code=Code.HTTP_5XX),
    Case(path="/err-bad-chunks", behave=raw(ERROR + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"), code=Code.HTTP_5XX),
    Case(
        path="/err-brotli",
        behave=answer(b"\x0b\x02\x80", ("Content-Encoding", "br"), status="404 x"),
        code=Code.HTTP_4XX,
    ),
    Case(path="/err-reason-escape", behave=raw(b"HTTP/1.1 404 \x1b[31mred\x1b]0;t\x07\r\n\r\n"), code=Code.HTTP_4XX),
    Case(path="/err-reason-c1", behave=raw(b"HTTP/1.1 404 \x9b31m\xe2\x80\xae\r\n\r\n"), code=Code.HTTP_4XX),
    Case(path="/err-reason-long", behave=raw(b"HTTP/1.1 404 " + b"no " * 9000 + b"\r\n\r\n"), code=Code.HTTP_4XX),
    Case(path="/err-reason-none", behave=raw(b"HTTP/1.1 404\r\n\r\n"), code=Code.HTTP_4XX),
    Case(
        path="/err-www-authenticate",
        behave=answer(b"", ("WWW-Authenticate", 'Basic realm="give it to me"'), status="401 x"),
        code=Code.HTTP_4XX,
    ),
    Case(
        path="/err-proxy-authenticate",
        behave=answer(b"", ("Proxy-Authenticate", "Basic"), status="407 x"),
        code=Code.HTTP_4XX,
    ),
]
