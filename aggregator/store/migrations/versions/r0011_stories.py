"""Which articles tell of the same event."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision: str | None = "0010"
branch_labels = None
depends_on = None


def _key() -> sa.Column[Any]:
    return sa.Column("key", sa.LargeBinary(16), nullable=False)


def _time(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.TIMESTAMP(timezone=True), "postgresql"), nullable=False)


def upgrade() -> None:
    """All empty: the recent articles are looked through when an output first asks for stories."""
    op.create_table("story_queue", _key(), sa.PrimaryKeyConstraint("key", name="pk_story_queue"))
    op.create_table(
        "story_signatures",
        _key(),
        _time("at"),
        _time("placed"),
        sa.Column("bands", sa.LargeBinary, nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_story_signatures"),
    )
    op.create_index("ix_story_signatures_at", "story_signatures", ["at"])
    op.create_table(
        "story_bands",
        sa.Column("band", sa.BigInteger, nullable=False),
        _time("at"),
        _key(),
        sa.PrimaryKeyConstraint("band", "at", "key", name="pk_story_bands"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "story_members",
        _key(),
        sa.Column("story", sa.String, nullable=False),
        sa.Column("publisher", sa.Text, nullable=False),
        _time("joined"),
        sa.Column("why", sa.Text),
        sa.PrimaryKeyConstraint("key", name="pk_story_members"),
    )
    op.create_index("ix_story_members_story", "story_members", ["story"])


def downgrade() -> None:
    """Which articles belong together is forgotten."""
    for table in ("story_members", "story_bands", "story_signatures", "story_queue"):
        op.drop_table(table)
