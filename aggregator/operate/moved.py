"""Whether a feed has moved for good: a redirect may be a mistake of one afternoon. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aggregator.model import SourceState

MOVED_POLLS = 3
MOVED_OVER = timedelta(days=7)
"""A new address counts once that many looks in a row have led to a feed there, over that time (fetching.md F44)."""


def confirmed_move(state: SourceState) -> str | None:
    """The new address of a source whose move is confirmed, and whose last look went well; else ``None``."""
    if state.moved_since is None or state.last_success is None or state.failures or state.quarantine is not None:
        return None
    lasted = state.last_success - state.moved_since
    return state.moved_to if state.moved_polls >= MOVED_POLLS and lasted >= MOVED_OVER else None


def move_in_words(state: SourceState) -> str | None:
    """``moved to https://new.example/feed, seen 4 times since 2026-11-20; ...``, or ``None`` where it has not moved."""
    if state.moved_to is None or state.moved_since is None:
        return None
    times = "once" if state.moved_polls == 1 else f"{state.moved_polls} times"
    seen = f"The feed has moved to {state.moved_to}, seen {times} since {state.moved_since:%Y-%m-%d}"
    if confirmed_move(state) is not None:
        return f"{seen}; confirmed: 'aggregator status --patch' shows what to change."
    return f"{seen}; not yet confirmed, which takes {MOVED_POLLS} looks over {MOVED_OVER.days} days."
