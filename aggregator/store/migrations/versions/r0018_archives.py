"""Documents of what outputs published before; what has to be taken out of them.

The triggers write down what is taken back, whoever did it. A later migration that copies ``articles`` or ``sources`` to
alter it has to make them again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision: str | None = "0017"
branch_labels = None
depends_on = None

_WATCHED = {
    "articles": (
        "key",
        ("deleted_at", "hidden_at"),
        "(NEW.deleted_at IS NOT NULL OR NEW.hidden_at IS NOT NULL)",
    ),
    "sources": ("source", ("on_remove", "removed_at"), "(NEW.removed_at IS NOT NULL OR OLD.removed_at IS NOT NULL)"),
}
"""Table -> its column that is written down, the changes at which it is, and on which condition."""


def upgrade() -> None:
    """No archive document is there yet, so nothing is to be taken out of one."""
    time = sa.BigInteger().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
    op.create_table(
        "archive_documents",
        sa.Column("output", sa.String, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("entries", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("output", "number", name="pk_archive_documents"),
    )
    op.create_table(
        "archive_entries",
        sa.Column("output", sa.String, nullable=False),
        sa.Column("id_hash", sa.LargeBinary(16), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("updated", time, nullable=False),
        sa.PrimaryKeyConstraint("output", "id_hash", "number", name="pk_archive_entries"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_archive_entries_number", "archive_entries", ["output", "number"])
    op.create_table(
        "archive_queue",
        sa.Column("n", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("key", sa.LargeBinary(16)),
        sa.Column("source", sa.String),
        sa.PrimaryKeyConstraint("n", name="pk_archive_queue"),
    )
    (_watch_sqlite if op.get_bind().dialect.name == "sqlite" else _watch_postgresql)()


def downgrade() -> None:
    """What was published before is in no document."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table, (column, _, _) in _WATCHED.items():
        op.execute(f"DROP TRIGGER archive_queue_{table}" + ("" if sqlite else f" ON {table}"))
        if not sqlite:
            op.execute(f"DROP FUNCTION archive_queue_{column}()")
    for table in ("archive_queue", "archive_entries", "archive_documents"):
        op.drop_table(table)


def _changed(columns: tuple[str, ...], differs: str, condition: str) -> str:
    changes = " OR ".join(f"NEW.{each} {differs} OLD.{each}" for each in columns)
    return f"({changes}) AND {condition}"


def _watch_sqlite() -> None:
    for table, (column, columns, condition) in _WATCHED.items():
        op.execute(
            f"CREATE TRIGGER archive_queue_{table} AFTER UPDATE ON {table} "  # noqa: S608 - names from above
            f"WHEN {_changed(columns, 'IS NOT', condition)} "
            f"BEGIN INSERT INTO archive_queue ({column}) VALUES (NEW.{column}); END"
        )


def _watch_postgresql() -> None:
    for table, (column, columns, condition) in _WATCHED.items():
        op.execute(
            f"CREATE FUNCTION archive_queue_{column}() RETURNS trigger LANGUAGE plpgsql AS "  # noqa: S608 - names from above
            f"$$ BEGIN INSERT INTO archive_queue ({column}) VALUES (NEW.{column}); RETURN NULL; END $$"
        )
        op.execute(
            f"CREATE TRIGGER archive_queue_{table} AFTER UPDATE ON {table} FOR EACH ROW "
            f"WHEN ({_changed(columns, 'IS DISTINCT FROM', condition)}) EXECUTE FUNCTION archive_queue_{column}()"
        )
