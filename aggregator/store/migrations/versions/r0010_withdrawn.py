"""What was withdrawn is found by when: each publish asks for it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision: str | None = "0009"
branch_labels = None
depends_on = None

_SOME = sa.text("deleted_at IS NOT NULL")


def upgrade() -> None:
    """An index of few rows."""
    op.create_index("ix_articles_deleted_at", "articles", ["deleted_at"], sqlite_where=_SOME, postgresql_where=_SOME)


def downgrade() -> None:
    """Nothing is lost but speed."""
    op.drop_index("ix_articles_deleted_at", "articles")
