"""A copy of a store to work on, which nobody else sees."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.errors import StoreError
from aggregator.store.database import parse_url
from aggregator.store.dump import Dump
from aggregator.store.restoring import Replacing

if TYPE_CHECKING:
    from collections.abc import Mapping


def copy(url: str, to: Path) -> str:
    """Copy a store as it is at this moment into a new SQLite file, beside whoever writes to it; gives its address.

    Raises StoreError.
    """
    address, there = parse_url(url), f"sqlite:///{to}"
    if address.get_backend_name() == "sqlite":
        path = Path(address.database or "").absolute()
        try:
            with closing(sqlite3.connect(path)) as old, closing(sqlite3.connect(to)) as new:
                old.backup(new)
        except sqlite3.Error as error:
            raise StoreError(f"{path}: cannot be copied ({error}); 'aggregator doctor' looks at it") from error
        return there
    with Dump(url) as dump, Replacing(there) as place:
        place.fill(dump.revision, (each.body for each in dump.parts()))
    return there


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
