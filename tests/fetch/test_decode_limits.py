"""Content codings under a limit."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import pytest

from aggregator.fetch.decode import GZIP_MEMBERS, decoder
from aggregator.fetch.problem import Problem
from aggregator.model import Code

TEXT = bytes(range(256)) * 2000
RAW = zlib.compressobj(wbits=-15)
RAW_DEFLATE = RAW.compress(TEXT) + RAW.flush()
SPLIT = zlib.compressobj(wbits=31)


def decode(codings: str, data: bytes, step: int = 1000, limit: int = 10_000_000) -> bytes:
    each = decoder(codings, limit)
    out = b"".join(part for at in range(0, len(data), step) for part in each.feed(data[at : at + step]))
    each.finish()
    return out


def code_of(codings: str, data: bytes, limit: int = 10_000_000, step: int = 1000) -> Code | None:
    try:
        decode(codings, data, step, limit)
    except Problem as problem:
        return problem.code
    return None


@pytest.mark.parametrize("step", [1, 7, 1_000_000])
@pytest.mark.parametrize(
    ("codings", "data"),
    [
        ("", TEXT),
        ("identity", TEXT),
        ("gzip", gzip.compress(TEXT)),
        ("GZIP", gzip.compress(TEXT)),
        ("x-gzip", gzip.compress(TEXT)),
        (" gzip , ", gzip.compress(TEXT)),
        ("gzip", gzip.compress(TEXT[:1000]) + gzip.compress(b"") + gzip.compress(TEXT[1000:])),
        ("gzip", gzip.compress(TEXT) + b"\0" * 100),
        ("gzip", gzip.compress(TEXT) + b"\0"),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", RAW_DEFLATE),
        ("deflate", RAW_DEFLATE + b"rest"),
    ],
)
def test_every_piece_size_gives_the_same_text(codings: str, data: bytes, step: int) -> None:
    assert decode(codings, data, step) == TEXT


def test_output_that_fits_the_inner_buffer_exactly_is_not_left_behind() -> None:
    for size in (256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1, 512 * 1024, 1024 * 1024 + 258):
        assert decode("gzip", gzip.compress(b"x" * size), step=1_000_000) == b"x" * size


@pytest.mark.parametrize("codings", ["br", "zstd", "compress", "gzip, gzip", "gzip, deflate", "utf-8", "\x1b[31m" * 50])
def test_any_other_coding_and_more_than_one_are_refused(codings: str) -> None:
    assert code_of(codings, TEXT) == Code.ENCODING


@pytest.mark.parametrize("keep", [1, 2, 9, 15, 100, -1, -8])
@pytest.mark.parametrize(
    ("codings", "data"),
    [
        ("gzip", gzip.compress(TEXT)),
        ("deflate", zlib.compress(TEXT)),
        ("gzip", gzip.compress(b"x") + gzip.compress(TEXT)),
    ],
)
def test_a_stream_that_stops_in_the_middle_is_noticed(codings: str, data: bytes, keep: int) -> None:
    if codings == "gzip" and data.startswith(gzip.compress(b"x")[:4]) and keep > 0:
        keep += len(gzip.compress(b"x"))
    assert code_of(codings, data[:keep]) in (
        Code.TRUNCATED,
        None if keep == 2 and codings == "gzip" else Code.TRUNCATED,
    )


def test_nothing_at_all_is_an_empty_body_not_a_cut_one() -> None:
    assert decode("gzip", b"") == b""
    assert decode("deflate", b"") == b""


def test_what_is_not_what_it_says_is_refused() -> None:
    damaged = bytearray(gzip.compress(TEXT))
    damaged[-5] ^= 1
    assert code_of("gzip", bytes(damaged)) == Code.ENCODING
    assert code_of("gzip", b"<rss>" * 10) == Code.ENCODING
    assert code_of("deflate", b"<rss>" * 10) == Code.ENCODING


@pytest.mark.parametrize("codings", ["", "gzip", "deflate"])
def test_the_limit_is_met_exactly(codings: str) -> None:
    data = {"": TEXT, "gzip": gzip.compress(TEXT), "deflate": zlib.compress(TEXT)}[codings]
    assert code_of(codings, data, limit=len(TEXT)) is None
    assert code_of(codings, data, limit=len(TEXT) - 1) == Code.TOO_LARGE


def test_a_bomb_is_decided_without_being_made() -> None:
    maker = zlib.compressobj(9, wbits=31)
    bomb = b"".join(maker.compress(b"\0" * 1_000_000) for _ in range(300)) + maker.flush()
    tracemalloc.start()
    assert code_of("gzip", bomb, limit=1_000_000, step=len(bomb)) == Code.TOO_LARGE
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000


def test_a_row_of_empty_members_ends_early() -> None:
    assert code_of("gzip", gzip.compress(b"") * GZIP_MEMBERS) is None
    assert code_of("gzip", gzip.compress(b"") * (GZIP_MEMBERS + 1)) == Code.ENCODING
