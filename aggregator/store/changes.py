"""The number of the last change that a reader can see: what is published is compared with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update

from aggregator.store.schema import counters

if TYPE_CHECKING:
    from sqlalchemy import Connection

_COUNT_CHANGE = (
    update(counters)
    .where(counters.c.name == "publish_seq")
    .values(value=counters.c.value + 1)
    .returning(counters.c.value)
)


def count_change(db: Connection) -> int:
    """Counts one more; gives its number."""
    return int(db.execute(_COUNT_CHANGE).scalar_one())
