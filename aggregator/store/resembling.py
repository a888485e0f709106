"""What new articles might be, of all that their source has."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from aggregator.store.articles import by_keys
from aggregator.store.codec import KNOWN, decode_known
from aggregator.store.schema import articles, in_parts

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection, Select

    from aggregator.model import Article, Known, KnownArticle

_MOST = 1000
"""Candidates of a kind for one document. A feed all of whose entries link to the same page has as many as articles."""

_SOME: Any = bindparam("some", expanding=True)
_KNOWN = select(*(articles.c[name] for name in KNOWN), articles.c.deleted_at).order_by(
    articles.c.sort_at.desc(), articles.c.key.desc()
)
_HERE = articles.c.source == bindparam("of")
_BY_KEY = _KNOWN.where(_HERE, articles.c.key.in_(_SOME))
_BY_PAGE = _KNOWN.where(_HERE, articles.c.page_hash.in_(_SOME)).limit(_MOST)
_BY_TEXT = _KNOWN.where(_HERE, articles.c.text_hash.in_(_SOME)).limit(_MOST)


def resembling(
    db: Connection,
    source: str,
    known: Known,
    strangers: Collection[Article],
    upstream: Sequence[str],
    narrower: Collection[str] = (),
) -> Known:
    """See :meth:`aggregator.store.faces.polls.Polls.resembling`."""
    if narrower:
        known = replace(known, articles={**by_keys(db, narrower), **known.articles})
    found = {held.key for held in known.articles.values()}
    pages = {each.page_hash for each in strangers if each.page_hash is not None}
    texts = {each.text_hash for each in strangers if each.text_hash is not None}
    place = {key: number for number, key in enumerate(upstream)}
    before = _among(db, _BY_KEY, source, set(upstream) - found)
    same = _among(db, _BY_PAGE, source, pages) | _among(db, _BY_TEXT, source, texts)
    return replace(
        known,
        upstream=tuple(sorted(before.values(), key=lambda held: place[held.key])),
        same_page=tuple(held for held in same.values() if held.key not in found),
    )


def _among(
    db: Connection, statement: Select[Any], source: str, some: Collection[str] | Collection[int] | Collection[bytes]
) -> dict[str, KnownArticle]:
    """By key, the newest first."""
    rows = (
        row for part in in_parts(sorted(some, key=str)) for row in db.execute(statement, {"of": source, "some": part})
    )
    return {row[0]: decode_known(row) for row in rows}
