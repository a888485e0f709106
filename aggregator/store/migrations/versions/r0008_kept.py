"""What the memory file does not say yet; pruned articles leave the indexes that only readable ones are found by.

The triggers write down what has to be said anew, whoever changed it. A later migration that copies ``articles``,
``aliases``, ``sources`` or ``source_state`` to alter it has to make them again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision: str | None = "0007"
branch_labels = None
depends_on = None

_WATCHED = {
    "articles": (
        "id", "page_hash", "sort_at", "published", "updated", "duplicate_of", "held", "hidden_at", "pinned_at",
        "deleted_at", "deleted_by",
    ),
    "aliases": ("key",),
    "sources": ("on_remove", "removed_at"),
    "source_state": ("identity",),
}  # fmt: skip
_NAMED_BY = {"articles": ("key", "key"), "aliases": ("key", "alias"), "sources": ("source", "source")}
"""Table -> the column of ``unsaved``, and its own."""
_FRESH = ("articles", "aliases", "sources")
"""Tables whose new rows have something to say; a source's state begins with nothing."""


def upgrade() -> None:
    """The memory file is written whole at the first publish, so nothing waits yet."""
    op.create_table(
        "unsaved",
        sa.Column("n", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("key", sa.LargeBinary(16)),
        sa.Column("source", sa.String),
        sa.PrimaryKeyConstraint("n", name="pk_unsaved"),
    )
    _index("pruned_at IS NULL")
    (_watch_sqlite if op.get_bind().dialect.name == "sqlite" else _watch_postgresql)()


def downgrade() -> None:
    """The memory file is written no longer."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in _WATCHED:
        for when in ("insert", "update"):
            if when == "insert" and table not in _FRESH:
                continue
            op.execute(f"DROP TRIGGER unsaved_{table}_{when}" + ("" if sqlite else f" ON {table}"))
    if not sqlite:
        for column in ("key", "alias", "source"):
            op.execute(f"DROP FUNCTION unsaved_{column}()")
    _index(None)
    op.drop_table("unsaved")


def _index(where: str | None) -> None:
    condition = sa.text(where) if where else None
    for name, columns in (
        ("ix_articles_newest", ["sort_at", "key"]),
        ("ix_articles_source", ["source", "sort_at", "key"]),
    ):
        op.drop_index(name, "articles")
        op.create_index(name, "articles", columns, sqlite_where=condition, postgresql_where=condition)


def _changed(table: str, differs: str) -> str:
    return " OR ".join(f"NEW.{each} {differs} OLD.{each}" for each in _WATCHED[table])


def _watch_sqlite() -> None:
    for table in _WATCHED:
        column, own = _NAMED_BY.get(table, ("source", "source"))
        say = f"BEGIN INSERT INTO unsaved ({column}) VALUES (NEW.{own}); END"  # noqa: S608 - names from above
        if table in _FRESH:
            op.execute(f"CREATE TRIGGER unsaved_{table}_insert AFTER INSERT ON {table} {say}")
        changed = _changed(table, "IS NOT")
        op.execute(f"CREATE TRIGGER unsaved_{table}_update AFTER UPDATE ON {table} WHEN {changed} {say}")


def _watch_postgresql() -> None:
    for own in ("key", "alias", "source"):
        column = "source" if own == "source" else "key"
        op.execute(
            f"CREATE FUNCTION unsaved_{own}() RETURNS trigger LANGUAGE plpgsql AS "  # noqa: S608 - names from above
            f"$$ BEGIN INSERT INTO unsaved ({column}) VALUES (NEW.{own}); RETURN NULL; END $$"
        )
    for table in _WATCHED:
        _, own = _NAMED_BY.get(table, ("source", "source"))
        call = f"FOR EACH ROW {{when}}EXECUTE FUNCTION unsaved_{own}()"
        if table in _FRESH:
            op.execute(f"CREATE TRIGGER unsaved_{table}_insert AFTER INSERT ON {table} {call.format(when='')}")
        when = f"WHEN ({_changed(table, 'IS DISTINCT FROM')}) "
        op.execute(f"CREATE TRIGGER unsaved_{table}_update AFTER UPDATE ON {table} {call.format(when=when)}")
