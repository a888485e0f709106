"""Whether another source has an article already, and whose the id is that it claims.

Two articles are the same where the evidence is exact: the same page and besides it the same title, text or id, or an
``atom:source`` that names the other; or the same id and such an ``atom:source``. The same page alone is not enough (two
people comment it), nor the same id (a forgery, or the guid "1").

Of the same article one is shown: the first that readers could see. What is not shown yet gives way to what is. Where
the words differ, only the article of the source whose page it is stands for another: a forgery could hide it else.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from aggregator.articles import Rights, minted_id, title_meaning
from aggregator.model import ABSENT, ABSORBED, FOLDED, OPERATOR, PUBLISHER, Code, Duplicates

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from aggregator.articles import Identified
    from aggregator.model import Article, Known, KnownArticle, Source, SourceState

SLACK = timedelta(hours=1)
"""How long after its next look an original is still waited for: a publisher's feed may come out of a cache."""
LONGEST = timedelta(hours=24)
"""So long at most a copy waits for its original."""
SETTLED = timedelta(minutes=15)
"""Longer than a poll takes: what is let out so soon may be published before this poll is written down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Others:
    """What is to be known of other sources to settle the new articles of one."""

    rights: Rights = field(default_factory=Rights)
    duplicates: Duplicates = field(default_factory=Duplicates)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A new article with its place among those of other sources."""

    article: Article
    gives_way: tuple[tuple[str, str], ...] = ()
    """(key, key of the article shown instead) for articles of other sources that nobody has seen yet."""


def settle(
    article: Article,
    entry: Identified,
    source: Source,
    known: Known,
    taken: Collection[str],
    others: Others,
    now: datetime,
) -> Settled:
    """Give a new article its id, and find what it is a copy of, or what is a copy of it.

    ``taken`` are the published ids that are held already, those of this document included.
    """
    named = _named(article, entry, source, known, taken, others.rights)
    if named.duplicate_of is not None:
        return Settled(article=named)
    families = _families(named, source, known.elsewhere, others.rights)
    if not families and others.rights.is_ours(named.origin):
        return Settled(article=replace(named, held=ABSORBED))  # ours, of a time before the database was lost
    until = _waits_until(named, source, known, others, now)
    return _placed(named, source, families, others.rights, now, until)


def _named(
    article: Article, entry: Identified, source: Source, known: Known, taken: Collection[str], rights: Rights
) -> Article:
    """With the id it is published under: its own where it has a right to that and nobody has it, else a minted one."""
    claimed = entry.claimed_id
    minted = minted_id(source.id, entry.key)
    if claimed is None or claimed == minted:
        return replace(article, id=minted, claimed_id=None)
    if claimed not in taken and rights.may_claim(source, claimed):
        return replace(article, id=claimed, claimed_id=None)
    named = replace(article, id=minted, claimed_id=claimed)
    owner = known.owners.get(claimed)
    if owner is None or any(held.key == owner for held in known.elsewhere):
        return named
    warning = f"its id {claimed} is already held by another article of this source, which is the one that is shown"
    return replace(named, duplicate_of=owner, warnings=(*article.warnings, warning))


# ---- which articles are the same


@dataclass(frozen=True, slots=True, kw_only=True)
class _Twin:
    """A held article of another source that is the same."""

    held: KnownArticle
    alike: bool
    """Whether it says the same, and not only by its names."""


def _families(
    article: Article, source: Source, elsewhere: Iterable[KnownArticle], rights: Rights
) -> dict[str, list[_Twin]]:
    """The held articles that this one is the same as, by the key of the one that stands for them."""
    found: dict[str, list[_Twin]] = {}
    for held in elsewhere:
        if (twin := _twin(article, source, held, rights)) is not None:
            found.setdefault(held.duplicate_of or held.key, []).append(twin)
    return found


def _twin(article: Article, source: Source, held: KnownArticle, rights: Rights) -> _Twin | None:
    claimed = article.claimed_id or article.id
    if claimed == held.id == minted_id(held.source, held.key):
        return _Twin(held=held, alike=True)  # nobody else gives that id: it comes back through a reader of our feed
    same_id = claimed in (held.id, held.claimed_id)
    same_page = article.page_hash is not None and article.page_hash == held.page_hash
    ours = rights.is_ours(article.origin)
    named = ours or held.source in rights.named(article.origin) or source.id in rights.named(held.origin)
    alike = same_page and _says_the_same(article, held)
    same = alike or (same_page and (same_id or named)) or (same_id and named)
    return _Twin(held=held, alike=alike or ours) if same else None


