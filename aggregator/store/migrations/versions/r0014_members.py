"""Which articles each output has taken, found without looking at all that is stored."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision: str | None = "0013"
branch_labels = None
depends_on = None

_SEEN = (
    "title", "url", "updated", "sort_at", "not_before", "duplicate_of", "left_out", "held", "hidden_at", "pinned_at",
    "deleted_at", "pruned_at",
)  # fmt: skip
"""What of an article decides whether an output has it, and how it is shown; its text has a table of its own."""


def upgrade() -> None:
    """Nothing is taken yet: what is stored is gone through by the next publishes, from the newest to the oldest."""
    time = sa.BigInteger().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
    op.create_table(
        "output_entries",
        sa.Column("output", sa.String, nullable=False),
        sa.Column("key", sa.LargeBinary(16), nullable=False),
        sa.Column("sort_at", time, nullable=False),
        sa.Column("archive", sa.Integer),
        sa.Column("taken", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("output", "key", name="pk_output_entries"),
        sqlite_with_rowid=False,
    )
    for name, sqlite, postgresql in (("newest", "taken = 1", "taken"), ("open", "archive IS NULL", "archive IS NULL")):
        op.create_index(
            f"ix_output_entries_{name}",
            "output_entries",
            ["output", "sort_at", "key"],
            sqlite_where=sa.text(sqlite),
            postgresql_where=sa.text(postgresql),
        )
    op.create_table(
        "output_queue",
        sa.Column("n", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("key", sa.LargeBinary(16), nullable=False),
        sa.Column("edited", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("n", name="pk_output_queue"),
    )
    op.create_table(
        "output_later",
        sa.Column("key", sa.LargeBinary(16), nullable=False),
        sa.Column("at", time, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_output_later"),
    )
    op.create_index("ix_output_later_at", "output_later", ["at"])
    (_watch_sqlite if op.get_bind().dialect.name == "sqlite" else _watch_postgresql)()


def downgrade() -> None:
    """Outputs are found by looking at all articles again."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table, when in (("articles", "update"), ("article_bodies", "insert"), ("article_bodies", "update")):
        op.execute(f"DROP TRIGGER output_queue_{table}_{when}" + ("" if sqlite else f" ON {table}"))
    if not sqlite:
        op.execute("DROP FUNCTION output_queue_article()")
        op.execute("DROP FUNCTION output_queue_body()")
    op.drop_table("output_later")
    op.drop_table("output_queue")
    op.drop_table("output_entries")


def _changed(differs: str) -> str:
    return " OR ".join(f"NEW.{each} {differs} OLD.{each}" for each in _SEEN)


_BODIES = (("insert", "INSERT"), ("update", "UPDATE"))


def _watch_sqlite() -> None:
    say = "INSERT INTO output_queue (key, edited) VALUES"
    for name, when in _BODIES:
        op.execute(
            f"CREATE TRIGGER output_queue_article_bodies_{name} AFTER {when} ON article_bodies "
            f"BEGIN {say} (NEW.key, FALSE); END"
        )
    op.execute(
        f"CREATE TRIGGER output_queue_articles_update AFTER UPDATE ON articles WHEN {_changed('IS NOT')} "
        f"BEGIN {say} (NEW.key, NEW.updated IS NOT OLD.updated); END"
    )


def _watch_postgresql() -> None:
    for name, edited in (("article", "NEW.updated IS DISTINCT FROM OLD.updated"), ("body", "FALSE")):
        op.execute(
            f"CREATE FUNCTION output_queue_{name}() RETURNS trigger LANGUAGE plpgsql AS "  # noqa: S608 - names from above
            f"$$ BEGIN INSERT INTO output_queue (key, edited) VALUES (NEW.key, {edited}); RETURN NULL; END $$"
        )
    for name, when in _BODIES:
        op.execute(
            f"CREATE TRIGGER output_queue_article_bodies_{name} AFTER {when} ON article_bodies "
            "FOR EACH ROW EXECUTE FUNCTION output_queue_body()"
        )
    op.execute(
        "CREATE TRIGGER output_queue_articles_update AFTER UPDATE ON articles FOR EACH ROW "
        f"WHEN ({_changed('IS DISTINCT FROM')}) EXECUTE FUNCTION output_queue_article()"
    )
