"""The head of a request that can be answered at once: read here only where it is beyond doubt. Pure.

Most requests are of one simple kind: GET or HEAD, no body, each field once. To read these takes a tenth of what h11
needs for them. All others, and all that is not exactly as RFC 9112 has it, are left to h11, so this reader
never has to judge a request, only to recognise one that h11 would read in the same way. What has no body cannot be
taken for two requests, or for a part of one (request smuggling).
"""

from __future__ import annotations

from typing import NamedTuple

from aggregator.serve.answer import Request

MOST_BYTES = 8_192
"""Of a head; readers send 200 to 800."""

_METHODS = {b"GET": "GET", b"HEAD": "HEAD"}
_LASTING = {b"HTTP/1.1": True, b"HTTP/1.0": False}
"""Whether a connection is kept where nothing is said of it. nginx asks those behind it in HTTP/1.0."""
_TARGET = bytes(range(0x21, 0x7F)).translate(None, b"%")
"""Visible ASCII; what is percent-encoded is left to the other road."""
_TEXT = b"\t\r\n" + bytes(range(0x20, 0x7F)) + bytes(range(0x80, 0x100))
_TOKEN = b"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
_OTHERWISE = frozenset(
    (b"content-length", b"transfer-encoding", b"expect", b"upgrade", b"http2-settings", b"trailer", b"te")
)
"""A body, a wish to go on in another way, or something nearly nobody says."""
_STAYS = {b"": True, b"keep-alive": True, b"close": False}
"""By the field ``Connection``. h11 keeps none of HTTP/1.0, whatever it says."""


class Head(NamedTuple):
    """A request, where its head ends, and whether the connection stays for another."""

    request: Request
    end: int
    stays: bool


def read(data: bytes, start: int = 0) -> Head | None:
    """The request whose head begins at ``start``; None where it is incomplete or not beyond doubt."""
    end = data.find(b"\r\n\r\n", start, start + MOST_BYTES)
    if end < 0:
        return None
    head = data[start:end]
    first, *lines = head.split(b"\r\n")
    if head.translate(None, _TEXT) or not head.count(b"\r") == head.count(b"\n") == len(lines):
        return None
    asked = first.split(b" ")
    if len(asked) != 3 or asked[0] not in _METHODS or asked[2] not in _LASTING:
        return None
    if not asked[1].startswith(b"/") or asked[1].translate(None, _TARGET):
        return None
    fields: dict[bytes, bytes] = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        fields[name.lower()] = value.strip(b" \t")
        if not colon or not name:
            return None
    if len(fields) != len(lines) or b"".join(fields).translate(None, _TOKEN):
        return None
    lasting = _LASTING[asked[2]]
    if (lasting and b"host" not in fields) or not fields.keys().isdisjoint(_OTHERWISE):
        return None
    stays = _STAYS.get(fields.get(b"connection", b"").lower())
    if stays is None:
        return None
    path, _, query = asked[1].partition(b"?")
    return Head(Request(_METHODS[asked[0]], path.decode("ascii"), query, fields), end + 4, stays and lasting)
