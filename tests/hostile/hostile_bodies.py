"""Bodies: framed badly, cut, slow, endless, empty; connections that break at every point (fetching.md, limits)."""

from __future__ import annotations

from hostile_server import FEED, OK, Behaviour, Case, answer, chunked, endless, holding, one_by_one, raw, resetting

from aggregator.model import Code

CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
GZIP_HEAD = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
SIZE = len(FEED)


def length(*values: str, body: bytes = FEED) -> Behaviour:
    """A body under these Content-Length values, one a line."""
    return raw(OK + b"".join(f"Content-Length: {each}\r\n".encode() for each in values) + b"\r\n" + body)


def coded(value: bytes, body: bytes = FEED) -> Behaviour:
    return raw(OK + b"Transfer-Encoding: " + value + b"\r\n\r\n" + body)


PASS: dict[str, Behaviour] = {
    "length": length(str(SIZE)),
    "length-twice-the-same": length(str(SIZE), str(SIZE)),
    "length-list-the-same": length(f"{SIZE}, {SIZE}"),
    "length-zeros-before": length(f"000{SIZE}"),
    "length-too-small": length(str(SIZE), body=FEED + b"<!-- more -->"),
    "until-close": raw(OK + b"\r\n" + FEED),
    "chunked": raw(chunked(FEED)),
    "chunked-byte-by-byte": one_by_one(chunked(FEED)),
    "chunked-in-ones": raw(chunked(*(FEED[at : at + 1] for at in range(SIZE)))),
    "chunked-upper-case": coded(b"Chunked", b"%X\r\n%b\r\n0\r\n\r\n" % (SIZE, FEED)),
    "chunked-extension": raw(CHUNKED + b'%x;a="b;c"\r\n%b\r\n0;d\r\n\r\n' % (SIZE, FEED)),
    "chunked-zeros-before": raw(CHUNKED + b"%010x\r\n%b\r\n0\r\n\r\n" % (SIZE, FEED)),
    "chunked-trailers": raw(chunked(FEED, end=b"0\r\nETag: x\r\nContent-Encoding: br\r\nSet-Cookie: a=b\r\n\r\n")),
    "chunked-rubbish-behind": raw(chunked(FEED) + b"rubbish"),
    "length-then-silent": holding(OK + b"Content-Length: %d\r\n\r\n" % SIZE + FEED),
    "length-then-endless": endless(b"x" * 4096, OK + b"Content-Length: %d\r\n\r\n" % SIZE + FEED),
    "chunked-then-silent": holding(chunked(FEED)),
    "chunked-then-endless": endless(b"x" * 4096, chunked(FEED)),
    "chunked-and-length": raw(
        OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (SIZE, FEED)
    ),
}

MALFORMED: dict[str, Behaviour] = {
    "length-two": length(str(SIZE), str(SIZE + 1)),
    "length-list": length(f"{SIZE}, 3"),
    "length-negative": length("-1"),
    "length-plus": length(f"+{SIZE}"),
    "length-hex": length("0x10"),
    "length-float": length("1e3"),
    "length-word": length("all"),
    "length-empty": length(""),
    "length-underscore": length("1_0"),
    "length-arabic": length("\u0661\u0662"),
    "coding-gzip": coded(b"gzip"),
    "coding-identity": coded(b"identity"),
    "coding-chunked-twice": coded(b"chunked, chunked"),
    "coding-unknown": coded(b"x-secret"),
    "coding-vertical-tab": coded(b"\x0bchunked"),
    "chunk-words": raw(CHUNKED + b"zz\r\n"),
    "chunk-negative": raw(CHUNKED + b"-1\r\n"),
    "chunk-0x": raw(CHUNKED + b"0x5\r\n<rss>\r\n0\r\n\r\n"),
    "chunk-empty-size": raw(CHUNKED + b"\r\n<rss>"),
    "chunk-21-digits": raw(CHUNKED + b"f" * 21 + b"\r\n<rss>"),
    "chunk-longer-than-said": raw(CHUNKED + b"3\r\n<rss>\r\n0\r\n\r\n"),
    "chunk-no-newline": raw(CHUNKED + b"5\r\n<rss>0\r\n\r\n"),
    "chunk-wrong-newline": raw(CHUNKED + b"5\r\n<rss>XX0\r\n\r\n"),
    "chunk-endless-size": endless(b"0" * 4096, CHUNKED),
    "chunk-endless-extension": endless(b"x" * 4096, CHUNKED + b"5;"),
    "chunk-endless-trailer": endless(b"x" * 4096, CHUNKED + b"0\r\nX: "),
    "chunk-endless-trailers": endless(b"X: y\r\n" * 500, CHUNKED + b"0\r\n"),
    "chunk-bad-trailer": raw(chunked(FEED, end=b"0\r\nno colon\r\n\r\n")),
    "chunk-nul-trailer": raw(chunked(FEED, end=b"0\r\nX: a\0b\r\n\r\n")),
}

