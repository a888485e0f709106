"""A copy of a store to work on, which nobody else sees."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from aggregator.errors import StoreError
from aggregator.store.dump import Dump
from aggregator.store.opening import open_database
from aggregator.store.restoring import Replacing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from aggregator.store.database import Database


def copy(url: str, to: Path) -> str:
    """Copy a store as it is at this moment into a new SQLite file, beside whoever writes to it; gives its address.

    Raises StoreError.
    """
    there = f"sqlite:///{to}"
    original, _ = open_database(url, lock=False)
    try:
        if original.path is not None:
            copy_file(original, to)
            return there
    finally:
        original.close()
    with Dump(url) as dump, Replacing(there) as place:
        place.fill(dump.revision, (each.body for each in dump.parts()))
    return there


def copy_file(original: Database, to: Path) -> None:
    """The same of one that is a file, and open. Raises StoreError."""
    source = original.reader.raw_connection()
    try:
        with closing(sqlite3.connect(to)) as target:
            source.driver_connection.backup(target)  # type: ignore[union-attr]  # it is sqlite3's, and open
    except sqlite3.Error as error:
        free = shutil.disk_usage(to.parent).free
        raise StoreError(
            f"{original.name}: it cannot be copied to {to.parent} ({error}; {free // 1024**2:,} MiB are free there); "
            "set TMPDIR to a folder with room for it"
        ) from error
    finally:
        source.close()


def readdress(path: Path, moved: Mapping[str, str]) -> None:
    """Let what begins with an address of ours in stored texts begin with another: the pictures of local articles."""
    with closing(sqlite3.connect(path)) as db, db:
        for column in ("content_html", "summary", "facts"):
            for old, new in moved.items():
                db.execute(
                    f"UPDATE article_bodies SET {column} = replace({column}, :old, :new) "  # noqa: S608 - names from above
                    f"WHERE instr({column}, :old)",
                    {"old": old, "new": new},
                )
