"""duplicates and retention: what becomes of articles."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import Field

from aggregator.config.schema.values import Kept, Shape


class DuplicatesShape(Shape):
    """What becomes of an article that several sources have."""

    prefer: Literal["original", "first"] = "original"
    """Whether a copy waits, a day at most, for the source whose article it is, or whoever comes first is shown."""
    show: Literal["one", "all"] = "one"
    """Whether one of them is shown, or every one."""


class RetentionShape(Shape):
    """For how long texts of articles are kept; ids are kept for ever."""

    content: Kept | None = timedelta(days=365)
    """Since an article was first seen; null keeps all."""
    per_source: int | None = Field(default=10_000, ge=1)
    """Articles of one source with their texts, the newest; null keeps all."""
