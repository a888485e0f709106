"""What was said beyond a limit a day is found without looking at all the rest."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision: str | None = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A publish asks for it each time."""
    folded = sa.text("held = 'folded'")
    op.create_index("ix_articles_folded", "articles", ["sort_at", "key"], sqlite_where=folded, postgresql_where=folded)


def downgrade() -> None:
    """Nothing is lost."""
    op.drop_index("ix_articles_folded", "articles")
