"""The whole memory in one file, written beside a running service, and put back in one step.

A backup is a compressed archive (``.tar.gz``): ``config.yaml`` as it is, the rows of every table as text
(``store/TABLE/NUMBER.jsonl``, see :mod:`aggregator.store.dump`), the published documents and pictures, and, last, a
``manifest.json`` with the sum of each: a file that was cut off has none. It says the same whichever database it comes
from, and fills either.
"""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import io
import json
import os
import re
import tarfile
import zlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any

from aggregator import __version__
from aggregator.disk import sync_folder
from aggregator.errors import AggregatorError
from aggregator.folders import folders_of
from aggregator.model import Rendered
from aggregator.model.counted import count
from aggregator.publish import files, media
from aggregator.store import Dump, Replacing, Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from aggregator.config import Config

    Progress = Callable[[str, int], None]
    """Told of a table, and how many of its rows are done."""

FORMAT = 1
"""Of the archive. A change that an older version cannot read makes it a higher one."""

MANIFEST = "manifest.json"

DOCUMENTS = ("*.atom", "*.rss", "*.json", "*.html", "*/archive/*.atom", "media/*")
"""What is kept of the published folders. What a later publish makes anew is kept as well: it says what readers have."""

READ_AT_ONCE = 1024 * 1024
"""Bytes."""

LARGEST = 256 * 1024 * 1024
"""Bytes of one member of the archive: each is in memory as a whole. A part of the store has 4 MiB, or one long row."""

NAME = "aggregator-{:%Y%m%dT%H%M%SZ}.tar.gz"
"""Of a backup in a folder."""

