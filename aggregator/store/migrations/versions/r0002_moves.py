"""How often, and since when, a source has said that it moved."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision: str | None = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Counting begins at the next look: how often an address was seen before, nobody wrote down."""
    time = sa.BigInteger().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
    op.add_column("source_state", sa.Column("moved_since", time))
    op.add_column("source_state", sa.Column("moved_polls", sa.Integer, nullable=False, server_default=sa.text("0")))
    op.execute("UPDATE source_state SET moved_to = NULL")


def downgrade() -> None:
    """The newest address alone, as it was."""
    op.drop_column("source_state", "moved_polls")
    op.drop_column("source_state", "moved_since")
