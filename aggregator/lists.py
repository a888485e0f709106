"""Lists of feeds that are followed (``- opml: ADDRESS``): what each comes to, and which sources its feeds are.

A list is polled like a feed. What it names is kept in the store, so that its feeds are there after a restart without a
network, and when the list is broken. One that is suddenly another is held until the operator lets it in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from aggregator.config.addresses import place, split_userinfo, web_url
from aggregator.config.names import derived
from aggregator.config.redaction import keys_in
from aggregator.model import Code, Failed, FeedInfo, Listed, ParsedFeed
from aggregator.parse import opml
from aggregator.workers import WorkerCrash, WorkerTimeout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from aggregator.config import Config
    from aggregator.model import FeedList, Fetched, PollPlan, Source, SourceState
    from aggregator.wiring import App

MOST = 5_000
"""Feeds of one list that are followed, the first."""

SMALL = 64 * 1024
"""Bytes of a list that is read here; larger ones in a process that can be killed."""

FEW = 5
"""That may leave a list at once, however short it is."""
MANY = 200
"""That may come into a list at once, unless it had more."""


def with_members(config: Config, lists: Mapping[str, Sequence[Listed]]) -> Config:
    """The configuration with the feeds of its lists behind them; ``lists`` are those of each list, as stored.

    A feed that is configured itself is left to that, and one that several lists name to the first. Its id is made of
    its address alone, whether http or https, and always with a hash, so that nothing that is configured later takes it
    away.
    """
    own = [each for each in config.sources if each.listed_in is None]
    if not any(each.members is not None for each in own):
        return config
    addresses = {place(each.url) for each in own if each.url is not None}
    names = {each.id for each in own}
    sources: list[Source] = []
    keys: set[str] = set()
    for source in own:
        sources.append(source)
        if source.members is None:
            continue
        for one in lists.get(source.id, ()):
            member = _member(source, one)
            if member is None or member.id in names or place(one.url or "") in addresses:
                continue
            names.add(member.id)
            addresses.add(place(one.url or ""))
            keys.update(keys_in(one.url or ""))
            sources.append(member)
    return replace(config, sources=tuple(sources), secrets=config.secrets | keys)


def _member(source: Source, one: Listed) -> Source | None:
    """The feed as a source; ``None`` where it is none, or left out."""
    if source.members is None or one.url is None or _is_excluded(source, one):
        return None
    try:
        url, _ = split_userinfo(web_url(one.url))  # a stranger gives nobody a password of ours
    except ValueError:
        return None
    given = source.members.member
    return replace(
        given,
        id=derived(re.sub(r"\Ahttp:", "https:", url), None, hashed=True),
        url=url,
        title=one.title,
        tags=tuple(dict.fromkeys((*given.tags, *one.tags))),
        listed_in=source.id,
    )


def _is_excluded(source: Source, one: Listed) -> bool:
    patterns = source.members.exclude if source.members is not None else ()
    texts = [each.casefold() for each in (one.url, one.title) if each is not None]
    return any(fnmatchcase(text, pattern.casefold()) for pattern in patterns for text in texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """How a list differs from what it was."""

    before: int
    after: int
    came: int
    gone: int

    @property
    def suspicion(self) -> str | None:
        """Why it is not believed, in words; ``None`` where it is.

        A list that is cut off, emptied or another is a fault more often than a wish.
        """
        if not self.before:
            return None
        if not self.after:
            return f"the list names no feed any more; it had {self.before:,}"
        if self.gone > FEW and 2 * self.gone > self.before:
            return f"{self.gone:,} of its {self.before:,} feeds are gone from the list at once"
        if self.came > max(MANY, self.before):
            return f"{self.came:,} feeds came into the list at once; it had {self.before:,}"
        return None

    @property
    def words(self) -> str:
        """``42 feeds: 3 came, 1 gone``."""
        changes = [f"{number:,} {word}" for number, word in ((self.came, "came"), (self.gone, "gone")) if number]
        known = f"{self.after:,} feed{'' if self.after == 1 else 's'}"
        return f"{known}: {', '.join(changes)}" if changes and self.before else known


def compare(before: Sequence[Listed], after: Sequence[Listed]) -> Change:
    """What became of a list."""
    old, new = _addresses(before), _addresses(after)
    return Change(before=len(old), after=len(new), came=len(new - old), gone=len(old - new))


def _addresses(listed: Sequence[Listed]) -> set[str]:
    return {place(each.url) for each in listed if each.url is not None}


async def follow(
    app: App, source: Source, state: SourceState, outcome: Fetched, decide: Callable[..., PollPlan]
) -> PollPlan:
    """Read the list that was fetched and take what it names, unless that is to be held; what to record of the look.

    ``decide`` plans as for a feed. Raises StoreError.
    """
    listed = await _read(app, outcome)
    before = await app.db(app.store.lists.members_of, source)
    if isinstance(listed, Failed):
        detail = f"{listed.detail}; the {len(before):,} feeds it had stay" if before else listed.detail
        return decide(outcome, feed=ParsedFeed(road="opml", problem=replace(listed, detail=detail)))
    every = tuple(replace(each, settings={}, page=None) for each in listed.feeds if each.url is not None)
    feeds = every[:MOST]
    change = compare(before, feeds)
    held = change.suspicion
    if held is None and change.gone and not listed.whole:
        held = f"the list is cut off, and {change.gone:,} of its {change.before:,} feeds are not in what is left"
    if held is None:
        await app.db(app.store.lists.take, source, feeds)
    else:
        await app.db(app.store.lists.hold, source, feeds)
    others = len(listed.feeds) - len(every)
    warnings = (
        *_left_out(app, source, feeds),
        *([f"{len(every) - MOST:,} more left out: {MOST:,} is the most"] if len(every) > MOST else ()),
        *([f"{others:,} of what it names left out, for only feeds are followed"] if others else ()),
    )
    info = FeedInfo(title=listed.title, format="opml")
    decided = decide(outcome, feed=ParsedFeed(road="opml", info=info, warnings=(*listed.problems[:10], *warnings)))
    said: dict[str, Any] = {"quarantine": None, "quarantined_at": None, "detail": change.words}
    if held is not None:
        since = state.quarantined_at or decided.state.last_poll
        said = {"quarantine": held, "quarantined_at": since, "detail": f"{held}; the old ones stay"}
    return replace(decided, state=replace(decided.state, **said))


async def _read(app: App, outcome: Fetched) -> FeedList | Failed:
    document = outcome.documents[0]
    try:
        read = app.reading.here if len(document.body) <= SMALL else app.reading.apart
        found = await read(opml.read, document)
    except WorkerTimeout as error:
        return Failed(code=Code.PARSE_TIMEOUT, detail=str(error))
    except WorkerCrash as error:
        return Failed(code=Code.PARSE_CRASH, detail=str(error))
    if found is None:
        return Failed(code=Code.NOT_A_FEED, detail="this is no list of feeds (OPML, or one address a line)")
    return found


def _left_out(app: App, source: Source, feeds: Sequence[Listed]) -> Iterator[str]:
    """Which of its feeds are no sources of its own, in words."""
    here = {place(each.url): each for each in app.sources.values() if each.url is not None}
    known = []
    for each in feeds:
        other = here.get(place(each.url or ""))
        if other is not None and other.listed_in != source.id:
            known.append(other.id)
    excluded = sum(1 for each in feeds if _is_excluded(source, each))
    if known:
        more = f" and {len(known) - 5} more" if len(known) > 5 else ""
        yield f"{len(known)} of its feeds are sources of their own already: {', '.join(known[:5])}{more}"
    if excluded:
        yield f"{excluded} of its feeds left out by exclude"
