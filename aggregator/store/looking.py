"""What can be said of a store without changing it, however it is: too old, too new, damaged, held by a service."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sqlalchemy import text

from aggregator.errors import StoreError
from aggregator.store import schema
from aggregator.store.database import open_postgres, parse_url
from aggregator.store.lock import ServerLock
from aggregator.store.opening import revisions
from aggregator.store.schema import from_micros

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import URL


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What was found. What could not be found out is ``None``."""

    name: str
    """For people, without the password."""
    there: bool
    problem: str | None = None
    """Why nothing more is known."""
    path: Path | None = None
    """The file, for SQLite."""
    server: str | None = None
    """Version of the database."""
    settings: dict[str, str] = field(default_factory=dict)
    """Of a PostgreSQL server."""
    revision: str | None = None
    known: bool = True
    """Whether this version of the program knows that revision."""
    bytes: int | None = None
    log_bytes: int | None = None
    free_share: float = 0.0
    """Part of the file that holds nothing."""
    damage: str | None = None
    holder: str | None = None
    """The process that holds the lock."""
    articles: int | None = None
    newest: datetime | None = None
    """The newest poll."""
    facts: dict[str, str] = field(default_factory=dict)
    """The settings that the program keeps there."""

    @property
    def current(self) -> bool:
        """Whether its schema is the one of this version."""
        return self.revision == schema.REVISION


def look(url: str) -> Looked:
    """Look at a store. It takes as long as reading it.

    Raises StoreError for what is no address of a store, OSError for a file that this user may not read.
    """
    address = parse_url(url)
    if address.get_backend_name() == "sqlite":
        return _look_at_file(Path(address.database or "").absolute())
    return _look_at_server(address)


def _look_at_file(path: Path) -> Looked:
    size = path.stat().st_size if path.exists() else None
    wal = path.with_name(f"{path.name}-wal")
    said: dict[str, Any] = {
        "name": str(path),
        "path": path,
        "there": size is not None,
        "bytes": size,
        "log_bytes": wal.stat().st_size if wal.exists() else 0,
        "holder": _holder_of(path),
    }
    if not size:
        problem = "it is empty (0 bytes)" if size == 0 else None
        if size is None and said["log_bytes"]:
            problem = f"it is missing, but {wal.name} is there"
        return Looked(**said, problem=problem)
    path.open("rb").close()  # SQLite does not say that this is not for us
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=5)) as db:
            pages, free = (db.execute(f"PRAGMA {each}").fetchone()[0] for each in ("page_count", "freelist_count"))
            damage = db.execute("PRAGMA quick_check(1)").fetchone()[0]
            said["free_share"] = free / max(pages, 1)
            said["damage"] = None if damage == "ok" else damage.replace("\n", " ")
            said |= _read(lambda statement: db.execute(statement).fetchall(), from_micros)
    except (sqlite3.Error, StoreError) as error:
        return Looked(**said, problem=str(error))
    return Looked(**said)


def _holder_of(path: Path) -> str | None:
    """The process that the lock file names, where some process holds it: taking it, even for an instant, might keep a
    service from starting."""
    lock = path.with_name(f"{path.name}.lock")
    try:
        inode = lock.stat().st_ino
        held = any(
            words[1] == "FLOCK" and words[-3].rpartition(":")[2] == str(inode)
            for words in map(str.split, Path("/proc/locks").read_text(encoding="ascii").splitlines())
            if len(words) >= 8
        )
        return (lock.read_text(encoding="ascii", errors="replace").strip()[:32] or "unknown") if held else None
    except OSError:  # no lock file, or no Linux
        return None


_SERVER = (
    "server_version", "fsync", "full_page_writes", "synchronous_commit", "max_connections", "server_encoding",
)  # fmt: skip


def _look_at_server(address: URL) -> Looked:
    database = open_postgres(address)
    said: dict[str, Any] = {"name": database.name, "there": True}
    try:
        with database.reading() as db:
            settings = {each: str(db.scalar(text(f"SHOW {each}"))) for each in _SERVER}
            said |= {
                "settings": settings,
                "server": settings["server_version"],
                "bytes": db.scalar(text("SELECT pg_database_size(current_database())")),
                "holder": ServerLock.holder(db),
            }
            if db.scalar(text("SELECT to_regclass(:name)"), {"name": schema.VERSION_TABLE}) is None:
                return Looked(**said | {"there": False})
            said |= _read(lambda statement: db.execute(text(statement)).all(), lambda value: value)
    except StoreError as error:
        return Looked(**said, problem=str(error))
    finally:
        database.close()
    return Looked(**said)


def _read(rows: Callable[[str], Any], to_time: Callable[[Any], datetime]) -> dict[str, Any]:
    """What every version since the first has."""
    revision = rows(f"SELECT version_num FROM {schema.VERSION_TABLE}")[0][0]  # noqa: S608 - our own name
    newest = rows("SELECT max(last_poll) FROM source_state")[0][0]
    return {
        "revision": revision,
        "known": revision in revisions(),
        "articles": rows("SELECT count(*) FROM articles")[0][0],
        "newest": to_time(newest) if newest is not None else None,
        "facts": dict(rows("SELECT name, value FROM settings")),
    }
