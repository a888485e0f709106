"""Which articles each output has taken, so that a publish costs what is new and not what is stored.

An output's rule is asked once of each article: when it is new, or anything of it changes that may decide. Triggers put
its key into ``output_queue`` then, whoever changed it (``migrations/versions/r0014_members.py``); each publish works
the queue off, and ``output_entries`` has a row for what the rule takes. Articles that are older than an output's rule
are gone through from the newest to the oldest, a page at a time. Where a rule asks for the ``age``, ``output_later``
has the time at which it says something else of an article, and it is asked again then.

A row with an ``archive`` was published in that document and stays, whatever becomes of its article; where the output
has it no more it is not ``taken``. So does a row with a ``since``, which a digest has told of (or will): what comes
anew is told of anew. The others are what waits to be archived, and there must not be more and more of them that nobody
ever sees.
So an article has a row only while it :func:`stands <_stands>`: it is not taken back, hidden, held or left out by a
rule, has a text, and repeats no other article that is shown. All of these are changes that put it into the queue, and
what repeats it with it. Two things may hide an article that has a row, and no more come of them than there are: it has
a date to come, or its source was removed, whose articles are shown again where it comes back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, case, delete, false, insert, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from aggregator.store.articles import HAS_TEXT, WHOLE, bound, shown_once
from aggregator.store.codec import decode_article
from aggregator.store.schema import articles, in_parts, output_entries, output_later, output_queue, sources

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from aggregator.model import Article


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """Articles of which each output has still to say whether it takes them."""

    keys: frozenset[str]
    """All that is decided anew."""
    articles: tuple[Article, ...]
    """Those of them that may be taken; of the others no output has a row."""
    edited: frozenset[str] = frozenset()
    """Those that say something else than before: where they are taken, they are to be archived again."""
    numbers: tuple[int, ...] = ()
    """Of the queue."""
    last: tuple[datetime, str] | None = None
    """Where the next page of what is stored goes on; ``None`` at its end, and of the queue."""


_SOME: Any = bindparam("some", expanding=True)
_NEXT = select(output_queue).order_by(output_queue.c.n)
_DUE = select(output_later.c.key).where(output_later.c.at <= bindparam("now")).order_by(output_later.c.at)
_COPIES = select(articles.c.key).where(articles.c.duplicate_of.in_(_SOME))
_OWNERS = select(articles.c.duplicate_of).where(articles.c.key.in_(_SOME), articles.c.duplicate_of.is_not(None))


def queued(db: Connection, limit: int, now: datetime, *, copies: bool) -> Undecided:
    """See :meth:`aggregator.store.faces.outputs.Outputs.queued`."""
    rows = db.execute(_NEXT.limit(limit)).all()
    keys = {row.key for row in rows}
    keys.update(db.scalars(_DUE.limit(limit), {"now": now}))
    for part in in_parts(sorted(keys)):
        owners = set(db.scalars(_OWNERS, {"some": part}))
        for family in in_parts(sorted({*part, *owners})):
            keys.update(db.scalars(_COPIES, {"some": family}))
    return Undecided(
        keys=frozenset(keys),
        articles=_standing(db, keys, now, copies=copies),
        edited=frozenset(row.key for row in rows if row.edited),
        numbers=tuple(row.n for row in rows),
    )


def stored(
    db: Connection, limit: int, before: tuple[datetime, str] | None, now: datetime, *, copies: bool
) -> Undecided:
    """See :meth:`aggregator.store.faces.outputs.Outputs.stored`."""
    page = select(articles.c.sort_at, articles.c.key).where(HAS_TEXT)
    if before is not None:
        page = page.where(tuple_(articles.c.sort_at, articles.c.key) < tuple_(*bound(before)))
    rows = db.execute(page.order_by(articles.c.sort_at.desc(), articles.c.key.desc()).limit(limit)).all()
    keys = frozenset(row.key for row in rows)
    return Undecided(
        keys=keys,
        articles=_standing(db, keys, now, copies=copies),
        last=(rows[-1].sort_at, rows[-1].key) if len(rows) == limit else None,
    )


def _standing(db: Connection, keys: Collection[str], now: datetime, *, copies: bool) -> tuple[Article, ...]:
    found: list[Article] = []
    for part in in_parts(sorted(keys)):
        rows = db.execute(WHOLE.where(articles.c.key.in_(part), *_stands(now, copies=copies)))
        found.extend(map(decode_article, rows))
    return tuple(found)


def _stands(now: datetime, *, copies: bool) -> tuple[ColumnElement[bool], ...]:
    """What an article must be to be shown one day, if nothing of it changes."""
    return (
        HAS_TEXT,
        articles.c.deleted_at.is_(None),
        articles.c.hidden_at.is_(None),
        articles.c.left_out.is_(None),
        articles.c.held.is_(None),
        *(() if copies else (shown_once(now),)),
    )


def _upsert(dialect_insert: Any) -> Any:
    row = dialect_insert(output_entries).values(
        output=bindparam("of"),
        key=bindparam("at"),
        sort_at=bindparam("stands_at"),
        archive=None,
        taken=True,
        since=bindparam("came"),
    )
    of, new = output_entries.c, row.excluded
    comes_anew = or_(~of.taken, of.since.is_(None), of.since > bindparam("now", type_=of.since.type))
    return row.on_conflict_do_update(
        index_elements=["output", "key"],
        set_={
            "sort_at": new.sort_at,
            "archive": case((bindparam("again"), None), else_=of.archive),
            "taken": True,
            "since": case((comes_anew, new.since), else_=of.since),
        },
    )


_TAKE = {"sqlite": _upsert(sqlite.insert), "postgresql": _upsert(postgresql.insert)}
_NOT = output_entries.c.output == bindparam("of"), output_entries.c.key.in_(_SOME)
_LEAVE = delete(output_entries).where(*_NOT, output_entries.c.archive.is_(None), output_entries.c.since.is_(None))
_NO_LONGER = update(output_entries).where(*_NOT, output_entries.c.taken).values(taken=False)


def take(
    db: Connection,
    undecided: Undecided,
    taken: Mapping[str, Collection[str]],
    later: Mapping[str, datetime],
    since: Mapping[str, Mapping[str, datetime]],
    now: datetime,
) -> None:
    """See :meth:`aggregator.store.faces.outputs.Outputs.take`."""
    places = {each.key: each.sort_at for each in undecided.articles}
    for output, keys in taken.items():
        came = since.get(output, {})
        rows: list[dict[str, Any]] = [
            {"of": output, "at": key, "stands_at": places[key], "again": key in undecided.edited}
            | {"came": came.get(key), "now": now}
            for key in sorted(keys)
        ]
        if rows:
            db.execute(_TAKE[db.dialect.name], rows)
        for part in in_parts(sorted(undecided.keys.difference(keys))):
            for statement in (_LEAVE, _NO_LONGER):
                db.execute(statement, {"of": output, "some": part})
    for some in in_parts(sorted(undecided.keys)):
        db.execute(delete(output_later).where(output_later.c.key.in_(some)))
    if later:
        db.execute(insert(output_later), [{"key": key, "at": at} for key, at in sorted(later.items())])
    for numbers in in_parts(undecided.numbers):
        db.execute(delete(output_queue).where(output_queue.c.n.in_(numbers)))


def forget(db: Connection, output: str, limit: int) -> int:
    """See :meth:`aggregator.store.faces.outputs.Outputs.forget`."""
    some = select(output_entries.c.key).where(output_entries.c.output == output).limit(limit)
    return db.execute(
        delete(output_entries).where(output_entries.c.output == output, output_entries.c.key.in_(some))
    ).rowcount


def unarchived(db: Connection, output: str, limit: int) -> tuple[str, ...]:
    """See :meth:`aggregator.store.faces.outputs.Outputs.unarchived`."""
    waiting = select(output_entries.c.key).where(output_entries.c.output == output, output_entries.c.archive.is_(None))
    newest = output_entries.c.sort_at.desc(), output_entries.c.key.desc()
    return tuple(db.scalars(waiting.order_by(*newest).limit(limit)))


_OF_ONE = (
    select(output_entries.c.key)
    .join(articles, articles.c.key == output_entries.c.key)
    .where(articles.c.source == sources.c.source, output_entries.c.output.in_(_SOME), output_entries.c.taken)
    .correlate(sources)
)
_SOURCES = select(sources.c.source).where(_OF_ONE.exists())


def sources_of(db: Connection, outputs: Collection[str]) -> frozenset[str]:
    """See :meth:`aggregator.store.faces.outputs.Outputs.sources_of`."""
    return frozenset(db.scalars(_SOURCES, {"some": sorted(outputs)}))


def ask_again(db: Connection, of: Collection[str]) -> None:
    """Puts into the queue what may be shown or hidden with these sources: articles of others that repeat theirs, which
    are asked about with those they repeat."""
    copies = articles.alias("copies")
    repeated = select(copies.c.duplicate_of).where(copies.c.duplicate_of.is_not(None))
    theirs = select(articles.c.key, false()).where(
        articles.c.source.in_(sorted(of)),
        or_(articles.c.duplicate_of.is_not(None), articles.c.key.in_(repeated)),
    )
    if of:
        db.execute(insert(output_queue).from_select(["key", "edited"], theirs))
