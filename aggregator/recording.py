"""What sources answer is kept, the last few answers of each (``recording``), so that it can be looked at elsewhere.

Secrets that the source is told are taken out before anything is kept, for servers echo what they are sent; what else
is a secret goes when a bundle is made (:mod:`aggregator.bundles`).
"""

from __future__ import annotations

import re
import sys
from base64 import b64encode, urlsafe_b64encode
from bisect import bisect_right
from dataclasses import replace
from typing import TYPE_CHECKING

from aggregator.config import source_secrets
from aggregator.model import NotModified
from aggregator.store import MOST_RECORDED, packed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from aggregator.model import Exchange, Outcome, Source
    from aggregator.store import Packed
    from aggregator.wiring import App

HIDDEN = "redacted"
"""What stands for a secret: good in an address, as the name of a host, in HTML, XML and JSON."""
_LONG = 8
"""Bytes of a secret that is looked for in Base64 and across markup too."""
_SPELLED = (
    rb"%(?:25)*(?P<percent>[0-9a-f]{2})"
    rb"|&(?:amp;)*#(?:x0{0,5}(?P<hex>[0-9a-f]{1,6})|0{0,5}(?P<number>[0-9]{1,7}));"
    rb"|&(?:amp;)*(?P<name>amp|lt|gt|quot|apos);"
    rb"|\\+u(?P<json>[0-9a-f]{4})"
    rb"|\\+"
)
_BETWEEN = (
    rb"<[^<>]{0,200}>|&(?:amp;)*lt;[^<>]{0,200}?&(?:amp;)*gt;"
    rb"|\xc2\xad|\xe2\x80[\x8b-\x8d]|[\r\n]+[\t ]*"
)
_WORD = re.compile(_SPELLED, re.IGNORECASE)
"""How else a character may be written: in addresses, HTML, XML and JSON."""
_SPLIT = re.compile(_BETWEEN + rb"|" + _SPELLED, re.IGNORECASE)
"""The same of a word with something in its middle: markup, soft hyphens, spaces without width, line ends."""
_KEPT = re.compile(_BETWEEN, re.IGNORECASE)
_NAMED = {b"amp": b"&", b"lt": b"<", b"gt": b">", b"quot": b'"', b"apos": b"'"}


