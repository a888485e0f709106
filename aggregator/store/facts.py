"""Facts stored under a name, written within a transaction of somebody else's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from aggregator.store.schema import settings

if TYPE_CHECKING:
    from sqlalchemy import Connection


def fact(db: Connection, name: str) -> str | None:
    """What is stored under this name."""
    return db.scalar(select(settings.c.value).where(settings.c.name == name))


def set_fact(db: Connection, name: str, value: str) -> None:
    """Stores it in the place of what was there."""
    forget_fact(db, name)
    db.execute(insert(settings).values(name=name, value=value))


def forget_fact(db: Connection, name: str) -> None:
    """As if it had never been stored."""
    db.execute(delete(settings).where(settings.c.name == name))
