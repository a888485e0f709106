"""Which held article an entry is whose key is not known: sources change their ids, their links, and both at once.

An entry that is taken for another article is lost, so a pair needs evidence (:mod:`aggregator.plan.evidence`), and of
two that could be one article none is. One that is not recognised comes back as new. What decides between the two is
how much of a document is unknown at once: where 60 % of the unknown entries pair, the source has changed its ids.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aggregator.articles import identity_by, key_by_id, minted_id, narrower_keys, page_hash
from aggregator.model import DROPPED, FLOOD
from aggregator.plan.evidence import Weight, facts_of, is_doubtful, is_other, is_unlike, pairs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from aggregator.articles import Identified
    from aggregator.model import Article, FeedInfo, Known, KnownArticle, Source, SourceState
    from aggregator.plan.evidence import Facts, Pair

ENOUGH = 0.6
"""Of the unknown entries of a document that have to pair for it to be the old ones under new ids."""

MANY = 3
"""Pairs from which slight evidence counts: of fewer, a repeated text or a title is more likely a habit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """A document with each entry under the identity that it is held under, or is new under."""

    entries: tuple[Identified, ...]
    articles: tuple[Article, ...]
    known: Known
    """With what was recognised, as if it had been asked for by an alias."""
    aliases: tuple[tuple[str, str], ...] = ()
    """(key, key of the article) for what was recognised."""
    came: int = 0
    """How many entries came under unknown ids..."""
    paired: int = 0
    """...and how many of them were recognised."""
    by: str | None = None
    """By what all recognised entries could have been told apart: ``link``, ``title`` or ``text``."""

    @property
    def remapped(self) -> bool:
        """Whether the source gave its entries other ids, and not just one of them."""
        return self.paired > 1 and 2 * self.paired >= len(self.entries)

    def words(self) -> str | None:
        """What the operator is told of it; ``None`` where the source kept its ids."""
        if not self.remapped:
            return None
        how = {"link": " by their links", "title": " by their titles", "text": " by their texts"}.get(self.by or "", "")
        count, new = self.paired, self.came - self.paired
        others = f"{new} more {'is' if new == 1 else 'are'} new" if new else "none is new"
        return f"{count} entries came under new ids; recognised{how}, {others}"

    def learnt(self, before: str | None) -> str | None:
        """``SourceState.identity`` after this document, which was ``before``.

        Ids that were all new in two documents in a row are no ids: another two would fill the memory with aliases.
        """
        if self.remapped and self.by in ("link", "title"):  # a text is edited too often to be learnt as a name
            return self.by if before in (self.by, f"{self.by}?") else f"{self.by}?"
        return None if before is not None and before.endswith("?") and self.entries else before