CUT: dict[str, Behaviour] = {
    "length": length("6330"),
    "length-by-one": length(str(SIZE + 1)),
    "length-nothing-came": length("5", body=b""),
    "chunk-size": raw(CHUNKED + b"5"),
    "chunk-before-size": raw(CHUNKED),
    "chunk-data": raw(CHUNKED + b"5\r\n<rs"),
    "chunk-after-data": raw(CHUNKED + b"5\r\n<rss>"),
    "chunk-no-last": raw(chunked(FEED, end=b"")),
    "chunk-in-last": raw(chunked(FEED, end=b"0\r\n")),
    "chunk-in-trailer": raw(chunked(FEED, end=b"0\r\nX: ")),
    "chunk-16-digits": raw(CHUNKED + b"f" * 16 + b"\r\n<rss>"),
}

RESET: dict[str, tuple[Behaviour, Code]] = {
    "after-request": (resetting(), Code.PROTOCOL),
    "in-status-line": (resetting(b"HTTP/1."), Code.PROTOCOL),
    "in-field": (resetting(OK + b"X: "), Code.PROTOCOL),
    "after-100": (resetting(b"HTTP/1.1 100 Continue\r\n\r\n"), Code.PROTOCOL),
    "after-head": (resetting(OK + b"Content-Length: 10\r\n\r\n"), Code.TRUNCATED),
    "in-length": (resetting(OK + b"Content-Length: 10\r\n\r\n<rss"), Code.TRUNCATED),
    "in-chunk-size": (resetting(CHUNKED + b"5"), Code.TRUNCATED),
    "in-chunk": (resetting(CHUNKED + b"5\r\n<r"), Code.TRUNCATED),
    "before-last-chunk": (resetting(chunked(FEED, end=b"")), Code.TRUNCATED),
    "in-trailer": (resetting(chunked(FEED, end=b"0\r\nX: ")), Code.TRUNCATED),
    "until-close": (resetting(OK + b"\r\n" + FEED), Code.TRUNCATED),
    "in-gzip": (resetting(OK + b"Content-Encoding: gzip\r\n\r\n" + GZIP_HEAD), Code.TRUNCATED),
    "after-all": (resetting(OK + b"Content-Length: %d\r\n\r\n" % SIZE + FEED), Code.OK),
}

SILENT: dict[str, bytes] = {
    "before-answer": b"",
    "in-status-line": b"HTTP/1.",
    "in-field": OK + b"X: ",
    "after-100": b"HTTP/1.1 100 Continue\r\n\r\n",
    "before-empty-line": OK + b"A: b\r\n",
    "after-head": OK + b"Content-Length: 10\r\n\r\n",
    "in-length": OK + b"Content-Length: 10\r\n\r\n<rss",
    "until-close": OK + b"\r\n" + FEED,
    "in-chunk-size": CHUNKED + b"5",
    "in-chunk": CHUNKED + b"5\r\n<r",
    "before-last-chunk": chunked(FEED, end=b""),
    "in-trailer": chunked(FEED, end=b"0\r\nX: "),
    "in-gzip": OK + b"Content-Encoding: gzip\r\n\r\n" + GZIP_HEAD,
    "redirect-head": b"HTTP/1.1 302 x\r\nLocation: /x\r\n",
}

DRIP: dict[str, tuple[bytes, bytes]] = {
    "status-line": (b"HTTP/1.1 200 ", b"O"),
    "field": (OK + b"X: ", b"y"),
    "fields": (OK, b"X: y\r\n"),
    "folds": (OK + b"X: y\r\n", b" y\r\n"),
    "length": (OK + b"Content-Length: 100000\r\n\r\n", b"x"),
    "until-close": (OK + b"\r\n", b"x"),
    "chunk-size": (CHUNKED, b"0"),
    "chunk-extension": (CHUNKED + b"5;", b"x"),
    "chunks": (CHUNKED, b"1\r\nx\r\n"),
    "trailer": (CHUNKED + b"0\r\nX: ", b"y"),
    "trailers": (CHUNKED + b"0\r\n", b"X: y\r\n"),
    "gzip-name": (OK + b"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x08\0\0\0\0\0\xff", b"n"),
    "whitespace": (OK + b"\r\n" + FEED, b"\n"),
}
"""More slowly than h11 needs to refuse them, and never silent long enough."""

