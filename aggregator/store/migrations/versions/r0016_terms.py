"""Articles are found by their tags and languages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision: str | None = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Empty: what is stored is taken in while the service runs, the newest first."""
    op.create_table(
        "article_terms",
        sa.Column("term", sa.Text, nullable=False),
        sa.Column("sort_at", sa.BigInteger().with_variant(sa.TIMESTAMP(timezone=True), "postgresql"), nullable=False),
        sa.Column("key", sa.LargeBinary(16), nullable=False),
        sa.PrimaryKeyConstraint("term", "sort_at", "key", name="pk_article_terms"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Terms are written down anew when they are asked for again."""
    op.drop_table("article_terms")
    op.execute("DELETE FROM settings WHERE name = 'terms'")
