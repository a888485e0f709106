"""What speaks for an entry and a held article being one: the same page, title, date or words, and no other has them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from enum import IntEnum
from typing import TYPE_CHECKING, Any, TypeVar

from aggregator.articles import page_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
    from datetime import datetime

    from aggregator.model import Article, KnownArticle

    Kind = Callable[["Facts"], Hashable]

K = TypeVar("K", int, str)

TELLING = 16
"""Letters from which a title says enough where there is neither a date nor a text."""


class Weight(IntEnum):
    """How much it takes to believe a pair."""

    SURE = 3
    """Believed alone: the page and one thing more, or title, date and words."""
    LIKELY = 2
    """Two things; believed where most of the unknown entries of a document pair."""
    SLIGHT = 1
    """One thing; believed where a whole document changes, and only of what was in the last one."""
    PAGE = 0
    """The page alone; believed beside better evidence. This and all above is believed of what a document lost by an
    edit..."""
    FAINT = -1
    """...and so is the title of what has neither id, page nor date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What an article can be known again by."""

    spelled: int | None
    """Its own id as an address, however it is spelled."""
    page: int | None
    title: str
    date: datetime | None
    text: int | None
    nameless: bool
    """Whether it has neither an id nor a page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """An entry and the held article it seems to be, by their keys."""

    entry: str
    article: str
    weight: Weight


def facts_of(article: Article | KnownArticle, own_id: str | None, site: Collection[int]) -> Facts:
    """``own_id`` is the id its source gave it; ``site`` are pages that are no entry's own, such as the home page."""
    page = article.page_hash
    return Facts(
        spelled=page_hash(own_id),
        page=None if page in site else page,
        title=told(article.title),
        date=article.published,
        text=article.text_hash,
        nameless=page is None and own_id is None,
    )


def told(title: str) -> str:
    """A title for comparing."""
    return "".join(title.split()).casefold()


def is_other(article: Article, held: KnownArticle) -> bool:
    """Whether an entry under a known id says so much else that it was given the id of another one.

    Its page, title and words are others, and it is of a later date: an id may be reused for a later release, which was
    never shown in miniflux (#3186).
    """
    later = article.published is not None and held.published is not None and article.published > held.published
    return later and is_doubtful(article, held) and is_unlike(article, held)


def is_unlike(article: Article, held: KnownArticle) -> bool:
    """Whether page, title and words are all others."""
    same_text = article.text_hash is not None and article.text_hash == held.text_hash
    pages = article.page_hash is not None and held.page_hash is not None
    same_page = not pages or article.page_hash == held.page_hash
    return not (same_page or same_text or told(article.title) == told(held.title))


def is_doubtful(article: Article, held: KnownArticle) -> bool:
    """Whether a known key may be another's by now: the entry has another title, or leads to another page."""
    return article.page_hash != held.page_hash or told(article.title) != told(held.title)


def pairs(
    strangers: Mapping[str, Facts],
    entries: Iterable[Facts],
    held: Mapping[str, Facts],
    free: Collection[str],
    near: Collection[str],
) -> list[Pair]:
    """Which of ``strangers`` seems to be which of the articles that are ``free``, strongest evidence first.

    ``entries`` are all of the document and ``held`` all articles recalled, by their keys; what two of either share
    tells nothing. Articles that are ``near``, of the last document or of this, are looked at before all others: only by
    its page is an article told from all that ever were. Each stranger and each article is in one pair at most.
    """
    entries = tuple(entries)
    left, open_ = dict(strangers), set(free)
    found: list[Pair] = []
    for kind, weight in _KINDS:
        said = _once(kind, enumerate(entries))
        everything = _once(kind, held.items())
        nearby = everything if kind is _page else _once(kind, ((key, held[key]) for key in near))
        for place in (nearby,) if weight is Weight.SLIGHT or kind is _undated else (nearby, everything):
            for key, each in list(left.items()):
                article = place.get(kind(each))
                if article not in open_ or kind(each) not in said:
                    continue
                sure = kind is _page and _agree(each, held[article])
                found.append(Pair(entry=key, article=article, weight=Weight.SURE if sure else weight))
                del left[key]
                open_.discard(article)
    return found


def _once(kind: Kind, facts: Iterable[tuple[K, Facts]]) -> dict[Hashable, K]:
    """What only one of them has -> which that is."""
    first: dict[Hashable, K] = {}
    again: set[Hashable] = set()
    for key, each in facts:
        value = kind(each)
        if value is not None and first.setdefault(value, key) != key:
            again.add(value)
    return {value: key for value, key in first.items() if value not in again}


def _agree(one: Facts, other: Facts) -> bool:
    """Whether anything but the page is the same."""
    return one.title == other.title or any(
        mine is not None and mine == theirs for mine, theirs in ((one.text, other.text), (one.date, other.date))
    )


def _together(*values: Any) -> Hashable:
    return None if None in values else values


def _spelled(facts: Facts) -> Hashable:
    return facts.spelled


def _page(facts: Facts) -> Hashable:
    return facts.page


def _undated(facts: Facts) -> Hashable:
    """All that is said without a date. Reminders say the same each week, so it counts for the last document only."""
    return _together(facts.title, facts.text) if facts.date is None else None


def _bare_title(facts: Facts) -> Hashable:
    return facts.title if facts.date is None and facts.text is None and len(facts.title) >= TELLING else None


def _instant(facts: Facts) -> Hashable:
    """A date with a time: days alone repeat."""
    return facts.date if facts.date is not None and facts.date.time() != time.min else None


def _only_title(facts: Facts) -> Hashable:
    return facts.title if facts.date is None and facts.nameless else None


_KINDS: tuple[tuple[Kind, Weight], ...] = (
    (_spelled, Weight.SURE),
    (lambda facts: _together(facts.title, facts.date, facts.text), Weight.SURE),
    (_undated, Weight.SURE),
    (_page, Weight.PAGE),
    (lambda facts: _together(facts.title, facts.date), Weight.LIKELY),
    (lambda facts: _together(facts.date, facts.text), Weight.LIKELY),
    (lambda facts: _together(facts.title, facts.text), Weight.SLIGHT),
    (lambda facts: facts.text, Weight.SLIGHT),
    (_instant, Weight.SLIGHT),
    (_bare_title, Weight.SLIGHT),
    (_only_title, Weight.FAINT),
)
