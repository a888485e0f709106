"""What is held: reading it for a poll, writing what a poll decided, reading it to publish."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from aggregator.errors import StaleKnowledge
from aggregator.model import Known
from aggregator.store.codec import (
    CHANGING,
    KNOWN,
    decode_article,
    decode_known,
    encode_article,
    encode_body,
    id_hash,
)
from aggregator.store.schema import aliases, article_bodies, articles, in_parts, sources

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from aggregator.model import Article, KnownArticle, PollPlan

_WHOLE = select(articles, article_bodies.c.summary, article_bodies.c.content_html, article_bodies.c.facts).join_from(
    articles, article_bodies
)
_KNOWN = select(*(articles.c[name] for name in KNOWN), articles.c.deleted_at)
_ALIASED = _KNOWN.join_from(articles, aliases).with_only_columns(
    aliases.c.alias, *(articles.c[name] for name in KNOWN), articles.c.deleted_at
)


# ---- for a poll


def known(db: Connection, source: str, keys: Collection[str], ids: Collection[str], *, all_live: bool) -> Known:
    """See :meth:`aggregator.store.Store.known`."""
    held: dict[str, KnownArticle] = {}
    if all_live:
        rows = db.execute(_KNOWN.where(articles.c.source == source, articles.c.deleted_at.is_(None)))
        held.update((row.key, decode_known(row)) for row in rows)
    missing = sorted(set(keys) - held.keys())
    for part in in_parts(missing):
        held.update((row.key, decode_known(row)) for row in db.execute(_KNOWN.where(articles.c.key.in_(part))))
    for part in in_parts(sorted(set(keys) - held.keys())):
        for alias, *row in db.execute(_ALIASED.where(aliases.c.alias.in_(part))):
            held[alias] = decode_known(row)
    owners: dict[str, str] = {}
    hashes = {id_hash(each): each for each in ids}
    for some in in_parts(sorted(hashes)):
        rows = db.execute(select(articles.c.id_hash, articles.c.key).where(articles.c.id_hash.in_(some)))
        owners.update((hashes[row.id_hash], row.key) for row in rows)
    return Known(articles=held, owners=owners)


def write(db: Connection, plan: PollPlan, now: datetime) -> None:
    """Writes a plan's articles. Raises StaleKnowledge where the plan was made on knowledge that is no longer true."""
    try:
        _insert(db, plan)
    except IntegrityError as error:
        raise _stale(plan, "an id that it gives out was taken in between") from error
    _update(db, plan)
    if plan.touched:
        db.execute(
            update(articles).where(_is(plan)).values(raw_hash=bindparam("hash")),
            [{"at": key, "hash": raw_hash} for key, raw_hash in plan.touched],
        )
    if plan.aliases:
        insert = (postgresql if db.dialect.name == "postgresql" else sqlite).insert(aliases)
        db.execute(
            insert.on_conflict_do_update(index_elements=["alias"], set_={"key": insert.excluded.key}),
            [{"alias": alias, "key": key} for alias, key in plan.aliases],
        )
    if plan.withdrawn:
        db.execute(
            update(articles).where(_is(plan), articles.c.deleted_at.is_(None)).values(deleted_at=now),
            [{"at": key} for key in plan.withdrawn],
        )


def _insert(db: Connection, plan: PollPlan) -> None:
    """New rows. A withdrawn article that comes again as new gets its old row back: id and dates stay."""
    if not plan.new:
        return
    upsert = (postgresql if db.dialect.name == "postgresql" else sqlite).insert
    row = upsert(articles)
    revived = {name: row.excluded[name] for name in CHANGING} | {"deleted_at": None}
    taken = db.execute(
        row.on_conflict_do_update(
            index_elements=["key"],
            set_=revived,
            where=articles.c.deleted_at.is_not(None) & (articles.c.source == row.excluded.source),
        ),
        [encode_article(each) for each in plan.new],
        execution_options={"preserve_rowcount": True},  # else unknown where many rows go in one statement
    )
    if taken.rowcount != len(plan.new):
        raise _stale(plan, "an article that it takes for new is held already")
    body = upsert(article_bodies)
    db.execute(
        body.on_conflict_do_update(
            index_elements=["key"],
            set_={name: body.excluded[name] for name in ("summary", "content_html", "facts")},
        ),
        [encode_body(each) for each in plan.new],
    )


