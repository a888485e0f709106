"""The door to SQLAlchemy's engines: how each backend is opened, and what its errors mean to people.

SQLite: one writer connection (a pool of one is the writer lock), several readers, WAL. PostgreSQL: one pool.
"""

from __future__ import annotations

import importlib.util
import json
import os
import socket
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from aggregator.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine

PAGE_SIZE = 16 * 1024
"""Bytes. An article of 3 kB takes 4.2 kB on pages of 4 KiB, 3.3 kB on these."""
WAL_LIMIT = 32 * 1024 * 1024
"""Bytes the write-ahead log is cut back to after a long reader has let it grow."""
BUSY_TIMEOUT = timedelta(seconds=5)
"""How long a write waits for another process, such as a command beside the service."""
QUICK_CHECK_LIMIT = 64 * 1024 * 1024
"""Bytes. SQLite files up to this are looked through at every start (0.1 s); larger ones by ``check`` only."""
WRITER_WAIT = timedelta(seconds=60)
"""How long a thread waits for its turn to write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """An opened database. ``path`` is the file, for SQLite."""

    name: str
    """For people, without the password."""
    reader: Engine
    writer: Engine
    path: Path | None = None
    inode: int | None = None

    @contextmanager
    def reading(self, *, long: bool = False) -> Iterator[Connection]:
        """One consistent look. Raises StoreError.

        A ``long`` one sees all of its statements at one moment on PostgreSQL too, as any does on SQLite.
        """
        with _explained(self.name), self.reader.connect() as connection:
            if long and self.path is None:
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction, whole or not at all; on SQLite the only one at a time. Raises StoreError.

        Violated constraints stay SQLAlchemy's IntegrityError when caught inside the block.
        """
        if self.path is not None and _inode(self.path) != self.inode:
            raise StoreError(
                f"{self.name}: the file was deleted or replaced while in use; nothing more is written to it. "
                "Stop the program, put the right file in place, start again."
            )
        with _explained(self.name), self.writer.begin() as connection:
            yield connection

    def close(self) -> None:
        """Gives all connections back; the last one folds SQLite's write-ahead log into the file."""
        self.reader.dispose()
        self.writer.dispose()


def parse_url(url: str) -> URL:
    """The address of a store, checked. Raises StoreError for anything but a SQLite file and PostgreSQL."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError("store: not a database address; write sqlite:///FILE or postgresql://USER@HOST/DB") from error
    match parsed.get_backend_name():
        case "sqlite":
            if not parsed.database or parsed.database == ":memory:":
                raise StoreError(f"store: {url} names no file; write sqlite:///var/aggregator.db")
            return parsed.set(drivername="sqlite", query={})
        case "postgresql" | "postgres":
            if importlib.util.find_spec("psycopg") is None:
                raise StoreError("store: PostgreSQL needs psycopg; run: pip install 'aggregator[postgres]'")
            return parsed.set(drivername="postgresql+psycopg")
        case other:
            raise StoreError(f"store: {other} is not supported; write sqlite:///FILE or postgresql://USER@HOST/DB")


def open_postgres(url: URL) -> Database:
    """Engines for PostgreSQL; nothing is connected yet. Dead peers are noticed within about 30 s."""
    given = url.query.get("options", "")
    engine = create_engine(
        url,
        json_serializer=_json,
        pool_pre_ping=True,
        pool_size=8,
        pool_timeout=WRITER_WAIT.total_seconds(),
        connect_args={
            "application_name": f"aggregator {os.getpid()}@{socket.gethostname()}",
            "options": f"{given if isinstance(given, str) else ' '.join(given)} -c timezone=UTC",
            "connect_timeout": 10,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 30_000,
        },
    )
    return Database(name=url.render_as_string(hide_password=True), reader=engine, writer=engine)


def open_sqlite(path: Path, *, owner: bool) -> Database:
    """Engines for a SQLite file, which is made if it is missing. Only the owner of the lock checkpoints on the way.

    SQLite before 3.51.3 may corrupt a file when two connections checkpoint and commit at once; one that checkpoints
    is safe.
    """
    writer = _sqlite_engine(path, "BEGIN IMMEDIATE", pool_size=1, wal_autocheckpoint=1000 if owner else 0)
    reader = _sqlite_engine(path, "BEGIN", pool_size=8, wal_autocheckpoint=0, query_only=True)
    with _explained(str(path)), writer.begin():
        pass
    return Database(name=str(path), reader=reader, writer=writer, path=path, inode=_inode(path))


def _sqlite_engine(path: Path, begin: str, *, pool_size: int, **pragmas: object) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        json_serializer=_json,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=WRITER_WAIT.total_seconds(),
        connect_args={"timeout": BUSY_TIMEOUT.total_seconds(), "check_same_thread": False},
    )
    settings = {
        "page_size": PAGE_SIZE,  # first: it counts only while the file is empty
        "journal_mode": "WAL",
        "synchronous": "FULL",
        "foreign_keys": "ON",
        "journal_size_limit": WAL_LIMIT,
        "cache_size": -16 * 1024,  # KiB
        **pragmas,
    }

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, record: object) -> None:
        connection.isolation_level = None  # sqlite3 would open transactions late and on its own account
        for name, value in settings.items():
            connection.execute(f"PRAGMA {name}={value}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


_json: Callable[[object], str] = json.JSONEncoder(separators=(",", ":")).encode


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return None


@contextmanager
def _explained(name: str) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise StoreError(f"{name}: {explain(error)}") from error
    except PoolTimeout as error:
        raise StoreError(f"{name}: no turn to write within {WRITER_WAIT.seconds} s; another write hangs") from error
    except UnicodeEncodeError as error:
        raise StoreError(f"{name}: text that is not Unicode ({error.reason}) cannot be stored") from error


_SQLITE_ADVICE = {
    "SQLITE_FULL": "the disk is full; nothing was half written. Free space: the next poll goes on by itself.",
    "SQLITE_BUSY": "another process has been writing for more than 5 s; try again.",
    "SQLITE_NOTADB": "this is not a SQLite database. It was left as it is: put the right file there, restore a "
    "backup, or move it away to start anew.",
    "SQLITE_CORRUPT": "the database is damaged. It was left as it is: restore a backup, or save what can be read "
    "with `sqlite3 FILE .recover`, or move it away to start anew.",
    "SQLITE_READONLY": "the database cannot be written; check the owner and the rights of the file and its folder.",
    "SQLITE_CANTOPEN": "the file cannot be opened; check that its folder exists and may be written.",
    "SQLITE_IOERR": "reading or writing the disk failed; nothing was half written. Check the disk.",
}


def explain(error: DBAPIError) -> str:
    """A database's error in words: what happened, what to do next."""
    cause = error.orig
    name = getattr(cause, "sqlite_errorname", "")
    for prefix, advice in _SQLITE_ADVICE.items():
        if name.startswith(prefix):
            return f"{advice} ({cause})"
    first_line = str(cause).strip().partition("\n")[0]
    if isinstance(error, IntegrityError):
        return f"the database refuses contradictory data; this is a bug, please report it. ({first_line})"
    return f"the database does not do as asked; check that it is running and may be reached. ({first_line})"
