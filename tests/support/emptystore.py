"""A store in which there is nothing yet, where making one anew for each test would take most of its time."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from aggregator.store import Store


def empty_store(folder: Path) -> None:
    """Puts it where the configuration in ``folder`` has its store unless it says otherwise."""
    (folder / "var").mkdir()
    (folder / "var" / "aggregator.db").write_bytes(_made())


@cache
def _made() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "aggregator.db"
        Store.open(f"sqlite:///{path}").close()
        return path.read_bytes()
