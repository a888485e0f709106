"""polling: how often and how hard to look."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field, ValidationInfo, field_validator

from aggregator.config import units
from aggregator.config.schema.values import Interval, NotYet, Shape, Size, Timeout


class PollingShape(Shape):
    """How often and how hard to look, for all sources."""

    budget: NotYet = None
    """Requests per source and day: not available in this version."""
    floor: Interval = timedelta(hours=1)
    """No source is polled more often, unless it invites it or has an interval of its own."""
    invited_floor: Interval = timedelta(minutes=15)
    """Nor more often than this, even if it invites it."""
    ceiling: Interval = timedelta(hours=24)
    """The longest time between two polls that a feed can ask for, and that failures lead to."""
    without_validators: Interval = timedelta(hours=4)
    """The least time between two polls of a feed whose server sends neither ETag nor Last-Modified."""
    concurrency: int = Field(default=64, ge=1, le=1000)
    """Requests at a time."""
    per_host: int = Field(default=1, ge=1, le=16)
    """Requests at a time to one host."""
    timeout: Timeout = timedelta(seconds=30)
    max_bytes: Size = 10 * 1024 * 1024
    """Of one answer, over the wire."""

    @field_validator("invited_floor")
    @classmethod
    def _below_floor(cls, value: timedelta, info: ValidationInfo) -> timedelta:
        floor = info.data.get("floor")
        if floor is not None and value > floor:
            raise ValueError(f"lies above the floor of {units.duration_text(floor)}; lower it, or raise the floor")
        return value

    @field_validator("ceiling")
    @classmethod
    def _above_floor(cls, value: timedelta, info: ValidationInfo) -> timedelta:
        floor = info.data.get("floor")
        if floor is not None and value < floor:
            raise ValueError(f"lies below the floor of {units.duration_text(floor)}; raise it, or lower the floor")
        return value
