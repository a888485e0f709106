"""What is in which archive document, what waits to be in one, and what has to be taken out.

``archive_entries`` has an entry under each document that holds it, by its published id: an edited one is in several,
and an entry that lists what is folded is no article. An article's own row in ``output_entries`` names the latest of
them, or :data:`NO_ARCHIVE` where it is passed over.

Triggers (migrations/versions) write into ``archive_queue`` which articles and sources were taken back, or were and are
not any more.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, delete, insert, null, or_, select, update

from aggregator.model import ABSENT, FOLDED, OPERATOR, PUBLISHER, ArchiveDocument
from aggregator.store.articles import WHOLE, own_right, shown_once
from aggregator.store.codec import decode_article, id_hash
from aggregator.store.schema import (
    archive_documents,
    archive_entries,
    archive_queue,
    articles,
    in_parts,
    output_entries,
    sources,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy import Connection

    from aggregator.model import Article

_REMOVED = select(sources.c.source).where(sources.c.removed_at.is_not(None), sources.c.on_remove != "keep")
"""Sources whose articles are shown no longer."""
NO_ARCHIVE = 0
"""``output_entries.archive`` of what is in no archive document and does not wait for one."""

_MOST = 2_000
"""Notes of the queue that are looked at in one publish."""

_OF_SOURCE_AT_ONCE = 20_000
"""Archived articles of a removed source that are looked at in one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """An article that an output has, can be seen, and is in no archive document as it is now."""

    key: str
    id: str
    sort_at: datetime
    since: datetime
    """When it came, or was edited last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """What no document may hold any longer."""

    ids: frozenset[str] = frozenset()
    absent: frozenset[str] = frozenset()
    """Those of them whose files are merely not there, or that their source has no longer."""
    days: frozenset[tuple[str, date]] = frozenset()
    """Source and day of articles that were folded: entries that list them are to be made again."""
    numbers: tuple[int, ...] = ()
    """Of the queue: to be crossed out once all of it is done; none where there is more of a source."""
    more: bool = False
    """Whether there is more than that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What one publish changes of an output's archive documents."""

    documents: tuple[ArchiveDocument, ...]
    """Those that are new or have another number."""
    entries: Mapping[int, Sequence[tuple[str, datetime]]]
    """Number of a document that is closed -> id and ``updated`` of each of its entries."""
    replaced: Mapping[int, int]
    """Old number -> new."""
    emptied: Collection[int] = ()
    taken: Collection[str] = ()
    """Ids of entries that the replaced ones do not have any more."""
    settled: Mapping[str, int] = field(default_factory=dict)
    """Key -> the document in which it is already, or :data:`NO_ARCHIVE`."""


# ---- the documents


def chain(db: Connection, output: str) -> tuple[ArchiveDocument, ...]:
    """See :meth:`aggregator.store.faces.archives.Archives.chain`."""
    of = archive_documents.c
    rows = db.execute(select(of.number, of.place, of.entries).where(of.output == output).order_by(of.place))
    return tuple(ArchiveDocument(number=row.number, place=row.place, entries=row.entries) for row in rows)


def held(db: Connection, output: str, ids: Collection[str]) -> dict[str, tuple[tuple[int, datetime], ...]]:
    """See :meth:`aggregator.store.faces.archives.Archives.archived`."""
    of = archive_entries.c
    names = {id_hash(each): each for each in ids}
    found: defaultdict[str, list[tuple[int, datetime]]] = defaultdict(list)
    for part in in_parts(sorted(names)):
        wanted = select(of.id_hash, of.number, of.updated).where(of.output == output, of.id_hash.in_(part))
        for hashed, number, updated in db.execute(
            wanted
        ):  # asked in order, SQLite would read the whole index of numbers
            found[names[hashed]].append((number, updated))
    return {each: tuple(sorted(rows)) for each, rows in found.items()}


def record(db: Connection, output: str, written: Written) -> None:
    """See :meth:`aggregator.store.faces.archives.Archives.record`."""
    _take_out(db, output, written)
    if written.documents:
        db.execute(insert(archive_documents), [_row(output, each) for each in written.documents])
    for number, entries in written.entries.items():
        _add(db, output, number, entries)
    for number in {*written.settled.values()}:
        keys = sorted(key for key, at in written.settled.items() if at == number)
        for part in in_parts(keys):
            db.execute(_MARK.values(archive=number), {"of": output, "some": part})


