"""The same page of two sources is found by its address, without a look at every text."""

from __future__ import annotations

from alembic import op

revision = "0026"
down_revision: str | None = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An index."""
    op.create_index("ix_full_texts_url", "full_texts", ["url"], postgresql_using="hash")


def downgrade() -> None:
    """Without it all works, slower."""
    op.drop_index("ix_full_texts_url", "full_texts")
