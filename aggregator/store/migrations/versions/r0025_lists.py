"""What lists of feeds name that are followed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision: str | None = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """None was followed so far."""
    op.create_table(
        "feed_lists",
        sa.Column("source", sa.String(), primary_key=True),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("members", sa.Text(), nullable=False),
        sa.Column("held", sa.Text()),
        sa.Column("version", sa.Integer(), nullable=False),
    )


def downgrade() -> None:
    """They are read anew."""
    op.drop_table("feed_lists")