def _take_out(db: Connection, output: str, written: Written) -> None:
    of, documents = archive_entries.c, archive_documents.c
    hashes = sorted(map(id_hash, written.taken))
    gone = [*written.replaced, *written.emptied]
    for part in in_parts(hashes):
        keys = select(articles.c.key).where(articles.c.id_hash.in_(part))
        mine = and_(
            output_entries.c.output == output, output_entries.c.key.in_(keys), output_entries.c.archive.is_not(None)
        )
        db.execute(delete(output_entries).where(mine, ~output_entries.c.taken))
        db.execute(update(output_entries).where(mine).values(archive=null()))
        db.execute(delete(archive_entries).where(of.output == output, of.id_hash.in_(part), of.number.in_(gone)))
    for old, new in written.replaced.items():
        db.execute(update(archive_entries).where(of.output == output, of.number == old).values(number=new))
        inside = select(articles.c.key).join(archive_entries, of.id_hash == articles.c.id_hash)
        keys = inside.where(of.output == output, of.number == new)
        mine = and_(output_entries.c.output == output, output_entries.c.key.in_(keys), output_entries.c.archive == old)
        db.execute(update(output_entries).where(mine).values(archive=new))
    for some in in_parts(gone):
        db.execute(delete(archive_documents).where(documents.output == output, documents.number.in_(some)))
    for some in in_parts(list(written.emptied)):
        db.execute(delete(archive_entries).where(of.output == output, of.number.in_(some)))


def _add(db: Connection, output: str, number: int, entries: Sequence[tuple[str, datetime]]) -> None:
    rows = [
        {"output": output, "id_hash": id_hash(each), "number": number, "updated": updated} for each, updated in entries
    ]
    for some in in_parts(rows, 1_000):
        db.execute(insert(archive_entries), some)
    for part in in_parts([row["id_hash"] for row in rows]):
        keys = list(db.scalars(select(articles.c.key).where(articles.c.id_hash.in_(part))))
        db.execute(_MARK.values(archive=number), {"of": output, "some": keys})


_MARK = update(output_entries).where(
    output_entries.c.output == bindparam("of"), output_entries.c.key.in_(bindparam("some", expanding=True))
)


def remake(
    db: Connection, output: str, documents: Iterable[tuple[ArchiveDocument, Sequence[tuple[str, datetime]]]]
) -> None:
    """See :meth:`aggregator.store.faces.archives.Archives.remake`."""
    forget(db, output)
    for each, entries in documents:
        db.execute(insert(archive_documents), [_row(output, each)])
        _add(db, output, each.number, entries)
    inside = select(archive_entries.c.id_hash).where(archive_entries.c.output == output)
    gone = select(articles.c.key).where(articles.c.id_hash.in_(inside), _IS_GONE)
    db.execute(insert(archive_queue).from_select(["key"], gone))


def forget(db: Connection, output: str) -> None:
    """See :meth:`aggregator.store.faces.archives.Archives.forget`."""
    db.execute(delete(archive_documents).where(archive_documents.c.output == output))
    db.execute(delete(archive_entries).where(archive_entries.c.output == output))
    db.execute(
        update(output_entries)
        .where(output_entries.c.output == output, output_entries.c.archive.is_not(None), output_entries.c.taken)
        .values(archive=null())
    )
    db.execute(
        delete(output_entries).where(
            output_entries.c.output == output, output_entries.c.archive.is_not(None), ~output_entries.c.taken
        )
    )


def _row(output: str, document: ArchiveDocument) -> dict[str, Any]:
    return {"output": output, "number": document.number, "place": document.place, "entries": document.entries}


# ---- what waits


_NOW: Any = bindparam("now", type_=articles.c.sort_at.type)
_VISIBLE = {True: own_right(articles, _NOW), False: (*own_right(articles, _NOW), shown_once(_NOW))}
"""By whether copies are shown beside what they repeat."""
_OPEN = {
    copies: select(articles.c.key, articles.c.id, articles.c.sort_at, articles.c.first_seen, articles.c.updated)
    .join_from(output_entries, articles, output_entries.c.key == articles.c.key)
    .where(output_entries.c.output == bindparam("of"), output_entries.c.archive.is_(None), *visible)
    .order_by(output_entries.c.sort_at, output_entries.c.key)
    .limit(bindparam("most"))
    for copies, visible in _VISIBLE.items()
}


def waiting(db: Connection, output: str, limit: int, now: datetime, *, copies: bool) -> tuple[Open, ...]:
    """See :meth:`aggregator.store.faces.archives.Archives.waiting`."""
    _pass_removed(db, output)
    return tuple(
        Open(key=row.key, id=row.id, sort_at=row.sort_at, since=max(row.first_seen, row.updated or row.first_seen))
        for row in db.execute(_OPEN[copies], {"of": output, "most": limit, "now": now})
    )


def _pass_removed(db: Connection, output: str) -> None:
    """What removed sources have does not wait: there may be any number of them. It is asked about when they return."""
    if db.scalar(_REMOVED.limit(1)) is None:
        return
    theirs = (
        select(output_entries.c.key)
        .join(articles, output_entries.c.key == articles.c.key)
        .where(output_entries.c.output == output, output_entries.c.archive.is_(None), articles.c.source.in_(_REMOVED))
    )
    for part in in_parts(db.scalars(theirs).all()):
        db.execute(_MARK.values(archive=NO_ARCHIVE), {"of": output, "some": part})


