"""Content codings: documents compressed for those who take them so (RFC 9110 8.4.1). Pure.

The same bytes compress to the same bytes: no time, no name goes into them.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True, kw_only=True)
class Coding:
    """One way to compress."""

    name: str
    """As in ``Content-Encoding``."""
    suffix: str
    """Of the entity tags of what is compressed so."""
    compress: Callable[[bytes], bytes]


def _gzip(body: bytes) -> bytes:
    compressor = zlib.compressobj(6, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    return compressor.compress(body) + compressor.flush()


CODINGS = (Coding(name="gzip", suffix="gz", compress=_gzip),)
