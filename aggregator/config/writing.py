"""The configuration file replaced by another text, whole or not at all."""

from __future__ import annotations

import errno
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from aggregator.config import document
from aggregator.disk import sync_folder


class Changed(Exception):
    """Somebody else has written the file in the meantime."""


def replace_text(path: Path, before: str, after: str) -> None:
    """Write ``after`` where ``before`` stands, with the file's mode and, where we may, its owner; a symbolic link stays
    one.

    The new file is on the disk before it takes the old one's place. Raises Changed where the file does not say
    ``before`` any more, and OSError, with the name of the file, where it cannot be written.
    """
    real = Path(os.path.realpath(path))
    mark = b"\xef\xbb\xbf" if real.read_bytes().startswith(b"\xef\xbb\xbf") else b""
    there = real.stat()
    if not there.st_mode & 0o222 or not os.access(real, os.W_OK):  # a folder that may be written would let us
        raise OSError(errno.EACCES, "it is read-only; make it writable first", str(path))
    try:
        handle, name = tempfile.mkstemp(prefix=f".{real.name}.", suffix=".part", dir=real.parent)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(real.parent)) from None
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(mark + after.encode("utf-8"))
            stream.flush()
            os.fchmod(stream.fileno(), there.st_mode & 0o7777)
            if (there.st_uid, there.st_gid) != (os.geteuid(), os.getegid()):
                with suppress(PermissionError):  # it stays readable for whom its mode says, and is ours from now on
                    os.fchown(stream.fileno(), there.st_uid, there.st_gid)
            os.fsync(stream.fileno())
        _check(real, before)
        os.replace(name, real)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(name)
        raise
    sync_folder(real.parent)


def _check(path: Path, before: str) -> None:
    if document.read(path) != before:
        raise Changed(f"{path} has been changed by somebody else meanwhile; nothing is written, run it again")
