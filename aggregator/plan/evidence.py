"""What speaks for an entry and a held article being one: the same page, title, date or words, and no other has them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from aggregator.articles import page_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
    from datetime import datetime

    from aggregator.model import Article, KnownArticle

    Kind = Callable[["Facts"], Hashable]

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
    FAINT = 0
    """The page alone, or the title of what has neither page nor date; believed where an edit made a document lose it,
    or beside better evidence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What an article can be known again by."""

    spelled: int | None
    """Its own id as an address, however it is spelled."""
    page: int | None
    title: str
    date: datetime | None
    text: int | None


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
        date=article.published or article.updated,
        text=article.text_hash,
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
    strangers: Mapping[str, Facts], free: Mapping[str, Facts], entries: Iterable[Facts], held: Iterable[Facts]
) -> list[Pair]:
    """Which of ``strangers`` seems to be which of the articles that are ``free``, strongest evidence first.

    ``entries`` are all of the document and ``held`` all articles recalled: what two of either share tells nothing. Each
    stranger and each article is in one pair at most.
    """
    entries, held = tuple(entries), tuple(held)
    strangers, free = dict(strangers), dict(free)
    found: list[Pair] = []
    for kind, weight in _KINDS:
        once_said, once_held = _once(kind, entries), _once(kind, held)
        at = {value: key for key, each in free.items() if (value := kind(each)) in once_held}
        for key, each in list(strangers.items()):
            value = kind(each)
            if value not in once_said or value not in at:
                continue
            article = at[value]
            if kind is _page:
                weight = Weight.SURE if _agree(each, free[article]) else Weight.FAINT
            found.append(Pair(entry=key, article=article, weight=weight))
            del strangers[key], free[article], at[value]
    return found


def _once(kind: Kind, facts: Iterable[Facts]) -> set[Hashable]:
    counted = Counter(value for each in facts if (value := kind(each)) is not None)
    return {value for value, count in counted.items() if count == 1}


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


def _undated_words(facts: Facts) -> Hashable:
    return _together(facts.title, facts.text) if facts.date is None else None


def _bare_title(facts: Facts) -> Hashable:
    return facts.title if facts.date is None and facts.text is None and len(facts.title) >= TELLING else None


def _placeless_title(facts: Facts) -> Hashable:
    return facts.title if facts.date is None and facts.page is None else None


_KINDS: tuple[tuple[Kind, Weight], ...] = (
    (_spelled, Weight.SURE),
    (lambda facts: _together(facts.title, facts.date, facts.text), Weight.SURE),
    (_page, Weight.FAINT),
    (lambda facts: _together(facts.title, facts.date), Weight.LIKELY),
    (lambda facts: _together(facts.date, facts.text), Weight.LIKELY),
    (_undated_words, Weight.LIKELY),
    (lambda facts: _together(facts.title, facts.text), Weight.SLIGHT),
    (lambda facts: facts.text, Weight.SLIGHT),
    (_bare_title, Weight.SLIGHT),
    (_placeless_title, Weight.FAINT),
)
