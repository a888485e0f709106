"""A copy of a store to try things on: what is written to it goes when it is closed, and the store itself is only read.

Of SQLite it is a file in the folder for temporary files (``TMPDIR``); of PostgreSQL it is temporary tables of one
connection that may write to nothing else. A running service is not held up by either.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.store.copying import copy_file
from aggregator.store.database import Database, open_sqlite, parse_url
from aggregator.store.lock import FileLock
from aggregator.store.opening import is_there, open_database
from aggregator.store.store import Store
from aggregator.store.temporary import open_temporary

if TYPE_CHECKING:
    from collections.abc import Iterator

UNNEEDED = frozenset({"poll_log", "versions", "unsaved", "host_ledger", "hub_intents", "subscriptions"})
"""Tables whose rows decide nothing of what is published; of PostgreSQL they are left empty."""


@contextmanager
def on_trial(url: str) -> Iterator[Store]:
    """A copy of the store at ``url``, or an empty one where there is none. Raises StoreError."""
    with tempfile.TemporaryDirectory(prefix="aggregator-") as folder:
        path = Path(folder) / "trial.db"
        if not is_there(url):
            with Store.open(f"sqlite:///{path}") as store:
                yield store
            return
        original, _ = open_database(url, lock=False)
        try:
            copy = _copied(original, path) if original.path is not None else open_temporary(parse_url(url), UNNEEDED)
        finally:
            original.close()
        with Store(copy, FileLock(path), locked=False) as store:
            yield store


def _copied(original: Database, path: Path) -> Database:
    copy_file(original, path)
    copy = open_sqlite(path, owner=True)
    connection = copy.writer.raw_connection()
    try:
        connection.cursor().execute("PRAGMA synchronous=OFF")  # nobody needs it after a crash
    finally:
        connection.close()
    return copy
