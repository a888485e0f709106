"""A store filled from the parts of a dump, in the place of one that is there: the old one or the new one, never half.

SQLite: a new file is filled beside the old one and takes its name in one step. PostgreSQL: one transaction drops what
is there and makes it anew. The schema is made as old as the dump is, filled, and then migrated, so that a dump of any
older version becomes a store of this one. Triggers rest meanwhile: what they would write down is in the dump.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, BigInteger, Boolean, Float, LargeBinary, Text, bindparam, cast, column, insert, table, text

from aggregator.disk import sync_folder
from aggregator.errors import StoreError
from aggregator.store import schema
from aggregator.store.database import BUSY_TIMEOUT, open_postgres, open_sqlite, parse_url
from aggregator.store.dump import read
from aggregator.store.lock import FileLock, ServerLock
from aggregator.store.opening import current_revision, migrate, quick_check, revisions, upgrade
from aggregator.store.schema import UtcTime

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Connection
    from sqlalchemy.types import TypeEngine

    from aggregator.store.database import Database

_TYPES: dict[str, TypeEngine[Any]] = {
    "text": Text(),
    "int": BigInteger(),
    "float": Float(),
    "bool": Boolean(),
    "bytes": LargeBinary(),
    "time": UtcTime(),
    "json": Text(),
}


class Replacing:
    """The right to replace a store, held with its lock until the ``with`` ends. Raises StoreLocked, StoreError."""

    def __init__(self, url: str) -> None:
        address = parse_url(url)
        self.path = Path(address.database or "").absolute() if address.get_backend_name() == "sqlite" else None
        """The file, for SQLite."""
        self._server: Database | None = None
        with ExitStack() as undo:
            if self.path is not None:
                _make_folder(self.path.parent)
                self._lock: FileLock | ServerLock = FileLock(self.path)
            else:
                self._server = open_postgres(address)
                undo.callback(self._server.close)
                self._lock = ServerLock(self._server)
            self._lock.acquire()
            undo.pop_all()

    def __enter__(self) -> Replacing:
        return self

    def __exit__(self, *exception: object) -> None:
        self._lock.release()
        if self._server is not None:
            self._server.close()

    def articles(self) -> int | None:
        """How many are there; ``None`` where something is there that cannot be read. Nothing is changed by looking.

        Raises StoreError where it is no store of ours, or one of a newer version.
        """
        if self.path is not None:
            return _articles_in(self.path)
        assert self._server is not None  # noqa: S101 - one of the two is there
        revision = current_revision(self._server)
        if revision is None:
            return 0
        if revision not in revisions():  # it may have tables that this version knows nothing of
            raise StoreError(f"{self._server.name}: a store of a newer version is there; restore into another database")
        with self._server.reading() as db:
            return int(db.scalar(text("SELECT count(*) FROM articles")) or 0)

    def bring_up_to_date(self) -> None:
        """Give a database of a server this version's schema, as any start would: only such a one can be backed up.

        Raises StoreError.
        """
        if self._server is not None and current_revision(self._server) != schema.REVISION:
            upgrade(self._server)

    def fill(self, revision: str, parts: Iterable[bytes], *, aside: Path | None = None) -> None:
        """Put a store with this content in the place of what is there; with ``aside``, a SQLite file that is there
        gets this name. Raises StoreError; what was there is there still, then."""
        if revision not in revisions():
            raise StoreError(
                f"the backup is of a newer version of this program (schema {revision}; this one knows "
                f"{schema.REVISION}); nothing was changed: install that version, and restore again"
            )
        if self.path is None:
            assert self._server is not None  # noqa: S101 - as above
            with self._server.writing() as db:
                _drop_all(db)
                _fill(db, revision, parts)
            return
        new = self.path.with_name(f"{self.path.name}.restored")
        _sweep(new)
        try:
            _fill_file(new, revision, parts)
            _take_place(new, self.path, aside)
        finally:
            _sweep(new)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{folder}: {error.strerror}; the store's folder cannot be made") from error


def _sweep(path: Path) -> None:
    for ending in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + ending).unlink(missing_ok=True)


# ---- filling


def _fill_file(path: Path, revision: str, parts: Iterable[bytes]) -> None:
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}; the store's folder must be writable") from error
    database = open_sqlite(path, owner=True)
    try:
        with database.writing() as db:
            _fill(db, revision, parts)
        if damage := quick_check(database):
            raise StoreError(f"{path}: what was restored is damaged ({damage}); check the disk")
    finally:
        database.close()
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _fill(db: Connection, revision: str, parts: Iterable[bytes]) -> None:
    migrate(db, revision)
    filled: list[str] = []
    with _without_triggers(db):
        for body in parts:
            rows = read(body)
            if rows.table not in filled:
                filled.append(rows.table)
                db.execute(table(rows.table).delete())  # what the migrations have put there
            if rows.values:
                _insert(db, rows.table, rows.columns, rows.values)
    if db.dialect.name == "postgresql":
        _count_on(db)
    migrate(db, "head")


def _insert(db: Connection, name: str, columns: dict[str, str], values: list[dict[str, Any]]) -> None:
    postgresql = db.dialect.name == "postgresql"
    into = table(name, *(column(each, _TYPES[kind]) for each, kind in columns.items()))
    given: dict[str, Any] = {each: bindparam(f"_{each}", type_=_TYPES[kind]) for each, kind in columns.items()}
    if postgresql:  # which takes no text for a document
        given |= {each: cast(given[each], JSON) for each, kind in columns.items() if kind == "json"}
    rows = [{f"_{each}": value for each, value in row.items()} for row in values]
    for some in schema.in_parts(rows, 1_000):
        db.execute(insert(into).values(given), some)


@contextmanager
def _without_triggers(db: Connection) -> Iterator[None]:
    if db.dialect.name == "sqlite":
        triggers = db.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
        for name, _ in triggers:
            db.exec_driver_sql(f'DROP TRIGGER "{name}"')
        yield
        for _, sql in triggers:
            db.exec_driver_sql(sql)
        return
    names = "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
    ours = db.scalars(text(f"{names} WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace")).all()
    for each in ours:
        db.exec_driver_sql(f"ALTER TABLE {each} DISABLE TRIGGER USER")
    yield
    for each in ours:
        db.exec_driver_sql(f"ALTER TABLE {each} ENABLE TRIGGER USER")


def _count_on(db: Connection) -> None:
    """Numbers go on after the last one that is there."""
    counted = db.execute(
        text(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = current_schema() AND (column_default LIKE 'nextval(%' OR is_identity = 'YES')"
        )
    ).all()
    ours = set(schema.metadata.tables)
    for name, number in counted:
        if name in ours:
            db.exec_driver_sql(
                f"SELECT setval(pg_get_serial_sequence('\"{name}\"', '{number}'), "  # noqa: S608 - names of our tables
                f'COALESCE((SELECT max("{number}") FROM "{name}"), 0) + 1, false)'
            )


# ---- what is there


def _articles_in(path: Path) -> int | None:
    """Of a file that may be damaged, or of an older version."""
    if not path.exists() or path.stat().st_size == 0:
        wal = path.with_name(f"{path.name}-wal")
        return None if wal.exists() and wal.stat().st_size else 0
    try:
        connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT.total_seconds())
        try:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if tables and schema.VERSION_TABLE not in tables:
                raise StoreError(f"{path}: another program's database; name another one under `store:` in config.yaml")
            return int(connection.execute("SELECT count(*) FROM articles").fetchone()[0]) if tables else 0
        finally:
            connection.close()
    except sqlite3.Error:
        return None


def _drop_all(db: Connection) -> None:
    """Our tables, and the functions that their triggers call; others in the same database stay."""
    names = [each for each in schema.metadata.tables if db.scalar(text("SELECT to_regclass(:name)"), {"name": each})]
    functions = db.scalars(
        text(
            "SELECT DISTINCT tgfoid::regprocedure::text FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
            "WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace AND relname = ANY(:names)"
        ),
        {"names": names},
    ).all()
    for name in (*names, schema.VERSION_TABLE):
        db.exec_driver_sql(f'DROP TABLE IF EXISTS "{name}" CASCADE')
    for each in functions:
        db.exec_driver_sql(f"DROP FUNCTION {each}")


def _take_place(new: Path, path: Path, aside: Path | None) -> None:
    """Give the new file the old one's name. A log that is left beside the old one would be read into the new one, so
    it is folded in before, or, where the old file is damaged, moved away with it."""
    with ExitStack() as held:
        if path.exists():
            old = held.enter_context(_folded(path))
            if aside is not None:
                _link(path, aside)
            if not old:
                _move_log(path, aside or path.with_name(f"{path.name}.damaged"))
        elif path.with_name(f"{path.name}-wal").exists():
            _move_log(path, aside or path.with_name(f"{path.name}.lost"))
        new.rename(path)
        sync_folder(path.parent)


@contextmanager
def _folded(path: Path) -> Iterator[bool]:
    """The file alone is all of it, and nobody writes to it; False where it is too damaged for that.

    Raises StoreError where somebody else has it open.
    """
    if path.stat().st_size == 0:  # SQLite would throw its log away
        yield False
        return
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT.total_seconds(), isolation_level=None)
    try:
        try:
            (mode,) = connection.execute("PRAGMA journal_mode = DELETE").fetchone()
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise StoreError(f"{path}: another command is looking at the store; try again when it has ended") from (
                    error
                )
            mode = None
        except sqlite3.DatabaseError:
            mode = None
        yield mode == "delete"
    finally:
        connection.close()


def _link(path: Path, aside: Path) -> None:
    try:
        os.link(path, aside)
    except OSError:  # a file system without hard links
        shutil.copyfile(path, aside)
        aside.chmod(0o600)


def _move_log(path: Path, aside: Path) -> None:
    for ending in ("-wal", "-shm", "-journal"):
        log = path.with_name(path.name + ending)
        if log.exists():
            log.replace(aside.with_name(aside.name + ending))
