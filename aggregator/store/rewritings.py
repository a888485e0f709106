"""What is shown of articles in place of what their sources said, as the operator's ``rewrite`` has it.

An article stays as its source says it (``article_bodies``), so that edits are told by that alone; what is shown
instead stands beside it, only what is otherwise. Where the rules look at classes, what the content was cleaned from is
kept there too, so that other rules can be followed without reading the source again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from aggregator.model import Markup
from aggregator.store import rule_hits, terms
from aggregator.store.changes import count_change
from aggregator.store.codec import encode_rewriting
from aggregator.store.schema import articles, in_parts, output_queue, rewritings, source_state

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import Connection

    from aggregator.model import Article, PollPlan, RuleHits
    from aggregator.store.database import Database

_OF = rewritings.c
_SOME: Any = bindparam("some", expanding=True)
_COLUMNS = ("said", "content_html", "markup", "base", "url_hash")


def _upsert(dialect_insert: Any) -> Any:
    row = dialect_insert(rewritings)
    return row.on_conflict_do_update(index_elements=["key"], set_={name: row.excluded[name] for name in _COLUMNS})


_PUT = {"sqlite": _upsert(sqlite.insert), "postgresql": _upsert(postgresql.insert)}
_FORGET = delete(rewritings).where(_OF.key.in_(_SOME))
_MARKUP = select(_OF.key, _OF.markup, _OF.base).where(_OF.key.in_(_SOME), _OF.markup.is_not(None))


class Rewritings:
    """What is shown of articles in place of what their sources said."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def markups(self, keys: Collection[str]) -> Mapping[str, Markup]:
        """By key, what the contents of these articles were cleaned from, as far as that is kept."""
        found: dict[str, Markup] = {}
        with self._database.reading() as db:
            for part in in_parts(sorted(keys)):
                rows = db.execute(_MARKUP, {"some": part})
                found.update((row.key, Markup(html=row.markup, base=row.base)) for row in rows)
        return found

    def follow(self, ruled: Sequence[Article], hits: Sequence[RuleHits] = ()) -> int:
        """Writes down how articles are shown, and whether, now that other rules decided on them. None of it is an edit.

        Those that changed meanwhile are left as they are: they were decided on by whoever changed them. Gives how many
        were written.
        """
        with self._database.writing() as db:
            hashes: dict[str, bytes] = {}
            for part in in_parts(sorted(each.key for each in ruled)):
                rows = db.execute(select(articles.c.key, articles.c.raw_hash).where(articles.c.key.in_(part)))
                hashes.update((row.key, row.raw_hash) for row in rows)
            same = [each for each in ruled if hashes.get(each.key) == each.raw_hash]
            if same:
                keys = [each.key for each in same]
                terms.remove(db, keys)
                _write(db, same)
                db.execute(
                    update(articles).where(articles.c.key == bindparam("at")).values(left_out=bindparam("why")),
                    [{"at": each.key, "why": each.left_out} for each in same],
                )
                terms.add(db, keys)
                db.execute(insert(output_queue), [{"key": key, "edited": False} for key in keys])
                count_change(db)
            rule_hits.count(db, hits)
            return len(same)

    def read_again(self, source: str) -> None:
        """Lets a source be read whole by its next poll, and all in its document be made again: its markup is needed."""
        with self._database.writing() as db:
            forgotten = {"etag": None, "last_modified": None, "body_hash": None}
            row = db.execute(select(source_state.c.upstream).where(source_state.c.source == source)).first()
            if row is None:
                return
            db.execute(update(source_state).where(source_state.c.source == source).values(forgotten))
            keys = [row.upstream[at : at + 16].hex() for at in range(0, len(row.upstream), 16)]
            for part in in_parts(sorted(keys)):
                db.execute(update(articles).where(articles.c.key.in_(part)).values(raw_hash=b""))


def write(db: Connection, plan: PollPlan) -> None:
    """How the articles of a poll are shown."""
    _write(db, (*plan.new, *plan.held, *plan.earlier, *plan.updated, *plan.refreshed))


def forget(db: Connection, keys: Collection[str]) -> None:
    """The texts of these articles are pruned."""
    for part in in_parts(sorted(keys)):
        db.execute(_FORGET, {"some": part})


def _write(db: Connection, ruled: Sequence[Article]) -> None:
    rows = [encode_rewriting(each) for each in ruled if each.rewritten is not None or each.markup is not None]
    if rows:
        db.execute(_PUT[db.dialect.name], rows)
    forget(db, {each.key for each in ruled} - {row["key"] for row in rows})
