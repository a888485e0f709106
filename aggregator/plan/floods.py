"""Whether so many new articles are believable: a source that gives everything new ids posts nothing new.

Old posts that come again as new are the loudest complaint about programs of this kind (miniflux #1409, FreshRSS #5909,
pelican #2014, python/planet #151). What tells them from a busy day is that they look old.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING, TypeVar

from aggregator.model import FLOOD

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from aggregator.articles import Identified
    from aggregator.model import Article, Known, KnownArticle, SourceState

T = TypeVar("T")

LEAST = 10
"""So many new articles in one look are never a flood."""
TIMES = 5
"""Nor are so many times as many as are usual for the source."""
REMEMBERED = 20
"""Looks by which it is known what is usual."""
LONG = timedelta(days=365)
BEHIND = timedelta(days=7)
"""A date that lies so far behind that of the newest article looks old."""


def believable(habit: Sequence[int]) -> int:
    """How many new articles one look may bring whatever they look like; ``habit`` is how many the last ones brought."""
    usual = sorted(habit)[ceil(0.95 * len(habit)) - 1] if habit else 0
    return max(LEAST, TIMES * usual)


def habit_after(habit: Sequence[int], new: int) -> tuple[int, ...]:
    """``SourceState.habit`` after a look that brought so many."""
    return (*habit, new)[-REMEMBERED:] if new else tuple(habit)


def in_flood(
    new: Sequence[Article], state: SourceState, entries: Iterable[Identified], known: Known, now: datetime
) -> Mapping[str, str]:
    """Key -> why it is held, for those of ``new`` that look old, where there are too many; else nothing.

    ``new`` is what is really new after all that could be recognised was, ``state`` how the source stood before this
    look, ``entries`` its document. What does not look old is never held.
    """
    if len(new) <= believable(state.habit):
        return {}
    old = _looking_old(new, state, entries, known, now)
    return {key: f"{FLOOD}{sign}" for key, sign in old.items()} if 2 * len(old) > len(new) else {}


def _looking_old(
    new: Sequence[Article], state: SourceState, entries: Iterable[Identified], known: Known, now: datetime
) -> dict[str, str]:
    held = {each.key: each for each in (*known.same_page, *known.upstream, *known.articles.values())}.values()
    repeated = _Repeated(new, held)
    dates = [_date_of(each) for each in held if each.accepted]
    newest = max(dates, default=None)
    looked = state.last_success or state.last_new or now
    beyond = _beyond(entries, known)
    found: dict[str, str] = {}
    for each in new:
        dated = each.published or each.updated
        if (sign := repeated.sign_of(each)) is not None:
            found[each.key] = sign
        elif dated is None:
            if each.key in beyond:
                found[each.key] = "without a date, and among older ones in its feed"
        elif dated >= looked:  # posted since then, however long ago that was
            continue
        elif dated < now - LONG:
            found[each.key] = "dated over a year ago"
        elif newest is not None and dated < newest - BEHIND:
            found[each.key] = f"dated over {BEHIND.days} days before the newest"
    return found


class _Repeated:
    """What articles have in common with known ones, and with no other new one: every entry of a change log may link
    to the same page, and every commit may be called "Update README"."""

    def __init__(self, new: Iterable[Article], held: Collection[KnownArticle]) -> None:
        new = tuple(new)
        self._titles = _once(each.title.casefold() for each in new) & {each.title.casefold() for each in held}
        self._pages = _once(each.page_hash for each in new) & {each.page_hash for each in held}
        self._texts = _once(each.text_hash for each in new) & {each.text_hash for each in held}

    def sign_of(self, article: Article) -> str | None:
        """What of it is known, in words."""
        if article.page_hash in self._pages:
            return "its page is known"
        if article.title.casefold() in self._titles:
            return "its title is known"
        return "its text is known" if article.text_hash in self._texts else None


def _once(values: Iterable[T | None]) -> set[T]:
    return {value for value, count in Counter(values).items() if count == 1 and value is not None}


def _date_of(held: KnownArticle) -> datetime:
    claimed = held.published or held.updated
    return held.first_seen if claimed is None else min(claimed, held.first_seen)


def _beyond(entries: Iterable[Identified], known: Known) -> set[str]:
    """Keys of the entries that stand on the older side of most known ones.

    Feeds have the newest first, but for those whose known entries stand in the order in which they came.
    """
    order = tuple(entries)
    seen = [held.first_seen for each in order if (held := known.articles.get(each.key)) is not None]
    reverse = bool(seen) and seen[0] < seen[-1]
    beyond: set[str] = set()
    passed = 0
    for each in reversed(order) if reverse else order:
        if each.key in known.articles:
            passed += 1
        elif 2 * passed > len(seen):
            beyond.add(each.key)
    return beyond
