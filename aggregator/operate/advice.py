"""What the operator can do about a source that is not well, in plain sentences. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aggregator.model import FLOOD, HELD, Code
from aggregator.model.counted import count
from aggregator.operate.moved import move_in_words
from aggregator.operate.states import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aggregator.model import Source, SourceState, Waiting
    from aggregator.operate.silence import Silence

NO_LIST = "This is no list of feeds (OPML); the feeds it had stay. Look for the list's new address."

_NAMED = re.compile(r"it names this one: (https?://\S+)$")
"""What :mod:`aggregator.parse.refusal` says of a page."""

ADVICE: dict[Code, str] = {
    Code.EMPTY: "The server sends nothing; open the address in a browser and look for the feed's new address.",
    Code.NOT_A_FEED: "The address gives something else than a feed; look for the feed's address on the site.",
    Code.NO_ITEMS: "The selectors of scrape find nothing; open the page, and correct them if it has changed.",
    Code.ROBOTS: "Its robots.txt asks programs to stay away; look for a feed, or ask its publisher.",
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

FOLDER_EMPTY = "If the disk is not mounted, mount it; if you meant it, set on_remove: drop and remove the source."

OFFLINE = "check its network and its DNS; nothing counts against a source until a host answers again."

_AS_IT_IS = (State.OK, State.NEW, State.STALE, State.MOVED, State.DISABLED)
"""States in which what the last poll said needs no advice."""


def offline_in_words(reasons: Sequence[str | None]) -> str | None:
    """What is said once of this machine, of the ``reasons`` for the next looks: ``None`` where it is not offline.

    No source is to blame while every host fails, so it is said of none of them (:mod:`aggregator.schedule.outage`).
    """
    held = [each for each in reasons if each is not None and each.startswith(HELD)]
    if not held:
        return None
    since = min(each.partition(" since ")[2] for each in held)
    sources = count(len(held), "source waits", "sources wait")
    return f"This machine seems to be offline{f' since {since}' if since else ''}, and {sources} for it: {OFFLINE}"


def advice_for(
    word: State, source: Source, state: SourceState, waiting: Sequence[Waiting], silent: Silence | None
) -> str | None:
    """What can be done about a source that is in this state; ``None`` where there is nothing to do."""
    if word is State.QUARANTINED and state.quarantine is None:
        return _flood_in_words(source, floods(waiting))
    if word is State.QUARANTINED and source.members is not None:
        return (
            f"The feeds stay as they were: {state.quarantine}. If the list is right, 'aggregator release {source.id}' "
            "takes what it names now; when it is as it was again, all goes on by itself."
        )
    if word is State.QUARANTINED:
        return (
            f"What is new is held: {state.quarantine}. 'aggregator list --held' shows it, 'aggregator release "
            f"{source.id}' lets it in, and with --silent the feed goes on without it. If the feed has another address "
            "now, set that; when the old feed is back, all goes on by itself."
        )
    if word in _AS_IT_IS or state.code is None:
        told = (move_in_words(state), _held_in_words(source, waiting), _silence_in_words(word, silent))
        return " ".join(each for each in told if each is not None) or None
    if state.code is Code.NOT_A_FEED and source.members is not None:
        return NO_LIST
    if state.code is Code.NOT_A_FEED and (found := _NAMED.search(state.detail or "")) is not None:
        return f"The page names its feed: set url of this source to {found[1]} and keep its id, or 'aggregator add' it."
    if state.code is Code.EMPTY and source.folder is not None:
        return FOLDER_EMPTY
    if state.code is Code.HTTP_4XX and state.status in BY_STATUS:
        return BY_STATUS[state.status]
    return ADVICE.get(state.code)


def floods(waiting: Sequence[Waiting]) -> tuple[Waiting, ...]:
    """Those that came in a flood."""
    return tuple(each for each in waiting if each.reason.startswith(FLOOD))


def _flood_in_words(source: Source, held_back: Sequence[Waiting]) -> str:
    held = sum(each.articles for each in held_back)
    reasons = "; ".join(f"{each.articles} {each.reason}" for each in held_back[:5])
    return (
        f"{count(held, 'article is', 'articles are')} held: {reasons}. 'aggregator list --held' shows what is held, "
        f"'aggregator release {source.id}' publishes it, and with --silent it never is. "
        "Everything else that comes is published."
    )


def _held_in_words(source: Source, waiting: Sequence[Waiting]) -> str | None:
    held = sum(each.articles for each in waiting)
    if not held:
        return None
    return (
        f"{count(held, 'article is', 'articles are')} held since another feed was at its address: 'aggregator release "
        f"{source.id}' publishes, 'aggregator release {source.id} --silent' drops what 'aggregator list --held' shows."
    )


def _silence_in_words(word: State, silent: Silence | None) -> str | None:
    if word is not State.STALE or silent is None:
        return None
    words = silent.words()
    return f"{words[0].upper()}{words[1:]}; look on its site whether it goes on elsewhere."
