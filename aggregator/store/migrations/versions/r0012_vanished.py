"""Which articles were taken out of their feeds, and whether their pages are gone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision: str | None = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is known to have vanished so far."""
    time = sa.BigInteger().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
    op.create_table(
        "vanished",
        sa.Column("key", sa.LargeBinary(16), sa.ForeignKey("articles.key", name="fk_vanished_key"), nullable=False),
        sa.Column("since", time, nullable=False),
        sa.Column("due", time, nullable=False),
        sa.Column("missing_at", time),
        sa.PrimaryKeyConstraint("key", name="pk_vanished"),
    )
    op.create_index("ix_vanished_due", "vanished", ["due"])


def downgrade() -> None:
    """Pages that were asked for once are forgotten."""
    op.drop_table("vanished")
