"""Which versions of the published documents readers may have."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision: str | None = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """None is known: who has one of before gets the whole document."""
    op.create_table(
        "editions",
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("versions", sa.LargeBinary(), nullable=False),
        sa.Column("parts", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("path", name="pk_editions"),
    )


def downgrade() -> None:
    """Readers get whole documents."""
    op.drop_table("editions")
