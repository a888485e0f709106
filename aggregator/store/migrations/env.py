"""Run by Alembic: migrates the connection it is handed, in the transaction that is open on it."""

from __future__ import annotations

from alembic import context

from aggregator.store.schema import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,  # SQLite alters little in place: copy and move
    transactional_ddl=True,  # SQLite's are too, once sqlite3 no longer commits on its own account
)
with context.begin_transaction():
    context.run_migrations()
