"""What the digests of an output tell of: the articles it took in a day or a week (:mod:`aggregator.store.members`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from aggregator.store.articles import HAS_TEXT, WHOLE, shown
from aggregator.store.codec import decode_article
from aggregator.store.schema import articles, in_parts, output_entries

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from aggregator.model import Article

_OF = output_entries.c


def joined(
    db: Connection, output: str, start: datetime, end: datetime, limit: int, now: datetime, *, copies: bool
) -> tuple[tuple[Article, ...], int, datetime | None]:
    """See :meth:`aggregator.store.faces.outputs.Outputs.joined`."""
    of_it = _between(output, start, end)
    there = *of_it, _OF.taken, HAS_TEXT, *shown(now, copies=copies)
    newest = articles.c.sort_at.desc(), articles.c.key.desc()
    page = WHOLE.join(output_entries, _OF.key == articles.c.key).where(*there).order_by(*newest).limit(limit)
    found = tuple(map(decode_article, db.execute(page)))
    rows = select(func.count()).select_from(output_entries).join(articles, _OF.key == articles.c.key)
    count = len(found) if len(found) < limit else db.scalar(rows.where(*there)) or 0
    gone = select(func.max(articles.c.deleted_at, type_=articles.c.deleted_at.type))
    left = db.scalar(gone.join_from(output_entries, articles, _OF.key == articles.c.key).where(*of_it))
    return found, count, left


def _between(output: str, start: datetime, end: datetime) -> tuple[ColumnElement[bool], ...]:
    return _OF.output == output, _OF.since >= start, _OF.since < end


def joined_at(db: Connection, output: str, keys: Collection[str]) -> tuple[datetime, ...]:
    """See :meth:`aggregator.store.faces.outputs.Outputs.joined_at`."""
    found: set[datetime] = set()
    for part in in_parts(sorted(keys)):
        rows = select(_OF.since).where(_OF.output == output, _OF.key.in_(part), _OF.since.is_not(None))
        found.update(db.scalars(rows))
    return tuple(found)


def joined_since(db: Connection, output: str, since: datetime) -> frozenset[str]:
    """See :meth:`aggregator.store.faces.outputs.Outputs.joined_since`."""
    return frozenset(db.scalars(select(_OF.key).where(_OF.output == output, _OF.since >= since)))
