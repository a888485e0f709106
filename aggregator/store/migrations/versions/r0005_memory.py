"""What an article is known by besides its key, what became of it, and what it said before."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision: str | None = "0004"
branch_labels = None
depends_on = None


def _time(name: str, **more: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.TIMESTAMP(timezone=True), "postgresql"), **more)


def _partial(name: str, columns: list[str], where: str) -> None:
    op.create_index(name, "articles", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def upgrade() -> None:
    """Articles held so far get their hashes when they are read again: the parser's version was raised with this."""
    for column in (
        sa.Column("page_hash", sa.BigInteger),
        sa.Column("text_hash", sa.BigInteger),
        sa.Column("claim_hash", sa.LargeBinary(16)),
        sa.Column("past", sa.LargeBinary),
        sa.Column("flips", sa.Integer, nullable=False, server_default=sa.text("0")),
        _time("hidden_at"),
        _time("pinned_at"),
        sa.Column("deleted_by", sa.String),
        _time("pruned_at"),
    ):
        op.add_column("articles", column)
    op.execute("UPDATE articles SET deleted_by = 'absent' WHERE deleted_at IS NOT NULL")
    op.create_index("ix_articles_page", "articles", ["page_hash"])
    _partial("ix_articles_text", ["source", "text_hash"], "text_hash IS NOT NULL")
    _partial("ix_articles_claim", ["claim_hash"], "claim_hash IS NOT NULL")
    _partial("ix_articles_pinned_at", ["pinned_at"], "pinned_at IS NOT NULL")
    op.add_column("source_state", sa.Column("upstream", sa.LargeBinary, nullable=False, server_default=""))
    op.add_column("source_state", sa.Column("habit", sa.JSON, nullable=False, server_default="[]"))
    op.add_column("source_state", sa.Column("identity", sa.String))
    op.create_table(
        "versions",
        sa.Column("key", sa.LargeBinary(16), sa.ForeignKey("articles.key", name="fk_versions_key"), nullable=False),
        _time("at", nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        _time("updated"),
        sa.Column("summary", sa.Text),
        sa.Column("content_html", sa.Text),
        sa.PrimaryKeyConstraint("key", "at", name="pk_versions"),
    )


def downgrade() -> None:
    """What articles said before is lost; what the operator hid is left out."""
    op.execute("UPDATE articles SET left_out = 'hidden' WHERE hidden_at IS NOT NULL AND left_out IS NULL")
    op.drop_table("versions")
    for name in ("ix_articles_page", "ix_articles_text", "ix_articles_claim", "ix_articles_pinned_at"):
        op.drop_index(name, "articles")
    for name in (
        "page_hash", "text_hash", "claim_hash", "past", "flips", "hidden_at", "pinned_at", "deleted_by", "pruned_at",
    ):  # fmt: skip
        op.drop_column("articles", name)
    for name in ("upstream", "habit", "identity"):
        op.drop_column("source_state", name)
