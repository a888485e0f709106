"""Who subscribed to what we publish, and which callbacks are to be asked whether they want to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision: str | None = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody has subscribed so far."""
    time = sa.BigInteger().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
    op.create_table(
        "hub_intents",
        sa.Column("key", sa.LargeBinary(16), nullable=False),
        sa.Column("mode", sa.String, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("callback", sa.Text, nullable=False),
        sa.Column("host", sa.String, nullable=False),
        sa.Column("lease", sa.Integer, nullable=False),
        sa.Column("secret", sa.LargeBinary),
        sa.Column("version", sa.LargeBinary(16), nullable=False),
        sa.Column("at", time, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_hub_intents"),
    )
    op.create_table(
        "subscriptions",
        sa.Column("key", sa.LargeBinary(16), nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("callback", sa.Text, nullable=False),
        sa.Column("host", sa.String, nullable=False),
        sa.Column("secret", sa.LargeBinary),
        sa.Column("until", time, nullable=False),
        sa.Column("delivered", sa.LargeBinary(16), nullable=False),
        sa.Column("failed", sa.LargeBinary(16)),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("next_try", time, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_subscriptions"),
    )
    op.create_index("ix_subscriptions_topic", "subscriptions", ["topic"])


def downgrade() -> None:
    """Subscribers find out when their lease ends."""
    op.drop_table("subscriptions")
    op.drop_table("hub_intents")
