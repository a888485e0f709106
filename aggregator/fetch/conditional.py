"""Conditional requests (RFC 9110 13, RFC 9111 4.3; rules F1 to F17 of the fetching page; pure).

Validators are opaque. They are taken as latin-1 text, so that every byte comes back as it came: readers that
re-format a date or "repair" quotes never get a 304 again (Feedbin's ``httpdate``, NetNewsWire's "2038").
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aggregator.model import Validators

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from aggregator.model import Source, SourceState

VALIDATOR_BYTES = 4096


def usable(source: Source, state: SourceState | None) -> SourceState | None:
    """Gives the state where what it remembers belongs to this location; an edited address forgets it all (F12)."""
    return state if state is not None and state.location == source.location else None


def refreshing(state: SourceState | None, now: datetime) -> SourceState | None:
    """Gives the state without validators where a refresh is due, for some servers answer 304 to anything (F10).

    The body is compared all the same.
    """
    if state is None or state.refresh_at is None or now < state.refresh_at:
        return state
    return replace(state, validators=Validators())


def to_send(state: SourceState | None, url: str) -> Validators:
    """Gives the validators for a request to ``url``: none unless they came from exactly this address (F11)."""
    if state is None or state.final_url != url:
        return Validators()
    return state.validators


def given(fields: Mapping[str, Sequence[str]]) -> Validators:
    """Gives the validators an answer carries; those over 4 KiB are dropped."""
    return Validators(etag=_first(fields, "etag"), last_modified=_first(fields, "last-modified"))


def merged(kept: Validators, fresh: Validators) -> Validators:
    """Gives the validators to keep after a 304: its own replace the stored ones, absent ones stay (F4, F5)."""
    return Validators(etag=fresh.etag or kept.etag, last_modified=fresh.last_modified or kept.last_modified)


def _first(fields: Mapping[str, Sequence[str]], name: str) -> str | None:
    value = next(iter(fields.get(name, ())), "")
    return value if 0 < len(value) <= VALIDATOR_BYTES else None
