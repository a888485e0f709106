"""Which sources were added to a store that had published before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision: str | None = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of those that are there it does not matter any more, but for those that were never read: they are taken whole."""
    op.add_column("source_state", sa.Column("late", sa.Boolean, nullable=False, server_default=sa.text("FALSE")))


def downgrade() -> None:
    """What was kept out when its source was added stays out."""
    op.drop_column("source_state", "late")
