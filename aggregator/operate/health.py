"""How a source is, in one word and one plain sentence of advice. Pure."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from aggregator.model import Code
from aggregator.operate.advice import advice_for, floods
from aggregator.operate.moved import confirmed_move
from aggregator.operate.shapes import rfc3339
from aggregator.operate.silence import LEAST, Silence, silence
from aggregator.operate.states import State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date

    from aggregator.model import Source, SourceState, Waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """One row of the health board."""

    id: str
    url: str
    state: State
    code: str | None
    text: str | None
    """What the last poll said, in words."""
    since: datetime | None
    """Since when it is in this state."""
    last_success: datetime | None
    next_poll: datetime | None
    reason: str | None
    """Why the next poll is when it is."""
    advice: str | None
    articles: int
    bytes: int
    requests: int
    moved_to: str | None = None
    """Where the feed says it has moved to, confirmed or not."""
    moved_since: datetime | None = None
    moved_polls: int = 0
    """How many looks in a row since then have ended there."""
    identity: str | None = None
    """By what its entries are told apart: as configured, or as learnt; ``None`` for their ids."""
    held: int = 0
    """How many of its articles wait for the operator."""
    warnings: tuple[str, ...] = ()
    last_poll: datetime | None = None
    last_new: datetime | None = None
    """When something new was found last."""
    failures: int = 0
    """In a row; waits that a server asked for do not count."""
    status: int | None = None
    """Of the last answer over HTTP."""
    body: str | None = None
    """The beginning of the SHA-256 of its last document, in hexadecimal."""
    final_url: str | None = None
    """Where that came from, redirects followed."""

    def as_json(self) -> dict[str, Any]:
        """The row for machines: times as RFC 3339, absent facts null."""
        row = {name: getattr(self, name) for name in _NAMES}  # asdict takes four times as long, for 10,000 sources 1 s
        return row | {name: rfc3339(row[name]) for name in _TIMES}


_NAMES = tuple(each.name for each in fields(Health))
_TIMES = ("since", "last_success", "next_poll", "moved_since", "last_poll", "last_new")

MISSING_AFTER = 10
MISSING_OVER = timedelta(days=7)
"""Answers 404 in a row, over that time, until a source counts as missing (fetching.md F29)."""


def state_of(source: Source, state: SourceState | None, waiting: Sequence[Waiting] = ()) -> State:
    """The one word. ``waiting`` are its articles that wait for the operator."""
    return _state_of(source, state, waiting, silence_of(source, state))


def silence_of(source: Source, state: SourceState | None) -> Silence | None:
    """How long it is silent for, if that is unusual, as of the last look that went well: of what came since nothing is
    known. A folder is the operator's own, and may rest."""
    if state is None or state.last_success is None or source.folder is not None:
        return None
    began = state.last_new or state.since or state.last_success
    return silence(posting_dates(state.posted), began, state.last_success)


def posting_dates(days: Sequence[date]) -> list[datetime]:
    """The days on which a source posted, as silence is judged by them."""
    return [datetime.combine(each, time(), UTC) for each in days]


def _state_of(source: Source, state: SourceState | None, waiting: Sequence[Waiting], silent: Silence | None) -> State:
    if not source.enabled:
        return State.DISABLED
    if state is None or state.code is None:
        return State.NEW
    if state.code is Code.GONE:
        return State.GONE
    lasted = _lasted(state.status_since, state.last_poll)
    if state.status == 404 and state.status_polls >= MISSING_AFTER and lasted >= MISSING_OVER:
        return State.MISSING
    if state.quarantine is not None or floods(waiting):
        return State.QUARANTINED
    if state.code is Code.RATE_LIMITED:
        return State.RATE_LIMITED
    if state.failures:
        return State.FAILING
    if confirmed_move(state) is not None:
        return State.MOVED
    return State.OK if silent is None else State.STALE


def _lasted(since: datetime | None, until: datetime | None) -> timedelta:
    return until - since if since is not None and until is not None else timedelta(0)


def board(
    sources: Iterable[Source],
    states: Mapping[str, SourceState],
    counts: Mapping[str, int],
    hide: Callable[[str], str] = str,
    waiting: Mapping[str, Sequence[Waiting]] | None = None,
    conflicts: Mapping[str, Sequence[str]] | None = None,
) -> tuple[Health, ...]:
    """The rows of these sources, in their order: ``states`` as stored, ``counts`` the articles known of each,
    ``waiting`` those of them that wait for the operator, ``conflicts`` those that claim ids of other sources.

    ``hide`` takes the secrets out of a text.
    """
    held, claims = waiting or {}, conflicts or {}
    rows = (health(each, states.get(each.id), counts.get(each.id, 0), held.get(each.id, ())) for each in sources)
    return tuple(
        replace(
            row,
            url=hide(row.url),
            text=hide(row.text or "") or None,
            advice=hide(row.advice or "") or None,
            moved_to=hide(row.moved_to or "") or None,
            final_url=hide(row.final_url or "") or None,
            reason=hide(row.reason or "") or None,
            warnings=(*map(hide, row.warnings), *map(hide, claims.get(row.id, ()))),
        )
        for row in rows
    )


def health(source: Source, state: SourceState | None, articles: int, waiting: Sequence[Waiting]) -> Health:
    """The row of one source: ``state`` as stored (``None`` before its first poll), its ``articles``, and which of them
    are ``waiting`` for the operator."""
    silent = silence_of(source, state)
    word = _state_of(source, state, waiting, silent)
    if state is None:
        return Health(
            id=source.id,
            url=source.location,
            state=word,
            code=None,
            text=None,
            since=None,
            last_success=None,
            next_poll=None,
            reason=None,
            advice=None,
            articles=articles,
            bytes=0,
            requests=0,
        )
    return Health(
        id=source.id,
        url=source.location,
        state=word,
        code=state.code,
        text=state.detail,
        since=_since(word, state, waiting, silent),
        last_success=state.last_success,
        next_poll=state.next_poll_at if word is not State.DISABLED else None,
        reason=state.next_reason if word is not State.DISABLED else "switched off in the configuration",
        advice=advice_for(word, source, state, waiting, silent),
        articles=articles,
        bytes=state.bytes,
        requests=state.requests,
        moved_to=state.moved_to,
        moved_since=state.moved_since,
        moved_polls=state.moved_polls,
        identity=state.told_by if source.identity == "auto" else source.identity,
        held=sum(each.articles for each in waiting),
        warnings=state.warnings,
        last_poll=state.last_poll,
        last_new=state.last_new,
        failures=state.failures,
        status=state.status,
        body=state.body_hash.hex()[:16] if state.body_hash is not None else None,
        final_url=state.final_url,
    )


def _since(word: State, state: SourceState, waiting: Sequence[Waiting], silent: Silence | None) -> datetime | None:
    """Since when it is so: of a state that shows only after a while, since what it is about began."""
    match word:
        case State.QUARANTINED if state.quarantine is not None:
            return state.quarantined_at
        case State.QUARANTINED:
            return min(each.since for each in floods(waiting))
        case State.MISSING | State.GONE:
            return state.status_since
        case State.MOVED:
            return state.moved_since
        case State.STALE if silent is not None:
            return silent.since
        case State.OK if _spoke_again(state):
            return max(filter(None, (state.since, state.last_new)), default=None)
    return state.since


def _spoke_again(state: SourceState) -> bool:
    """Whether its last post ended a silence."""
    dates = posting_dates(state.posted[-2:])
    if len(dates) < 2 or dates[1] - dates[0] <= LEAST:
        return False
    return silence(posting_dates(state.posted[:-1]), dates[0], dates[1]) is not None
