"""Where the pages of local articles are. They are given addresses when their files are read again, which the new
version of the parser does."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision: str | None = "0018"
branch_labels = None
depends_on = None

_WATCHED = (
    "id", "page_hash", "sort_at", "published", "updated", "duplicate_of", "held", "hidden_at", "pinned_at",
    "deleted_at", "deleted_by",
)  # fmt: skip
"""As in r0008_kept.py."""


def upgrade() -> None:
    """The memory file tells them, too."""
    op.add_column("articles", sa.Column("slug", sa.String))
    op.create_index(
        "ix_articles_slug",
        "articles",
        ["sort_at", "key"],
        sqlite_where=sa.text("slug IS NOT NULL"),
        postgresql_where=sa.text("slug IS NOT NULL"),
    )
    _watch((*_WATCHED, "slug"))


def downgrade() -> None:
    """The pages are published no longer."""
    _watch(_WATCHED)
    op.drop_index("ix_articles_slug", "articles")
    op.drop_column("articles", "slug")


def _watch(columns: tuple[str, ...]) -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    differs = "IS NOT" if sqlite else "IS DISTINCT FROM"
    changed = " OR ".join(f"NEW.{each} {differs} OLD.{each}" for each in columns)
    begun = "CREATE TRIGGER unsaved_articles_update AFTER UPDATE ON articles"
    op.execute("DROP TRIGGER unsaved_articles_update" + ("" if sqlite else " ON articles"))
    if sqlite:
        op.execute(f"{begun} WHEN {changed} BEGIN INSERT INTO unsaved (key) VALUES (NEW.key); END")  # noqa: S608 - names from above
    else:
        op.execute(f"{begun} FOR EACH ROW WHEN ({changed}) EXECUTE FUNCTION unsaved_key()")
