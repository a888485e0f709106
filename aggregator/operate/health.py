"""How a source is, in one word and one plain sentence of advice. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from aggregator.model import FLOOD, HELD, Code
from aggregator.operate.moved import confirmed_move, move_in_words
from aggregator.operate.shapes import rfc3339

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from aggregator.model import Source, SourceState, Waiting


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

    def as_json(self) -> dict[str, Any]:
        """The row for machines: times as RFC 3339, absent facts null."""
        times = {name: rfc3339(getattr(self, name)) for name in ("since", "last_success", "next_poll", "moved_since")}
        return asdict(self) | times


ADVICE: dict[Code, str] = {
    Code.EMPTY: "The server sends nothing; open the address in a browser and look for the feed's new address.",
    Code.NOT_A_FEED: "The address gives something else than a feed; look for the feed's address on the site.",
    Code.OWN_FEED: "This is what is published here, and nothing of it is taken; remove the source.",
    Code.XML: "The feed is broken; what could be read was kept. Tell its publisher.",
    Code.XML_FORBIDDEN: "The feed declares entities, which are never read; tell its publisher.",
    Code.XML_LIMIT: "The feed is beyond the limits of what is read; tell its publisher.",
    Code.PARSE_TIMEOUT: "Reading the feed takes too long; it is left alone for longer each time.",
    Code.PARSE_CRASH: "Reading the feed kills the parser; it is left alone for longer each time.",
    Code.TOO_LARGE: "The feed is larger than max_bytes of this source; raise it if you trust the source.",
    Code.ENCODING: "The server compresses in a way nobody asked for; tell its publisher.",
    Code.TRUNCATED: "The answer broke off; nothing of it was kept. It is asked for again.",
    Code.TIMEOUT: "The server does not answer in time; if it is known to be slow, raise timeout of this source.",
    Code.TOO_SLOW: "The server answers too slowly; if it is known to be slow, raise timeout of this source.",
    Code.DNS: "The name cannot be resolved; check the spelling, and whether this machine has a network.",
    Code.CONNECT: (
        "No connection; the server may be down, or this machine has no network or needs a proxy "
        "(set proxy of this source)."
    ),
    Code.TLS: (
        "The server's certificate does not hold, or it wants one of you; tell its publisher, "
        "or set ca or client_cert of this source."
    ),
    Code.PROTOCOL: "The server does not speak HTTP as it should; tell its publisher.",
    Code.REDIRECT: "The redirects lead nowhere; look for the feed's new address.",
    Code.BLOCKED_SCHEME: "Only http and https are fetched.",
    Code.BLOCKED_ADDR: "The address is private; if it is yours, name it in network.allow.",
    Code.HTTP_4XX: "The server refuses the request; open the address in a browser, and look for its new address.",
    Code.HTTP_5XX: "The server is in trouble; it is asked again later.",
    Code.UNEXPECTED_STATUS: "The answer is not one to this kind of request; open the address in a browser.",
    Code.GONE: "The publisher took the feed away for good; remove the source, its articles stay.",
    Code.RATE_LIMITED: "The server asked for a pause, which is kept. Nothing to do.",
    Code.UNREADABLE: "The folder cannot be read; check that it exists and is readable. No article is withdrawn for it.",
    Code.INTERNAL: "A bug of this program; report it with the traceback from the log.",
}

BY_STATUS: dict[int, str] = {
    401: "The server wants a name and a password: set auth of this source.",
    403: "The server refuses this program; ask the publisher, or set headers or user_agent of this source.",
    404: "There is nothing at this address; look for the feed's new address on the site.",
    410: "The publisher says it is gone; it counts as gone after the third time in a day.",
}

MISSING_AFTER = 10
MISSING_OVER = timedelta(days=7)
"""Answers 404 in a row, over that time, until a source counts as missing (fetching.md F29)."""

STALE_AFTER = timedelta(days=365)
"""Without anything new until a source counts as stale: what comes once a year has had its turn."""


def state_of(source: Source, state: SourceState | None, waiting: Sequence[Waiting] = ()) -> State:
    """The one word. ``waiting`` are its articles that wait for the operator."""
    if not source.enabled:
        return State.DISABLED
    if state is None or state.code is None:
        return State.NEW
    if state.code is Code.GONE:
        return State.GONE
    lasted = _lasted(state.status_since, state.last_poll)
    if state.status == 404 and state.status_polls >= MISSING_AFTER and lasted >= MISSING_OVER:
        return State.MISSING
    if state.quarantine is not None or _floods(waiting):
        return State.QUARANTINED
    if state.code is Code.RATE_LIMITED:
        return State.RATE_LIMITED
    if state.failures:
        return State.FAILING
    if confirmed_move(state) is not None:
        return State.MOVED
    silent = _lasted(state.last_new, state.last_success)
    return State.STALE if silent >= STALE_AFTER and source.folder is None else State.OK


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
            warnings=(*row.warnings, *map(hide, claims.get(row.id, ()))),
        )
        for row in rows
    )


def health(source: Source, state: SourceState | None, articles: int, waiting: Sequence[Waiting]) -> Health:
    """The row of one source: ``state`` as stored (``None`` before its first poll), its ``articles``, and which of them
    are ``waiting`` for the operator."""
    word = state_of(source, state, waiting)
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
        since=_since(word, state, waiting),
        last_success=state.last_success,
        next_poll=state.next_poll_at if word is not State.DISABLED else None,
        reason=state.next_reason if word is not State.DISABLED else "switched off in the configuration",
        advice=_advice(word, source, state, waiting),
        articles=articles,
        bytes=state.bytes,
        requests=state.requests,
        moved_to=state.moved_to,
        moved_since=state.moved_since,
        moved_polls=state.moved_polls,
        identity=state.told_by if source.identity == "auto" else source.identity,
        held=sum(each.articles for each in waiting),
        warnings=state.warnings,
    )


FOLDER_EMPTY = "If the disk is not mounted, mount it; if you meant it, set on_remove: drop and remove the source."


OFFLINE = (
    "No host was reached at the last look, so this machine seemed to be offline and nothing counts against the source. "
    "If it lasts, check the network and the DNS of this machine."
)


def _floods(waiting: Sequence[Waiting]) -> tuple[Waiting, ...]:
    return tuple(each for each in waiting if each.reason.startswith(FLOOD))


def _since(word: State, state: SourceState, waiting: Sequence[Waiting]) -> datetime | None:
    """Since when it is so."""
    quarantined = min((each.since for each in _floods(waiting)), default=None)
    if state.quarantine is not None:
        quarantined = state.quarantined_at
    since = {State.QUARANTINED: quarantined, State.MOVED: state.moved_since, State.STALE: state.last_new}
    return since.get(word, state.since)


def _advice(word: State, source: Source, state: SourceState, waiting: Sequence[Waiting]) -> str | None:
    if word is not State.DISABLED and state.next_reason.startswith(HELD):
        return OFFLINE
    if word is State.QUARANTINED and state.quarantine is None:
        return _flood_in_words(source, _floods(waiting))
    if word is State.QUARANTINED:
        return (
            f"What is new is held: {state.quarantine}. 'aggregator list --held' shows it, 'aggregator release "
            f"{source.id}' lets it in, and with --silent the feed goes on without it. If the feed has another address "
            "now, set that; when the old feed is back, all goes on by itself."
        )
    if word in (State.OK, State.NEW, State.STALE, State.MOVED, State.DISABLED) or state.code is None:
        told = (move_in_words(state), _held_in_words(source, waiting), _silence_in_words(word, state))
        return " ".join(each for each in told if each is not None) or None
    if state.code is Code.EMPTY and source.folder is not None:
        return FOLDER_EMPTY
    if state.code is Code.HTTP_4XX and state.status in BY_STATUS:
        return BY_STATUS[state.status]
    return ADVICE.get(state.code)


def _flood_in_words(source: Source, floods: Sequence[Waiting]) -> str:
    held = sum(each.articles for each in floods)
    reasons = "; ".join(f"{each.articles} {each.reason}" for each in floods[:5])
    return (
        f"{_articles(held)} held: {reasons}. 'aggregator list --held' shows what is held, "
        f"'aggregator release {source.id}' publishes it, and with --silent it never is. "
        "Everything else that comes is published."
    )


def _held_in_words(source: Source, waiting: Sequence[Waiting]) -> str | None:
    held = sum(each.articles for each in waiting)
    if not held:
        return None
    return (
        f"{_articles(held)} held since another feed was at its address: 'aggregator release {source.id}' publishes, "
        f"'aggregator release {source.id} --silent' drops what 'aggregator list --held' shows."
    )


def _articles(count: int) -> str:
    return "1 article is" if count == 1 else f"{count} articles are"


def _silence_in_words(word: State, state: SourceState) -> str | None:
    if word is not State.STALE:
        return None
    return f"Nothing new since {state.last_new:%Y-%m-%d}; look on its site whether it goes on elsewhere."
