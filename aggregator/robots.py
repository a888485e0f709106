"""Whether a page may be read by programs: its host's robots.txt, asked for once a day (RFC 9309).

Feeds are made for programs and are read whatever it says; pages are not. What is asked of whom is decided in
:mod:`aggregator.fetch.robots`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aggregator.fetch import Robots, token
from aggregator.fetch.robots import MOST_BYTES, beginning
from aggregator.model import Code, Failed, Fetched, Source

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.model import Asked
    from aggregator.wiring import App

KEPT = timedelta(days=1)
"""How long a robots.txt is good for (RFC 9309 section 2.4)."""
AGAIN = timedelta(hours=1)
"""When it is asked for again where it could not be read: until then nothing may be (section 2.3.1.4)."""
TIMEOUT = timedelta(seconds=20)
CLOSED = "User-agent: *\nDisallow: /\n# it could not be read"
"""What counts as said by one that could not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a host's robots.txt says now."""

    said: str
    asked: tuple[Asked, ...] = ()
    """The requests that it took."""
    failure: Failed | None = None
    """Why it could not be read."""
    until: datetime
    wait: datetime | None = None
    """Until when the host asked to be left alone."""


async def remembered(app: App, url: str, now: datetime) -> Told | None:
    """What is known of the robots.txt that is about ``url``; ``None`` where it has to be asked for. Raises
    StoreError."""
    known = await app.db(app.store.full_texts.rules, _host(url))
    return None if known is None or known[1] <= now else Told(said=known[0] or "", until=known[1])


async def ask(app: App, source: Source, url: str, now: datetime) -> Told:
    """Ask for the robots.txt that is about ``url``, which ``source`` names, and remember what it says. Raises
    StoreError.

    Where a host has none (4xx), everything may be read. Where it cannot be told (5xx, no answer), what it said before
    goes on to hold, and nothing may be read if that is not known either. That this source may not ask the host at all
    says nothing of others, and is not remembered.
    """
    parts = urlsplit(url)
    where = f"{parts.scheme}://{parts.netloc}/robots.txt"
    answer = await app.page(source.named(where, max_bytes=MOST_BYTES, timeout=TIMEOUT), None, now)
    wait = answer.freshness.retry_after
    blocked = None if wait is None else now + wait
    if isinstance(answer, Fetched):
        told = Told(said=beginning(answer.documents[0].body), asked=answer.asked, until=now + KEPT, wait=blocked)
    elif not isinstance(answer, Failed) or _has_none(answer):
        told = Told(said="", asked=answer.asked, until=now + KEPT, wait=blocked)
    elif answer.code is Code.BLOCKED_ADDR:
        return Told(said=CLOSED, asked=answer.asked, failure=answer, until=now + AGAIN)
    else:
        before = await app.db(app.store.full_texts.rules, _host(url))
        said = CLOSED if before is None else before[0] or ""
        until = max(now + AGAIN, blocked or now)
        failure = answer if before is None or said == CLOSED else None
        told = Told(said=said, asked=answer.asked, failure=failure, until=until, wait=blocked)
    await app.db(app.store.full_texts.keep_rules, _host(url), told.said, told.until, now)
    return told


def allows(told: Told, url: str, agent: str) -> bool:
    """Whether a program that calls itself ``agent`` (a User-Agent) may read the page at ``url``."""
    return Robots.read(told.said, token(agent)).allows(url)


async def refusal(app: App, source: Source, now: datetime) -> tuple[Failed | None, tuple[Asked, ...]]:
    """Why a source that is a page may not be looked at, and what was asked to find that out. Raises StoreError."""
    url = source.url or ""
    told = await remembered(app, url, now) or await ask(app, source, url, now)
    if told.failure is not None:
        return replace(told.failure, detail=f"robots.txt: {told.failure.detail}"[:300]), told.asked
    if await app.reading.here(allows, told, url, source.user_agent or app.agent):
        return None, told.asked
    name = urlsplit(url).hostname
    detail = f"robots.txt of {name} asks that programs do not read this page"
    if told.said == CLOSED:
        detail = f"robots.txt of {name} could not be read, so its pages are left alone until {told.until:%H:%M} UTC"
    return Failed(code=Code.ROBOTS, detail=detail, asked=told.asked), told.asked


def _has_none(answer: Failed) -> bool:
    if answer.code is Code.REDIRECT:  # after five redirects it counts as unavailable (section 2.3.1.2)
        return True
    return answer.code in (Code.HTTP_4XX, Code.EMPTY)


def _host(url: str) -> str:
    try:
        return Source(id="page", url=url).host
    except ValueError:  # no port is that large; asking for it fails
        return url[:200]
