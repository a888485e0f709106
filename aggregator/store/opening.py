"""Opening a store: lock it, create it or bring its schema up to date, or say why it is left alone."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, select, table, text

from aggregator.disk import sync_folder
from aggregator.errors import StoreError
from aggregator.store import schema
from aggregator.store.database import QUICK_CHECK_LIMIT, Database, open_postgres, open_sqlite, parse_url
from aggregator.store.lock import FileLock, InstanceLock, ServerLock

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection


def open_database(url: str, *, lock: bool) -> tuple[Database, InstanceLock]:
    """The database at its newest schema, and its lock, held if ``lock`` says so.

    Without ``lock`` it may be opened beside a running service; only to create or migrate it the lock is taken, for
    as long as that lasts. Raises StoreError, StoreLocked.
    """
    address = parse_url(url)
    guard: InstanceLock
    with ExitStack() as undo:
        if address.get_backend_name() == "sqlite":
            path = Path(address.database or "").absolute()
            _make_folder(path.parent)
            guard = FileLock(path)
            undo.callback(guard.release)
            if lock or not path.exists():
                guard.acquire()
            database = _open_file(path, owner=lock)
            undo.callback(database.close)
        else:
            database = open_postgres(address)
            undo.callback(database.close)
            guard = ServerLock(database)
            undo.callback(guard.release)
            if lock:
                guard.acquire()
        if current_revision(database) != schema.REVISION:
            guard.acquire()
            upgrade(database)
        if not lock:
            guard.release()
        undo.pop_all()
    return database, guard


def is_there(url: str) -> bool:
    """Whether a SQLite file exists; of a PostgreSQL database only opening it can tell. Raises StoreError."""
    address = parse_url(url)
    return address.get_backend_name() != "sqlite" or Path(address.database or "").exists()


def _make_folder(folder: Path) -> None:
    """Ours alone if we make it, as addresses in the store may hold passwords; one that is there stays as it is."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{folder}: {error.strerror}; the store's folder cannot be made") from error


def _open_file(path: Path, *, owner: bool) -> Database:
    if not path.exists():
        _create_file(path)
    elif path.stat().st_size == 0:
        raise StoreError(
            f"{path}: the database is empty (0 bytes). It was left as it is: restore a backup, or move it away to "
            "start anew."
        )
    database = open_sqlite(path, owner=owner)
    if path.stat().st_size <= QUICK_CHECK_LIMIT and (damage := quick_check(database)):
        database.close()
        raise StoreError(
            f"{path}: the database is damaged ({damage}). It was left as it is: restore a backup, save what can be "
            "read with `sqlite3 FILE .recover`, or move it away to start anew."
        )
    return database


def _create_file(path: Path) -> None:
    """Makes the file whole or not at all, so that an empty one is never the mark of a first start cut short."""
    wal = path.with_name(path.name + "-wal")
    if wal.exists():
        raise StoreError(
            f"{path}: the database is missing, but {wal.name} is there. Put the database back, or move {wal.name} "
            "away to start anew."
        )
    new = path.with_name(path.name + ".new")
    for leftover in ("", "-wal", "-shm"):
        new.with_name(new.name + leftover).unlink(missing_ok=True)
    try:
        os.close(os.open(new, os.O_CREAT | os.O_EXCL, 0o600))  # -wal and -shm get the file's mode from SQLite
    except OSError as error:
        raise StoreError(f"{new}: {error.strerror}; the store's folder must be writable") from error
    database = open_sqlite(new, owner=True)
    try:
        upgrade(database)
    finally:
        database.close()
    new.rename(path)
    sync_folder(path.parent)


def quick_check(database: Database) -> str | None:
    """The first sign of damage in a SQLite file, or None. Raises StoreError where it cannot even be read."""
    with database.reading() as connection:
        found = str(connection.execute(text("PRAGMA quick_check(1)")).scalar_one())
    return None if found == "ok" else found.replace("\n", " ")


def current_revision(database: Database) -> str | None:
    """The schema's revision; None for an empty database. Raises StoreError if it is another program's."""
    with database.reading() as connection:
        tables = set(inspect(connection).get_table_names())
        if schema.VERSION_TABLE in tables:
            version = table(schema.VERSION_TABLE)
            revision: str | None = connection.scalar(select(text("version_num")).select_from(version))
            return revision
    # A PostgreSQL database may be shared with another program, a file is never.
    foreign = tables if database.path is not None else tables & set(schema.metadata.tables)
    if foreign:
        raise StoreError(
            f"{database.name}: another program's database (it has the table {min(foreign)}); "
            "name another one under `store:` in config.yaml"
        )
    return None


def upgrade(database: Database) -> None:
    """Brings the schema to the newest revision, in one transaction. Raises StoreError if it is newer than that."""
    revision = current_revision(database)
    with database.writing() as connection:
        if revision is not None and revision not in revisions():
            raise StoreError(
                f"{database.name}: written by a newer version of this program (schema {revision}; this one knows "
                f"{schema.REVISION}). Nothing was changed: install the newer version again, or restore a backup."
            )
        migrate(connection, "head")


def revisions() -> frozenset[str]:
    """Every revision that this version knows."""
    from alembic.script import ScriptDirectory  # here, as it costs 0.2 s and is needed once per release, not per start

    folder = str(Path(__file__).parent / "migrations")
    return frozenset(each.revision for each in ScriptDirectory(folder).walk_revisions())


def migrate(connection: Connection, to: str) -> None:
    """Brings the schema to a revision, in the transaction that is open."""
    from alembic import command

    command.upgrade(alembic_config(connection), to)


def alembic_config(connection: Connection) -> Config:
    """Alembic's settings for the migrations in this package, run on this connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config
