"""Is the database sound? Looks at everything, so it takes as long as reading it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select, text

from aggregator.store.schema import article_bodies, articles, hosts, latest, source_state

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection


def problems(db: Connection) -> Iterator[str]:
    """Each problem as a sentence for the operator."""
    if db.dialect.name == "sqlite":
        for line in db.execute(text("PRAGMA integrity_check(20)")).scalars():
            if line != "ok":
                yield f"the file is damaged ({line}); restore a backup"
        for table, row, parent, _ in db.execute(text("PRAGMA foreign_key_check")):
            yield f"row {row} of {table} belongs to nothing in {parent}; restore a backup"
    bare = db.scalar(
        select(func.count())
        .select_from(articles.outerjoin(article_bodies))
        .where(article_bodies.c.key.is_(None), articles.c.pruned_at.is_(None))
    )
    if bare:
        yield f"{bare} articles have no body; restore a backup"
    asleep = db.scalars(
        select(source_state.c.source)
        .outerjoin(hosts, source_state.c.host == hosts.c.host)
        .where(
            source_state.c.enabled,
            hosts.c.next_at.is_(None)
            | (hosts.c.next_at > latest(hosts.c.free_at, hosts.c.blocked_until, source_state.c.run_at)),
        )
        .order_by(source_state.c.source)
    )
    for source in asleep:
        yield f"source {source} is due before its host is looked at; this is a bug, please report it"
