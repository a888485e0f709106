"""Content codings: cut, damaged, mislabelled, multiplied, and bombs (fetching.md, limits; reliability.md G3)."""

from __future__ import annotations

import gzip
import zlib

from hostile_server import FEED, OK, Behaviour, Case, answer, chunked, endless, one_by_one, raw

from aggregator.model import Code

GZIP = ("Content-Encoding", "gzip")
DEFLATE = ("Content-Encoding", "deflate")
PACKED = gzip.compress(FEED, mtime=0)  # the same bytes in every process
LATIN1_NAME = PACKED[:3] + b"\x08" + PACKED[4:10] + b"feed.xml\0" + PACKED[10:]
EXTRA = PACKED[:3] + b"\x04" + PACKED[4:10] + b"\x03\0abc" + PACKED[10:]
UNKNOWN_FLAGS = PACKED[:3] + b"\xe0" + PACKED[4:]
ENDLESS_NAME = PACKED[:3] + b"\x08" + PACKED[4:10]


def packed(size: int, wbits: int) -> bytes:
    """``size`` MiB of nothing, made without holding it."""
    each = zlib.compressobj(9, zlib.DEFLATED, wbits)
    mebibyte = bytes(1024 * 1024)
    return b"".join(each.compress(mebibyte) for _ in range(size)) + each.flush()


def bare(data: bytes) -> bytes:
    each = zlib.compressobj(wbits=-15)
    return each.compress(data) + each.flush()


def with_dictionary(data: bytes) -> bytes:
    each = zlib.compressobj(zdict=data[:20])
    return each.compress(data) + each.flush()


def gz(body: bytes) -> Behaviour:
    return answer(body, GZIP)


BOMB = packed(64, 31)
READ = ("body", FEED)


def _good() -> list[Case]:
    bodies: dict[str, Behaviour] = {
        "gzip": gz(PACKED),
        "gzip-members": gz(gzip.compress(FEED[:20]) + gzip.compress(b"") + gzip.compress(FEED[20:])),
        "gzip-zeros-behind": gz(PACKED + bytes(512)),
        "gzip-rubbish-behind": gz(PACKED + b"<!-- served by x -->"),
        "gzip-file-name": gz(LATIN1_NAME),
        "gzip-extra-field": gz(EXTRA),
        "gzip-byte-by-byte": one_by_one(OK + b"Content-Encoding: gzip\r\n\r\n" + PACKED),
        "gzip-chunks": raw(
            chunked(PACKED[:1], PACKED[1:2], PACKED[2:]).replace(b"\r\n", b"\r\nContent-Encoding: gzip\r\n", 1)
        ),
        "x-gzip": answer(PACKED, ("Content-Encoding", "x-gzip")),
        "gzip-upper-case": answer(PACKED, ("Content-Encoding", "GZip")),
        "gzip-and-identity": answer(PACKED, ("Content-Encoding", "identity, gzip")),
        "deflate": answer(zlib.compress(FEED), DEFLATE),
        "deflate-bare": answer(bare(FEED), DEFLATE),
        "deflate-rubbish-behind": answer(zlib.compress(FEED) + b"\r\n", DEFLATE),
        "identity": answer(FEED, ("Content-Encoding", "identity")),
        "empty-name": answer(FEED, ("Content-Encoding", "")),
        "commas": answer(FEED, ("Content-Encoding", ", ,")),
    }
    return [Case(path=f"/z-{name}", behave=each, code=Code.OK, expect=(READ,)) for name, each in bodies.items()]


