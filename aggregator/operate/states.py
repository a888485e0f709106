"""The one word for how a source is. Pure."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """The states a source can be in, the weightiest last: where several are true, it is in that one."""

    NEW = "new"
    OK = "ok"
    STALE = "stale"
    MOVED = "moved"
    FAILING = "failing"
    RATE_LIMITED = "rate-limited"
    QUARANTINED = "quarantined"
    MISSING = "missing"
    GONE = "gone"
    DISABLED = "disabled"