class Redaction:
    """Takes secrets out of texts and bytes, however they are spelled there."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for each in secrets for form in _forms(each) if len(form) > 2}
        self._words = _Words(forms)
        self._long = _Words(each for each in forms if len(each) >= _LONG)

    def text(self, text: str) -> str:
        """The text without them."""
        return self._hidden(text.encode("utf-8", "surrogatepass")).decode("utf-8", "replace")

    def _hidden(self, body: bytes) -> bytes:
        return self._long.out_of(self._words.out_of(body, _WORD), _SPLIT)

    def bytes(self, body: bytes) -> bytes:
        """The bytes without them, in UTF-8, UTF-16 and what is like ASCII."""
        if (wide := _wide(body)) is not None:
            text = body.decode(wide, "replace")
            return body if (hidden := self.text(text)) == text else hidden.encode(wide, "replace")
        return self._hidden(body)

    def exchange(self, said: Exchange) -> Exchange:
        """The answer without them."""
        return replace(
            said,
            url=self.text(said.url),
            moved_to=self.text(said.moved_to) if said.moved_to is not None else None,
            headers=tuple((name, self.text(value)) for name, value in said.headers),
            body=self.bytes(said.body),
        )


class _Words:
    """Words that are looked for all at once, by their beginnings: in a bundle, the secrets of all sources."""

    def __init__(self, words: Iterable[bytes]) -> None:
        longest_first = sorted(words, key=lambda each: (-len(each), each))
        self._width = len(longest_first[-1]) if longest_first else 0
        self._beginnings: dict[bytes, list[bytes]] = {}
        for each in longest_first:
            self._beginnings.setdefault(each[: self._width], []).append(each)

    def out_of(self, body: bytes, spelled: re.Pattern[bytes]) -> bytes:
        """The bytes without any of them; what may stand in the middle of one stays."""
        if not self._beginnings:
            return body
        plain = _Plain(body, spelled)
        made: list[bytes] = []
        done = 0
        for start, end in self._found(plain.text):
            first, last = plain.first(start), plain.last(end - 1)
            hit = body[first:last]
            made += (body[done:first], HIDDEN.encode(), *(_KEPT.findall(hit) if spelled is _SPLIT else ()))
            done = last
        return b"".join((*made, body[done:]))

    def _found(self, text: bytes) -> Iterator[tuple[int, int]]:
        """Where they are, in order; none overlaps another."""
        width, beginnings, end = self._width, self._beginnings, 0
        for start in range(len(text) - width + 1):
            words = beginnings.get(text[start : start + width])
            if words is not None and start >= end:
                found = next((each for each in words if text.startswith(each, start)), None)
                if found is not None:
                    end = start + len(found)
                    yield start, end


class _Plain:
    """Bytes with each character written in one way, in lower case, and where each was."""

    def __init__(self, body: bytes, spelled: re.Pattern[bytes]) -> None:
        self._starts: list[int] = []
        self._were: list[tuple[int, int]] = []
        """Of each piece of the text its beginning, and its place in the bytes."""
        pieces: list[bytes] = []
        self._length = done = 0
        for found in spelled.finditer(body):
            self._add(pieces, body[done : found.start()], done, found.start())
            self._add(pieces, _meant(found), found.start(), done := found.end())
        self._add(pieces, body[done:], done, len(body))
        self.text = b"".join(pieces).lower().replace(b"+", b" ")

    def _add(self, pieces: list[bytes], piece: bytes, start: int, end: int) -> None:
        if piece:
            pieces.append(piece)
            self._starts.append(self._length)
            self._were.append((start, end))
            self._length += len(piece)

    def first(self, at: int) -> int:
        """Where the character here begins in the bytes."""
        place = bisect_right(self._starts, at) - 1
        start, _ = self._were[place]
        return start + at - self._starts[place] if self._is_as_it_was(place) else start

    def last(self, at: int) -> int:
        """Where the character here ends in the bytes."""
        place = bisect_right(self._starts, at) - 1
        start, end = self._were[place]
        return start + at - self._starts[place] + 1 if self._is_as_it_was(place) else end

    def _is_as_it_was(self, place: int) -> bool:
        ends = self._starts[place + 1] if place + 1 < len(self._starts) else self._length
        start, end = self._were[place]
        return end - start == ends - self._starts[place]


def _wide(body: bytes) -> str | None:
    """The name of UTF-16, where that is what the bytes are in."""
    for mark, encoding, zeros in ((b"\xff\xfe", "utf-16-le", body[1::2]), (b"\xfe\xff", "utf-16-be", body[::2])):
        if body.startswith(mark) or zeros.count(0) * 2 > len(zeros) > 0:
            return encoding
    return None


def _meant(found: re.Match[bytes]) -> bytes:
    """The character that something stands for; nothing for what is no character."""
    kind = found.lastgroup
    if kind is None:
        return b""
    said = found[kind]
    if kind == "percent":
        return bytes.fromhex(said.decode())
    if kind == "name":
        return _NAMED[said.lower()]
    code = int(said, 10 if kind == "number" else 16)
    return chr(code).encode("utf-8", "surrogatepass") if code <= sys.maxunicode else b""


def _forms(secret: str) -> Iterator[bytes]:
    """A secret as :class:`_Plain` has it, and within Base64 wherever it begins there."""
    told = secret.encode("utf-8", "surrogatepass")
    yield _Plain(told, _WORD).text
    if len(western := secret.encode("cp1252", "ignore")) == len(secret):
        yield _Plain(western, _WORD).text
    if len(told) >= _LONG:
        for before in range(3):
            start, end = -(-8 * before // 6), 8 * (before + len(told)) // 6
            for coded in (b64encode(bytes(before) + told), urlsafe_b64encode(bytes(before) + told)):
                yield _Plain(coded[start:end], _WORD).text


async def record(app: App, source: Source, outcome: Outcome, now: datetime) -> None:
    """Keep what a source has answered, where it says more than that nothing changed. Raises StoreError."""
    settings, said = app.config.recording, outcome.exchange
    if said is None or not settings.keep or not _is_news(outcome):
        return
    kept = await app.reading.here(_packed, said, source, settings.max_bytes)
    await app.db(app.store.recordings.keep, source.id, now, kept, keep=settings.keep, max_bytes=settings.max_bytes)


def _is_news(outcome: Outcome) -> bool:
    """Not of 304, nor of 200 with the bytes of the last time: the document before is what such an answer means."""
    return not isinstance(outcome, NotModified)


def _packed(said: Exchange, source: Source, max_bytes: int) -> Packed:
    if len(said.body) > MOST_RECORDED:
        return packed(replace(Redaction(source_secrets(source)).exchange(replace(said, body=b"")), body=said.body), 0)
    return packed(Redaction(source_secrets(source)).exchange(said), max_bytes)
