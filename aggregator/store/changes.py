"""The numbers of the last change that a reader can see, and of the last one that is published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from aggregator.store.schema import counters

if TYPE_CHECKING:
    from sqlalchemy import Connection

_COUNT_CHANGE = (
    update(counters)
    .where(counters.c.name == "publish_seq")
    .values(value=counters.c.value + 1)
    .returning(counters.c.value)
)
_COUNTER = select(counters.c.value).where(counters.c.name == bindparam("wanted"))


def count_change(db: Connection) -> int:
    """Counts one more; gives its number."""
    return int(db.execute(_COUNT_CHANGE).scalar_one())


def counter(db: Connection, name: str) -> int:
    """How far this one is."""
    return int(db.execute(_COUNTER, {"wanted": name}).scalar_one())
