"""Whether the files of a configuration are as they were."""

from __future__ import annotations

import glob
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

Seen = frozenset[tuple[str, int, int, int]]
"""Of each file that is there: its path, and by what one sees that it was written or replaced."""


@dataclass(frozen=True, slots=True)
class Watched:
    """The files that a configuration was read from or wants to be, and the patterns that others may match one day.

    They are looked at, rather than that the system is asked to tell of changes: it does not tell of those made by other
    machines, and editors, mounted secrets and links replace files in ways of their own. A look at ten takes 30 us.
    """

    files: frozenset[Path] = frozenset()
    patterns: frozenset[str] = frozenset()

    def __or__(self, other: Watched) -> Watched:
        return Watched(self.files | other.files, self.patterns | other.patterns)

    def look(self) -> Seen:
        """How all of them are now. A file that is not there, or cannot be looked at, is left out."""
        found = {str(each) for each in self.files}
        found.update(path for each in self.patterns for path in glob.glob(each, recursive=True))
        return frozenset(seen for each in found if (seen := _seen(each)) is not None)


class WrongConfiguration(ConfigError):
    """``watched`` is what may mend it: a file that it includes may be wrong, or not be there yet."""

    def __init__(self, mistakes: Iterable[str], watched: Watched) -> None:
        super().__init__(mistakes)
        self.watched = watched


def _seen(path: str) -> tuple[str, int, int, int] | None:
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return path, found.st_mtime_ns, found.st_size, found.st_ino
