"""On which days a source posted; what a look that failed or changed something cost, and where it ended."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision: str | None = "0020"
branch_labels = None
depends_on = None

DAYS = 48
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def upgrade() -> None:
    """The days are taken from the articles that are held, so that no source has to begin anew."""
    op.add_column("source_state", sa.Column("posted", sa.LargeBinary, nullable=False, server_default=""))
    op.add_column("poll_log", sa.Column("ms", sa.Integer))
    op.add_column("poll_log", sa.Column("decoded", sa.BigInteger))
    op.add_column("poll_log", sa.Column("final_url", sa.Text))
    db = op.get_bind()
    posted: dict[str, set[int]] = defaultdict(set)
    for source, published, first_seen in db.execute(sa.text("SELECT source, published, first_seen FROM articles")):
        days = posted[source]
        days.add(min(_day(first_seen), _day(published) if published is not None else _day(first_seen)))
        if len(days) > 2 * DAYS:
            posted[source] = set(sorted(days)[-DAYS:])
    rows = [
        {"of": source, "days": b"".join(each.to_bytes(3, "big") for each in sorted(days)[-DAYS:])}
        for source, days in sorted(posted.items())
    ]
    if rows:
        db.execute(sa.text("UPDATE source_state SET posted = :days WHERE source = :of"), rows)


def _day(at: int | datetime) -> int:
    """SQLite has microseconds since 1970, PostgreSQL a time."""
    moment = EPOCH + timedelta(microseconds=at) if isinstance(at, int) else at.astimezone(UTC)
    return date.toordinal(moment.date())


def downgrade() -> None:
    """Silence is judged by what comes from now on."""
    for name in ("final_url", "decoded", "ms"):
        op.drop_column("poll_log", name)
    op.drop_column("source_state", "posted")