SMALL = (("max_bytes", 200_000),)
LARGE: dict[str, Behaviour] = {
    "declared": length("200001"),
    "declared-terabyte": length("1" + "0" * 12),
    "declared-19-digits": length("9" * 19),
    "declared-then-silent": holding(OK + b"Content-Length: 999999999\r\n\r\n"),
    "until-close": endless(b"x" * 65536, OK + b"\r\n"),
    "chunked": endless(b"10000\r\n" + b"x" * 65536 + b"\r\n", CHUNKED),
    "one-chunk": endless(b"x" * 65536, CHUNKED + b"7fffffffffffffff\r\n"),
    "whitespace": endless(b" " * 65536, OK + b"\r\n"),
    "a-read-over": raw(OK + b"\r\n" + b"x" * (200_001 + 16 * 1024)),
    "chunk-extensions": endless(b"1;" + b"e" * 8000 + b"\r\nx\r\n", CHUNKED),
    "chunks-of-one": endless(b"1\r\nx\r\n" * 1000, CHUNKED),
}

EMPTY: dict[str, Behaviour] = {
    "length-0": answer(b""),
    "until-close": raw(OK + b"\r\n"),
    "chunked": raw(chunked()),
    "whitespace": answer(b" \r\n\t\x0b\x0c"),
    "http-1.0": raw(b"HTTP/1.0 200 OK\r\n\r\n"),
}

EARLY: dict[str, tuple[Behaviour, Code]] = {
    "closes": (raw(), Code.PROTOCOL),
    "resets": (resetting(), Code.PROTOCOL),
    "talks-first": (raw(b"220 welcome\r\n\r\n"), Code.PROTOCOL),
    "redirects": (raw(b"HTTP/1.1 302 x\r\nLocation: file:///etc/passwd\r\n\r\n"), Code.BLOCKED_SCHEME),
}

CASES = [
    *(Case(path=f"/b-{name}", behave=each, code=Code.OK, expect=(("body", FEED),)) for name, each in PASS.items()),
    *(Case(path=f"/b-bad-{name}", behave=each, code=Code.PROTOCOL) for name, each in MALFORMED.items()),
    *(Case(path=f"/b-cut-{name}", behave=each, code=Code.TRUNCATED) for name, each in CUT.items()),
    *(Case(path=f"/b-reset-{name}", behave=each, code=code) for name, (each, code) in RESET.items()),
    *(
        Case(path=f"/b-silent-{name}", behave=holding(first), code=Code.TIMEOUT, waits="silence")
        for name, first in SILENT.items()
    ),
    *(
        Case(path=f"/b-drip-{name}", behave=endless(piece, first, pause=0.02), code=Code.TOO_SLOW, waits="deadline")
        for name, (first, piece) in DRIP.items()
    ),
    *(Case(path=f"/b-large-{name}", behave=each, code=Code.TOO_LARGE, settings=SMALL) for name, each in LARGE.items()),
    Case(path="/b-large-as-usual", behave=LARGE["until-close"], code=Code.TOO_LARGE),
    Case(path="/b-large-as-usual-declared", behave=length("10485761"), code=Code.TOO_LARGE),
    *(Case(path=f"/b-empty-{name}", behave=each, code=Code.EMPTY) for name, each in EMPTY.items()),
    *(
        Case(
            path=f"/b-early-{name}",
            behave=each,
            code=code,
            or_code=Code.CONNECT if "reset" in name else None,
            early=True,
            requests=0,
            connections=1,
        )
        for name, (each, code) in EARLY.items()
    ),
    Case(
        path="/b-large-by-one",
        behave=raw(OK + b"\r\n" + b"x" * 200_001),
        code=Code.TOO_LARGE,
        settings=SMALL,
    ),
    Case(
        path="/b-chunks-of-one-under-max-bytes",
        behave=LARGE["chunks-of-one"],
        code=Code.PROTOCOL,
        settings=(("max_bytes", 2_000_000),),
    ),
    Case(path="/b-just-fits", behave=raw(OK + b"\r\n" + b"x" * 200_000), code=Code.OK, settings=SMALL),
    Case(path="/b-length-just-fits", behave=length("200000", body=b"x" * 200_000), code=Code.OK, settings=SMALL),
    Case(path="/b-of-nul", behave=answer(bytes(1000)), code=Code.OK),
    Case(path="/b-a-local-path", behave=answer(b"/etc/hostname"), code=Code.OK, expect=(("body", b"/etc/hostname"),)),
]
