"""New sources written into the configuration file, once it is certain that it then says what it said, and these."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aggregator.config import document
from aggregator.config.additions import added, without_sources
from aggregator.config.document import Unreadable
from aggregator.config.edits import Unfit, diff
from aggregator.config.redaction import redact
from aggregator.config.writing import Changed, replace_text
from aggregator.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from aggregator.config import Config

    Load = Callable[[Path, str], Config]
    """The configuration in a file, were this its text. Raises ConfigError."""


def present(path: Path, load: Load) -> tuple[str, Config]:
    """The text of a configuration and what it says; one that has no list of sources yet has an empty one.

    Raises ConfigError.
    """
    try:
        text = document.read(path)
        if without_sources(text):
            return text, replace(load(path, added(text, [NONE], os.environ)), sources=())
    except Unreadable as error:
        raise ConfigError([f"{path}:{error.mistake.line}:{error.mistake.column}: {error.mistake.text}"]) from None
    except Unfit as error:
        raise UsageError(f"{path}: {error}") from None
    return text, load(path, text)


NONE = {"id": "none", "url": "https://example.org/"}
"""What a configuration without sources is read with, for it must have a list of them."""


def write(
    path: Path,
    text: str,
    config: Config,
    sources: Sequence[Mapping[str, Any]],
    load: Load,
    *,
    note: str | None,
    dry: bool,
) -> str:
    """Write these sources behind those in the file, unless ``dry``; gives what changes, as a diff, without the
    lines around it where these hold a secret.

    ``text`` and ``config`` are what :func:`present` gave, ``note`` a comment to write above them. Raises UsageError
    where that cannot be done, and OSError where the file cannot be written.
    """
    if not sources:
        return ""
    try:
        after = added(text, sources, os.environ, note)
        new = load(path, after)
    except Unfit as error:
        raise UsageError(f"{path}: {error}") from None
    except ConfigError as error:
        words = "\n".join(error.mistakes)
        raise UsageError(f"{path}: nothing is written, for it would then be wrong:\n{words}") from None
    count = len(config.sources)
    if new.sources[:count] != config.sources or len(new.sources) != count + len(sources):
        raise UsageError(f"{path}: nothing is written, for other sources would be otherwise; write them by hand")
    if not dry:
        try:
            replace_text(path, text, after)
        except Changed as error:
            raise UsageError(str(error)) from None
    changes = diff(text, after, path.name)
    return changes if redact(changes, config.secrets) == changes else diff(text, after, path.name, 0)
