"""Content codings, undone under a limit (pure).

A decoder that is asked for everything makes 1 GiB of 809 bytes before anyone can count; this one is asked for a
little at a time and stops at the limit.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Protocol

from aggregator.fetch.address import one_token
from aggregator.fetch.problem import Problem
from aggregator.model import Code

if TYPE_CHECKING:
    from collections.abc import Iterator

_PIECE_BYTES = 256 * 1024
GZIP_MEMBERS = 1024
"""A member is 20 bytes when empty and costs a new decoder: half a million of them fit below the wire limit.
bgzip makes members of 64 KiB, 320 in the largest document taken."""
_GZIP, _ZLIB, _RAW = 31, 15, -15  # zlib's wbits
_MAGIC = b"\x1f\x8b"


class Decoder(Protocol):
    """Takes a body piece by piece."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Gives what ``data`` stands for, at most 256 KiB at a time. Raises Problem: ``too_large`` or ``encoding``."""

    def finish(self) -> None:
        """To be called at the end of the body. Raises Problem: ``truncated`` where it stopped in the middle."""


def decoder(codings: str, limit: int) -> Decoder:
    """Gives a decoder for a Content-Encoding field's value, ``""`` where there is none; ``limit`` is decoded bytes.

    Raises Problem ``encoding`` for any coding but gzip and deflate (nothing else was offered), and for more than one:
    each layer multiplies the next one's bomb.
    """
    names = [name for name in (each.strip().lower() for each in codings.split(",")) if name not in ("", "identity")]
    if not names:
        return _Plain(limit)
    if names in (["gzip"], ["x-gzip"], ["deflate"]):
        return _Inflate(limit, gzip=names != ["deflate"])
    raise Problem(Code.ENCODING, f"unsupported Content-Encoding: {one_token(', '.join(names))}")


class _Plain:
    def __init__(self, limit: int) -> None:
        self._limit = self._left = limit

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._left -= len(data)
        if self._left < 0:
            raise Problem(Code.TOO_LARGE, f"body over {self._limit:,} bytes after decoding")
        yield data

    def finish(self) -> None:
        """Nothing can be missing."""


class _Inflate(_Plain):
    """gzip, one member after another, or deflate."""

    def __init__(self, limit: int, *, gzip: bool) -> None:
        super().__init__(limit)
        self._gzip = gzip
        self._name = "gzip" if gzip else "deflate"
        self._stream: zlib._Decompress | None = None
        self._members = 0
        self._begun = b""
        """Up to one byte, too little to tell what begins."""
        self._done = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        while not self._done:
            if self._stream is None:
                data, self._begun = self._begun + data, b""
                if len(data) < 2:
                    self._begun = data
                    break
                self._stream = self._begin(data)
                if self._stream is None:
                    break
            try:
                piece = self._stream.decompress(data, _PIECE_BYTES)
            except zlib.error as error:
                raise Problem(Code.ENCODING, f"the body says it is {self._name}, but is not or is damaged") from error
            yield from super().feed(piece)
            data = self._stream.unconsumed_tail
            if self._stream.eof:
                data, self._stream, self._done = self._stream.unused_data, None, not self._gzip
            elif not data and len(piece) < _PIECE_BYTES:
                break

    def finish(self) -> None:
        cut_magic = bool(self._begun) and (self._members == 0 or self._begun == _MAGIC[:1])
        if self._stream is not None or cut_magic:
            raise Problem(Code.TRUNCATED, f"the {self._name} data stops in the middle")

    def _begin(self, data: bytes) -> zlib._Decompress | None:
        """Gives the decoder for what begins; ``None`` where only padding follows the last member."""
        if self._members and not data.startswith(_MAGIC):
            self._done = True
            return None
        if self._members == GZIP_MEMBERS:
            raise Problem(Code.ENCODING, f"more than {GZIP_MEMBERS:,} gzip members")
        self._members += 1
        if self._gzip:
            return zlib.decompressobj(_GZIP)
        # RFC 9110 8.4.1.2 means zlib's format; some servers send the bare stream.
        zlib_header = data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0
        return zlib.decompressobj(_ZLIB if zlib_header else _RAW)
