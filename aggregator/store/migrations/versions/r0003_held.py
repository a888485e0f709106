"""Articles that wait for the operator, and why a source's new articles do."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision: str | None = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is held yet, and no source is in quarantine."""
    time = sa.BigInteger().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
    op.add_column("articles", sa.Column("held", sa.Text))
    op.create_index(
        "ix_articles_held",
        "articles",
        ["source"],
        sqlite_where=sa.text("held IS NOT NULL"),
        postgresql_where=sa.text("held IS NOT NULL"),
    )
    op.add_column("source_state", sa.Column("quarantine", sa.Text))
    op.add_column("source_state", sa.Column("quarantined_at", time))


def downgrade() -> None:
    """What is held would be shown to readers by a program that does not know of it, so it is left out."""
    op.execute("UPDATE articles SET left_out = held WHERE held IS NOT NULL AND left_out IS NULL")
    op.drop_index("ix_articles_held", "articles")
    op.drop_column("articles", "held")
    op.drop_column("source_state", "quarantined_at")
    op.drop_column("source_state", "quarantine")