def texts(
    db: Connection, now: datetime, *, keys: Collection[str], ids: Collection[str], copies: bool
) -> tuple[Article, ...]:
    """See :meth:`aggregator.store.faces.archives.Archives.seen`."""
    found: dict[str, Article] = {}
    hashes = sorted(map(id_hash, ids))
    for column, values in ((articles.c.key, sorted(keys)), (articles.c.id_hash, hashes)):
        for part in in_parts(values):
            rows = db.execute(WHOLE.where(column.in_(part), *_VISIBLE[copies]), {"now": now})
            found.update((each.key, each) for each in map(decode_article, rows))
    return tuple(found.values())


def inside(db: Connection, output: str, number: int, now: datetime, *, copies: bool) -> tuple[Article, ...]:
    """See :meth:`aggregator.store.faces.archives.Archives.archived_in`."""
    found: list[Article] = []
    of = archive_entries.c
    hashes = db.scalars(select(of.id_hash).where(of.output == output, of.number == number)).all()
    for part in in_parts(hashes):
        rows = db.execute(WHOLE.where(articles.c.id_hash.in_(part), *_VISIBLE[copies]), {"now": now})
        found.extend(map(decode_article, rows))
    return tuple(found)


# ---- what has to go

_OWNER = articles.alias("owner")
_IS_GONE = or_(articles.c.deleted_at.is_not(None), articles.c.hidden_at.is_not(None), articles.c.source.in_(_REMOVED))
_OWNER_IS_GONE = and_(
    _OWNER.c.key == articles.c.duplicate_of,
    or_(_OWNER.c.hidden_at.is_not(None), _OWNER.c.deleted_by.in_((OPERATOR, PUBLISHER))),
)
"""What was taken back here is not shown in a copy either."""
_SOME: Any = bindparam("some", expanding=True)
_FACTS = select(
    articles.c.id, articles.c.source, articles.c.sort_at, articles.c.held, articles.c.hidden_at, articles.c.deleted_by
)
_GONE = _FACTS.where(articles.c.key.in_(_SOME), or_(_IS_GONE, articles.c.held == FOLDED))
_COPIES_GONE = _FACTS.join(_OWNER, _OWNER_IS_GONE).where(_OWNER.c.key.in_(_SOME))
_OF_SOURCE = _FACTS.where(
    articles.c.source == bindparam("of"),
    articles.c.id_hash.in_(select(archive_entries.c.id_hash)),
).limit(bindparam("most"))
"""Of those that are archived; what is taken out is so no longer."""
_FOLDED_OF_SOURCE = _FACTS.where(articles.c.source == bindparam("of"), articles.c.held == FOLDED)


def taken_back(db: Connection, *, copies: bool) -> TakenBack:
    """See :meth:`aggregator.store.faces.archives.Archives.taken_back`."""
    rows = db.execute(select(archive_queue).order_by(archive_queue.c.n).limit(_MOST)).all()
    if not rows:
        return TakenBack()
    ids: set[str] = set()
    days: set[tuple[str, date]] = set()
    removed = set(db.scalars(_REMOVED))
    found: list[Any] = []
    for part in in_parts(sorted({row.key for row in rows if row.key is not None})):
        for statement in (_GONE,) if copies else (_GONE, _COPIES_GONE):
            found.extend(db.execute(statement, {"some": part}))
    named = {row.source for row in rows if row.source is not None}
    _ask_again(db, named - removed)
    cut = False
    for source in sorted(named & removed):
        theirs = db.execute(_OF_SOURCE, {"of": source, "most": _OF_SOURCE_AT_ONCE}).all()
        cut = cut or len(theirs) == _OF_SOURCE_AT_ONCE
        found.extend(theirs)
        found.extend(db.execute(_FOLDED_OF_SOURCE, {"of": source}))
    absent: set[str] = set()
    for row in found:
        if row.held == FOLDED:
            days.add((row.source, row.sort_at.date()))
            continue
        ids.add(row.id)
        if row.hidden_at is None and row.deleted_by == ABSENT:
            absent.add(row.id)
    return TakenBack(
        ids=frozenset(ids),
        absent=frozenset(absent),
        days=frozenset(days),
        numbers=tuple(row.n for row in rows) if not cut else (),
        more=cut or len(rows) == _MOST,
    )


def _ask_again(db: Connection, returned: Collection[str]) -> None:
    """What was passed over while these sources were removed waits again."""
    theirs = select(articles.c.key).where(articles.c.source.in_(sorted(returned)))
    passed = and_(output_entries.c.archive == NO_ARCHIVE, output_entries.c.taken, output_entries.c.key.in_(theirs))
    if returned:
        db.execute(update(output_entries).where(passed).values(archive=null()))


def cross_out(db: Connection, numbers: Sequence[int]) -> None:
    """See :meth:`aggregator.store.faces.archives.Archives.taken_out`."""
    for part in in_parts(numbers):
        db.execute(delete(archive_queue).where(archive_queue.c.n.in_(part)))
