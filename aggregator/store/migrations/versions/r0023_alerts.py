"""What has changed of how things stand, and what receivers of alerts were told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision: str | None = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody was told anything so far."""
    time = sa.BigInteger().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
    op.create_table(
        "health_changes",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("at", time, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("was", sa.String, nullable=False),
        sa.Column("became", sa.String, nullable=False),
        sa.Column("about", sa.String, nullable=False),
        sa.Column("alert", sa.String),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_health_changes"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "health_standings",
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("kind", "subject", name="pk_health_standings"),
    )
    op.create_table(
        "alert_receivers",
        sa.Column("receiver", sa.String, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("told_at", time),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("failing_since", time),
        sa.Column("next_try", time),
        sa.Column("problem", sa.Text),
        sa.Column("published", sa.LargeBinary),
        sa.PrimaryKeyConstraint("receiver", name="pk_alert_receivers"),
    )


def downgrade() -> None:
    """Receivers are told anew of what is wrong."""
    for table in ("alert_receivers", "health_standings", "health_changes"):
        op.drop_table(table)
