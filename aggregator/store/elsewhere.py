"""What other sources hold of new articles, and what gives way to them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, func, or_, select, update

from aggregator.store.articles import own_right
from aggregator.store.codec import KNOWN, decode_facts, decode_known, decode_state, id_hash
from aggregator.store.schema import article_bodies, articles, in_parts, source_state, sources

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from aggregator.model import Article, Known, KnownArticle

_AT_ONCE = 50
_MOST = 1000
"""Candidates for so many new articles at once: twenty each, where a page is on everybody's lips."""
_CONFLICTS = 100

_SOME: Any = bindparam("some", expanding=True)
_GONE = and_(sources.c.removed_at.is_not(None), sources.c.on_remove != "keep")
_ELSEWHERE = (
    select(article_bodies.c.facts, _GONE.label("gone"), *(articles.c[name] for name in KNOWN), articles.c.deleted_at)
    .join_from(articles, sources, sources.c.source == articles.c.source)
    .outerjoin(article_bodies, article_bodies.c.key == articles.c.key)
    .where(articles.c.source != bindparam("of"))
    .order_by(articles.c.duplicate_of.is_not(None), articles.c.sort_at.desc(), articles.c.key)
    .limit(_MOST)
)
_BY_PAGE = _ELSEWHERE.where(articles.c.page_hash.in_(_SOME))
_BY_ID = _ELSEWHERE.where(articles.c.id_hash.in_(_SOME))
_BY_CLAIM = _ELSEWHERE.where(articles.c.claim_hash.in_(_SOME))
_STATES = select(source_state).where(source_state.c.source.in_(_SOME))


def elsewhere(
    db: Connection,
    source: str,
    known: Known,
    strangers: Iterable[Article],
    claimed: Iterable[str],
    neighbours: Collection[str],
) -> Known:
    """See :meth:`aggregator.store.faces.polls.Polls.elsewhere`."""
    pages = {each.page_hash for each in strangers if each.page_hash is not None}
    ids = {id_hash(each) for each in claimed}
    found: dict[str, KnownArticle] = {}
    for statement, some in ((_BY_PAGE, pages), (_BY_ID, ids), (_BY_CLAIM, ids)):
        for part in in_parts(sorted(some), _AT_ONCE):
            for facts, gone, *row in db.execute(statement, {"of": source, "some": part}):
                told = decode_facts(facts or {})
                held = decode_known(row)
                found[held.key] = replace(
                    held,
                    withdrawn=held.withdrawn or bool(gone),
                    claimed_id=told["claimed_id"],
                    origin=told["origin"],
                )
    states = (decode_state(row) for part in in_parts(sorted(neighbours)) for row in db.execute(_STATES, {"some": part}))
    return replace(known, elsewhere=tuple(found.values()), neighbours={each.source: each for each in states})


def give_way(db: Connection, pairs: Iterable[tuple[str, str]], now: datetime) -> None:
    """Has articles that nobody has seen stand behind others, with all that stand behind them.

    One that is shown in the meantime stays where it is: no poll takes from readers what another source says.
    """
    for key, owner in dict(pairs).items():
        family = or_(articles.c.key == key, articles.c.duplicate_of == key)
        if db.scalar(select(func.count()).select_from(articles).where(family, *own_right(articles, now))) == 0:
            db.execute(update(articles).where(family, articles.c.key != owner).values(duplicate_of=owner))


def through(db: Connection, keys: Collection[str]) -> Mapping[str, tuple[str, ...]]:
    """See :meth:`aggregator.store.faces.articles.Articles.through`."""
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    copies = (
        select(articles.c.duplicate_of, articles.c.source)
        .where(articles.c.duplicate_of.in_(_SOME), articles.c.deleted_at.is_(None), articles.c.held.is_(None))
        .order_by(articles.c.first_seen, articles.c.key)
    )
    for part in in_parts(sorted(keys)):
        for key, source in db.execute(copies, {"some": part}):
            found[key].setdefault(source)
    return {key: tuple(names) for key, names in found.items()}


def conflicts(db: Connection) -> Mapping[str, tuple[str, ...]]:
    """See :meth:`aggregator.store.faces.articles.Articles.conflicts`."""
    owner = articles.alias("owner")
    claims = (
        select(articles.c.source, articles.c.title, owner.c.id, owner.c.source.label("other"))
        .join_from(articles, owner, owner.c.id_hash == articles.c.claim_hash)
        .where(
            articles.c.claim_hash.is_not(None),
            articles.c.duplicate_of.is_(None),
            articles.c.deleted_at.is_(None),
            owner.c.source != articles.c.source,
        )
        .order_by(articles.c.sort_at.desc(), articles.c.key)
        .limit(_CONFLICTS)
    )
    found: defaultdict[str, list[str]] = defaultdict(list)
    for source, title, claimed, other in db.execute(claims):
        found[source].append(f'id-conflict: "{title[:80]}" came under the id {claimed[:200]}, which is of {other}')
    return {source: tuple(said) for source, said in found.items()}
