"""All copies of an article are found by it, and those that claim ids without a right to them by their sources."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision: str | None = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Copies of copies become copies of what these repeat: an article that others repeat is no copy itself."""
    for name, column, where in (
        ("ix_articles_duplicate_of", "duplicate_of", "duplicate_of IS NOT NULL"),
        ("ix_articles_conflict", "source", "claim_hash IS NOT NULL AND duplicate_of IS NULL"),
    ):
        some = sa.text(where)
        op.create_index(name, "articles", [column], sqlite_where=some, postgresql_where=some)
    op.execute(
        "UPDATE articles SET duplicate_of = (SELECT owner.duplicate_of FROM articles owner"
        " WHERE owner.key = articles.duplicate_of) WHERE duplicate_of IN"
        " (SELECT key FROM articles WHERE duplicate_of IS NOT NULL)"
    )


def downgrade() -> None:
    """Nothing is lost."""
    op.drop_index("ix_articles_conflict", "articles")
    op.drop_index("ix_articles_duplicate_of", "articles")
