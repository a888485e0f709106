"""A record of every connection this process tries to make."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_recording: list[list[Any]] = []


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect" and _recording:
        _recording[-1].append(arguments[1])


sys.addaudithook(_audit)  # which cannot be taken away again, so there is one for all tests


@contextmanager
def recorded() -> Iterator[list[Any]]:
    """Every address a socket of this process is told to connect to within the block."""
    _recording.append([])
    try:
        yield _recording[-1]
    finally:
        _recording.pop()
