"""What held articles say, whole, to compare with; and what they said before they were edited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from aggregator.model import Version
from aggregator.store.articles import SAID
from aggregator.store.codec import decode_article
from aggregator.store.schema import articles, in_parts, versions

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

    from aggregator.model import Article

KEPT = 5
"""Versions of an article before the one that is held."""
_COLUMNS = ("key", "at", "note", "title", "updated", "summary", "content_html")
_PAGE = 500
"""Whole articles read at once."""
_SOME: Any = bindparam("some", expanding=True)
_WHOLE_KEYS = SAID.where(articles.c.key.in_(_SOME))
_ADD = {
    "sqlite": sqlite.insert(versions).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(versions).on_conflict_do_nothing(),
}
_OF = (
    select(*(versions.c[name] for name in _COLUMNS))
    .where(versions.c.key == bindparam("of"))
    .order_by(versions.c.at.desc())
)
_KEPT = (
    select(versions.c.at).where(versions.c.key == bindparam("of")).order_by(versions.c.at.desc()).limit(KEPT)
).correlate(None)
_FORGET = delete(versions).where(versions.c.key == bindparam("of"), versions.c.at.not_in(_KEPT))


def whole(db: Connection, keys: Collection[str]) -> dict[str, Article]:
    """See :meth:`aggregator.store.faces.polls.Polls.whole`."""
    found: dict[str, Article] = {}
    for part in in_parts(sorted(keys), _PAGE):
        found.update((row.key, decode_article(row)) for row in db.execute(_WHOLE_KEYS, {"some": part}))
    return found


def add(db: Connection, old: Collection[Version]) -> None:
    """Keeps these, and of each article the last :data:`KEPT`."""
    if old:
        db.execute(_ADD[db.dialect.name], [{name: getattr(each, name) for name in _COLUMNS} for each in old])
        db.execute(_FORGET, [{"of": each.key} for each in old])


def read(db: Connection, key: str) -> tuple[Version, ...]:
    """See :meth:`aggregator.store.faces.articles.Articles.versions`."""
    return tuple(Version(**row._mapping) for row in db.execute(_OF, {"of": key}))  # noqa: SLF001 - a row's columns
