"""Whether what an address gives is still the feed it was: domains are sold and parked, feeds replaced. Pure.

What python/planet #379 and #606 tell of: a subscribed blog's domain ran out, and its new owner's spam was published
under the old name. A feed that changes keeps something by which it is known again; one that was put in its place
shares nothing with it. So one thing in common is enough to let a feed pass, and where there never was anything to
know it by, nothing is judged.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aggregator.articles.characters import collapse

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from aggregator.model import Article, FeedInfo

HISTORY = 3
"""Articles known at least, else there is nothing to compare with."""

SETTLED = 4
"""One in so many known articles has to lead to a host for it to be one of the feed's own: a feed of links leads
everywhere, and that a new one leads there too means nothing."""

TELLING = 16
"""Characters from which one title in common is no accident; of shorter ones ("Hello world!") it takes two."""

_LONGEST = 70
"""Characters of a feed's title that the operator is told."""


def is_replaced(
    before: FeedInfo,
    history: Sequence[Article],
    now: FeedInfo,
    articles: Iterable[Article],
    asked: Collection[str],
) -> bool:
    """Whether a feed whose entries are all unknown is another one than was known at this address.

    ``before`` and ``now`` are what the feed said and says of itself (normalised), ``history`` its newest articles
    that were accepted, ``articles`` those of the document that are new. ``asked`` are the addresses it was asked at:
    that a feed names one of them as its own means no more than that it was put there.
    """
    if len(history) < HISTORY:
        return False
    own = _own_hosts(before, history)
    if not own:
        return False
    fresh = tuple(articles)
    found = {host for each in fresh for host in _hosts(each)} | _site(now)
    return not (
        found & own
        or (_told(before.title) and _told(before.title) == _told(now.title))
        or _names(before, asked) & _names(now, asked)
        or _share_titles(history, fresh)
    )


def in_words(before: FeedInfo, now: FeedInfo, entries: int) -> str:
    """What happened, with both titles."""
    whose = "its only entry does not share" if entries == 1 else f"none of its {entries} entries shares"
    return (
        f"the feed is called {_quoted(now.title)} now, it was {_quoted(before.title)}; "
        f"{whose} an id, a host or a title with what was known"
    )


def _own_hosts(info: FeedInfo, history: Sequence[Article]) -> set[str]:
    """The hosts a feed is known by: its site's, and those that its articles lead to time and again."""
    counted = Counter(host for each in history for host in _hosts(each))
    return _site(info) | {host for host, count in counted.items() if count > 1 and count * SETTLED >= len(history)}


def _site(info: FeedInfo) -> set[str]:
    host = _host(info.url)
    return set() if host is None else {host}


def _hosts(article: Article) -> set[str]:
    """Whom an article leads to: the hosts of its page, its files and its id, each once."""
    addresses = (article.url, article.canonical, *(each.url for each in article.enclosures))
    return {host for host in (*map(_host, addresses), _authority(article.id)) if host is not None}


def _host(url: str | None) -> str | None:
    """The host of an address, with and without ``www.`` the same."""
    if url is None:
        return None
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return None
    return host.removeprefix("www.") if host else None


def _authority(published_id: str) -> str | None:
    """Who gave out an id: the host of an address or of a ``tag:`` (RFC 4151), else all but its last part
    (``yt:video:``, ``oai:arXiv.org:``). ``urn:`` names nobody: ``urn:uuid:`` is everybody's, and what we mint."""
    scheme, _, rest = published_id.partition(":")
    scheme = scheme.lower()
    if scheme in ("http", "https"):
        return _host(published_id)
    if scheme == "tag":
        return rest.partition(",")[0].lower().removeprefix("www.") or None
    return None if scheme == "urn" else published_id.rpartition(":")[0].lower()


def _names(info: FeedInfo, asked: Collection[str]) -> set[str]:
    """The id and the address a feed calls its own, but for where it was asked for."""
    return {each for each in (info.id, info.self_url) if each is not None and each not in asked}


def _share_titles(history: Iterable[Article], fresh: Iterable[Article]) -> bool:
    known = {_told(each.title) for each in history}
    shared = {title for each in fresh if (title := _told(each.title)) in known}
    return len(shared) > 1 or any(len(title) >= TELLING for title in shared)


def _told(title: str | None) -> str:
    return collapse(title).casefold() if title else ""


def _quoted(title: str | None) -> str:
    if not title:
        return "nothing"
    return f'"{title if len(title) <= _LONGEST else title[: _LONGEST - 1] + "…"}"'
