"""Articles by their tags and languages: the newest of any are found without looking at all that is stored.

``article_terms`` has a row for each term of each article that has a text. What is made of it is looked at once more by
the one who asks, so a row that is there without need costs a look and no more.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from aggregator.model import Category
from aggregator.model.terms import terms_of
from aggregator.store.articles import HAS_TEXT, WHOLE, bound, shown
from aggregator.store.codec import decode_article
from aggregator.store.schema import (
    article_bodies,
    article_terms,
    articles,
    from_micros,
    in_parts,
    rewritings,
    settings,
    to_micros,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from sqlalchemy import Connection

    from aggregator.model import Article

INDEXED = "terms"
"""The setting that says down to which place the articles are in the index that were there before it was."""

WHOLE_INDEX = "all"
"""Its value where they all are."""

_OF = article_terms.c
_FACTS = (
    select(articles.c.key, articles.c.sort_at, article_bodies.c.facts, rewritings.c.said)
    .join_from(articles, article_bodies)
    .join(rewritings, rewritings.c.key == articles.c.key, isouter=True)
    .where(articles.c.key.in_(bindparam("some", expanding=True)))
)
_ADD: dict[str, Any] = {
    "sqlite": sqlite.insert(article_terms).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(article_terms).on_conflict_do_nothing(),
}
_REMOVE = delete(article_terms).where(
    _OF.term == bindparam("t"), _OF.sort_at == bindparam("s"), _OF.key == bindparam("k")
)


def add(db: Connection, keys: Collection[str]) -> None:
    """Articles with these keys are found by their terms, as they are stored now."""
    if rows := [{"term": term, "sort_at": at, "key": key} for term, at, key in _rows(db, keys)]:
        db.execute(_ADD[db.dialect.name], rows)


def remove(db: Connection, keys: Collection[str]) -> None:
    """They are found no longer: to be called before anything of them changes, or goes."""
    if rows := [{"t": term, "s": at, "k": key} for term, at, key in _rows(db, keys)]:
        db.execute(_REMOVE, rows)


def _rows(db: Connection, keys: Collection[str]) -> Iterator[tuple[str, datetime, str]]:
    for part in in_parts(sorted(keys)):
        for key, sort_at, facts, said in db.execute(_FACTS, {"some": part}).all():
            shown = facts | (said or {})  # as it is rewritten
            tags = [Category(**each) for each in shown.get("tags", ())]
            for term in sorted(terms_of(tags, shown.get("language"))):
                yield term, sort_at, key


def index_more(db: Connection, limit: int) -> int:
    """See :meth:`aggregator.store.faces.articles.Articles.index_more`."""
    said = db.scalar(select(settings.c.value).where(settings.c.name == INDEXED))
    if said == WHOLE_INDEX:
        return 0
    page = select(articles.c.key, articles.c.sort_at).where(HAS_TEXT)
    if said is not None:
        micros, key = json.loads(said)
        page = page.where(tuple_(articles.c.sort_at, articles.c.key) < tuple_(*bound((from_micros(micros), key))))
    rows = db.execute(page.order_by(articles.c.sort_at.desc(), articles.c.key.desc()).limit(limit)).all()
    add(db, [row.key for row in rows])
    reached = json.dumps([to_micros(rows[-1].sort_at), rows[-1].key]) if rows else WHOLE_INDEX
    db.execute(delete(settings).where(settings.c.name == INDEXED))
    db.execute(insert(settings).values(name=INDEXED, value=reached))
    return len(rows)


_NOW: Any = bindparam("now", type_=articles.c.sort_at.type)


@cache
def _newest(*, goes_on: bool, copies: bool) -> Any:
    """Built once: that takes longer than to find that there is nothing."""
    page = WHOLE.join(article_terms, _OF.key == articles.c.key)
    page = page.where(_OF.term == bindparam("term"), *shown(_NOW, copies=copies))
    if goes_on:
        place = bindparam("sort_at", type_=articles.c.sort_at.type), bindparam("key", type_=articles.c.key.type)
        page = page.where(tuple_(_OF.sort_at, _OF.key) < tuple_(*place))
    return page.order_by(_OF.sort_at.desc(), _OF.key.desc()).limit(bindparam("limit"))


def newest_of(
    db: Connection, term: str, limit: int, *, now: datetime, before: tuple[datetime, str] | None, copies: bool
) -> tuple[Article, ...]:
    """See :meth:`aggregator.store.faces.articles.Articles.newest_of`."""
    values: dict[str, Any] = {"term": term, "now": now, "limit": limit}
    if before is not None:
        values |= {"sort_at": before[0], "key": before[1]}
    return tuple(map(decode_article, db.execute(_newest(goes_on=before is not None, copies=copies), values)))
