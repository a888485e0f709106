"""Waiting for a process to do something, without guessing how long that takes."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from typing import TypeVar

import pytest

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds until a test gives up; a passing test never waits that long."""


def until(what: Callable[[], T], process: subprocess.Popen[bytes] | None = None) -> T:
    """Ask ``what()`` again until it is true (or stops raising OSError), and give what it gave."""
    end = time.monotonic() + PATIENCE
    last: object = None
    while time.monotonic() < end:
        try:
            if answer := what():
                return answer
        except OSError as error:
            last = error
        if process is not None and process.poll() is not None:
            pytest.fail(f"the process ended with exit code {process.returncode}")
        time.sleep(0.05)
    pytest.fail(f"waited {PATIENCE} s in vain; last error: {last!r}")
