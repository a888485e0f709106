"""Which versions of the published documents are known: what a reader has whose last look was yesterday's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from aggregator.model import Editions
from aggregator.store.schema import editions, in_parts

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

_OF = editions.c


def note(db: Connection, published: Mapping[str, tuple[str, Sequence[bytes]]], now: datetime) -> None:
    """See :meth:`aggregator.store.faces.outputs.Outputs.note_editions`."""
    known = read(db, published)
    after = [
        known.get(path, Editions(path=path)).after(version, marks, now) for path, (version, marks) in published.items()
    ]
    forget(db, published)
    if after:
        rows = [{"path": each.path, "versions": each.versions, "parts": each.parts} for each in after]
        db.execute(insert(editions), rows)


def read(db: Connection, paths: Collection[str] | None = None) -> dict[str, Editions]:
    """See :meth:`aggregator.store.faces.outputs.Outputs.editions`."""
    every = select(_OF.path, _OF.versions, _OF.parts)
    wanted = [every] if paths is None else [every.where(_OF.path.in_(each)) for each in in_parts(sorted(paths))]
    rows = (row for each in wanted for row in db.execute(each))
    return {row.path: Editions(path=row.path, versions=row.versions, parts=row.parts) for row in rows}


def forget(db: Connection, paths: Collection[str]) -> None:
    """Nothing is known of these documents any more."""
    for each in in_parts(sorted(paths)):
        db.execute(delete(editions).where(_OF.path.in_(each)))
