"""Local articles that have a page here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import exists, select

from aggregator.store.articles import HAS_TEXT, own_right, shown_once
from aggregator.store.schema import articles, output_entries

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection


def with_page(
    db: Connection, outputs: Collection[str], now: datetime, limit: int, *, copies: bool
) -> tuple[tuple[str, bytes], ...]:
    """See :meth:`aggregator.store.faces.outputs.Outputs.with_page`."""
    taken = exists().where(
        output_entries.c.key == articles.c.key,
        output_entries.c.output.in_(sorted(outputs)),
        output_entries.c.taken.is_(True),
    )
    once = () if copies else (shown_once(now),)
    found = (
        select(articles.c.key, articles.c.raw_hash)
        .where(
            articles.c.slug.is_not(None), articles.c.url.is_(None), HAS_TEXT, taken, *own_right(articles, now), *once
        )
        .order_by(articles.c.sort_at.desc(), articles.c.key.desc())
        .limit(limit)
    )
    return tuple((row.key, row.raw_hash) for row in db.execute(found))