BAD = {
    "gzip-cut": (gz(PACKED[:-20]), Code.TRUNCATED),
    "gzip-cut-trailer": (gz(PACKED[:-1]), Code.TRUNCATED),
    "gzip-cut-head": (gz(PACKED[:5]), Code.TRUNCATED),
    "gzip-one-byte": (gz(PACKED[:1]), Code.TRUNCATED),
    "gzip-second-member-cut": (gz(PACKED + PACKED[:-9]), Code.TRUNCATED),
    "gzip-second-member-one-byte": (gz(PACKED + b"\x1f"), Code.TRUNCATED),
    "gzip-wrong-crc": (gz(PACKED[:-8] + bytes(4) + PACKED[-4:]), Code.ENCODING),
    "gzip-wrong-size": (gz(PACKED[:-4] + b"\1\1\1\1"), Code.ENCODING),
    "gzip-damaged": (gz(PACKED[:12] + b"\xff\xff\xff" + PACKED[15:]), Code.ENCODING),
    "gzip-unknown-flags": (gz(UNKNOWN_FLAGS), Code.ENCODING),
    "gzip-unknown-method": (gz(PACKED[:2] + b"\x07" + PACKED[3:]), Code.ENCODING),
    "gzip-is-plain": (gz(FEED), Code.ENCODING),
    "gzip-is-zlib": (gz(zlib.compress(FEED)), Code.ENCODING),
    "gzip-nothing": (gz(b""), Code.EMPTY),
    "gzip-of-nothing": (gz(gzip.compress(b"")), Code.EMPTY),
    "gzip-of-spaces": (gz(gzip.compress(b" \r\n\t" * 9)), Code.EMPTY),
    "gzip-endless-name": (endless(b"n" * 65536, OK + b"Content-Encoding: gzip\r\n\r\n" + ENDLESS_NAME), Code.TOO_LARGE),
    "gzip-endless-zeros": (endless(bytes(65536), OK + b"Content-Encoding: gzip\r\n\r\n" + PACKED), Code.TOO_LARGE),
    "gzip-empty-members": (gz(gzip.compress(b"") * 3000), Code.ENCODING),
    "gzip-endless-members": (
        endless(gzip.compress(b"") * 99, OK + b"Content-Encoding: gzip\r\n\r\n"),
        Code.ENCODING,
    ),
    "gzip-bomb": (gz(BOMB), Code.TOO_LARGE),
    "gzip-bomb-second-member": (gz(PACKED + BOMB), Code.TOO_LARGE),
    "gzip-bomb-chunked": (
        raw(chunked(BOMB).replace(b"\r\n", b"\r\nContent-Encoding: gzip\r\n", 1)),
        Code.TOO_LARGE,
    ),
    "deflate-bomb": (answer(packed(64, 15), DEFLATE), Code.TOO_LARGE),
    "deflate-bare-bomb": (answer(packed(64, -15), DEFLATE), Code.TOO_LARGE),
    "deflate-cut": (answer(zlib.compress(FEED)[:-10], DEFLATE), Code.TRUNCATED),
    "deflate-wrong-sum": (answer(zlib.compress(FEED)[:-4] + bytes(4), DEFLATE), Code.ENCODING),
    "deflate-dictionary": (answer(with_dictionary(FEED), DEFLATE), Code.ENCODING),
    "deflate-is-plain": (answer(FEED, DEFLATE), Code.ENCODING),
    "deflate-is-gzip": (answer(PACKED, DEFLATE), Code.ENCODING),
    "brotli-bomb": (answer(b"\xcf\xff\xff\x7f\xf8'\0" + bytes(800), ("Content-Encoding", "br")), Code.ENCODING),
    "zstd": (answer(b"\x28\xb5\x2f\xfd" + bytes(20), ("Content-Encoding", "zstd")), Code.ENCODING),
    "compress": (answer(b"\x1f\x9d\x90", ("Content-Encoding", "compress")), Code.ENCODING),
    "twice": (answer(gzip.compress(PACKED), ("Content-Encoding", "gzip, gzip")), Code.ENCODING),
    "twice-two-lines": (answer(gzip.compress(PACKED), GZIP, GZIP), Code.ENCODING),
    "gzip-deflate": (answer(PACKED, ("Content-Encoding", "deflate, gzip")), Code.ENCODING),
    "ten-thousand": (answer(PACKED, ("Content-Encoding", "gzip," * 10_000)), Code.ENCODING),
    "unknown": (answer(FEED, ("Content-Encoding", "utf-8")), Code.ENCODING),
    "unknown-long": (answer(FEED, ("Content-Encoding", "q" * 30_000)), Code.ENCODING),
    "unknown-c1": (answer(FEED, ("Content-Encoding", "\x9b31m\x85\xad")), Code.ENCODING),
    "parameter": (answer(PACKED, ("Content-Encoding", "gzip;q=1")), Code.ENCODING),
    "transfer-gzip": (raw(OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), Code.PROTOCOL),
}

CASES = [
    Case(path="/ok", behave=answer(), code=Code.OK, expect=(READ,)),
    Case(path="/ok-gzip", behave=gz(PACKED), code=Code.NOT_MODIFIED, polls=2, requests=2, expect=(("status", 200),)),
    *_good(),
    Case(
        path="/z-gzip-bomb-byte-by-byte",
        behave=one_by_one(OK + b"Content-Encoding: gzip\r\n\r\n" + BOMB[:2000]),
        code=Code.TOO_LARGE,
        settings=(("max_bytes", 200_000),),
    ),
    Case(path="/z-gzip-nearly-a-bomb", behave=gz(packed(20, 31)), code=Code.OK),
    Case(path="/z-gzip-a-bomb-by-one-mib", behave=gz(packed(21, 31)), code=Code.TOO_LARGE),
    *(Case(path=f"/z-{name}", behave=behave, code=code) for name, (behave, code) in BAD.items()),
    Case(path="/z-gzip-unlabelled", behave=answer(PACKED), code=Code.OK, expect=(("body", PACKED),)),
    Case(path="/z-gzip-in-gzip", behave=gz(gzip.compress(PACKED)), code=Code.OK, expect=(("body", PACKED),)),
]
