"""What ends at one of its effects, as if the process had been killed there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from aggregator.publish import files
from aggregator.store.database import Database

WRITES = ("_write_through", "sync_folder", "remove_archived")


class Kill(BaseException):
    """Nobody catches it."""


@contextmanager
def killing(monkeypatch: pytest.MonkeyPatch, at: int) -> Iterator[None]:
    """Ends what goes on inside with its ``at``-th effect: a write, a removal or a transaction; with an even one before
    it is done, with an odd one after."""
    met = 0

    @contextmanager
    def effect() -> Iterator[None]:
        nonlocal met
        met += 1
        now = met == at
        if now and at % 2 == 0:
            raise Kill
        yield
        if now:
            raise Kill

    def step(real: Callable[..., Any]) -> Callable[..., Any]:
        def stepped(*args: Any, **kwargs: Any) -> Any:
            with effect():
                return real(*args, **kwargs)

        return stepped

    writing = Database.writing

    @contextmanager
    def transaction(database: Database) -> Iterator[Any]:
        with effect(), writing(database) as connection:
            yield connection

    with monkeypatch.context() as patched:
        for name in WRITES:
            patched.setattr(files, name, step(getattr(files, name)))
        patched.setattr(Database, "writing", transaction)
        yield
