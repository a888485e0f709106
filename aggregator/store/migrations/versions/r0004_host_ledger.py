"""How each host has been treated."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision: str | None = "0003"
branch_labels = None
depends_on = None


def _time(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.TIMESTAMP(timezone=True), "postgresql"), nullable=False)


def upgrade() -> None:
    """Counting begins now: which host was asked how often before, nobody wrote down."""
    counts = (
        "requests", "redirects", "unconditional", "not_modified", "rate_limited", "early_polls", "ignored_waits",
        "bytes",
    )  # fmt: skip
    op.create_table(
        "host_ledger",
        sa.Column("host", sa.String, nullable=False),
        _time("since"),
        _time("last"),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in counts),
        _time("wait_from"),
        _time("wait_until"),
        sa.PrimaryKeyConstraint("host", name="pk_host_ledger"),
        postgresql_with={"fillfactor": "70"},
    )


def downgrade() -> None:
    """What was counted is lost."""
    op.drop_table("host_ledger")