def _update(db: Connection, plan: PollPlan) -> None:
    if not plan.updated:
        return
    written = db.execute(
        update(articles)
        .where(_is(plan))
        .values({name: bindparam(f"new_{name}") for name in CHANGING} | {"deleted_at": None}),
        [{"at": each.key, **{f"new_{name}": getattr(each, name) for name in CHANGING}} for each in plan.updated],
    )
    if written.rowcount != len(plan.updated):
        raise _stale(plan, "an article that it changes is not held")
    db.execute(
        update(article_bodies)
        .where(article_bodies.c.key == bindparam("at"))
        .values({name: bindparam(f"new_{name}") for name in ("summary", "content_html", "facts")}),
        [
            {"at": body.pop("key"), **{f"new_{name}": value for name, value in body.items()}}
            for body in map(encode_body, plan.updated)
        ],
    )


def _is(plan: PollPlan) -> ColumnElement[bool]:
    """No source touches another's articles, whatever a plan says."""
    return (articles.c.key == bindparam("at")) & (articles.c.source == plan.source)


def _stale(plan: PollPlan, what: str) -> StaleKnowledge:
    return StaleKnowledge(f"{plan.source}: {what}; nothing of this poll was written, recall and plan again")


def mark_left_out(db: Connection, changes: Mapping[str, str | None]) -> bool:
    """See :meth:`aggregator.store.Store.mark_left_out`; whether there was anything to change."""
    if changes:
        db.execute(
            update(articles).where(articles.c.key == bindparam("at")).values(left_out=bindparam("why")),
            [{"at": key, "why": why} for key, why in sorted(changes.items())],
        )
    return bool(changes)


# ---- to publish


def newest(
    db: Connection,
    limit: int,
    *,
    now: datetime,
    before: tuple[datetime, str] | None,
    source: str | None,
    visible: bool,
) -> tuple[Article, ...]:
    """See :meth:`aggregator.store.Store.newest`."""
    wanted: list[ColumnElement[bool]] = []
    if source is not None:
        wanted.append(articles.c.source == source)
    if before is not None:
        wanted.append(tuple_(articles.c.sort_at, articles.c.key) < tuple_(*_bound(before)))
    if visible:
        hidden = select(sources.c.source).where(sources.c.removed_at.is_not(None), sources.c.on_remove != "keep")
        wanted += [
            articles.c.deleted_at.is_(None),
            articles.c.duplicate_of.is_(None),
            articles.c.left_out.is_(None),
            or_(articles.c.not_before.is_(None), articles.c.not_before <= now),
            articles.c.source.not_in(hidden),
        ]
    page = _WHOLE.where(*wanted).order_by(articles.c.sort_at.desc(), articles.c.key.desc()).limit(limit)
    return tuple(decode_article(row) for row in db.execute(page))


def _bound(before: tuple[datetime, str]) -> tuple[Any, Any]:
    sort_at, key = before
    return (
        bindparam("sort_at", sort_at, type_=articles.c.sort_at.type),
        bindparam("key", key, type_=articles.c.key.type),
    )


def find(db: Connection, what: str) -> Article | None:
    """See :meth:`aggregator.store.Store.article`."""
    tries: list[ColumnElement[bool]] = [articles.c.id_hash == id_hash(what), articles.c.url == what]
    if re.fullmatch(r"[0-9a-f]{32}", what):
        tries.insert(0, articles.c.key == what)
    for each in tries:
        row = db.execute(_WHOLE.where(each).order_by(articles.c.sort_at.desc(), articles.c.key.desc()).limit(1)).first()
        if row is not None:
            return decode_article(row)
    return None


def next_release(db: Connection, now: datetime) -> datetime | None:
    """See :meth:`aggregator.store.Store.next_release`."""
    soonest: datetime | None = db.scalar(select(func.min(articles.c.not_before)).where(articles.c.not_before > now))
    return soonest


def counts(db: Connection) -> dict[str, int]:
    """See :meth:`aggregator.store.Store.counts`."""
    live = select(articles.c.source, func.count().label("live")).where(articles.c.deleted_at.is_(None))
    return {row.source: row.live for row in db.execute(live.group_by(articles.c.source))}
