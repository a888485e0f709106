"""Servers that mean ill over HTTP/2: each ends in its code, within its limits, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import gzip
import os
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import hpack
import pytest
from h2server import (
    ACK,
    ALTSVC,
    CONTINUATION,
    END_HEADERS,
    END_STREAM,
    FEED,
    GOAWAY,
    HEADERS,
    PADDED,
    PING,
    PRIORITY,
    PUSH_PROMISE,
    RST_STREAM,
    SETTINGS,
    UNKNOWN,
    WINDOW_UPDATE,
    Behaviour,
    H2Server,
    Talk,
    closing,
    data,
    endless,
    frame,
    head,
    honest,
    packed,
    padded,
    raw,
)

from aggregator.fetch import Limits
from aggregator.model import Code, Failed, Polling

MOST = 2_000_000
"""Above the window: it is not what keeps an answer small."""
CHUNKS = 5000
KERNEL = 16 * 1024 * 1024
SHORT = timedelta(seconds=0.3)
NOTHING = frame(SETTINGS)
PUSH = frame(
    PUSH_PROMISE,
    (2).to_bytes(4)
    + packed((b":method", b"GET"), (b":scheme", b"https"), (b":authority", b"localhost"), (b":path", b"/")),
    END_HEADERS,
    1,
)
FIELDS = packed((b":status", b"200"), (b"x", b"y" * 999))


def number(value: int) -> bytes:
    return value.to_bytes(4)


def setting(name: int, value: int) -> bytes:
    return frame(SETTINGS, name.to_bytes(2) + number(value))


def reset(code: int) -> bytes:
    return frame(RST_STREAM, number(code), 0, 1)


def goodbye(last: int, code: int = 0) -> bytes:
    return frame(GOAWAY, number(last) + number(code))


def lengthy(size: int) -> bytes:
    return head((b"content-length", str(size).encode()))


def trailers(*fields: tuple[bytes, bytes], flags: int = END_HEADERS | END_STREAM) -> bytes:
    return frame(HEADERS, packed(*fields), flags, 1)


def opened(fields: bytes, *more: bytes, flags: int = 0) -> bytes:
    """A head in pieces: HEADERS and CONTINUATION."""
    return frame(HEADERS, fields, flags, 1) + b"".join(frame(CONTINUATION, each, 0, 1) for each in more)


def bomb() -> bytes:
    """One large field, then thousands of references of one byte to it."""
    return packed((b":status", b"200"), (b"x", b"y" * 3900)) + b"\xbe" * 10_000


def packed_again(size: int) -> bytes:
    return gzip.compress(bytes(size))


async def torn(talk: Talk) -> None:
    await talk.send(head() + data(b"<rss>"))
    await asyncio.sleep(0.05)
    talk.reset()


NO_ANSWER: dict[str, tuple[Behaviour, Code]] = {
    "closes": (closing(), Code.PROTOCOL),
    "silent": (raw(), Code.TIMEOUT),
    "slow-pings": (endless(frame(PING, bytes(8)), pause=0.02), Code.TIMEOUT),
    "reset": (raw(reset(2)), Code.PROTOCOL),
    "reset-no-error": (raw(reset(0)), Code.PROTOCOL),
    "reset-refused": (raw(reset(7)), Code.PROTOCOL),
    "reset-unknown-code": (raw(reset(0xDEADBEEF)), Code.PROTOCOL),
    "goaway": (raw(goodbye(0)), Code.PROTOCOL),
    "goaway-calm": (raw(goodbye(0, 11)), Code.PROTOCOL),
    "goaway-short": (raw(frame(GOAWAY, b"\0\0\0\1")), Code.PROTOCOL),
    "goaways": (endless(goodbye(1)), Code.PROTOCOL),
    "goaway-and-close": (closing(goodbye(1)), Code.PROTOCOL),
    "data-first": (raw(data(b"<rss/>")), Code.PROTOCOL),
    "trailers-only": (raw(trailers((b"x", b"y"))), Code.PROTOCOL),
}
FLOODS: dict[str, tuple[Behaviour, Code]] = {
    f"{name}-{where}": (endless(piece * (2000 // len(piece) + 1), first), Code.PROTOCOL)
    for name, piece in {
        "pings": frame(PING, bytes(8)),
        "ping-acks": frame(PING, bytes(8), ACK),
        "settings": NOTHING,
        "settings-values": setting(1, 4096),
        "windows": frame(WINDOW_UPDATE, number(1)),
        "windows-of-the-stream": frame(WINDOW_UPDATE, number(1), 0, 1),
        "priorities": frame(PRIORITY, bytes(5), 0, 3),
        "unknown": frame(UNKNOWN),
        "unknown-large": frame(UNKNOWN, bytes(16_384)),
        "altsvc": frame(ALTSVC, b"\0\1aclear"),
        "altsvc-ignored": frame(ALTSVC, b"\0\0clear", 0, 1),
    }.items()
    for where, first in {"first": b"", "within": head() + data(b"<rss>")}.items()
} | {
    "settings-between-data": (endless(NOTHING * 99 + data(b"x"), head()), Code.PROTOCOL),
    "informational": (endless(head(status=b"103")), Code.PROTOCOL),
    "informational-six": (raw(head(status=b"103") * 6 + head() + data(FEED, END_STREAM)), Code.PROTOCOL),
    "goaway-within": (endless(goodbye(1) * 99, head()), Code.PROTOCOL),
    "resets-of-others": (endless(frame(RST_STREAM, number(8), 0, 2) * 99, head()), Code.PROTOCOL),
    "empty-data": (endless(data(b"") * 99, head()), Code.PROTOCOL),
    "data-of-one-byte": (endless(data(b"x") * 99, head()), Code.PROTOCOL),
    "padding-alone": (endless(padded(b"") * 99, head()), Code.PROTOCOL),
    "padding-large": (
        endless(data(b"\xff" + bytes(16_383), PADDED), head()),
        Code.TOO_LARGE,
    ),
    "data": (endless(data(bytes(16_384)), head()), Code.TOO_LARGE),
}
HEADS: dict[str, tuple[Behaviour, Code]] = {
    "large": (raw(head((b"x", b"y" * 8000), *[(b"x%d" % each, b"y" * 8000) for each in range(8)])), Code.PROTOCOL),
    "many-fields": (raw(head(*[(b"x%d" % each, b"") for each in range(2000)])), Code.PROTOCOL),
    "hpack-bomb": (raw(frame(HEADERS, bomb(), END_HEADERS, 1)), Code.PROTOCOL),
    "hpack-garbage": (raw(frame(HEADERS, b"\xff" * 99, END_HEADERS, 1)), Code.PROTOCOL),
    "hpack-no-such-index": (raw(frame(HEADERS, b"\xfe", END_HEADERS, 1)), Code.PROTOCOL),
    "hpack-table-too-large": (raw(frame(HEADERS, b"\x3f\xe1\xff\x03" + FIELDS, END_HEADERS, 1)), Code.PROTOCOL),
    "hpack-huge-integer": (raw(frame(HEADERS, b"\x7f" + b"\xff" * 9999, END_HEADERS, 1)), Code.PROTOCOL),
    "hpack-bad-huffman": (raw(frame(HEADERS, b"\x88\x40\x84" + b"\xff" * 4 + b"\0", END_HEADERS, 1)), Code.PROTOCOL),
    "empty": (raw(frame(HEADERS, b"", END_HEADERS, 1)), Code.PROTOCOL),
    "continuations": (endless(frame(CONTINUATION, b"", 0, 1), opened(FIELDS)), Code.PROTOCOL),
    "continuations-large": (endless(frame(CONTINUATION, FIELDS * 9, 0, 1), opened(FIELDS)), Code.PROTOCOL),
    "continuation-never": (raw(opened(FIELDS)), Code.TIMEOUT),
    "continuation-of-nothing": (raw(frame(CONTINUATION, FIELDS, END_HEADERS, 1)), Code.PROTOCOL),
    "continuation-of-another": (raw(opened(FIELDS) + frame(CONTINUATION, b"", END_HEADERS, 3)), Code.PROTOCOL),
    "interrupted": (raw(opened(FIELDS) + data(b"<rss/>")), Code.PROTOCOL),
    "push": (raw(PUSH + head() + data(FEED, END_STREAM)), Code.PROTOCOL),
    "of-another-stream": (raw(head(stream=3)), Code.PROTOCOL),
    "of-a-pushed-stream": (raw(head(stream=2)), Code.PROTOCOL),
    "of-no-stream": (raw(head(stream=0)), Code.PROTOCOL),
    "depends-on-itself": (raw(frame(HEADERS, number(1) + b"\0" + FIELDS, END_HEADERS | 0x20, 1)), Code.PROTOCOL),
    "bad-padding": (raw(frame(HEADERS, b"\xff" + FIELDS[:9], END_HEADERS | PADDED, 1)), Code.PROTOCOL),
    "no-status": (raw(trailers((b"x", b"y"), flags=END_HEADERS)), Code.PROTOCOL),
    "two-statuses": (raw(head((b":status", b"200"))), Code.PROTOCOL),
    "status-last": (raw(trailers((b"x", b"y"), (b":status", b"200"), flags=END_HEADERS)), Code.PROTOCOL),
    "status-word": (raw(head(status=b"ok")), Code.PROTOCOL),
    "status-long": (raw(head(status=b"2000")), Code.PROTOCOL),
    "status-zero": (raw(head(status=b"000")), Code.PROTOCOL),
    "status-empty": (raw(head(status=b"")), Code.PROTOCOL),
    "status-signed": (raw(head(status=b"+20")), Code.PROTOCOL),
    "status-101": (raw(head(status=b"101") + head()), Code.PROTOCOL),
    "informational-and-end": (raw(head(status=b"103", flags=END_HEADERS | END_STREAM)), Code.PROTOCOL),
    "of-a-request": (raw(head((b":path", b"/"))), Code.PROTOCOL),
    "unknown-pseudo": (raw(head((b":x", b"y"))), Code.PROTOCOL),
    "upper-case": (raw(head((b"X", b"y"))), Code.PROTOCOL),
    "no-name": (raw(head((b"", b"y"))), Code.PROTOCOL),
    "line-in-value": (raw(head((b"etag", b"a\r\nX-Evil: b"))), Code.PROTOCOL),
    "nul-in-value": (raw(head((b"etag", b"a\0b"))), Code.PROTOCOL),
    "space-in-name": (raw(head((b"a b", b"c"))), Code.PROTOCOL),
    "connection": (raw(head((b"connection", b"close"))), Code.PROTOCOL),
    "chunked": (raw(head((b"transfer-encoding", b"chunked"))), Code.PROTOCOL),
    "length-word": (raw(head((b"content-length", b"six"))), Code.PROTOCOL),
    "length-negative": (raw(head((b"content-length", b"-1"))), Code.PROTOCOL),
    "length-of-digits": (raw(head((b"content-length", b"9" * 5000))), Code.PROTOCOL),
    "lengths": (raw(head((b"content-length", b"5"), (b"content-length", b"6"))), Code.PROTOCOL),
    "length-too-large": (raw(lengthy(MOST + 1)), Code.TOO_LARGE),
}
BODIES: dict[str, tuple[Behaviour, Code]] = {
    "ends-early": (raw(lengthy(100) + data(b"<rss>", END_STREAM)), Code.TRUNCATED),
    "ends-with-head": (raw(frame(HEADERS, lengthy(100)[9:], END_HEADERS | END_STREAM, 1)), Code.TRUNCATED),
    "ends-with-trailers": (raw(lengthy(100) + data(b"<rss>") + trailers((b"x", b"y"))), Code.TRUNCATED),
    "too-long": (raw(lengthy(3) + data(b"<rss/>", END_STREAM)), Code.PROTOCOL),
    "empty": (raw(head(flags=END_HEADERS | END_STREAM)), Code.EMPTY),
    "reset": (raw(head() + data(b"<rss>") + reset(2)), Code.TRUNCATED),
    "reset-no-error": (raw(head() + data(b"<rss>") + reset(0)), Code.TRUNCATED),
    "goaway": (raw(head() + data(b"<rss>") + goodbye(0)), Code.TRUNCATED),
    "closes": (closing(head() + data(b"<rss>")), Code.TRUNCATED),
    "closes-in-a-frame": (closing(head() + data(b"<rss/>")[:-1]), Code.TRUNCATED),
    "torn": (torn, Code.TRUNCATED),
    "silent": (raw(head() + data(b"<rss>")), Code.TIMEOUT),
    "silent-in-a-frame": (raw(head() + frame(0, b"<", 0, 1, 9)), Code.TIMEOUT),
    "trickles": (endless(data(b"x"), head(), pause=0.05), Code.TOO_SLOW),
    "trickles-in-a-frame": (endless(b"x", head() + frame(0, b"", 0, 1, 16_000), pause=0.05), Code.TOO_SLOW),
    "trailers-with-status": (raw(head() + data(FEED) + trailers((b":status", b"200"))), Code.PROTOCOL),
    "trailers-open": (raw(head() + data(FEED) + trailers((b"x", b"y"), flags=END_HEADERS)), Code.PROTOCOL),
    "trailers-endless": (endless(frame(CONTINUATION, FIELDS, 0, 1), head() + opened(FIELDS)), Code.PROTOCOL),
    "second-answer": (raw(head() + data(b"<rss>") + head()), Code.PROTOCOL),
    "bad-padding": (raw(head() + data(b"\x09short", PADDED)), Code.PROTOCOL),
    "of-no-stream": (raw(head() + data(FEED, END_STREAM, 0)), Code.PROTOCOL),
    "of-another-stream": (raw(head() + data(FEED, END_STREAM, 3)), Code.PROTOCOL),
    "gzip-bomb": (honest(packed_again(MOST * 20), ("content-encoding", "gzip")), Code.TOO_LARGE),
    "gzip-cut": (honest(packed_again(999)[:-9], ("content-encoding", "gzip")), Code.TRUNCATED),
    "brotli": (honest(FEED, ("content-encoding", "br")), Code.ENCODING),
    "no-content": (raw(head(status=b"204", flags=END_HEADERS | END_STREAM)), Code.UNEXPECTED_STATUS),
    "not-found": (endless(data(b"x" * 999), head(status=b"404")), Code.HTTP_4XX),
}
FRAMES: dict[str, tuple[Behaviour, Code]] = {
    "too-large": (raw(frame(0, b"", 0, 1, 16_385)), Code.PROTOCOL),
    "sixteen-million": (raw(frame(UNKNOWN, b"", 0, 0, 2**24 - 1)), Code.PROTOCOL),
    "ping-short": (raw(frame(PING, b"1")), Code.PROTOCOL),
    "ping-of-a-stream": (raw(frame(PING, bytes(8), 0, 1)), Code.PROTOCOL),
    "settings-odd": (raw(frame(SETTINGS, bytes(5))), Code.PROTOCOL),
    "settings-ack-with-more": (raw(frame(SETTINGS, bytes(6), ACK)), Code.PROTOCOL),
    "settings-push": (raw(setting(2, 2)), Code.PROTOCOL),
    "settings-window": (raw(setting(4, 2**31)), Code.PROTOCOL),
    "settings-frame-size": (raw(setting(5, 1)), Code.PROTOCOL),
    "reset-short": (raw(frame(RST_STREAM, b"1", 0, 1)), Code.PROTOCOL),
    "reset-of-no-stream": (raw(frame(RST_STREAM, number(1))), Code.PROTOCOL),
    "window-of-nothing": (raw(frame(WINDOW_UPDATE, number(0))), Code.PROTOCOL),
    "window-overflows": (raw(frame(WINDOW_UPDATE, number(2**31 - 1))), Code.PROTOCOL),
    "window-of-the-stream-overflows": (raw(frame(WINDOW_UPDATE, number(2**31 - 1), 0, 1)), Code.PROTOCOL),
    "priority-short": (raw(frame(PRIORITY, b"1", 0, 1)), Code.PROTOCOL),
    "priority-of-itself": (raw(frame(PRIORITY, number(1) + b"\0", 0, 1)), Code.PROTOCOL),
}
EARLY: dict[str, tuple[Behaviour, Code]] = {
    "http1": (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<rss/>"), Code.PROTOCOL),
    "head-before-settings": (raw(head() + data(FEED, END_STREAM)), Code.PROTOCOL),
    "nothing": (raw(), Code.TIMEOUT),
    "closes": (closing(), Code.PROTOCOL),
    "half-a-frame": (closing(NOTHING[:5]), Code.PROTOCOL),
    "zeros": (endless(bytes(999)), Code.PROTOCOL),
    "preface": (raw(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), Code.PROTOCOL),
    "settings-dripped": (endless(b"\0", frame(SETTINGS, b"", length=16_380), pause=0.02), Code.TIMEOUT),
}
TABLES = {
    "answer": NO_ANSWER,
    "flood": FLOODS,
    "head": HEADS,
    "body": BODIES,
    "frame": FRAMES,
    "early": EARLY,
}
CASES = {f"{table}-{name}": case for table, cases in TABLES.items() for name, case in cases.items()}


@pytest.fixture
async def h2() -> AsyncIterator[H2Server]:
    server = H2Server()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def poll(new_reader: Any) -> AsyncIterator[Any]:
    """A look at a source that wants HTTP/2. Only the limit that a case waits for is short: no other can end it."""
    polling = Polling(timeout=timedelta(seconds=30), max_bytes=MOST)
    usual = new_reader(polling=polling, limits=Limits(chunks=CHUNKS))
    impatient = new_reader(polling=polling, limits=Limits(first_byte=SHORT, silence=SHORT))

    async def look(url: str, case: Code) -> Any:
        slow = {"timeout": timedelta(seconds=0.6)} if case is Code.TOO_SLOW else {}
        return await (impatient if case is Code.TIMEOUT else usual).get(url, http2=True, **slow)

    yield look
    await usual.fetcher.aclose()
    await impatient.fetcher.aclose()


def left() -> tuple[int, int]:
    return len(os.listdir("/proc/self/fd")), len(asyncio.all_tasks())


@pytest.mark.parametrize("name", CASES)
async def test_a_behaviour_ends_in_its_code_and_leaves_nothing(name: str, h2: H2Server, poll: Any, until: Any) -> None:
    behave, code = CASES[name]
    before = left()
    h2.early = behave if name.startswith("early-") else None
    outcome = await poll(h2.on("/f", behave), code)
    assert isinstance(outcome, Failed)
    assert outcome.code == code, outcome
    assert len(h2.protocols) == 1, "one connection, and it is not asked again"
    assert outcome.wire_bytes <= MOST + 100_000
    assert h2.sent <= MOST + KERNEL
    async with asyncio.timeout(5):
        await until(lambda: h2.busy == 0 and left() == before)


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


async def test_floods_at_once_hold_little_memory(poll: Any, h2: H2Server) -> None:
    """Before a byte has come a connection costs 256 KiB at either end: into that much asyncio reads TLS."""
    for name, (behave, _) in FLOODS.items():
        h2.on(f"/{name}", behave)
    most = before = resident()
    running = asyncio.gather(*(poll(h2.url(f"/{name}"), code) for name, (_, code) in FLOODS.items()))
    while not running.done():
        most = max(most, resident())
        await asyncio.sleep(0.005)
    outcomes = await running
    assert {each.code for each in outcomes} == {Code.PROTOCOL, Code.TOO_LARGE}
    assert most - before <= 64 * 1024 * 1024


async def test_what_the_operator_can_do_is_said(h2: H2Server, poll: Any) -> None:
    outcome = await poll(h2.on("/f", raw(reset(13))), Code.PROTOCOL)
    assert "take http2 out of the source" in outcome.detail
    outcome = await poll(h2.on("/g", raw(lengthy(6330) + data(b"<rss>") + reset(2))), Code.TRUNCATED)
    assert outcome.detail == "the server reset the stream (INTERNAL_ERROR): 5 of 6,330 bytes came"
    outcome = await poll(h2.on("/h", raw(head((b"x", b"hunter2\0")))), Code.PROTOCOL)
    assert "hunter2" not in outcome.detail


async def test_what_little_a_head_takes_on_the_wire_counts_unpacked(h2: H2Server, new_reader: Any) -> None:
    reader = new_reader(limits=Limits(head=2000))
    for times, fine in ((2, True), (9, False)):
        again = packed((b":status", b"200"), (b"x", b"y" * 500)) + b"\xbe" * times
        url = h2.on("/f", raw(frame(HEADERS, again, END_HEADERS, 1), data(FEED, END_STREAM)))
        assert isinstance(await reader.get(url, http2=True), Failed) is not fine


async def test_a_head_over_its_limit_is_refused_and_one_below_is_not(h2: H2Server, poll: Any) -> None:
    def fields(size: int) -> list[bytes]:
        block = hpack.Encoder().encode([(b":status", b"200"), (b"x", b"\xff" * size)], huffman=False)
        return [frame(HEADERS, block[:9000], 0, 1)] + [
            frame(CONTINUATION, block[at : at + 9000], END_HEADERS * (at + 9000 >= len(block)), 1)
            for at in range(9000, len(block), 9000)
        ]

    body = data(FEED, END_STREAM)
    assert not isinstance(await poll(h2.on("/f", raw(*fields(65_000), body)), Code.OK), Failed)
    assert (await poll(h2.on("/f", raw(*fields(65_500), body)), Code.OK)).code == Code.PROTOCOL


def test_there_are_enough_of_them() -> None:
    assert len(CASES) >= 25
