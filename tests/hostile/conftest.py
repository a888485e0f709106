"""Where the tables are found, and a record of every connection the process tries to make."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parent))

_recording: list[list[Any]] = []


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect" and _recording:
        _recording[-1].append(arguments[1])


sys.addaudithook(_audit)


@pytest.fixture
def connects() -> Iterator[list[Any]]:
    """Every address a socket of this process was told to connect to."""
    _recording.append([])
    yield _recording[-1]
    _recording.pop()
