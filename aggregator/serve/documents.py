"""The files of a folder as answers that are ready to be sent.

Everything an answer needs (bytes, compressed bytes, headers) is made once, when a file has changed, so that a request
costs a look into a dict. The dict is never changed, only replaced: a request sees the state before a publish or after
it.

Documents in the folder itself are those that everybody asks for, and are in memory. Those in folders below (pages of
articles, archives) are many, each asked for by few: they are read when they are asked for, and the last ones kept.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

from aggregator.serve import links
from aggregator.serve.answer import SECURITY, lines
from aggregator.serve.coding import CODINGS
from aggregator.serve.negotiate import Document, Representation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from aggregator.serve.coding import Coding
    from aggregator.serve.negotiate import Headers

    Stamp = tuple[int, int, int, timedelta]
    """Inode, size and modification time (in nanoseconds) of a file, and how long its document may be kept."""

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

ARCHIVED = timedelta(days=1)
"""For how long an archive document may be kept: nothing changes in it but its link to the next one, once."""

RECENT_BYTES = 32 * 1024 * 1024
"""Of the documents in folders below that are kept in memory; the one asked for longest ago goes first."""

_ON_DEMAND = CODINGS[:1]
"""What a document is compressed with while somebody waits for it: a megabyte takes 12 ms with gzip, 45 with all."""


def max_age(interval: timedelta) -> timedelta:
    """How long readers may keep what sources are asked for at this interval: half of it, within bounds."""
    return min(max(interval / 2, SHORTEST), LONGEST)


@dataclass(slots=True)
class _File:
    """A file, and the document made from it. A document is replaced as its codings are made, never changed."""

    name: str
    path: str
    stamp: Stamp
    document: Document | None = None
    """None where it is not in memory."""
    tried: set[str] = field(default_factory=set)
    """The codings that were made, or that would not have made it smaller."""


class Documents:
    """What there is to serve, by path: the files of one folder.

    ``max_age`` is how long readers may keep an answer without asking again; when it is set anew the next :meth:`load`
    takes it up. ``private`` documents are kept by nobody but the reader, found by no search engine and read by no web
    page.
    """

    def __init__(self, *, max_age: timedelta = SHORTEST, private: bool = False) -> None:
        self.max_age = max_age
        self._private = private
        self._hidden: Callable[[str], bool] = lambda path: False
        self._files: Mapping[str, _File] = {}
        self._recent: OrderedDict[str, tuple[Stamp, Document]] = OrderedDict()
        """Documents in folders below, the one asked for last at the end. Only the event loop touches it."""
        self._recent_bytes = 0
        self._loaded_at = datetime.min.replace(tzinfo=UTC)

    def __len__(self) -> int:
        return len(self._files)

    def __contains__(self, path: str) -> bool:
        return path in self._files

    def get(self, path: str) -> Document | None:
        """The document at this path (``/feed.atom``), if there is one and it is in memory."""
        file = self._files.get(path)
        if file is None or file.document is not None:
            return file.document if file is not None else None
        recent = self._recent.get(path)
        if recent is None or recent[0] != file.stamp:
            return None
        self._recent.move_to_end(path)
        return recent[1]

    async def ready(self, path: str) -> None:
        """Have the document at this path in memory, if there is one."""
        file = self._files.get(path)
        if file is None or self.get(path) is not None:
            return
        try:
            self._keep(path, file.stamp, await asyncio.to_thread(self._read_now, file))
        except FileNotFoundError:  # taken away since the last load
            return

    def _keep(self, path: str, stamp: Stamp, document: Document) -> None:
        before = self._recent.pop(path, None)
        self._recent_bytes += _size(document) - (_size(before[1]) if before is not None else 0)
        self._recent[path] = (stamp, document)
        while self._recent_bytes > RECENT_BYTES and len(self._recent) > 1:
            _, (_, oldest) = self._recent.popitem(last=False)
            self._recent_bytes -= _size(oldest)

    def hide(self, hidden: Callable[[str], bool]) -> None:
        """Serve no document at a path that is ``hidden``, from this moment on, whatever the folder holds."""
        self._hidden = hidden
        self._files = {path: file for path, file in self._files.items() if not hidden(path)}

    def load(self, folder: Path, *, now: datetime) -> int:
        """Take over what the folder holds; how many documents were new or changed.

        Call it at the start and after each publish, in a thread, and then :meth:`compress`. Files that did not change
        are not read again. Raises OSError where the folder cannot be read; what was served before is then still
        served.
        """
        found: dict[str, _File] = {}
        changed = 0
        for name, entry in _documents_in(str(folder), ""):
            path = _path(name)
            if self._hidden(path):
                continue
            known = self._files.get(path)
            try:
                stamp = self._stamp(entry.stat())
                if known is None or known.stamp != stamp:
                    if "/" in name:
                        known = _File(name, entry.path, stamp)
                    else:
                        document, stamp = self._read(name, entry.path, now)
                        known = _File(name, entry.path, stamp, document)
                    changed += 1
            except FileNotFoundError:  # taken away since the folder was listed
                continue
            found[path] = known
        self._files, self._loaded_at = found, now
        return changed

    def compress(self) -> None:
        """Compress what is in memory and is not compressed yet; call it in a thread. Until then it is served plain.

        What two documents have in common (``feed.atom`` is ``main.atom``) is compressed once. Ends early when a
        :meth:`load` has come in between: call it again after each.
        """
        files = self._files
        same: dict[str, list[_File]] = {}
        for file in files.values():
            if file.document is not None:
                same.setdefault(file.document.version, []).append(file)
        for coding in CODINGS:
            for alike in same.values():
                if self._files is not files:
                    return
                _compress_alike(alike, coding)

    def made(self, name: str, body: bytes, now: datetime) -> Document:
        """A document that is no file, by the name it would have; call it in a thread, as it is compressed."""
        return _compressed(self._prepared(name, body, now.timestamp(), self.max_age))

    def _read_now(self, file: _File) -> Document:
        document, _ = self._read(file.name, file.path, self._loaded_at)
        return _compressed(document)

    def _read(self, name: str, path: str, now: datetime) -> tuple[Document, Stamp]:
        with open(path, "rb") as file:
            status = os.fstat(file.fileno())
            kept = ARCHIVED if "/archive/" in name else self.max_age
            document = self._prepared(name, file.read(), min(status.st_mtime, now.timestamp()), kept)
        return document, self._stamp(status)

    def _prepared(self, name: str, body: bytes, modified: float, kept: timedelta) -> Document:
        version = hashlib.sha256(body).hexdigest()[:32]
        seconds = int(modified)
        common: Headers = (
            (b"last-modified", format_datetime(datetime.fromtimestamp(seconds, UTC), usegmt=True).encode()),
            *self._policy(kept),
        )
        link = links.header(links.links(name.rpartition(".")[2], body))
        described: Headers = (
            (b"content-type", (_media_type(name) or "").encode()),
            *(((b"link", link.encode("ascii")),) if link is not None else ()),
            *common,
        )
        plain = _representation(body, f'"{version}"', described, common)
        return Document(version=version, modified=seconds, codings={"identity": plain})

    def _policy(self, max_age: timedelta) -> Headers:
        """Who may keep and who may read an answer, and how long."""
        seconds = int(max_age.total_seconds())
        vary = (b"vary", b"Accept-Encoding")
        if self._private:
            return (
                (b"cache-control", b"private, max-age=%d" % seconds),
                (b"vary", b"Accept-Encoding, Authorization"),
                (b"x-robots-tag", b"noindex, nofollow"),
            )
        return (
            (b"cache-control", b"public, max-age=%d" % seconds),
            vary,
            (b"access-control-allow-origin", b"*"),  # readers that run in a browser; there is nothing private here
            (b"access-control-expose-headers", b"ETag, Link"),
        )

    def _stamp(self, status: os.stat_result) -> Stamp:
        return (status.st_ino, status.st_size, status.st_mtime_ns, self.max_age)


def _compress_alike(files: list[_File], coding: Coding) -> None:
    """Give documents of the same bytes this coding, where they lack it."""
    documents = [each.document for each in files if each.document is not None]
    if not documents or all(coding.name in each.tried for each in files):
        return
    made = (each.codings[coding.name].body for each in documents if coding.name in each.codings)
    body = next(made, None) or coding.compress(documents[0].identity.body)
    for file, document in zip(files, documents, strict=True):
        file.tried.add(coding.name)
        file.document = _with(document, coding, body)


def _with(document: Document, coding: Coding, body: bytes) -> Document:
    """The document with this compressed body too, where that makes it smaller."""
    plain = document.identity
    if len(body) >= len(plain.body):
        return document
    etag = f'"{document.version}-{coding.suffix}"'
    described = ((b"content-encoding", coding.name.encode()), *_without_own(plain.headers))
    coded = _representation(body, etag, described, _without_own(plain.not_modified_headers))
    return replace(document, codings={**document.codings, coding.name: coded})


def _compressed(document: Document) -> Document:
    """With what it can be compressed with while somebody waits."""
    for coding in _ON_DEMAND:
        document = _with(document, coding, coding.compress(document.identity.body))
    return document


def _without_own(headers: Headers) -> Headers:
    """What the headers of every representation have in common."""
    return tuple(each for each in headers if each[0] not in (b"etag", b"content-length") and each not in SECURITY)


def _representation(body: bytes, etag: str, described: Headers, common: Headers) -> Representation:
    tag = etag.encode()
    headers = ((b"etag", tag), (b"content-length", str(len(body)).encode()), *described, *SECURITY)
    not_modified = ((b"etag", tag), *common, *SECURITY)
    return Representation(
        body=body,
        etag=tag,
        headers=headers,
        not_modified_headers=not_modified,
        head=lines(headers),
        not_modified_head=lines(not_modified),
    )


def _size(document: Document) -> int:
    return sum(len(each.body) for each in document.codings.values())


def _documents_in(folder: str, below: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """The documents in a folder and in those below it, by their names in it: ``main/archive/1.atom``."""
    for entry in sorted(os.scandir(folder), key=lambda each: each.name):
        name = below + entry.name
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            yield from _documents_in(entry.path, name + "/")
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