def match(
    source: Source,
    state: SourceState,
    info: FeedInfo,
    entries: Sequence[Identified],
    articles: Iterable[Article],
    known: Known,
    *,
    quarantined: bool,
    reread: bool,
) -> Matched:
    """Find the held article of each entry; see :class:`Matched`.

    ``state`` is that before this document, ``info`` what the feed says of itself. What was recognised stays what it
    was: withdrawn, or held. Nothing that came in a quarantine is what came outside it.
    """
    articles = tuple(articles)
    if source.folder is not None:  # a file is its path; renamed ones are found where all files are known
        return Matched(entries=tuple(entries), articles=articles, known=known)
    made = {article.key: article for article in articles}
    by = identity_by(source, state)
    settled = _settle(source, by, entries, made, known)
    if not settled.strangers:
        return _rekeyed(settled, {}, made, known, reread=reread, by=None)
    site = _site(source, info)
    whole = {held.key: held for held in (*known.same_page, *known.upstream, *known.articles.values())}
    facts = {key: facts_of(held, _own_id(source, held), site) for key, held in whole.items()}
    upstream = {held.key for held in known.upstream}
    named = settled.named
    free = {key for key, held in whole.items() if key not in named and not _is_apart(held, quarantined=quarantined)}
    strangers: dict[str, Facts] = {}
    for entry in settled.strangers:
        own_id = entry.entry.raw_id if by in ("auto", "id") and entry.key not in settled.reused else None
        strangers[entry.key] = facts_of(made[entry.key], own_id, site)
    others = (facts_of(made.get(entry.key, held), None, site) for entry, held in settled.held if held is not None)
    found = pairs(strangers, (*strangers.values(), *others), facts, free, upstream | named.keys())
    if by == "id":
        found = [each for each in found if strangers[each.entry].spelled == facts[each.article].spelled is not None]
    if state.final_url is None:  # never read at this address: it may be another feed altogether
        found = [each for each in found if each.weight is not Weight.SLIGHT]
    believed = _believed(found, settled, whole, upstream, by)
    chosen = {pair.entry: whole[pair.article] for pair in believed}
    return _rekeyed(
        settled, chosen, made, known, reread=reread, by=_told_by(believed, strangers, facts) if believed else None
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Settled:
    """A document after its keys were looked up."""

    held: tuple[tuple[Identified, KnownArticle | None], ...]
    """Every entry, under its own key, with its article where a key names that."""
    own_keys: Mapping[str, str]
    """Entry key -> the key that is its own, where another article holds the first."""
    reused: frozenset[str]
    """Keys of entries whose id is another article's."""
    by_id: frozenset[str]
    """Keys of entries that are known by their ids, though these are their names no longer."""

    @property
    def strangers(self) -> tuple[Identified, ...]:
        """Entries that no key knows."""
        return tuple(entry for entry, held in self.held if held is None)

    @property
    def named(self) -> dict[str, KnownArticle]:
        """The articles that entries were found to be, by their keys."""
        return {held.key: held for _, held in self.held if held is not None}


def _settle(
    source: Source, by: str, entries: Sequence[Identified], made: Mapping[str, Article], known: Known
) -> _Settled:
    """Look the keys up: the narrowest known key wins, and a key is not believed where all else is another's.

    Two entries of one document that came to be one article (both under ids it had at some time) are one entry.
    """
    found: list[tuple[Identified, KnownArticle | None]] = []
    own_keys: dict[str, str] = {}
    ids = Counter(each.entry.raw_id for each in entries)
    del ids[None]  # of what has none
    reused: set[str] = set()
    by_id: set[str] = set()
    for entry in entries:
        held, article = known.articles.get(entry.key), made.get(entry.key)
        if article is not None and (held is None or is_doubtful(article, held)):
            narrower = narrower_keys(entry.entry, source, by)
            narrow = next((known.articles[key] for key in narrower if key in known.articles), None)
            if narrow is not None:
                held = narrow
            elif held is not None and by in ("auto", "id") and is_other(article, held):
                reused.add(entry.key)
                own_keys[entry.key] = narrower[-1]
                held = None
            elif held is None and by != source.identity and ids[entry.entry.raw_id] == 1:
                # What was learnt is not certain for ever: the ids of the last look may hold still from now on.
                held = known.articles.get(key_by_id(entry.entry, source))
                held = None if held is None or is_other(article, held) else held
                by_id.update({entry.key} if held is not None else ())
        found.append((entry, held))
    direct = {held.key for entry, held in found if held is not None and held.key == entry.key}
    taken: set[str] = set()
    kept: list[tuple[Identified, KnownArticle | None]] = []
    for entry, held in found:
        if held is not None and (held.key in taken or (held.key in direct and held.key != entry.key)):
            article = made.get(entry.key)
            if article is None or not is_unlike(article, held):
                continue
            reused.add(entry.key)
            own_keys[entry.key] = narrower_keys(entry.entry, source, by)[-1]
            kept.append((entry, None))
            continue
        if held is not None:
            taken.add(held.key)
        kept.append((entry, held))
    return _Settled(held=tuple(kept), own_keys=own_keys, reused=frozenset(reused), by_id=frozenset(by_id))


def _is_apart(held: KnownArticle, *, quarantined: bool) -> bool:
    """Whether a quarantine is between an article and the document: two feeds that had one address."""
    if quarantined:
        return held.accepted
    return not (held.accepted or held.held == DROPPED or (held.held or "").startswith(FLOOD))


def _own_id(source: Source, held: KnownArticle) -> str | None:
    return None if held.id == minted_id(source.id, held.key) else held.id


def _site(source: Source, info: FeedInfo) -> frozenset[int]:
    """Pages that are no entry's own, though entries link to them: the site's, and the roots of their hosts."""
    pages = [each for each in (info.url, source.url) if each is not None]
    roots = ["/".join(each.split("/", 3)[:3]) for each in pages]
    return frozenset(found for each in (*pages, *roots) if (found := page_hash(each)) is not None)


def _believed(
    found: Sequence[Pair], settled: _Settled, whole: Mapping[str, KnownArticle], upstream: set[str], by: str
) -> tuple[Pair, ...]:
    """Those of the pairs that the evidence is enough for."""
    oldest = min((held.sort_at for held in settled.named.values()), default=None)

    def is_edit(pair: Pair) -> bool:
        """It left the document though older ones are still there, as it does when an edit gives it another id."""
        held = whole[pair.article]
        return pair.article in upstream and oldest is not None and oldest < held.sort_at

    sure = [p for p in found if p.weight is Weight.SURE or (by == "link" and p.weight is Weight.PAGE)]
    sure += [p for p in found if p not in sure and is_edit(p)]
    others = [p for p in found if p not in sure]
    likely = [p for p in others if p.weight is Weight.LIKELY]
    slight = [p for p in others if p.weight is Weight.SLIGHT]
    slight = slight if len(sure) + len(likely) + len(slight) >= MANY else []
    firm = [*sure, *likely, *slight]
    if len(firm) < ENOUGH * len(settled.strangers):
        return tuple(sure)
    pages = [p for p in others if p.weight is Weight.PAGE]
    return tuple(firm + pages)


def _told_by(believed: Sequence[Pair], entries: Mapping[str, Facts], held: Mapping[str, Facts]) -> str | None:
    both = [(entries[pair.entry], held[pair.article]) for pair in believed]
    if all(one.page is not None and one.page == other.page for one, other in both):
        return "link"
    if all(one.title == other.title and one.date == other.date is not None for one, other in both):
        return "title"
    return "text" if all(one.text is not None and one.text == other.text for one, other in both) else None


def _rekeyed(
    settled: _Settled,
    chosen: Mapping[str, KnownArticle],
    made: Mapping[str, Article],
    known: Known,
    *,
    reread: bool,
    by: str | None,
) -> Matched:
    entries: list[Identified] = []
    articles: list[Article] = []
    aliases: list[tuple[str, str]] = []
    recognised = dict(known.articles)
    for entry, named in settled.held:
        key = settled.own_keys.get(entry.key, entry.key)
        held, article = named or chosen.get(entry.key), made.get(entry.key)
        if held is not None:
            recognised[key] = held
            if (named is None or entry.key in settled.by_id) and held.key != key:
                aliases.append((key, held.key))
        entries.append(entry if key == entry.key else replace(entry, key=key, claimed_id=None))
        is_old = held is not None and not reread and not held.withdrawn
        if article is not None and not (is_old and held is not None and article.raw_hash == held.raw_hash):
            articles.append(article if key == entry.key else replace(article, key=key))
    return Matched(
        entries=tuple(entries),
        articles=tuple(articles),
        known=replace(known, articles=recognised),
        aliases=tuple(aliases),
        came=len(settled.strangers),
        paired=len(chosen),
        by=by,
    )
