"""What of a document is new, changed, renamed, withdrawn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aggregator.articles import minted_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from aggregator.articles import Identified
    from aggregator.model import Article, Known, KnownArticle, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What one poll found, sorted."""

    new: tuple[Article, ...]
    updated: tuple[Article, ...]
    refreshed: tuple[Article, ...]
    aliases: tuple[tuple[str, str], ...]
    withdrawn: tuple[str, ...]
    unchanged: int
    held: tuple[Article, ...] = ()
    upstream: tuple[str, ...] = ()
    """Keys of the articles in this document, in its order."""

    def words(self) -> str:
        """``3 new, 1 changed``, for people."""
        found = {"new": self.new, "changed": self.updated, "withdrawn": self.withdrawn, "held": self.held}
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
    refreshed: list[Article] = []
    aliases: list[tuple[str, str]] = []
    unchanged = 0
    for entry in entries:
        held, article = known.articles.get(entry.key), made.get(entry.key)
        if held is None and article is not None and (held := _renamed(article, gone)) is not None:
            del gone[held.key]
            aliases.append((entry.key, held.key))
        if article is None:
            unchanged += 1
        elif held is None:
            fresh = _named(article, entry, owners, source)
            owners.setdefault(fresh.id, fresh.key)
            new.append(fresh)
        elif held.withdrawn:
            updated.append(_as_held(article, held))
        elif reread or article.fingerprint == held.fingerprint or held.held is not None:  # an edit nobody sees
            refreshed.append(_as_held(article, held))
        else:
            updated.append(replace(_as_held(article, held), updated=_moved(article.updated, held, now)))
    return Changes(
        new=tuple(new),
        updated=tuple(updated),
        refreshed=tuple(refreshed),
        aliases=tuple(aliases),
        withdrawn=tuple(sorted(gone)),
        unchanged=unchanged,
        upstream=_upstream(entries, known, aliases),
    )


def _upstream(entries: Sequence[Identified], known: Known, aliases: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    renamed = dict(aliases)
    held = known.articles
    keys = (held[each.key].key if each.key in held else renamed.get(each.key, each.key) for each in entries)
    return tuple(dict.fromkeys(keys))


def _gone(entries: Sequence[Identified], known: Known) -> dict[str, KnownArticle]:
    """Articles a folder no longer holds under the names it had, by key and in its order."""
    named = {held.key for entry in entries if (held := known.articles.get(entry.key)) is not None}
    live = (held for held in known.articles.values() if not held.withdrawn and held.key not in named)
    return {each.key: each for each in sorted(live, key=lambda held: held.key)}


def _renamed(article: Article, gone: Mapping[str, KnownArticle]) -> KnownArticle | None:
    """The article a new file is under its old name: the one that says, else the one that means, the same.

    A file without a title is titled by its name, so that another name gives it another meaning, but no other hash.
    """
    said = (each for each in gone.values() if each.raw_hash == article.raw_hash)
    meant = (each for each in gone.values() if each.fingerprint == article.fingerprint)
    return next(said, None) or next(meant, None)


def _named(article: Article, entry: Identified, owners: dict[str, str], source: Source) -> Article:
    """With the id it is published under: its own where it has one and nobody else holds it, else a minted one.

    An id held by another article is never taken over: the claimant is kept, under a minted id, and not shown.
    """
    owner = owners.get(entry.claimed_id) if entry.claimed_id is not None else None
    if entry.claimed_id is not None and owner in (None, article.key):
        return replace(article, id=entry.claimed_id)
    minted = replace(article, id=minted_id(source.id, entry.key))
    if owner is None:
        return minted
    warning = f"its id {entry.claimed_id} is already held by another article, which is the one that is shown"
    return replace(minted, duplicate_of=owner, warnings=(*article.warnings, warning))


def _as_held(article: Article, held: KnownArticle) -> Article:
    """The new text under the old identity and dates."""
    return replace(
        article,
        key=held.key,
        id=held.id,
        first_seen=held.first_seen,
        sort_at=held.sort_at,
        published=held.published or article.published,
        updated=held.updated,
        duplicate_of=held.duplicate_of,
        held=held.held,
    )


def _moved(claimed: datetime | None, held: KnownArticle, now: datetime) -> datetime:
    """When a changed article was updated: as it claims, where that is later than before and not in the future."""
    before = held.updated or held.published or held.first_seen
    return claimed if claimed is not None and before < claimed <= now else max(now, held.updated or now)
