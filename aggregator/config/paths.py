"""What configured paths lead to on this machine. Each raises ValueError with the advice."""

from __future__ import annotations

import os
import re
from pathlib import Path

from aggregator.config.units import shown

_LONGEST_SECRET = 4096


def absolute(text: str, base: Path) -> Path:
    """``text`` as an absolute path relative to ``base``; symbolic links are kept, ``..`` is not."""
    return Path(os.path.abspath(base / text))  # Path.resolve() would follow the links


def existing_folder(text: str, base: Path) -> Path:
    """The folder ``text`` names."""
    path = absolute(text, base)
    try:
        if path.is_dir():
            return path
        problem = "is not a folder" if path.exists() else "is a folder that does not exist"
    except OSError as error:
        problem = f"cannot be looked at ({error.strerror})"
    advice = "create the folder, or correct its path (relative to this file)"
    if re.match(r"[\w-]+(\.[\w-]+)+(/|$)", text):
        advice = "a feed's address starts with https://, a folder's path is relative to this file"
    raise ValueError(f"{shown(text)} {problem}; {advice}")


def output_folder(text: str, base: Path) -> Path:
    """The folder ``text`` names, which may not exist yet."""
    path = absolute(text, base)
    if os.path.lexists(path) and not os.path.isdir(path):
        raise ValueError(f"{shown(text)} is a file; give the path of a folder (it is created where needed)")
    return path


def secret(text: str, base: Path) -> str:
    """The one line of text in the file ``text`` names, without the line break at its end."""
    path = absolute(text, base)
    try:
        if not path.is_file():  # a pipe would wait for its writer for ever
            problem = "is not a regular file" if path.exists() else "does not exist"
            raise ValueError(f"the secret file {shown(text)} {problem}; create it, or correct its path")
        with path.open("rb") as stream:
            data = stream.read(_LONGEST_SECRET + 1)
    except OSError as error:
        raise ValueError(
            f"the secret file {shown(text)} cannot be read ({error.strerror}); check its permissions"
        ) from None
    try:
        value = data.decode("utf-8").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        value = ""
    if not value.strip() or len(data) > _LONGEST_SECRET or re.search(r"[\x00-\x1f\x7f]", value):
        raise ValueError(f"the secret file {shown(text)} must hold one line of text, at most 4,096 bytes; correct it")
    return value
