"""A folder of local articles, looked at like a web address: its files are documents, a hash of them its ETag.

A folder is the whole truth: an article whose file is gone has been withdrawn. So an answer claims to be complete only
where every file that was there was read; a disk that is not mounted must never read as "all deleted".
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import stat
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from aggregator.fetch.conditional import usable
from aggregator.fetch.problem import Problem, one_line
from aggregator.model import Code, Document, Failed, Fetched, NotModified, Picture, Validators

if TYPE_CHECKING:
    from datetime import timedelta

    from aggregator.model import Outcome, Source, SourceState

MEDIA_TYPES = {
    ".txt": "text/plain",
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".html": "text/html",
    ".htm": "text/html",
    ".json": "application/json",
    ".xml": "application/xml",
    ".rss": "application/rss+xml",
    ".atom": "application/atom+xml",
}
"""The endings of articles. Everything else beside them is no document."""
PICTURES = frozenset({".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif"})
"""The endings of pictures that may be published with an article. Not ``.svg``: it can hold scripts."""
FILE_BYTES = 10 * 1024 * 1024
PICTURE_BYTES = 5 * 1024 * 1024
DEPTH = 100
"""Folders within folders; os.walk of Python 3.11 recurses, and ends in RecursionError at about a thousand."""
WARNINGS = 50
_TEMPORARY = ("~", "#")
"""How names begin that editors and office programs give to their own files; dotfiles are left out anyway."""


class NotRead(Exception):
    """A file that is there but was not read; the text says why."""


@dataclass(slots=True)
class _Reading:
    """What one look at a folder has found so far."""

    documents: list[Document] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    """What is there but was not read: while there is any, nothing counts as withdrawn."""
    warnings: list[str] = field(default_factory=list)
    pictures: list[tuple[str, str]] = field(default_factory=list)
    """Path inside the folder, and what tells one version from another: size and times, for nothing is read."""

    def miss(self, name: str, why: str) -> None:
        self.unread.append(name)
        self.warnings.append(one_line(f"{name}: {why}; left to the next look, and nothing is withdrawn until then"))


async def look(source: Source, state: SourceState | None, wait: timedelta) -> Outcome:
    """Reads a folder's articles in a thread; not modified where names and contents are those of the last look."""
    try:
        async with asyncio.timeout(wait.total_seconds()):
            return await asyncio.to_thread(read, source, usable(source, state))
    except TimeoutError:
        return Failed(code=Code.TIMEOUT, detail=one_line(f"{source.location} was not read within {wait}"))
    except Problem as problem:
        return Failed(code=problem.code, detail=problem.detail)


def read(source: Source, state: SourceState | None) -> Fetched | NotModified:
    """Reads all articles below the folder, in the order of their paths.

    Raises Problem: ``unreadable`` where the folder, or every file in it, cannot be read; ``empty`` where it holds no
    article at all, which is also what a disk that is not mounted looks like.
    """
    assert source.folder is not None  # noqa: S101 - Fetcher.fetch comes here with folders only
    root = source.folder.absolute()
    reading = _Reading()
    try:
        real_root = root.resolve(strict=True)
        with os.scandir(real_root):
            pass
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise Problem(Code.UNREADABLE, f"the folder {root} cannot be read: {reason}") from error
    for name in _names(real_root, reading):
        try:
            body = _whole(real_root, name, FILE_BYTES)
        except NotRead as why:
            reading.miss(name, str(why))
            continue
        if body is not None:
            media_type = MEDIA_TYPES[PurePosixPath(name).suffix.lower()]
            reading.documents.append(Document(body=body, url=(root / name).as_uri(), media_type=media_type, name=name))
    if reading.unread and not reading.documents:
        raise Problem(Code.UNREADABLE, f"none of the articles in {root} could be read: {reading.warnings[0]}")
    return _answer(root, reading, state)


