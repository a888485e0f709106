"""The feeds at an address, each asked for once and read as a poll would read it.

The address itself comes first. Where that is a page: what it names (also in its header), what its site's rules lead to,
what it links to; then what the front page names; and only then a handful of usual addresses, until one is a feed.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from aggregator.adding.ranking import Tried, candidate, ranked
from aggregator.articles import identify
from aggregator.config.addresses import place, split_userinfo
from aggregator.fetch import Fetcher
from aggregator.model import Code, Failed, Fetched, Source, SourceState
from aggregator.parse import discovery
from aggregator.parse.discovery import Found
from aggregator.parse.refusal import wall
from aggregator.reading import Reading
from aggregator.schedule import host_gap
from aggregator.wiring import agent, utc_now
from aggregator.workers import WorkerCrash, WorkerTimeout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from aggregator.adding.ranking import Candidate
    from aggregator.config import Config
    from aggregator.model import Document, ParsedFeed

MOST = 12
"""Feeds of a page that are asked for, at a second each of one host."""

UNREACHED = (Code.DNS, Code.CONNECT, Code.TLS, Code.BLOCKED_ADDR, Code.BLOCKED_SCHEME, Code.TIMEOUT, Code.TOO_SLOW)
"""How a look ends that says nothing of the host's other addresses but that they will do no better."""


@dataclass(slots=True)
class Discovery:
    """What was found at an address."""

    feeds: tuple[Candidate, ...] = ()
    tried: list[Tried] = field(default_factory=list)
    """Addresses at which there was no feed, in the order in which they were asked for."""
    wall: str | None = None
    """Whose bot check or firewall answered instead of the site."""
    left: int = 0
    """Addresses that may be feeds and were not asked for, for there are so many."""


class Discoverer:
    """Looks for feeds; one for each command. ``tell`` hears what is asked for."""

    def __init__(self, config: Config, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._known = {place(each.url): each.id for each in config.sources if each.url is not None}
        who = agent(config)
        self._own = Fetcher(polling=config.polling, allow=config.allow, agent=who)
        self._strict = Fetcher(polling=config.polling, agent=who)
        """For what a page names elsewhere: a stranger's page must not have us ask our own network."""
        self._reading = Reading(1)
        self._last: dict[str, float] = {}
        self._given = ""
        self._origin = ("", "")
        self._userinfo: tuple[str, str] | None = None
        """User and password of the address that was given, for its own origin alone."""
        self._asked: set[str] = set()

    async def close(self) -> None:
        """End every socket and process."""
        await self._own.aclose()
        await self._strict.aclose()
        await self._reading.close()

    async def look(self, url: str) -> Discovery:
        """The feeds at an address."""
        result = Discovery()
        url, self._userinfo = split_userinfo(url)
        self._origin = urlsplit(url)[:2]
        self._given = Source(id="feed", url=url).host
        feeds: list[Candidate] = []
        page = await self._try(Found(url, "given"), feeds, result)
        if not feeds and (page is not None or self._goes_on(result)):
            await self._of_page(page, url, feeds, result)
        result.feeds = ranked(feeds)
        return result

    def _goes_on(self, result: Discovery) -> bool:
        return result.wall is None and result.tried[-1].problem.code not in UNREACHED

    async def _of_page(self, page: Fetched | None, url: str, feeds: list[Candidate], result: Discovery) -> None:
        found = await self._named(page) if page is not None else list(discovery.known(url))
        await self._try_all(found, feeds, result)
        if any(not each.comments for each in feeds) or result.wall is not None:
            return
        base = page.final_url if page is not None else url
        front = urljoin(base, "/")
        if front != base and front != url:
            other = await self._try(Found(front, "linked"), feeds, result)
            if other is not None:
                await self._try_all(await self._named(other), feeds, result)
        if feeds or result.wall is not None:
            return
        for each in discovery.guesses(base):
            await self._try(each, feeds, result)
            if feeds or not self._goes_on(result):
                return

    async def _named(self, page: Fetched) -> list[Found]:
        """What a page leads to, the surest first."""
        said = [Found(each, "named") for each in page.feeds]
        try:
            found = await self._reading.apart(discovery.at_page, page.documents[0])
        except (WorkerCrash, WorkerTimeout):  # what is in its header, and the rules of its site, are known all the same
            found = discovery.known(page.final_url)
        return [*said, *found]

    async def _try_all(self, found: Iterable[Found], feeds: list[Candidate], result: Discovery) -> None:
        every = sorted(found, key=lambda each: discovery.ORDER.index(each.how))
        new = list({each.url: each for each in reversed(every) if each.url not in self._asked}.values())[::-1]
        result.left += max(0, len(new) - MOST)
        for each in new[:MOST]:
            await self._try(each, feeds, result)

    async def _try(self, found: Found, feeds: list[Candidate], result: Discovery) -> Fetched | None:
        """Ask for one address; a feed is added to ``feeds``, and a page is given back."""
        found = found._replace(url=split_userinfo(found.url)[0])
        if found.url in self._asked:
            return None
        self._asked.add(found.url)
        self._tell(found.url)
        trusted = urlsplit(found.url)[:2] == self._origin
        source = Source(id="feed", url=found.url, basic_auth=self._userinfo if trusted else None)
        await self._pause(source.host)
        now = utc_now()
        fetcher = self._own if source.host == self._given else self._strict
        outcome = await fetcher.fetch(source, SourceState(source=source.id, next_poll_at=now), now)
        if not isinstance(outcome, Fetched):
            problem = (
                outcome if isinstance(outcome, Failed) else Failed(code=Code.UNEXPECTED_STATUS, detail="nothing came")
            )
            result.tried.append(Tried(url=found.url, how=found.how, problem=problem))
            if found.how == "given" and " from " in problem.detail and problem.status in (401, 403, 405, 429, 503):
                result.wall = problem.detail
            return None
        read = await self._reading.parse(outcome.documents, source, now)
        if read.problem is not None and not read.entries:
            result.tried.append(Tried(url=found.url, how=found.how, problem=read.problem))
            if guard := wall(outcome.documents[0].body[:65536].decode("utf-8", "replace")):
                result.wall = guard
                return None
            return outcome if _is_page(outcome.documents[0], read) else None
        articles = await self._reading.normalise(identify(read, source), read.info, source, now)
        one = candidate(found, outcome, read.info, () if isinstance(articles, Failed) else articles, read.warnings)
        feeds.append(self._with_known(one))
        return None

    def _with_known(self, one: Candidate) -> Candidate:
        places = (one.url, one.asked, one.final, one.self_url)
        names = (self._known.get(place(each)) for each in places if each)
        return replace(one, known=next((each for each in names if each is not None), None))

    async def _pause(self, host: str) -> None:
        """The gap between two requests to one host that polls keep too."""
        clock = asyncio.get_running_loop().time
        wait = self._last.get(host, -1e9) + host_gap(host).total_seconds() - clock()
        if wait > 0:
            await asyncio.sleep(wait)
        self._last[host] = clock()


def _is_page(document: Document, read: ParsedFeed) -> bool:
    kind = (document.media_type or "").partition(";")[0].strip().lower()
    return read.road == "html" or kind in ("text/html", "application/xhtml+xml")
