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
    held = {each.key: each for each in (*known.same_page, *known.upstream, *known.articles.values())}.values()
    old = _looking_old(new, state, entries, known, held, now)
    if 2 * len(old) <= len(new):
        return {}
    again = _Repeated(new, held)
    old |= {each.key: sign for each in new if each.key not in old and (sign := again.sign_of(each)) is not None}
    return {key: f"{FLOOD}{sign}" for key, sign in old.items()}


def _looking_old(
    new: Sequence[Article],
    state: SourceState,
    entries: Iterable[Identified],
    known: Known,
    held: Collection[KnownArticle],
    now: datetime,
) -> dict[str, str]:
    repeated = _Repeated(new, held, at_most=1)
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
    """What new articles have in common with as many known ones, or more.

    That of those that are ``at_most`` so many tells a flood: every entry of a change log may link to the same page, and
    every commit may be called "Update README". In a flood, they too are old (areweanticheatyet.com has one six times).
    """

    def __init__(self, new: Collection[Article], held: Collection[KnownArticle], at_most: int | None = None) -> None:
        most = len(new) if at_most is None else at_most
        self._titles = _common((_title(each) for each in new), (_title(each) for each in held), most)
        self._pages = _common((each.page_hash for each in new), (each.page_hash for each in held), most)
        self._texts = _common((each.text_hash for each in new), (each.text_hash for each in held), most)

    def sign_of(self, article: Article) -> str | None:
        """What of it is known, in words."""
        if article.page_hash in self._pages:
            return "its page is known"
        if _title(article) in self._titles:
            return "its title is known"
        return "its text is known" if article.text_hash in self._texts else None


def _title(article: Article | KnownArticle) -> str:
    return article.title.casefold()


def _common(new: Iterable[T | None], held: Iterable[T | None], most: int) -> set[T]:
    before = Counter(held)
    counts = ((value, count) for value, count in Counter(new).items() if value is not None)
    return {value for value, count in counts if count <= min(most, before[value])}


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
