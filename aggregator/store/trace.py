"""All that is held of one article, however it is named, for whoever asks where it went."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from aggregator.store.articles import HAS_TEXT, WHOLE, own_right, shown_as, shown_once
from aggregator.store.codec import decode_article, id_hash
from aggregator.store.schema import aliases, article_bodies, articles, full_texts, rewritings, sources

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from aggregator.model import Article

AT_ONE_ADDRESS = 20
"""Articles looked at where several have the same address."""

_ROWS = (
    select(*WHOLE.selected_columns)
    .add_columns(sources.c.removed_at, sources.c.on_remove)
    .join_from(articles, sources, sources.c.source == articles.c.source)
    .outerjoin(article_bodies, article_bodies.c.key == articles.c.key)
    .outerjoin(full_texts, full_texts.c.key == articles.c.key)
    .outerjoin(rewritings, rewritings.c.key == articles.c.key)
    .order_by(articles.c.duplicate_of.is_not(None), articles.c.sort_at.desc(), articles.c.key)
    .limit(AT_ONE_ADDRESS)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One article as it is held."""

    article: Article
    """Without a text, title and address where these are pruned."""
    found_by: str
    """What of it was asked for: ``key``, ``id``, ``claimed id``, ``other key`` or ``address``."""
    aliases: tuple[str, ...]
    """Other keys that it is found by."""
    visible: bool
    """Whether it may be shown: nothing but an output's query and limit is against it."""
    pruned_at: datetime | None
    removed_at: datetime | None
    """Since when its source is not configured any more."""
    on_remove: str


def trace(db: Connection, what: str, page_hash: int | None, now: datetime) -> tuple[Trace, ...]:
    """See :meth:`aggregator.store.faces.articles.Articles.trace`."""
    for found_by, where in _ways(what, page_hash):
        rows = db.execute(_ROWS.where(where)).all()
        if rows:
            visible = set(
                db.scalars(select(articles.c.key).where(where, HAS_TEXT, *own_right(articles, now), shown_once(now)))
            )
            return tuple(
                Trace(
                    article=decode_article(row),
                    found_by=found_by,
                    aliases=tuple(db.scalars(select(aliases.c.alias).where(aliases.c.key == row.key))),
                    visible=row.key in visible,
                    pruned_at=row.pruned_at,
                    removed_at=row.removed_at,
                    on_remove=row.on_remove,
                )
                for row in rows
            )
    return ()


def _ways(what: str, page_hash: int | None) -> list[tuple[str, ColumnElement[bool]]]:
    """The surest first. An id that was asked for names one article; an address may be that of several."""
    hashed = id_hash(what)
    ways: list[tuple[str, ColumnElement[bool]]] = [
        ("id", articles.c.id_hash == hashed),
        ("claimed id", articles.c.claim_hash == hashed),
        ("address", articles.c.url == what),
    ]
    if re.fullmatch(r"[0-9a-f]{32}", what):
        named = select(aliases.c.key).where(aliases.c.alias == what)
        ways[:0] = [("key", articles.c.key == what), ("other key", articles.c.key.in_(named))]
    if page_hash is not None:
        ways[-1] = ("address", articles.c.page_hash == page_hash)
    return [*ways, ("address", shown_as(what))]
