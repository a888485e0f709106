"""One instance per store. The lock goes with the process, however it ends."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from aggregator.errors import StoreError, StoreLocked
from aggregator.store.database import explain

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from aggregator.store.database import Database


class InstanceLock(Protocol):
    """What both locks can do."""

    def acquire(self) -> None:
        """Takes the lock, unless it is held already. Raises StoreLocked with the holder's process id."""

    def confirm(self) -> None:
        """Makes sure that it is still ours, and takes it again if it was lost. Raises StoreLocked."""

    def release(self) -> None:
        """Gives it back; harmless if it is not held."""


class FileLock:
    """``flock`` on a file beside the database. The file stays: removing it would let two in.

    A child made by a bare ``fork`` would hold the lock after its parent's death; one that goes through ``exec``
    (subprocess, spawn, forkserver) does not.
    """

    def __init__(self, database_file: Path) -> None:
        self._path = database_file.with_name(database_file.name + ".lock")
        self._handle: int | None = None

    def acquire(self) -> None:
        """Takes the lock, unless it is held already. Raises StoreLocked with the holder's process id."""
        if self._handle is not None:
            return
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StoreError(f"{self._path}: {error.strerror}; the store's folder must be writable") from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(handle, 32).decode("ascii", "replace").strip() or "unknown"
            os.close(handle)
            raise StoreLocked(
                f"{self._path}: another instance (process {holder}) uses this store; stop it or wait for it to end"
            ) from error
        self._handle = handle
        try:
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        except OSError as error:
            self.release()
            raise StoreError(
                f"{self._path}: {error.strerror}; if the disk is full, free space and start again"
            ) from error

    def confirm(self) -> None:
        """A kernel lock lasts as long as the process, but on its file: where that is gone, others lock a new one."""
        if self._handle is None:
            self.acquire()
            return
        held = os.fstat(self._handle)
        try:
            there = self._path.stat()
        except FileNotFoundError:
            there = None
        except OSError as error:
            raise StoreError(f"{self._path}: {error.strerror}; the store's folder must be readable") from error
        if there is None or not os.path.samestat(held, there):
            raise StoreLocked(
                f"{self._path}: the lock file was removed or replaced while in use, so another instance may use this "
                "store too; nothing more is polled. Stop every instance, start one again, and leave the file alone."
            )

    def release(self) -> None:
        """Gives it back; harmless if it is not held."""
        if self._handle is not None:
            os.ftruncate(self._handle, 0)
            os.close(self._handle)
            self._handle = None


class ServerLock:
    """``pg_try_advisory_lock``, per database and schema, on a connection of its own: it ends with that."""

    _CLASS = 0x41474752  # "AGGR": keeps our locks apart from other programs' in a shared database

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Connection | None = None

    def acquire(self) -> None:
        """Takes the lock, unless it is held already. Raises StoreLocked with the holder's process id."""
        if self._connection is not None:
            return
        try:
            self._connection = self._database.writer.connect().execution_options(isolation_level="AUTOCOMMIT")
            taken = self._connection.scalar(
                text("SELECT pg_try_advisory_lock(:class, hashtext(current_schema()))"), {"class": self._CLASS}
            )
            holder = None if taken else self.holder(self._connection) or "unknown"
        except DBAPIError as error:
            self.release()
            raise StoreError(f"{self._database.name}: {explain(error)}") from error
        if not taken:
            self.release()
            raise StoreLocked(
                f"{self._database.name}: another instance (process {holder}) uses this store; "
                "stop it or wait for it to end"
            )

    def confirm(self) -> None:
        """The server forgets the lock when the connection breaks (restart, failover): then it is taken anew."""
        if self._connection is not None:
            try:
                self._connection.execute(text("SELECT 1"))
            except DBAPIError:
                self.release()
        self.acquire()

    def release(self) -> None:
        """Gives it back; harmless if it is not held."""
        if self._connection is not None:
            self._connection.invalidate()  # ends it, broken or not; back in the pool it would keep the lock alive
            self._connection.close()
            self._connection = None

    @classmethod
    def holder(cls, connection: Connection) -> str | None:
        """The process that holds it, ``1234@host``."""
        name = connection.scalar(
            text(
                "SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid) "
                "WHERE locktype = 'advisory' AND granted AND classid = :class "
                "AND objid::bigint = hashtext(current_schema())::bigint & 4294967295 "
                "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            ),
            {"class": cls._CLASS},
        )
        return str(name).removeprefix("aggregator ") if name is not None else None
