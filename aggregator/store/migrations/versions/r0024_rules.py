"""What is shown in place of what sources said, and how often rules hit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision: str | None = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is rewritten so far, and nothing was counted."""
    time = sa.BigInteger().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
    op.create_table(
        "rewritings",
        sa.Column("key", sa.LargeBinary(16), nullable=False),
        sa.Column("said", sa.JSON),
        sa.Column("content_html", sa.Text),
        sa.Column("markup", sa.Text),
        sa.Column("base", sa.Text),
        sa.Column("url_hash", sa.LargeBinary(16)),
        sa.ForeignKeyConstraint(["key"], ["articles.key"], name="fk_rewritings_key"),
        sa.PrimaryKeyConstraint("key", name="pk_rewritings"),
    )
    op.create_index("ix_rewritings_url_hash", "rewritings", ["url_hash"])
    op.create_table(
        "rule_counts",
        sa.Column("owner", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("hash", sa.LargeBinary(16), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("matched", sa.BigInteger, nullable=False),
        sa.Column("last", time),
        sa.Column("since", time, nullable=False),
        sa.PrimaryKeyConstraint("owner", "kind", "hash", name="pk_rule_counts"),
    )


def downgrade() -> None:
    """Articles are shown as their sources said them."""
    op.drop_table("rule_counts")
    op.drop_table("rewritings")
    op.execute("DELETE FROM settings WHERE name = 'rules'")
