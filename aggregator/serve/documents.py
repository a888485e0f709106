"""The public folder as answers that are ready to be sent.

Everything an answer needs (bytes, compressed bytes, headers) is made once, when a file has changed, so that a request
costs a look into a dict. The dict is never changed, only replaced: a request sees the state before a publish or after
it.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

from aggregator.serve import links
from aggregator.serve.answer import SECURITY
from aggregator.serve.coding import CODINGS
from aggregator.serve.negotiate import Document, Representation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from aggregator.serve.negotiate import Headers

    Stamp = tuple[int, int, int]
    """Inode, size and modification time in nanoseconds."""

MEDIA_TYPES = {
    "atom": "application/atom+xml; charset=utf-8",
    "rss": "application/rss+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "opml.xml": "text/x-opml; charset=utf-8",
    "xml": "application/xml; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "robots.txt": "text/plain; charset=utf-8",
}
"""By the file's name, or by its ending; other files are not served."""

SHORTEST, LONGEST = timedelta(minutes=15), timedelta(minutes=30)
"""Between these is the time for which an answer may be kept (``max-age``)."""


def max_age(interval: timedelta) -> timedelta:
    """How long readers may keep what sources are asked for at this interval: half of it, within bounds."""
    return min(max(interval / 2, SHORTEST), LONGEST)


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A document, and the file it was made from."""

    stamp: Stamp
    document: Document


class Documents:
    """What there is to serve, by path: the files of one folder.

    ``max_age`` is how long readers may keep an answer without asking again. ``private`` documents are kept by nobody
    but the reader, found by no search engine and read by no web page.
    """

    def __init__(self, *, max_age: timedelta = SHORTEST, private: bool = False) -> None:
        self.max_age = max_age
        self._private = private
        self._loaded: Mapping[str, _Loaded] = {}

    def __len__(self) -> int:
        return len(self._loaded)

    def get(self, path: str) -> Document | None:
        """The document at this path (``/feed.atom``), if there is one."""
        loaded = self._loaded.get(path)
        return loaded.document if loaded is not None else None

    def load(self, folder: Path, *, now: datetime) -> int:
        """Take over what the folder holds; how many documents were new or changed.

        Call it at the start and after each publish, in a thread. Files that did not change are not read again. Raises
        OSError where the folder cannot be read; what was served before is then still served.
        """
        found: dict[str, _Loaded] = {}
        changed = 0
        for name, file in _files(str(folder), ""):
            path = _path(name)
            known = self._loaded.get(path)
            try:
                if known is None or known.stamp != _stamp(file.stat()):
                    known = self._read(name, file.path, now)
                    changed += 1
            except FileNotFoundError:  # taken away since the folder was listed
                continue
            found[path] = known
        self._loaded = found
        return changed

    def _read(self, name: str, path: str, now: datetime) -> _Loaded:
        with open(path, "rb") as file:
            status = os.fstat(file.fileno())
            document = self._prepared(name, file.read(), min(status.st_mtime, now.timestamp()))
        return _Loaded(_stamp(status), document)

    def _prepared(self, name: str, body: bytes, modified: float) -> Document:
        version = hashlib.sha256(body).hexdigest()[:32]
        seconds = int(modified)
        common: Headers = (
            (b"last-modified", format_datetime(datetime.fromtimestamp(seconds, UTC), usegmt=True).encode()),
            *self._policy(),
        )
        link = links.header(links.links(name.rpartition(".")[2], body))
        described: Headers = (
            (b"content-type", (_media_type(name) or "").encode()),
            *(((b"link", link.encode("ascii")),) if link is not None else ()),
            *common,
            *SECURITY,
        )
        codings = {"identity": _representation(body, f'"{version}"'.encode(), described, common)}
        for coding in CODINGS:
            smaller = coding.compress(body)
            if len(smaller) < len(body):
                etag = f'"{version}-{coding.suffix}"'.encode()
                encoded = ((b"content-encoding", coding.name.encode()), *described)
                codings[coding.name] = _representation(smaller, etag, encoded, common)
        return Document(version=version, modified=seconds, codings=codings)

    def _policy(self) -> Headers:
        """Who may keep and who may read an answer."""
        seconds = int(self.max_age.total_seconds())
        vary = (b"vary", b"Accept-Encoding")
        if self._private:
            return ((b"cache-control", b"private, max-age=%d" % seconds), vary, (b"x-robots-tag", b"noindex"))
        return (
            (b"cache-control", b"public, max-age=%d" % seconds),
            vary,
            (b"access-control-allow-origin", b"*"),  # readers that run in a browser; there is nothing private here
            (b"access-control-expose-headers", b"ETag, Link"),
        )


def _files(folder: str, below: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """The documents in a folder and in those below it, by their names in it: ``main/archive/1.atom``."""
    for entry in sorted(os.scandir(folder), key=lambda each: each.name):
        name = below + entry.name
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            yield from _files(entry.path, name + "/")
        elif _media_type(name) is not None and entry.is_file():
            yield name, entry


def _path(name: str) -> str:
    """The address of a file: pages in a folder have none of their ending (``a/x.html`` is ``/a/x``)."""
    if name == "index.html":
        return "/"
    return "/" + (name.removesuffix(".html") if "/" in name else name)


def _media_type(name: str) -> str | None:
    stem, _, ending = name.rpartition(".")
    return (MEDIA_TYPES.get(name) or MEDIA_TYPES.get(ending)) if stem else None


def _stamp(status: os.stat_result) -> Stamp:
    return (status.st_ino, status.st_size, status.st_mtime_ns)


def _representation(body: bytes, etag: bytes, described: Headers, common: Headers) -> Representation:
    return Representation(
        body=body,
        etag=etag,
        headers=((b"etag", etag), (b"content-length", str(len(body)).encode()), *described),
        not_modified_headers=((b"etag", etag), *common, *SECURITY),
    )