def _says_the_same(article: Article, held: KnownArticle) -> bool:
    if article.text_hash is not None and article.text_hash == held.text_hash:
        return True
    return title_meaning(article.title) == title_meaning(held.title)


def _is_original(of: Article | KnownArticle, rights: Rights) -> bool:
    """Whether an article is of the source that its page or its id belongs to."""
    if of.origin is not None and (named := rights.named(of.origin)):
        return of.source in named
    return of.source in rights.to_page(of.url) or of.source in rights.to_id(of.claimed_id or of.id)


# ---- which of them is shown


def _placed(
    article: Article,
    source: Source,
    families: Mapping[str, Sequence[_Twin]],
    rights: Rights,
    now: datetime,
    until: datetime | None,
) -> Settled:
    """Behind what stands already; else before what nobody has seen yet."""
    original = _is_original(article, rights)
    standing: list[tuple[bool, datetime, str]] = []
    unseen: dict[str, _Twin] = {}
    for key, twins in families.items():
        taken_away = {
            twin.held.key
            for twin in twins
            if twin.held.deleted_by == ABSENT
            and twin.held.source in rights.folders
            and article.claimed_id == twin.held.id
        }
        stands = _stands(key, twins, now, taken_away, original=original)
        if stands is None:
            unseen[key] = min(twins, key=lambda twin: (twin.held.key != key, twin.held.first_seen))
        elif stands.alike or (not original and _is_original(stands.held, rights)):
            standing.append((not _is_original(stands.held, rights), stands.held.first_seen, key))
    until = max((each for each in (until, article.not_before) if each is not None), default=None)
    waits = article.left_out is not None or (until is not None and until > now)
    if not standing and waits:
        behind = [(twin.held.first_seen, key) for key, twin in unseen.items() if twin.alike]
        return Settled(article=replace(article, duplicate_of=min(behind)[1] if behind else None, not_before=until))
    owner = min(standing)[2] if standing else None
    gives_way = [
        (key, owner or article.key)
        for key, twin in unseen.items()
        if twin.alike or (original and not _is_original(twin.held, rights))
    ]
    return Settled(article=replace(article, duplicate_of=owner), gives_way=tuple(gives_way))


def _stands(
    key: str, twins: Sequence[_Twin], now: datetime, taken_away: Collection[str], *, original: bool
) -> _Twin | None:
    """Of articles that are the same the one that readers see, or have seen and are not to see again; ``None`` where
    nobody has seen any. What another than the publisher of an original takes back does not take that with it.
    ``taken_away`` are keys of local articles whose file is gone, and that come back under the id we gave them."""
    seen = [
        twin
        for twin in twins
        if _is_shown(twin.held, now) or _is_taken_back(twin.held, original=original) or twin.held.key in taken_away
    ]
    return min(seen, key=lambda twin: (twin.held.key != key, twin.held.first_seen), default=None)


def _is_shown(held: KnownArticle, now: datetime) -> bool:
    let_out = held.not_before is None or held.not_before <= now + SETTLED
    return let_out and not held.withdrawn and held.left_out is None and held.held in (None, FOLDED)


def _is_taken_back(held: KnownArticle, *, original: bool) -> bool:
    if held.duplicate_of is not None:
        return held.deleted_by == OPERATOR
    return held.deleted_by == OPERATOR or (held.deleted_by == PUBLISHER and not original)


def _waits_until(article: Article, source: Source, known: Known, others: Others, now: datetime) -> datetime | None:
    """Until when a copy waits for the original that is to be expected of another source; ``None`` where none is.

    What was written well before the last look at that source would have been there.
    """
    rights = others.rights
    if others.duplicates.prefer == "first" or others.duplicates.show == "all" or source.folder is not None:
        return None
    owners = rights.expected(article.origin, article.url)
    if source.id in owners or any(_is_at(article, held) and held.source in owners for held in known.elsewhere):
        return None
    states = (known.neighbours.get(each) for each in owners & rights.enabled)
    written = article.updated or article.published
    expected = [
        min(max(state.next_poll_at, now) + SLACK, now + LONGEST)
        for state in states
        if state is not None and _is_well(state)
        if written is None or state.last_success is None or written + SLACK > state.last_success
    ]
    return max(expected, default=None)


def _is_well(state: SourceState) -> bool:
    return not state.failures and state.code is not Code.GONE and state.quarantine is None


def _is_at(article: Article, held: KnownArticle) -> bool:
    return article.page_hash is not None and article.page_hash == held.page_hash
