"""How often in a row a source has given its last answer; when its whole document is asked for again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision: str | None = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A failing source is taken to have failed alike all the time; no refresh is due until its next look says when."""
    time = sa.BigInteger().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
    op.add_column("source_state", sa.Column("status_since", time))
    op.add_column("source_state", sa.Column("status_polls", sa.Integer, nullable=False, server_default=sa.text("0")))
    op.add_column("source_state", sa.Column("refresh_at", time))
    op.execute("UPDATE source_state SET status_polls = failures, status_since = since WHERE status >= 400")


def downgrade() -> None:
    """The counts alone are lost."""
    op.drop_column("source_state", "refresh_at")
    op.drop_column("source_state", "status_polls")
    op.drop_column("source_state", "status_since")
