"""What one check found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How it is; only ``bad`` makes the command fail."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line for the operator."""

    check: str
    level: Level
    text: str
    advice: str | None = None
    """What to do."""


def ok(check: str, text: str) -> Finding:
    """All is well."""
    return Finding(check, Level.OK, text)


def warn(check: str, text: str, advice: str) -> Finding:
    """It works, and may not for ever."""
    return Finding(check, Level.WARN, text, advice)


def bad(check: str, text: str, advice: str) -> Finding:
    """Something does not work, or something can be lost."""
    return Finding(check, Level.BAD, text, advice)


def size(number: float) -> str:
    """``1.5 GiB``."""
    for unit in ("bytes", "KiB", "MiB"):
        if number < 1024:
            return f"{number:.0f} {unit}" if unit == "bytes" else f"{number:.1f} {unit}"
        number /= 1024
    return f"{number:.1f} GiB"
