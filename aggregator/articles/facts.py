"""Facts beside the words of an article, cleaned: episodes, places, threads, licences, wishes. Nothing is invented."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aggregator.articles.characters import legal
from aggregator.articles.language import language_tag
from aggregator.articles.text import plain
from aggregator.articles.urls import MAX_LINK, web
from aggregator.model import Chapter, Credit, Episode, Link, Place, Reference, Replies, Wishes

if TYPE_CHECKING:
    from aggregator.model import FeedInfo, ParsedEntry

MAX_PLACES = 20
MAX_REFERENCES = 20
MAX_CREDITS = 50
MAX_MARKS = 300
_NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,9})?", re.ASCII)
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*", re.ASCII)


def facts_of(entry: ParsedEntry, feed: FeedInfo, base: str | None, url: str | None) -> dict[str, Any]:
    """Those facts of an entry of ``feed``, as keyword arguments of its Article. ``url`` is the article's page."""
    canonical = web(entry.canonical, base)
    return {
        "canonical": canonical if canonical != url else None,
        "episode": _episode(entry.episode, base),
        "places": tuple(place for each in entry.places[:MAX_PLACES] if (place := _place(each)) is not None),
        "in_reply_to": tuple(
            found for each in entry.in_reply_to[:MAX_REFERENCES] if (found := _reference(each, base)) != Reference()
        ),
        "replies": _replies(entry.replies, base),
        "licence": web(entry.licence, base),
        "wishes": _with_access(wishes(entry.wishes), feed.wishes),
    }


def media_type(claimed: str | None) -> str | None:
    """The media type without its parameters; ``None`` for what is none."""
    kind = (claimed or "").partition(";")[0].strip().lower()
    return kind if _MEDIA_TYPE.fullmatch(kind) else None


def count(claimed: int | None) -> int | None:
    """A count that fits any database, or ``None``."""
    return claimed if claimed is not None and 0 <= claimed < 2**63 else None


def link(claimed: Link, base: str | None) -> Link | None:
    """The link with an absolute address and plain words; ``None`` where it leads nowhere."""
    href = web(claimed.href, base)
    if href is None:
        return None
    return Link(
        href=href,
        rel=plain(claimed.rel) or "related",
        type=media_type(claimed.type),
        hreflang=language_tag(claimed.hreflang),
        title=plain(claimed.title),
        length=count(claimed.length),
    )


def wishes(claimed: Wishes | None) -> Wishes | None:
    """What was asked for; an ``access`` that is neither allow nor deny asks nothing."""
    if claimed is None or claimed.access in (None, "allow", "deny"):
        return claimed
    known = replace(claimed, access=None)
    return known if known != Wishes() else None


def _with_access(own: Wishes | None, feed: Wishes | None) -> Wishes | None:
    """Who may publish a feed again is said of all its entries, unless one says it of itself."""
    if feed is None or feed.access is None or (own is not None and own.access is not None):
        return own
    return replace(own or Wishes(), access=feed.access)


def _episode(claimed: Episode | None, base: str | None) -> Episode | None:
    if claimed is None:
        return None
    transcripts = (link(each, base) for each in claimed.transcripts[:MAX_REFERENCES])
    found = Episode(
        season=count(claimed.season),
        season_name=plain(claimed.season_name),
        number=claimed.number if _NUMBER.fullmatch(claimed.number or "") else None,
        name=plain(claimed.name),
        kind=plain(claimed.kind),
        explicit=claimed.explicit,
        transcripts=tuple(each for each in transcripts if each is not None),
        chapters=link(claimed.chapters, base) if claimed.chapters is not None else None,
        marks=tuple(mark for each in claimed.marks[:MAX_MARKS] if (mark := _mark(each, base)) is not None),
        credits=tuple(one for each in claimed.credits[:MAX_CREDITS] if (one := _credit(each, base)) is not None),
    )
    return found if found != Episode() else None


def _mark(claimed: Chapter, base: str | None) -> Chapter | None:
    title = plain(claimed.title)
    if title is None or not (math.isfinite(claimed.start) and claimed.start >= 0):
        return None
    return Chapter(start=claimed.start, title=title, url=web(claimed.url, base), image=web(claimed.image, base))


def _credit(claimed: Credit, base: str | None) -> Credit | None:
    name, role, group = plain(claimed.name), plain(claimed.role), plain(claimed.group)
    if name is None:
        return None
    return Credit(
        name=name,
        role=role or "host",
        group=group or "cast",
        url=web(claimed.url, base),
        image=web(claimed.image, base),
    )


def _place(claimed: Place) -> Place | None:
    sound = all(abs(latitude) <= 90 and abs(longitude) <= 180 for latitude, longitude in claimed.points)
    if not claimed.points or not sound or not plain(claimed.shape):
        return None
    return replace(
        claimed,
        shape=plain(claimed.shape) or "point",
        radius=_finite(claimed.radius),
        elevation=_finite(claimed.elevation),
        name=plain(claimed.name),
    )


def _finite(number: float | None) -> float | None:
    return number if number is not None and math.isfinite(number) else None


def _reference(claimed: Reference, base: str | None) -> Reference:
    return Reference(
        ref=legal(claimed.ref[:MAX_LINK]).strip() or None if claimed.ref else None,
        href=web(claimed.href, base),
        type=media_type(claimed.type),
        source=web(claimed.source, base),
    )


def _replies(claimed: Replies | None, base: str | None) -> Replies | None:
    if claimed is None:
        return None
    found = Replies(
        count=count(claimed.count),
        updated=claimed.updated,
        feed=web(claimed.feed, base),
        post_to=web(claimed.post_to, base),
    )
    return found if found != Replies() else None
