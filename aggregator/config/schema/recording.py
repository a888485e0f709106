"""recording: which answers are kept."""

from __future__ import annotations

from pydantic import Field

from aggregator.config.schema.values import Shape, Size


class RecordingShape(Shape):
    """Which of the last answers of sources are kept in the store, for 'aggregator bundle'."""

    keep: int = Field(default=2, ge=0, le=100)
    """Of each source, the last; 0 keeps none."""
    max_bytes: Size = 64 * 1024 * 1024
    """Of all of them together, compressed; the oldest go."""
