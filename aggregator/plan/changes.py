"""What of a document is new, changed, renamed, withdrawn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aggregator.plan.copies import Others, settle
from aggregator.plan.edits import Edit, as_held, judge, site_lines
from aggregator.plan.retractions import comes_back

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from aggregator.articles import Identified
    from aggregator.model import Article, Known, KnownArticle, Source, Tombstone, Version


ALONE = Others()
"""Where there are no other sources."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What one poll found, sorted."""

    new: tuple[Article, ...]
    updated: tuple[Article, ...]
    refreshed: tuple[Article, ...]
    aliases: tuple[tuple[str, str], ...]
    withdrawn: tuple[str, ...]
    unchanged: int
    untouched: tuple[tuple[str, bytes, int], ...] = ()
    versions: tuple[Version, ...] = ()
    held: tuple[Article, ...] = ()
    earlier: tuple[Article, ...] = ()
    deleted: tuple[str, ...] = ()
    """Keys of the articles that this document says are deleted."""
    upstream: tuple[str, ...] = ()
    """Keys of the articles in this document, in its order."""
    gives_way: tuple[tuple[str, str], ...] = ()
    """(key, key of the new article that is shown instead) for articles of other sources that nobody has seen yet."""

    def words(self) -> str:
        """``3 new, 1 changed``, for people."""
        found = {
            "new": self.new,
            "changed": self.updated,
            "withdrawn": self.deleted + self.withdrawn,
            "held": self.held,
            "earlier": self.earlier,
        }
        counts = ((len(those), word) for word, those in found.items())
        return ", ".join(f"{count} {word}" for count, word in counts if count) or "nothing new"


def compare(
    source: Source,
    entries: Sequence[Identified],
    articles: Iterable[Article],
    known: Known,
    now: datetime,
    *,
    complete: bool,
    reread: bool,
    tombstones: Sequence[Tombstone] = (),
    others: Others = ALONE,
) -> Changes:
    """Sort what was read into new, updated, refreshed and unchanged, and find what was renamed or withdrawn.

    Where another version of the parser read these articles before (``reread``), that they are different now is its
    doing: nobody edited them, and readers must not see them again.
    """
    made = {article.key: article for article in articles}
    gone = _gone(entries, known) if complete else {}
    owners = dict(known.owners)
    new: list[Article] = []
    updated: list[Article] = []
    edits: list[Edit] = []
    furniture = site_lines(made, known)
    aliases: list[tuple[str, str]] = []
    earlier: list[Article] = []
    gives_way: list[tuple[str, str]] = []
    unchanged = 0
    for entry in entries:
        held, article = known.articles.get(entry.key), made.get(entry.key)
        if held is None and article is not None and (held := _renamed(article, gone)) is not None:
            del gone[held.key]
            aliases.append((entry.key, held.key))
        if article is not None and held is not None:
            claimed = entry.claimed_id if entry.claimed_id != held.id else None
            article = replace(article, claimed_id=claimed)
        if article is None:
            unchanged += 1
        elif held is None:
            settled = settle(article, entry, source, known, owners, others, now)
            owners.setdefault(settled.article.id, settled.article.key)
            (new if settled.article.held is None else earlier).append(settled.article)
            gives_way.extend(settled.gives_way)
        elif held.withdrawn and not comes_back(held, entry.entry, tombstones):
            unchanged += 1
        elif held.withdrawn:
            updated.append(as_held(article, held))
        else:
            before = known.before.get(held.key)
            edits.append(judge(article, held, before, now, reread=reread, own=complete, furniture=furniture))
    return Changes(
        new=tuple(new),
        updated=(*updated, *(each.updated for each in edits if each.updated is not None)),
        refreshed=tuple(each.refreshed for each in edits if each.refreshed is not None),
        untouched=tuple(each.untouched for each in edits if each.untouched is not None),
        versions=tuple(each.version for each in edits if each.version is not None),
        aliases=tuple(aliases),
        withdrawn=tuple(sorted(each.key for each in gone.values() if not each.withdrawn)),
        unchanged=unchanged + sum(each.untouched is not None for each in edits),
        upstream=_upstream(entries, known, aliases),
        earlier=tuple(earlier),
        gives_way=tuple(gives_way),
    )


def _upstream(entries: Sequence[Identified], known: Known, aliases: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    renamed = dict(aliases)
    held = known.articles
    keys = (held[each.key].key if each.key in held else renamed.get(each.key, each.key) for each in entries)
    return tuple(dict.fromkeys(keys))


def _gone(entries: Sequence[Identified], known: Known) -> dict[str, KnownArticle]:
    """Articles a folder no longer holds under the names it had, by key and in its order; also those taken back, whose
    files do not come as new under other names."""
    named = {held.key for entry in entries if (held := known.articles.get(entry.key)) is not None}
    nameless = (held for held in known.articles.values() if held.key not in named)
    return {each.key: each for each in sorted(nameless, key=lambda held: (held.withdrawn, held.key))}


def _renamed(article: Article, gone: Mapping[str, KnownArticle]) -> KnownArticle | None:
    """The article a new file is under its old name: the one that says, else the one that means, the same.

    A file without a title is titled by its name, so that another name gives it another meaning, but no other hash. What
    was taken back is known by its text alone after the database was lost.
    """
    said = (each for each in gone.values() if each.raw_hash == article.raw_hash)
    meant = (each for each in gone.values() if each.fingerprint == article.fingerprint)
    text = article.text_hash
    forgotten = (each for each in gone.values() if each.withdrawn and not each.raw_hash and each.text_hash == text)
    return next(said, None) or next(meant, None) or (next(forgotten, None) if text is not None else None)
