"""All copies of an article are found by it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision: str | None = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Copies of copies become copies of what these repeat: an article that others repeat is no copy itself."""
    copies = sa.text("duplicate_of IS NOT NULL")
    op.create_index(
        "ix_articles_duplicate_of", "articles", ["duplicate_of"], sqlite_where=copies, postgresql_where=copies
    )
    op.execute(
        "UPDATE articles SET duplicate_of = (SELECT owner.duplicate_of FROM articles owner"
        " WHERE owner.key = articles.duplicate_of) WHERE duplicate_of IN"
        " (SELECT key FROM articles WHERE duplicate_of IS NOT NULL)"
    )


def downgrade() -> None:
    """Nothing is lost."""
    op.drop_index("ix_articles_duplicate_of", "articles")
