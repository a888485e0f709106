"""The public folder as answers that are ready to be sent.

Everything an answer needs (bytes, compressed bytes, headers) is made once, when a file has changed, so that a request
costs a look into a dict. The dict is never changed, only replaced: a request sees the state before a publish or after
it.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

from aggregator.serve import links

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    Headers = tuple[tuple[bytes, bytes], ...]

MEDIA_TYPES = {
    "atom": "application/atom+xml; charset=utf-8",
    "rss": "application/rss+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "xml": "text/x-opml; charset=utf-8",
    "css": "text/css; charset=utf-8",
}
"""By the ending of the file's name; files with another ending are not served."""

SECURITY: Headers = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (
        b"content-security-policy",
        b"; ".join(
            (
                b"default-src 'none'",
                b"img-src 'self' https: data:",
                b"style-src 'self'",
                b"base-uri 'none'",
                b"form-action 'none'",
                b"frame-ancestors 'none'",
            )
        ),
    ),
)
"""On every answer, errors too. The pages are safe without the policy; it is the second lock."""

GZIP_LEVEL = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Representation:
    """One document in one content coding."""

    body: bytes = field(repr=False)
    etag: bytes
    """Strong: a hash of these very bytes, so it differs between codings (RFC 9110 8.8.3)."""
    headers: Headers
    """Of a 200."""
    not_modified_headers: Headers
    """Of a 304: what RFC 9110 15.4.5 wants repeated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One published file."""

    stamp: tuple[int, int, int]
    """Inode, size and modification time of the file it was made from."""
    modified: int
    """When these bytes were first written, in Unix seconds (HTTP dates have no fractions)."""
    identity: Representation
    gzip: Representation | None
    """None where compressing does not make it smaller."""


class Documents:
    """What there is to serve, by path. ``max_age`` is how long readers may keep an answer without asking again."""

    def __init__(self, *, max_age: timedelta = timedelta(minutes=15)) -> None:
        self._cache_control = f"public, max-age={int(max_age.total_seconds())}".encode()
        self._by_path: Mapping[str, Document] = {}

    def __len__(self) -> int:
        return len(self._by_path)

    def get(self, path: str) -> Document | None:
        """The document at this path (``/feed.atom``), if there is one."""
        return self._by_path.get(path)

    def load(self, folder: Path, *, now: datetime) -> int:
        """Take over what the public folder holds; how many documents were new or changed.

        Call it at the start and after each publish, in a thread: compressing 5 MB takes a quarter of a second. Files
        that did not change keep their prepared answers. Raises OSError where the folder cannot be read; what was
        served before is then still served.
        """
        found: dict[str, Document] = {}
        changed = 0
        for entry in sorted(os.scandir(folder), key=lambda each: each.name):
            stem, _, extension = entry.name.rpartition(".")
            if not stem or stem.startswith(".") or extension not in MEDIA_TYPES or not entry.is_file():
                continue
            path = "/" if entry.name == "index.html" else f"/{entry.name}"
            known = self._by_path.get(path)
            with open(entry.path, "rb") as file:
                status = os.fstat(file.fileno())
                stamp = (status.st_ino, status.st_size, status.st_mtime_ns)
                if known is None or known.stamp != stamp:
                    known = self._prepared(extension, file.read(), stamp, min(status.st_mtime, now.timestamp()))
                    changed += 1
            found[path] = known
        self._by_path = found
        return changed

    def _prepared(self, extension: str, body: bytes, stamp: tuple[int, int, int], modified: float) -> Document:
        seconds = int(modified)
        last_modified = format_datetime(datetime.fromtimestamp(seconds, UTC), usegmt=True).encode()
        common: Headers = (
            (b"last-modified", last_modified),
            (b"cache-control", self._cache_control),
            (b"vary", b"Accept-Encoding"),
            (b"access-control-allow-origin", b"*"),  # readers that run in a browser; there is nothing private here
            (b"access-control-expose-headers", b"ETag, Link"),
        )
        link = links.header(links.links(extension, body))
        described: Headers = (
            (b"content-type", MEDIA_TYPES[extension].encode()),
            *(((b"link", link.encode("ascii")),) if link is not None else ()),
            *common,
            *SECURITY,
        )
        smaller = _gzipped(body)
        return Document(
            stamp=stamp,
            modified=seconds,
            identity=_representation(body, described, common),
            gzip=None
            if len(smaller) >= len(body)
            else _representation(smaller, ((b"content-encoding", b"gzip"), *described), common),
        )


def _representation(body: bytes, described: Headers, common: Headers) -> Representation:
    etag = b'"' + hashlib.sha256(body).hexdigest()[:32].encode() + b'"'
    return Representation(
        body=body,
        etag=etag,
        headers=((b"etag", etag), (b"content-length", str(len(body)).encode()), *described),
        not_modified_headers=((b"etag", etag), *common, *SECURITY),
    )


def _gzipped(body: bytes) -> bytes:
    """RFC 1952 without a time in its header: the same bytes compress to the same bytes."""
    compressor = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    return compressor.compress(body) + compressor.flush()