_OURS = re.compile(r"aggregator-\d{8}T\d{6}Z\.tar\.gz")
_UNFINISHED = re.compile(rf"\.{_OURS.pattern}\.part")
_PART = re.compile(r"store/[a-z_]+/\d+\.jsonl")
_PUBLISHED = re.compile(r"(public|private)/(.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup says of itself."""

    version: str
    """Of the program that wrote it."""
    revision: str
    """Of the store's schema."""
    site: str
    """The site's id; empty where nothing was published."""
    time: datetime
    tables: dict[str, int]
    """Rows of each."""
    sums: dict[str, str]
    """SHA-256 of each member of the archive."""

    @property
    def documents(self) -> int:
        """Published documents and pictures in it."""
        return sum(1 for each in self.sums if _PUBLISHED.fullmatch(each))


class BackupError(AggregatorError):
    """A backup cannot be written, or is none."""


# ---- writing


def write(config: Config, to: IO[bytes], now: datetime, progress: Progress = lambda _table, _rows: None) -> Manifest:
    """Write a backup of all there is at this moment. Raises StoreError, OSError, BackupError."""
    if not Store.exists(config.store):
        raise BackupError(f"{config.path}: nothing is stored yet, so there is nothing to back up")
    sums: dict[str, str] = {}
    tables: dict[str, int] = {}
    with (
        Dump(config.store) as dump,
        gzip.GzipFile(filename="", fileobj=to, mode="wb", compresslevel=6, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as archive,
    ):

        def add(name: str, body: bytes) -> None:
            sums[name] = hashlib.sha256(body).hexdigest()
            _add(archive, name, body, now)

        add("config.yaml", config.path.read_bytes())
        for name, path in _included(config):
            add(name, path.read_bytes())
        for name, path in _published(config):  # before the store, which then is never older than they are
            try:
                add(name, path.read_bytes())
            except FileNotFoundError:  # the service has just replaced it by nothing
                continue
        numbers: dict[str, int] = {}
        site = ""
        for part in dump.parts():
            numbers[part.table] = numbers.get(part.table, 0) + 1
            tables[part.table] = tables.get(part.table, 0) + part.rows
            add(f"store/{part.table}/{numbers[part.table]:06}.jsonl", part.body)
            site = _site_in(part.body) or site if part.table == "settings" else site
            progress(part.table, tables[part.table])
        manifest = Manifest(version=__version__, revision=dump.revision, site=site, time=now, tables=tables, sums=sums)
        _add(archive, MANIFEST, _as_text(manifest), now)
    return manifest


def write_file(config: Config, path: Path, now: datetime, progress: Progress = lambda _table, _rows: None) -> Manifest:
    """The same into a file, which is there whole or not at all and has been read back; only its owner may read it.

    Raises StoreError, OSError, BackupError.
    """
    part = path.with_name(f".{path.name}.part")
    handle = os.open(part, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "r+b") as file:
        if not _is_ours_alone(file, part):
            raise BackupError(f"{path}: another backup is being written there; wait for it to end")
        try:
            file.truncate()
            written = write(config, file, now, progress)
            file.flush()
            os.fsync(file.fileno())
            _read_back(part, written)
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    sync_folder(path.parent)
    return written


def _is_ours_alone(file: IO[bytes], path: Path) -> bool:
    """Lock it, unless somebody else has, or has given it another name or none since it was opened."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except (BlockingIOError, FileNotFoundError):
        return False


def remove_unfinished(folder: Path) -> None:
    """Remove what backups that were killed have left in a folder of backups. Raises OSError."""
    for path in [each for each in folder.iterdir() if _UNFINISHED.fullmatch(each.name)]:
        with suppress(FileNotFoundError, PermissionError), path.open("rb") as file:  # it ended, or is another user's
            if _is_ours_alone(file, path):
                path.unlink()


def _read_back(path: Path, written: Manifest) -> None:
    if read_manifest(path) != written:
        raise BackupError(f"{path}: what was written is not what can be read; check the disk")


def outdated(folder: Path, keep: int) -> tuple[Path, ...]:
    """The backups in a folder beyond the newest so many, by their names. Others' files are none."""
    return tuple(sorted((each for each in folder.iterdir() if _OURS.fullmatch(each.name)), reverse=True)[keep:])


def _add(archive: tarfile.TarFile, name: str, body: bytes, now: datetime) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = len(body), 0o600, int(now.timestamp())
    archive.addfile(entry, io.BytesIO(body))


def _included(config: Config) -> Iterator[tuple[str, Path]]:
    """Files that the configuration is spread over, those below its folder; none that holds a secret alone."""
    folder = config.path.absolute().parent
    for path in sorted(config.watched.files):
        if path.suffix in (".yaml", ".yml") and path != config.path.absolute() and path.is_relative_to(folder):
            yield f"included/{path.relative_to(folder).as_posix()}", path


def _published(config: Config) -> Iterator[tuple[str, Path]]:
    for folder in folders_of(config):
        kind = "private" if folder == config.private else "public"
        for pattern in DOCUMENTS:
            for path in sorted(folder.glob(pattern)):
                inside = path.relative_to(folder).as_posix()
                if path.is_file() and files.is_ours(inside):  # who serves the folder may have put others there
                    yield f"{kind}/{inside}", path


def _site_in(settings: bytes) -> str | None:
    rows = (json.loads(line) for line in settings.splitlines()[1:])
    return next((value for name, value in rows if name == "site.id"), None)


def _as_text(manifest: Manifest) -> bytes:
    said = {
        "backup": FORMAT,
        "version": manifest.version,
        "revision": manifest.revision,
        "site": manifest.site,
        "time": manifest.time.isoformat(),
        "tables": manifest.tables,
        "sha256": manifest.sums,
    }
    return json.dumps(said, indent=1).encode() + b"\n"


# ---- reading


def read_manifest(path: Path) -> Manifest:
    """What a backup says of itself, every member read and compared with its sum. Raises BackupError, OSError."""
    sums: dict[str, str] = {}
    last = None
    for name, body in _members(path):
        if name == MANIFEST:
            last = body
        elif name in sums:
            raise BackupError(f"{path}: no backup of ours ({name} is in it twice); nothing was changed")
        else:
            sums[name] = hashlib.sha256(body).hexdigest()
    if last is None:
        raise BackupError(f"{path}: no whole backup, its end is missing; nothing was changed: take another one")
    try:
        said: dict[str, Any] = json.loads(last)
        if said["backup"] > FORMAT:
            newer = f"written by a newer version of this program ({said['version']})"
            raise BackupError(f"{path}: {newer}; nothing was changed: install that, and restore again")
        manifest = Manifest(
            version=str(said["version"]),
            revision=str(said["revision"]),
            site=str(said["site"]),
            time=datetime.fromisoformat(said["time"]).astimezone(UTC),
            tables={name: int(rows) for name, rows in said["tables"].items()},
            sums=dict(said["sha256"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise BackupError(f"{path}: no backup, its {MANIFEST} cannot be read ({error}); nothing was changed") from error
    wrong = sorted(name for name in sums.keys() | manifest.sums.keys() if sums.get(name) != manifest.sums.get(name))
    if wrong:
        raise BackupError(f"{path}: damaged ({wrong[0]} is not what was written); nothing was changed: take another")
    return manifest


def _members(path: Path) -> Iterator[tuple[str, bytes]]:
    """Name and content of each member. Raises BackupError where the file is no archive, OSError."""
    try:
        with gzip.open(path) as packed, tarfile.open(fileobj=packed, mode="r|") as archive:
            for each in archive:
                if each.size > LARGEST:
                    raise BackupError(
                        f"{path}: no backup of ours ({each.name} has {each.size:,} bytes); nothing was changed"
                    )
                if (file := archive.extractfile(each)) is not None:
                    yield each.name, file.read()
            while packed.read(READ_AT_ONCE):  # to the sum at the very end
                pass
    except (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise BackupError(f"{path}: no backup, or a damaged one ({error}); nothing was changed") from error


# ---- putting it back


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restore did."""

    manifest: Manifest
    aside: Path | None
    """Where what was there is kept."""
    documents: tuple[str, ...]
    """Those that were missing, and are there again."""


def restore(config: Config, path: Path, now: datetime, *, force: bool) -> Restored:
    """Put the store of a backup in the place of the configured one, and back what is missing of the documents.

    Articles that are there are overwritten only with ``force``, and kept aside. The store is the old one or the new
    one at any moment. Raises BackupError, StoreError, StoreLocked, OSError; nothing was changed then, unless the
    message says so.
    """
    with Replacing(config.store) as place:
        there = place.articles()
        if there != 0 and not force:
            what = "a store that cannot be read" if there is None else f"a store with {count(there, 'article')}"
            raise BackupError(
                f"{config.path}: {what} is there already; --force replaces it, and keeps it aside. Nothing was changed."
            )
        manifest = read_manifest(path)
        if config.site_id_given and manifest.site not in ("", config.site.id):
            raise BackupError(
                f"{path}: this backup is of the site {manifest.site}, and {config.path} says {config.site.id}; readers "
                f"would take every entry for a new one. Write 'id: {manifest.site}' under 'site:', or take another one."
            )
        aside = _aside(config, place, path, now) if there != 0 else None
        parts = (body for name, body in _members(path) if _PART.fullmatch(name))
        place.fill(manifest.revision, parts, aside=aside)
        return Restored(manifest=manifest, aside=aside, documents=_put_back(config, path, manifest))


def _aside(config: Config, place: Replacing, backup: Path, now: datetime) -> Path:
    """Where the old store goes: a file gets another name, of a database a backup is written."""
    if place.path is not None:
        return _free(place.path.with_name(f"{place.path.name}.before-{now:%Y%m%dT%H%M%SZ}"))
    aside = _free(backup.with_name(f"before-{now:%Y%m%dT%H%M%SZ}.tar.gz"))
    place.bring_up_to_date()
    write_file(config, aside, now)
    return aside


def _free(path: Path) -> Path:
    """This name, or with a number where there is such a file."""
    names = (path, *(path.with_name(f"{path.name}.{number}") for number in range(2, 1000)))
    return next(each for each in names if not each.exists())


def _put_back(config: Config, path: Path, manifest: Manifest) -> tuple[str, ...]:
    """Documents and pictures that are missing. Those that are there may be newer, and stay; what no document of ours is
    called is left out."""
    back: list[str] = []
    folders = {"public": config.public, "private": config.private}
    for name, body in _members(path):
        found = _PUBLISHED.fullmatch(name)
        if found is None or not files.is_ours(found[2]):
            continue
        folder, document = folders[found[1]], found[2]
        try:
            folder.mkdir(mode=0o700 if found[1] == "private" else 0o777, parents=True, exist_ok=True)
            if (folder / document).exists():
                continue
            if document.startswith(f"{media.FOLDER}/"):
                files.keep(folder, document, body)
            else:
                files.write(folder, Rendered(path=document, media_type="", body=body, updated=manifest.time))
        except OSError as error:
            raise BackupError(
                f"{error.filename or folder}: {error.strerror}. The store is restored, documents are missing: mend "
                "that, and restore once more, with --force"
            ) from error
        back.append(name)
    return tuple(back)
