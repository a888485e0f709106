"""What was taken back: what a source's tombstones speak of, and what ours have to say."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, not_, or_, select

from aggregator.model import OPERATOR
from aggregator.store.articles import ALL, HAS_TEXT, shown_once
from aggregator.store.codec import KNOWN, decode_article, decode_facts, decode_known, id_hash
from aggregator.store.schema import aliases, article_bodies, articles, in_parts, sources

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from aggregator.model import Article, KnownArticle

_SOME: Any = bindparam("some", expanding=True)
_KNOWN = (
    select(article_bodies.c.facts, *(articles.c[name] for name in KNOWN), articles.c.deleted_at)
    .join_from(articles, article_bodies, isouter=True)
    .where(articles.c.source == bindparam("of"))
)
_BY_ID = _KNOWN.add_columns(articles.c.id_hash).where(articles.c.id_hash.in_(_SOME))
_BY_CLAIM = _KNOWN.add_columns(articles.c.claim_hash).where(articles.c.claim_hash.in_(_SOME))
_BY_KEY = _KNOWN.add_columns(articles.c.key.label("as")).where(articles.c.key.in_(_SOME))
_BY_ALIAS = (
    _KNOWN.add_columns(aliases.c.alias).join(aliases, aliases.c.key == articles.c.key).where(aliases.c.alias.in_(_SOME))
)


def named(db: Connection, source: str, refs: Mapping[str, str]) -> dict[str, KnownArticle]:
    """See :meth:`aggregator.store.faces.polls.Polls.named`."""
    found: dict[str, KnownArticle] = {}
    by_hash = {id_hash(ref): ref for ref in refs}
    by_key = {key: ref for ref, key in refs.items()}
    for statement, names in ((_BY_CLAIM, by_hash), (_BY_ID, by_hash), (_BY_ALIAS, by_key), (_BY_KEY, by_key)):
        for part in in_parts(sorted(names)):
            for facts, *row, name in db.execute(statement, {"of": source, "some": part}):
                found[names[name]] = replace(decode_known(row), origin=decode_facts(facts or {})["origin"])
    return found


_WITHDRAWN = (
    ALL.where(
        articles.c.deleted_at >= bindparam("since"),
        articles.c.left_out.is_(None),
        articles.c.held.is_(None),
        articles.c.hidden_at.is_(None),
        or_(articles.c.not_before.is_(None), articles.c.not_before <= articles.c.deleted_at),
    )
    .order_by(articles.c.deleted_at.desc(), articles.c.key)
    .limit(bindparam("most"))
)
_REMOVED = (
    select(sources.c.source, sources.c.removed_at)
    .where(sources.c.removed_at >= bindparam("since"), sources.c.on_remove == "tombstone")
    .order_by(sources.c.removed_at.desc(), sources.c.source)
)
_WAS_SHOWN = (
    ALL.where(
        articles.c.source == bindparam("of"),
        articles.c.deleted_at.is_(None),
        articles.c.left_out.is_(None),
        articles.c.held.is_(None),
        articles.c.hidden_at.is_(None),
        or_(
            articles.c.not_before.is_(None), articles.c.not_before <= bindparam("when", type_=sources.c.removed_at.type)
        ),
    )
    .order_by(articles.c.sort_at.desc(), articles.c.key.desc())
    .limit(bindparam("most"))
)
"""One source after another: asked for all at once, both databases read every article."""
_IN_TURN = (_WAS_SHOWN.where(HAS_TEXT), _WAS_SHOWN.where(not_(HAS_TEXT)))
"""Those with a text are found by an index. The others are asked for where these are few, as after a lost database."""


def withdrawn(db: Connection, now: datetime, since: datetime, limit: int) -> tuple[Article, ...]:
    """See :meth:`aggregator.store.faces.articles.Articles.withdrawn`."""
    once = shown_once(now)
    taken = [decode_article(row) for row in db.execute(_WITHDRAWN.where(once), {"since": since, "most": limit})]
    removed: list[Article] = []
    for source, removed_at in db.execute(_REMOVED, {"since": since}).all():
        for statement in _IN_TURN:
            if len(removed) == limit:
                break
            wanted = {"of": source, "when": removed_at, "most": limit - len(removed)}
            rows = db.execute(statement.where(once), wanted)
            removed.extend(replace(decode_article(row), deleted_at=removed_at, deleted_by=OPERATOR) for row in rows)
    return (*taken, *removed)
