"""A PostgreSQL store in temporary tables of one connection, which may write to nothing else."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from sqlalchemy import MetaData, create_engine, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateIndex, CreateTable

from aggregator.errors import StoreError
from aggregator.store.database import Database, explain
from aggregator.store.schema import metadata

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import URL, Connection


def open_temporary(url: URL, empty: Collection[str]) -> Database:
    """A copy of the database at ``url``, but for the rows of the tables in ``empty``. Raises StoreError.

    It takes as much room on the server's disk as what it copies, and no locks that others wait for. The names of its
    tables come before those of the real ones, which the server itself refuses to have written to.
    """
    given = url.query.get("options", "")
    options = (
        f"{given if isinstance(given, str) else ' '.join(given)} -c timezone=UTC -c default_transaction_read_only=on"
    )
    engine = create_engine(
        url,
        json_serializer=json.JSONEncoder(separators=(",", ":")).encode,
        pool_size=1,
        max_overflow=0,
        connect_args={"application_name": f"aggregator plan {os.getpid()}", "options": options, "connect_timeout": 10},
    )
    name = url.render_as_string(hide_password=True)
    try:
        with engine.begin() as connection:
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ WRITE"))
            _fill(connection, empty)
    except DBAPIError as error:
        engine.dispose()
        raise StoreError(f"{name}: it cannot be copied to temporary tables: {explain(error)}") from error
    return Database(name=name, reader=engine, writer=engine)


def _fill(connection: Connection, empty: Collection[str]) -> None:
    schema = connection.scalar(select(func.current_schema()))
    triggers = connection.scalars(_TRIGGERS, {"schema": schema}).all()
    temporary = MetaData()
    for each in metadata.sorted_tables:
        copy = each.to_metadata(temporary)
        copy._prefixes = ["TEMPORARY"]  # noqa: SLF001 - there is no other way to say it of a table that is there
        connection.execute(CreateTable(copy))
        if each.name not in empty:
            names = ", ".join(f'"{column.name}"' for column in each.columns)
            rows = f'SELECT {names} FROM "{schema}".{each.name}'  # noqa: S608 - our own names
            connection.execute(text(f"INSERT INTO pg_temp.{each.name} ({names}) {rows}"))
            if "n" in each.columns:  # numbered by the server, which goes on where the others are
                highest = f"(SELECT coalesce(max(n), 0) + 1 FROM pg_temp.{each.name})"  # noqa: S608
                of = f"pg_get_serial_sequence('pg_temp.{each.name}', 'n')"
                connection.execute(text(f"SELECT setval({of}, {highest}, false)"))
        for index in sorted(copy.indexes, key=lambda index: str(index.name)):
            connection.execute(CreateIndex(index))
    for definition in triggers:
        connection.execute(text(definition.replace(f" ON {schema}.", " ON pg_temp.", 1).replace(":", "\\:")))
    connection.execute(text(f"ANALYZE {', '.join(f'pg_temp.{each.name}' for each in metadata.sorted_tables)}"))


_TRIGGERS = text(
    "SELECT pg_get_triggerdef(pg_trigger.oid) FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
    "JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE nspname = :schema AND NOT tgisinternal "
    "ORDER BY pg_trigger.oid"
)
"""What the store has done by itself when something is written: it is no part of the tables' description."""
