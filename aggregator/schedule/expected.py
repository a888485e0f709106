"""How often a source will be asked, by what is known of it: what a plan reckons with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aggregator.model import Polling, Source, SourceState

DAY = timedelta(days=1)
CLOSE = 1.15
"""Looks are a little later than asked; more than this is somebody's wish."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What decides it, of one configuration."""

    sources: Mapping[str, Source]
    polling: Polling


def requests_per_day(now: Settings, states: Iterable[SourceState], before: Settings | None = None) -> float:
    """Requests a day that all sources get under ``now``. What servers asked for, or failures led to, is taken from the
    last wait of each, which was under ``before`` (the same, unless it is given)."""
    before = before or now
    known = {each.source: each for each in states}
    return sum(
        DAY / _wait(source, now.polling, known.get(name), before.sources.get(name), before.polling)
        for name, source in now.sources.items()
        if source.enabled and source.url is not None
    )


def _wait(
    source: Source, polling: Polling, state: SourceState | None, before: Source | None, polling_before: Polling
) -> timedelta:
    base = _by_settings(source, polling, state)
    if state is None or state.last_poll is None or before is None or before.url != source.url:
        return base
    last = state.next_poll_at - state.last_poll
    usual = _by_settings(before, polling_before, state)
    if usual / CLOSE <= last <= usual * CLOSE or last <= timedelta(0):
        return base
    if last > usual:  # the server, the feed or a failure
        return max(base, min(last, max(base, polling.ceiling)))
    return max(last, polling.invited_floor) if source.interval is None else base  # it was invited


def _by_settings(source: Source, polling: Polling, state: SourceState | None) -> timedelta:
    if source.interval is not None:
        return source.interval
    blind = state is not None and state.last_success is not None and not state.validators
    return max(polling.without_validators, polling.floor) if blind else polling.floor
