"""The first schema."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None
branch_labels = None
depends_on = None


def _time(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.TIMESTAMP(timezone=True), "postgresql"), nullable=nullable)


def upgrade() -> None:
    """From nothing to the tables of version 0.1."""
    op.create_table(
        "sources",
        sa.Column("source", sa.String, nullable=False),
        sa.Column("on_remove", sa.String, nullable=False),
        _time("removed_at", nullable=True),
        sa.PrimaryKeyConstraint("source", name="pk_sources"),
    )
    op.create_table(
        "source_state",
        sa.Column("source", sa.String, nullable=False),
        sa.Column("host", sa.String, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        _time("run_at"),
        sa.Column("lease_token", sa.BigInteger, nullable=False),
        _time("lease_expires", nullable=True),
        _time("next_poll_at"),
        sa.Column("next_reason", sa.Text, nullable=False),
        sa.Column("location", sa.Text, nullable=False),
        sa.Column("etag", sa.Text),
        sa.Column("last_modified", sa.Text),
        sa.Column("final_url", sa.Text),
        sa.Column("body_hash", sa.LargeBinary),
        sa.Column("parser_version", sa.Integer, nullable=False),
        sa.Column("code", sa.String),
        sa.Column("detail", sa.Text),
        sa.Column("status", sa.Integer),
        _time("since", nullable=True),
        sa.Column("failures", sa.Integer, nullable=False),
        _time("last_poll", nullable=True),
        _time("last_success", nullable=True),
        _time("last_new", nullable=True),
        sa.Column("requests", sa.BigInteger, nullable=False),
        sa.Column("not_modified", sa.BigInteger, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("moved_to", sa.Text),
        sa.Column("info", sa.JSON, nullable=False),
        sa.Column("road", sa.String),
        sa.Column("warnings", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("source", name="pk_source_state"),
        sa.ForeignKeyConstraint(["source"], ["sources.source"], name="fk_source_state_source"),
        postgresql_with={"fillfactor": "70"},
    )
    op.create_index(
        "ix_source_state_queue",
        "source_state",
        ["host", "run_at"],
        sqlite_where=sa.text("enabled = 1"),
        postgresql_where=sa.text("enabled"),
    )
    op.create_table(
        "hosts",
        sa.Column("host", sa.String, nullable=False),
        sa.Column("gap_ms", sa.BigInteger, nullable=False),
        _time("free_at"),
        _time("blocked_until"),
        _time("next_at"),
        sa.PrimaryKeyConstraint("host", name="pk_hosts"),
    )
    op.create_index("ix_hosts_next_at", "hosts", ["next_at"])
    op.create_table(
        "articles",
        sa.Column("key", sa.LargeBinary(16), nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("id_hash", sa.LargeBinary(16), nullable=False),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("raw_hash", sa.LargeBinary, nullable=False),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("url", sa.Text),
        _time("published", nullable=True),
        _time("updated", nullable=True),
        _time("first_seen"),
        _time("sort_at"),
        _time("not_before", nullable=True),
        sa.Column("duplicate_of", sa.LargeBinary(16)),
        sa.Column("left_out", sa.Text),
        _time("deleted_at", nullable=True),
        sa.PrimaryKeyConstraint("key", name="pk_articles"),
        sa.ForeignKeyConstraint(["source"], ["sources.source"], name="fk_articles_source"),
    )
    op.create_index("ix_articles_newest", "articles", ["sort_at", "key"])
    op.create_index("ix_articles_source", "articles", ["source", "sort_at", "key"])
    op.create_index("uq_articles_id", "articles", ["id_hash"], unique=True)
    op.create_index(
        "ix_articles_not_before",
        "articles",
        ["not_before"],
        sqlite_where=sa.text("not_before IS NOT NULL"),
        postgresql_where=sa.text("not_before IS NOT NULL"),
    )
    op.create_table(
        "article_bodies",
        sa.Column("key", sa.LargeBinary(16), nullable=False),
        sa.Column("summary", sa.Text),
        sa.Column("content_html", sa.Text),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_article_bodies"),
        sa.ForeignKeyConstraint(["key"], ["articles.key"], name="fk_article_bodies_key"),
    )
    op.create_table(
        "aliases",
        sa.Column("alias", sa.LargeBinary(16), nullable=False),
        sa.Column("key", sa.LargeBinary(16), nullable=False),
        sa.PrimaryKeyConstraint("alias", name="pk_aliases"),
        sa.ForeignKeyConstraint(["key"], ["articles.key"], name="fk_aliases_key"),
    )
    op.create_table(
        "poll_log",
        sa.Column("n", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        _time("at"),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("code", sa.String),
        sa.Column("detail", sa.Text),
        sa.Column("status", sa.Integer),
        sa.Column("new", sa.Integer, nullable=False),
        sa.Column("updated", sa.Integer, nullable=False),
        sa.Column("withdrawn", sa.Integer, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("n", name="pk_poll_log"),
    )
    op.create_index("ix_poll_log_at", "poll_log", ["at"])
    op.create_index("ix_poll_log_source", "poll_log", ["source", "at"])
    op.create_table(
        "settings",
        sa.Column("name", sa.String, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_settings"),
    )
    counters = op.create_table(
        "counters",
        sa.Column("name", sa.String, nullable=False),
        sa.Column("value", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_counters"),
    )
    op.bulk_insert(counters, [{"name": "publish_seq", "value": 0}, {"name": "published_seq", "value": 0}])


def downgrade() -> None:
    """Back to nothing."""
    for name in (
        "counters", "settings", "poll_log", "aliases", "article_bodies", "articles", "hosts", "source_state", "sources",
    ):  # fmt: skip
        op.drop_table(name)
