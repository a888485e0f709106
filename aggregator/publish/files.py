"""Documents on disk: whole or not at all, and untouched while their bytes are the same."""

from __future__ import annotations

import os
import re
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from aggregator.disk import sync_folder
from aggregator.errors import PublishError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from aggregator.model import Rendered

_SAFE_PATH = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}\.[a-z]{2,5}")
"""No folder, no dot file, no upper case (two ids that differ in case would be one file on some systems)."""

_SAFE_ARCHIVE = re.compile(r"([a-z0-9][a-z0-9_-]{0,99})/archive/([1-9][0-9]{0,8})\.atom")
"""An archive document: the only ones that are in folders."""

_SAFE_PAGE = re.compile(r"a/[a-z0-9][a-z0-9-]{0,99}\.html")
"""The page of a local article."""

_SAFE_MEDIA = re.compile(r"media/[0-9a-f]{32}\.[a-z]{3,4}")

_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])\.")
"""Names Windows opens a device for."""

_TEMPORARY = re.compile(r"\.[a-z0-9_.-]+\.[0-9a-f]{16}\.part")


def prepare(folder: Path) -> None:
    """Make the public folder, and remove what a killed run left half-written in it. Call once, before the first write.

    Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for each in (*folder.iterdir(), *folder.glob("media/.*.part")):
        if _TEMPORARY.fullmatch(each.name):
            each.unlink(missing_ok=True)


def write(folder: Path, rendered: Rendered) -> bool:
    """Replace one published document whole; True if its bytes changed. Else as :func:`write_all`."""
    return bool(write_all(folder, [rendered]))


def write_all(folder: Path, documents: Iterable[Rendered]) -> tuple[str, ...]:
    """Replace published documents whole and together; gives the paths of those whose bytes changed, in order.

    A reader sees the old document or the new one, at any moment and after a power cut: the bytes of all reach the disk
    under other names in the same folder first, then the names change hands, then the folder itself is synced. So a full
    disk leaves every format as it was, none newer than another. A document whose bytes are the same keeps its
    modification time, which is its Last-Modified.

    Raises PublishError for a path that is no plain file name, OSError (with the path and a reason) where the folder is
    missing, full or read-only; the old documents are then still there.
    """
    wanted = {each.path: each.body for each in documents}
    for path in wanted:
        if not _is_safe(path):
            raise PublishError(
                f"{path!r} cannot be a file name: give the output an id of lower-case letters, digits, - and _"
            )
    changed = {path: body for path, body in wanted.items() if not _same(folder / path, body)}
    for parent in sorted({(folder / path).parent for path in changed} - {folder}):
        _make_folder(folder, parent)
    _replace({folder / path: body for path, body in changed.items()})
    return tuple(changed)


def archived(folder: Path, output: str) -> frozenset[int]:
    """The numbers of an output's archive documents that are there. What a killed run left half-written is removed.

    Raises OSError.
    """
    below = folder / output / "archive"
    names = os.listdir(below) if below.is_dir() else []
    for name in names:
        if _TEMPORARY.fullmatch(name):
            (below / name).unlink(missing_ok=True)
    found = (_SAFE_ARCHIVE.fullmatch(f"{output}/archive/{name}") for name in names)
    return frozenset(int(each[2]) for each in found if each is not None)


def archives(folder: Path) -> tuple[str, ...]:
    """The outputs that archive documents are there of. Raises OSError."""
    return tuple(sorted(each.parent.name for each in folder.glob("*/archive") if each.is_dir()))


def read(folder: Path, path: str, size: int = -1) -> bytes | None:
    """A published document as it is on disk, or the first bytes of it; None where there is none. Raises OSError."""
    try:
        with (folder / path).open("rb") as file:
            return file.read(size)
    except FileNotFoundError:
        return None


def tail(folder: Path, path: str, size: int) -> bytes:
    """The last bytes of a published document; none where there is none. Raises OSError."""
    try:
        with (folder / path).open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - size))
            return file.read()
    except FileNotFoundError:
        return b""


def keep(folder: Path, path: str, body: bytes) -> bool:
    """Write a picture named by the hash of its bytes, whole or not at all; False where it was there already.

    ``path`` is such as ``media/<32 hex digits>.png``. Raises PublishError for another, and OSError as
    :func:`write_all`.
    """
    if not _SAFE_MEDIA.fullmatch(path):
        raise PublishError(f"{path!r} is no name of a published picture; it is not written")
    target = folder / path
    if _same(target, body):
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    _replace({target: body})
    return True


def remove(folder: Path, path: str) -> None:
    """Take a document away that nobody publishes any more. Raises PublishError and OSError as :func:`write_all`."""
    if not _SAFE_PATH.fullmatch(path):
        raise PublishError(f"{path!r} is no document of ours; it is not removed")
    (folder / path).unlink(missing_ok=True)
    sync_folder(folder)


def remove_archived(folder: Path, output: str, numbers: Iterable[int]) -> None:
    """Take archive documents of an output away, and their folder with the last of them. Raises OSError."""
    below = folder / output / "archive"
    for number in numbers:
        (below / f"{number}.atom").unlink(missing_ok=True)
    if not below.is_dir():
        return
    sync_folder(below)
    for empty in (below, below.parent):
        if next(empty.iterdir(), None) is not None:
            break
        empty.rmdir()


def pages(folder: Path, below: str) -> frozenset[str]:
    """The names of the pages there, without their ending. What a killed run left half-written is removed. Raises
    OSError."""
    names = os.listdir(folder / below) if (folder / below).is_dir() else []
    for name in names:
        if _TEMPORARY.fullmatch(name):
            (folder / below / name).unlink(missing_ok=True)
    return frozenset(name.removesuffix(".html") for name in names if _SAFE_PAGE.fullmatch(f"{below}/{name}"))


def remove_pages(folder: Path, below: str, names: Iterable[str]) -> None:
    """Take pages away that :func:`pages` has named. Raises OSError."""
    gone = sorted(names)
    for name in gone:
        (folder / below / f"{name}.html").unlink(missing_ok=True)
    if gone:
        sync_folder(folder / below)


def is_ours(path: str) -> bool:
    """Whether a published document or picture may have this path below its folder."""
    return _is_safe(path) or _SAFE_MEDIA.fullmatch(path) is not None


def _is_safe(path: str) -> bool:
    if _SAFE_PAGE.fullmatch(path):
        return True
    inside = _SAFE_ARCHIVE.fullmatch(path)
    name = f"{inside[1]}." if inside is not None else path
    return (inside is not None or _SAFE_PATH.fullmatch(path) is not None) and not _DEVICE.match(name)


def _make_folder(folder: Path, below: Path) -> None:
    """Each with its name on disk: a document in it is lost with that after a power cut."""
    for each in (*reversed(below.relative_to(folder).parents), below.relative_to(folder)):
        if each.name and not (folder / each).is_dir():
            (folder / each).mkdir()
            sync_folder((folder / each).parent)


def _same(path: Path, body: bytes) -> bool:
    try:
        return path.stat().st_size == len(body) and path.read_bytes() == body
    except FileNotFoundError:
        return False


def _replace(bodies: Mapping[Path, bytes]) -> None:
    """Give files new bytes: all of them reach the disk before the first name changes hands."""
    if not bodies:
        return
    temporaries: dict[Path, Path] = {}
    try:
        for target, body in bodies.items():
            temporaries[target] = target.with_name(f".{target.name}.{secrets.token_hex(8)}.part")
            _write_through(temporaries[target], body)
        for target, temporary in temporaries.items():
            temporary.replace(target)
    except BaseException:
        for temporary in temporaries.values():
            with suppress(OSError):  # what went wrong first is what is told; prepare() sweeps up
                temporary.unlink(missing_ok=True)
        raise
    for folder in {target.parent for target in bodies}:
        sync_folder(folder)


def _write_through(path: Path, body: bytes) -> None:
    try:
        with path.open("xb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        if error.filename is None:  # Python does not say which disk is full
            error.filename = str(path.parent)
        raise