def _answer(root: Path, reading: _Reading, state: SourceState | None) -> Fetched | NotModified:
    digest = hashlib.sha256()
    for document in reading.documents:
        digest.update(f"{document.name}\0{hashlib.sha256(document.body).hexdigest()}\n".encode())
    body_hash = digest.digest()
    for name, version in sorted(reading.pictures):
        digest.update(f"{name}\0{version}\n".encode())
    for name in reading.unread:
        digest.update(f"{name}\0unread\n".encode())
    validators = Validators(etag=f'"{digest.hexdigest()}"')
    if state is not None and state.validators == validators:
        return NotModified(final_url=root.as_uri(), reason="the same files with the same contents")
    shown = reading.warnings[:WARNINGS]
    if len(reading.warnings) > WARNINGS:
        shown.append(f"and {len(reading.warnings) - WARNINGS:,} more files with problems")
    return Fetched(
        documents=tuple(reading.documents),
        complete=not reading.unread,
        validators=validators,
        final_url=root.as_uri(),
        body_hash=body_hash,
        pictures=tuple(
            Picture(url=(root / name).as_uri(), folder=root.resolve(), name=name)
            for name, _ in sorted(reading.pictures)
        ),
        warnings=tuple(shown),
    )


def _names(root: Path, reading: _Reading) -> list[str]:
    """Gives the articles' paths inside the folder, sorted. Linked folders are not entered: they can go in circles."""
    names = []

    def unreadable(error: OSError) -> None:
        name = Path(error.filename).relative_to(root).as_posix()
        reading.miss(ascii(name)[1:-1], f"cannot be listed ({error.strerror})")

    for folder, folders, files in os.walk(root, onerror=unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        within = Path(folder).relative_to(root)
        if folders and len(within.parts) >= DEPTH:
            folders.clear()
            reading.miss(ascii(within.as_posix())[1:-1], f"more than {DEPTH} folders deep")
        for file in files:
            suffix = PurePosixPath(file).suffix.lower()
            if file.startswith((".", *_TEMPORARY)) or suffix not in (*MEDIA_TYPES, *PICTURES):
                continue
            name = (within / file).as_posix()
            if any(unicodedata.category(each)[0] == "C" or each in "\u2028\u2029" for each in name):
                reading.warnings.append(one_line(f"{name!a}: control characters in a name; rename the file"))
                continue
            if suffix in MEDIA_TYPES:
                names.append(name)
            elif (version := _version(root / name)) is not None:
                reading.pictures.append((name, version))
    return sorted(names)


def _version(path: Path) -> str | None:
    """What changes with a file, and with the right to read it; ``None`` where it is gone or leads nowhere."""
    try:
        status = path.stat()
    except (OSError, RuntimeError):
        return None
    return f"{status.st_ino} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}"


def read_picture(picture: Picture) -> bytes:
    """The bytes of a picture beside an article. Raises NotRead, also for a link that leads out of its folder."""
    body = _whole(picture.folder, picture.name, PICTURE_BYTES)
    if body is None:
        raise NotRead("it is no file of this folder")
    return body


def _whole(root: Path, name: str, limit: int) -> bytes | None:
    """Gives a file's bytes; ``None`` where it is no file of this folder: a link out of it, a pipe, a device.

    The size and time must be equal before and after. An empty file is one that an editor is about to write.
    """
    path = root / name
    try:
        real = path.resolve(strict=True)
        if not real.is_relative_to(root) or not stat.S_ISREG(real.lstat().st_mode):
            return None
        # Not blocking and not following: what was a file a moment ago may be a pipe now.
        number = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except RuntimeError:
        return None  # a link to itself
    except OSError as error:
        if path.is_symlink():
            return None  # it leads nowhere
        raise NotRead(f"cannot be opened ({error.strerror})") from error
    with open(number, "rb") as file:
        try:
            before = os.fstat(number)
            if not stat.S_ISREG(before.st_mode):
                return None
            if before.st_size > limit:
                raise NotRead(f"over {limit:,} bytes")
            body = file.read(limit + 1)
            after, beside = os.fstat(number), os.stat(real)
        except OSError as error:
            raise NotRead(f"cannot be read ({error.strerror})") from error
    if len({(each.st_ino, each.st_size, each.st_mtime_ns) for each in (before, after, beside)}) > 1:
        raise NotRead("it was being written while it was read")
    if len(body) != before.st_size:
        raise NotRead("it was being written while it was read")
    if not body:
        raise NotRead("empty")
    return body
