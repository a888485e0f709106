"""The text of articles' pages, hosts that are asked for pages, and the last answers of each source."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision: str | None = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody asked for a page so far, and nothing was recorded."""
    time = sa.BigInteger().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
    op.create_table(
        "full_texts",
        sa.Column("key", sa.LargeBinary(16), nullable=False),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("due", time),
        sa.Column("waits", time),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("read_at", time),
        sa.Column("final_url", sa.Text),
        sa.Column("etag", sa.Text),
        sa.Column("last_modified", sa.Text),
        sa.Column("body_hash", sa.LargeBinary),
        sa.Column("recipe", sa.String, nullable=False),
        sa.Column("why", sa.Text),
        sa.Column("content_html", sa.Text),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_full_texts"),
        sa.ForeignKeyConstraint(["key"], ["articles.key"], name="fk_full_texts_key_articles"),
    )
    known = sa.text("due IS NOT NULL")
    op.create_index("ix_full_texts_due", "full_texts", ["due"], sqlite_where=known, postgresql_where=known)
    op.create_index("ix_full_texts_source", "full_texts", ["source"])
    op.create_table(
        "page_hosts",
        sa.Column("host", sa.String, nullable=False),
        sa.Column("free_at", time, nullable=False),
        sa.Column("blocked_until", time, nullable=False),
        sa.Column("robots", sa.LargeBinary),
        sa.Column("robots_until", time, nullable=False),
        sa.PrimaryKeyConstraint("host", name="pk_page_hosts"),
    )
    op.create_table(
        "recordings",
        sa.Column("n", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("at", time, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("head", sa.JSON, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("n", name="pk_recordings"),
    )
    op.create_index("ix_recordings_source", "recordings", ["source", "n"])
    op.create_index("ix_recordings_size", "recordings", ["n", "size"])


def downgrade() -> None:
    """Articles are shown as their feeds say them."""
    op.execute(
        "INSERT INTO output_queue (key, edited) SELECT key, FALSE FROM full_texts WHERE content_html IS NOT NULL"
    )
    for table in ("recordings", "page_hosts", "full_texts"):
        op.drop_table(table)
