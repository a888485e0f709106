"""Times as people say them. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


def ago(value: datetime | None, now: datetime) -> str:
    """``3 min ago``, ``in 2 h``, ``never``."""
    if value is None:
        return "never"
    gap = now - value
    if abs(gap) < timedelta(seconds=1):
        return "now"
    seconds = abs(gap.total_seconds())
    size, unit = next(
        (size, unit) for size, unit in ((86400, "d"), (3600, "h"), (60, "min"), (1, "s")) if seconds >= size
    )
    words = f"{int(seconds // size)} {unit}"
    return f"{words} ago" if gap > timedelta(0) else f"in {words}"
