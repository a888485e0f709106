"""What the memory file has to say, and a store that is made again from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from aggregator.model import OPERATOR, Kept, KeptAlias, KeptSource, SourceState
from aggregator.store import terms
from aggregator.store.codec import encode_body, encode_changing, encode_state, id_hash
from aggregator.store.schema import (
    EPOCH,
    NEVER,
    aliases,
    article_bodies,
    articles,
    hosts,
    in_parts,
    source_state,
    sources,
    unsaved,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from aggregator.model import Article

    Line = Kept | KeptAlias | KeptSource

_FIELDS = (
    "key", "id", "source", "first_seen", "sort_at", "published", "updated", "page_hash", "text_hash", "slug",
    "claim_hash", "duplicate_of", "held", "not_before", "hidden_at", "pinned_at", "deleted_at", "deleted_by",
)  # fmt: skip
_KEPT = select(*(articles.c[name] for name in _FIELDS))
_ALIASES = select(aliases.c.alias, aliases.c.key)
_SOURCES = select(sources.c.source, sources.c.on_remove, sources.c.removed_at, source_state.c.identity).join_from(
    sources, source_state
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsaved:
    """Lines to append, and the numbers they are crossed out by afterwards."""

    numbers: tuple[int, ...]
    lines: tuple[Line, ...]


def unsaved_lines(db: Connection, limit: int) -> Unsaved:
    """See :meth:`aggregator.store.faces.memory.Memory.unsaved`."""
    rows = db.execute(select(unsaved).order_by(unsaved.c.n).limit(limit)).all()
    keys = sorted({row.key for row in rows if row.key is not None})
    names = sorted({row.source for row in rows if row.source is not None})
    lines: list[Line] = []
    for names_part in in_parts(names):
        lines.extend(_source(row) for row in db.execute(_SOURCES.where(sources.c.source.in_(names_part))))
    for part in in_parts(keys):
        lines.extend(_article(row) for row in db.execute(_KEPT.where(articles.c.key.in_(part))))
        lines.extend(_alias(row) for row in db.execute(_ALIASES.where(aliases.c.alias.in_(part))))
    return Unsaved(numbers=tuple(row.n for row in rows), lines=tuple(lines))


def unsaved_numbers(db: Connection) -> tuple[int, ...]:
    """See :meth:`aggregator.store.faces.memory.Memory.unsaved_numbers`."""
    return tuple(db.scalars(select(unsaved.c.n)))


def cross_out(db: Connection, numbers: Sequence[int]) -> None:
    """These lines are in the file."""
    for part in in_parts(numbers):
        db.execute(delete(unsaved).where(unsaved.c.n.in_(part)))


def page(db: Connection, kind: type[Line], after: str, limit: int) -> tuple[Line, ...]:
    """See :meth:`aggregator.store.faces.memory.Memory.kept`."""
    if kind is KeptSource:
        rows = db.execute(_SOURCES.where(sources.c.source > after).order_by(sources.c.source).limit(limit))
        return tuple(map(_source, rows))
    if kind is KeptAlias:
        found = _ALIASES.where(aliases.c.alias > after).order_by(aliases.c.alias).limit(limit)
        return tuple(map(_alias, db.execute(found)))
    return tuple(map(_article, db.execute(_KEPT.where(articles.c.key > after).order_by(articles.c.key).limit(limit))))


def _article(row: Any) -> Kept:
    return Kept(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for a row's columns


def _alias(row: Any) -> KeptAlias:
    return KeptAlias(alias=row.alias, key=row.key)


def _source(row: Any) -> KeptSource:
    return KeptSource(**row._mapping)  # noqa: SLF001 - as above


# ---- made again

GONE = "gone:"
"""Host of a source that is not configured: it is never asked."""


def remake(db: Connection, lines: Iterable[Line], texts: Mapping[str, Article], now: datetime, *, late: bool) -> int:
    """See :meth:`aggregator.store.faces.memory.Memory.remake`."""
    kept = list(lines)
    unread = update(source_state).where(source_state.c.last_success.is_(None))
    remembered = {each.source for each in kept if isinstance(each, Kept)}
    db.execute((unread if late else unread.where(source_state.c.source.not_in(remembered))).values(late=True))
    _remake_sources(db, kept, now)
    wanted = {each.key: each for each in kept if isinstance(each, Kept)}
    changed = _take_back(db, wanted)
    for part in in_parts(sorted(wanted)):
        for key in db.scalars(select(articles.c.key).where(articles.c.key.in_(part))):
            del wanted[key]
    hashes = {id_hash(each.id): key for key, each in wanted.items()}
    for some in in_parts(sorted(hashes)):  # an id that is given out is never given out again
        for taken in db.scalars(select(articles.c.id_hash).where(articles.c.id_hash.in_(some))):
            wanted.pop(hashes[taken], None)
    unique = {hashes[id_hash(each.id)] for each in wanted.values()}
    rows = [_row(each, texts.get(key), now) for key, each in wanted.items() if key in unique]
    bodies = [encode_body(texts[key]) for key in wanted if key in unique and key in texts]
    for columns, values in ((articles, rows), (article_bodies, bodies)):
        for some_rows in in_parts(values, 1_000):
            db.execute(insert(columns), some_rows)
    terms.add(db, [each["key"] for each in bodies])
    _remake_aliases(db, [each for each in kept if isinstance(each, KeptAlias)])
    return len(rows) + changed


_BY_HAND = ("deleted_at", "deleted_by", "hidden_at", "pinned_at")


def _take_back(db: Connection, lines: Mapping[str, Kept]) -> int:
    """What was retracted, hidden or pinned is so here as well; gives how many articles that changes. What the file does
    not say so of stays as it is: which of the two is older cannot always be told, and what was taken back must not
    come back."""
    changed = 0
    ids = {id_hash(each.id): each for each in lines.values() if any(getattr(each, name) for name in _BY_HAND)}
    there = select(articles.c.key, articles.c.id_hash, *(articles.c[name] for name in _BY_HAND))
    for part in in_parts(sorted(ids)):
        for row in db.execute(there.where(articles.c.id_hash.in_(part))).all():
            if (news := _by_hand(ids[row.id_hash], row)) != {name: getattr(row, name) for name in _BY_HAND}:
                db.execute(update(articles).where(articles.c.key == row.key).values(news))
                changed += 1
    return changed


def _by_hand(kept: Kept, row: Any) -> dict[str, Any]:
    """``row`` is what is here."""
    if kept.deleted_at is not None and (row.deleted_at is None or kept.deleted_by == OPERATOR):
        at = row.deleted_at or kept.deleted_at
        return {"deleted_at": at, "deleted_by": kept.deleted_by, "hidden_at": kept.hidden_at, "pinned_at": None}
    pinned = row.pinned_at or kept.pinned_at if row.deleted_at is None else row.pinned_at
    return {
        "deleted_at": row.deleted_at,
        "deleted_by": row.deleted_by,
        "hidden_at": row.hidden_at or kept.hidden_at,
        "pinned_at": pinned,
    }


def _row(kept: Kept, text: Article | None, now: datetime) -> dict[str, Any]:
    """Without a text, as one whose text was pruned: known by all that it was known by, and shown nowhere."""
    row: dict[str, Any] = {name: getattr(kept, name) for name in _FIELDS} | {"id_hash": id_hash(kept.id)}
    if text is None:
        return {**row, "raw_hash": b"", "fingerprint": b"", "title": "", "url": None, "pruned_at": now}
    said = encode_changing(text)
    if kept.page_hash is None and kept.text_hash is None:  # of a document's entry nobody has kept them
        row |= {name: said[name] for name in ("page_hash", "text_hash")}
    row |= {name: said[name] for name in ("raw_hash", "fingerprint", "title", "url")}
    return {**row, "slug": kept.slug or said["slug"], "pruned_at": None}


def _remake_sources(db: Connection, lines: Collection[Line], now: datetime) -> None:
    named = {each.source: each for each in lines if isinstance(each, KeptSource)}
    owners = named.keys() | {each.source for each in lines if isinstance(each, Kept)}
    there = set(db.scalars(select(sources.c.source)))
    lost = [named.get(name, KeptSource(source=name)) for name in sorted(owners - there)]
    if lost:
        if db.scalar(select(hosts.c.host).where(hosts.c.host == GONE)) is None:
            db.execute(insert(hosts).values(host=GONE, gap_ms=0, free_at=EPOCH, blocked_until=EPOCH, next_at=NEVER))
        db.execute(
            insert(sources),
            [
                {"source": each.source, "on_remove": each.on_remove, "removed_at": each.removed_at or now}
                for each in lost
            ],
        )
        db.execute(insert(source_state), [_state(each, now) for each in lost])
    for name in sorted(there & named.keys()):
        if (identity := named[name].identity) is not None:
            unread = source_state.c.source == name, source_state.c.last_success.is_(None)
            db.execute(update(source_state).where(*unread).values(identity=identity))


def _state(lost: KeptSource, now: datetime) -> dict[str, Any]:
    state = encode_state(SourceState(source=lost.source, next_poll_at=now, identity=lost.identity))
    queue = {"source": lost.source, "host": GONE, "enabled": False, "location": "", "run_at": now, "lease_token": 0}
    return {**state, **queue}


def _remake_aliases(db: Connection, lost: Collection[KeptAlias]) -> None:
    wanted = {each.alias: each.key for each in lost}
    for part in in_parts(sorted(wanted)):
        for alias in db.scalars(select(aliases.c.alias).where(aliases.c.alias.in_(part))):
            del wanted[alias]
    there: set[str] = set()
    for some in in_parts(sorted(set(wanted.values()))):
        there.update(db.scalars(select(articles.c.key).where(articles.c.key.in_(some))))
    rows = [{"alias": alias, "key": key} for alias, key in wanted.items() if key in there]
    for some_rows in in_parts(rows, 1_000):
        db.execute(insert(aliases), some_rows)
