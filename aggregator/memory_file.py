"""The memory file: one line for each article that was ever held, beside the published documents.

It says what no source can be asked for again: which entry was published under which id, since when, and what was taken
back. It is appended to, and written anew when it has grown to twice its size; of two lines about the same, the later
one holds. A line is a JSON object with short names (:data:`_NAMES`), about 170 bytes; the first one says whose memory
it is. Times are microseconds since 1970, hashes and keys are base64url.
"""

from __future__ import annotations

import json
import os
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, BinaryIO

from aggregator.disk import sync_folder
from aggregator.model import Kept, KeptAlias, KeptSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    Line = Kept | KeptAlias | KeptSource

NAME = ".memory.jsonl"
"""In the public folder. It begins with a dot and is readable for its owner only: it is not served."""

VERSION = 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_HEAD = 4096
"""Bytes in which the first line ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The first line: whose memory it is, and which writing of it."""

    site: str
    """The site's id."""
    stamp: str
    """Another one each time the file is written anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What a file says."""

    head: Head | None
    lines: tuple[Line, ...]
    """The latest about each article, alias and source, in the order in which they were first spoken of."""
    damaged: int
    """Lines that cannot be read; a last one that does not end is none."""


# ---- lines


def encode(line: Line) -> bytes:
    """A line, with its end."""
    found = {
        short: _WRITE[kind](value)
        for name, (short, kind) in _NAMES[type(line)].items()
        if (value := getattr(line, name)) is not None
    }
    if isinstance(line, Kept) and line.published == line.sort_at:
        del found["o"]
    return json.dumps(found, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


def decode(text: bytes) -> Line:
    """The reverse. Raises one of several errors of Python's for anything else; see :func:`read`."""
    found = json.loads(text)
    kind = KeptAlias if "a" in found else Kept if "k" in found else KeptSource
    if kind is Kept and "o" not in found:
        found["o"] = found["p"]
    given: dict[str, Any] = {
        name: _READ[how](found[short]) for name, (short, how) in _NAMES[kind].items() if short in found
    }
    return kind(**given)


def _from_time(value: datetime) -> int:
    return (value - _EPOCH) // _MICROSECOND


def _to_time(value: int) -> datetime:
    return _EPOCH + timedelta(microseconds=value)


def _from_bytes(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def _to_bytes(value: str) -> bytes:
    return urlsafe_b64decode(value + "=" * (-len(value) % 4))


def _to_text(value: object) -> str:
    if not isinstance(value, str) or "\0" in value:  # which no database takes
        raise TypeError(f"not a text: {value!r}")
    value.encode()  # nor half a character
    return value


def _to_hash(value: str, length: int = 16) -> bytes:
    if len(found := _to_bytes(value)) != length:
        raise ValueError(f"not {length} bytes: {value}")
    return found


_WRITE: dict[str, Callable[[Any], object]] = {
    "text": str,
    "key": lambda value: _from_bytes(bytes.fromhex(value)),
    "time": _from_time,
    "bits": lambda value: _from_bytes(value.to_bytes(8, "big", signed=True)),
    "bytes": _from_bytes,
}
_READ: dict[str, Callable[[Any], object]] = {
    "text": _to_text,
    "key": lambda value: _to_hash(value).hex(),
    "time": _to_time,
    "bits": lambda value: int.from_bytes(_to_hash(value, 8), "big", signed=True),
    "bytes": _to_hash,
}
_NAMES: dict[type[Line], dict[str, tuple[str, str]]] = {
    Kept: {
        "key": ("k", "key"),
        "id": ("i", "text"),
        "source": ("s", "text"),
        "first_seen": ("f", "time"),
        "sort_at": ("o", "time"),
        "published": ("p", "time"),
        "updated": ("u", "time"),
        "page_hash": ("h", "bits"),
        "text_hash": ("t", "bits"),
        "slug": ("q", "text"),
        "claim_hash": ("c", "bytes"),
        "duplicate_of": ("d", "key"),
        "held": ("w", "text"),
        "not_before": ("l", "time"),
        "hidden_at": ("x", "time"),
        "pinned_at": ("n", "time"),
        "deleted_at": ("g", "time"),
        "deleted_by": ("b", "text"),
    },
    KeptAlias: {"alias": ("a", "key"), "key": ("k", "key")},
    KeptSource: {
        "source": ("s", "text"),
        "on_remove": ("r", "text"),
        "removed_at": ("g", "time"),
        "identity": ("e", "text"),
    },
}
"""Field -> its name in the file, and how it is written. An ``o`` that is missing is as ``p``."""


# ---- the file


def position(path: Path) -> tuple[str | None, int] | None:
    """Its stamp (``None`` where the first line cannot be read) and its size; ``None`` where there is no file."""
    try:
        with path.open("rb") as file:
            head = _head(file.read(_HEAD))
            return (head.stamp if head is not None else None), os.fstat(file.fileno()).st_size
    except FileNotFoundError:
        return None


def head_of(path: Path) -> Head | None:
    """Its first line, where it can be read. Raises OSError where the file cannot."""
    try:
        with path.open("rb") as file:
            return _head(file.read(_HEAD))
    except FileNotFoundError:
        return None


def read(path: Path) -> Memory:
    """All it says. Lines that cannot be read are left out and counted. Raises OSError."""
    damaged = 0
    latest: dict[tuple[type[Line], str], Line] = {}
    with path.open("rb") as file:
        head = _head(file.readline())
        damaged += head is None
        for text in file:
            if not text.endswith(b"\n"):  # a write that was cut short: what it would have said is still to be written
                break
            try:
                line = decode(text)
            except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
                damaged += 1
                continue
            name = line.alias if isinstance(line, KeptAlias) else line.key if isinstance(line, Kept) else line.source
            latest[type(line), name] = line
    return Memory(head=head, lines=tuple(latest.values()), damaged=damaged)


def _head(text: bytes) -> Head | None:
    line, end, _ = text.partition(b"\n")
    try:
        found = json.loads(line) if end else {}
        return Head(site=_to_text(found["site"]), stamp=_to_text(found["stamp"])) if found["memory"] else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def append(path: Path, size: int, lines: Iterable[Line]) -> int:
    """Write lines after the first ``size`` bytes and give the new size; what stood behind them was cut short.

    They are on disk when it returns. Raises OSError; a part of the last one may then stand there.
    """
    with path.open("r+b") as file:
        file.seek(size)
        file.truncate()
        file.writelines(map(encode, lines))
        return _through(file)


class Rewriting:
    """The file written anew, beside the old one, which it replaces whole when it is :meth:`finished <finish>`."""

    def __init__(self, path: Path, site: str) -> None:
        self._path = path
        self._part = path.with_name(f"{path.name}.{secrets.token_hex(8)}.part")  # swept up with unfinished documents
        self.stamp = secrets.token_hex(8)
        self._file = os.fdopen(os.open(self._part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")
        head = {"memory": VERSION, "site": site, "stamp": self.stamp}
        self._file.write(json.dumps(head).encode() + b"\n")

    def write(self, lines: Iterable[Line]) -> None:
        """Lines more. Raises OSError."""
        self._file.writelines(map(encode, lines))

    def finish(self) -> int:
        """Put it in the place of the old one; gives its size. Raises OSError."""
        with self._file:
            size = _through(self._file)
        self._part.replace(self._path)
        sync_folder(self._path.parent)
        return size

    def give_up(self) -> None:
        """Leave the old one as it is."""
        self._file.close()
        self._part.unlink(missing_ok=True)


def _through(file: BinaryIO) -> int:
    file.flush()
    os.fsync(file.fileno())
    return file.tell()
