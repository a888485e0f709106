"""When an output took an article, where its entries are digests."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision: str | None = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No output's entries were digests so far."""
    time = sa.BigInteger().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
    op.add_column("output_entries", sa.Column("since", time))
    known = sa.text("since IS NOT NULL")
    op.create_index(
        "ix_output_entries_since",
        "output_entries",
        ["output", "since", "key"],
        sqlite_where=known,
        postgresql_where=known,
    )


def downgrade() -> None:
    """They take everything anew."""
    op.drop_index("ix_output_entries_since", "output_entries")
    op.execute("DELETE FROM output_entries WHERE since IS NOT NULL")
    op.drop_column("output_entries", "since")
    op.execute("DELETE FROM settings WHERE name = 'taken'")
