"""A command on a terminal of its own, as a person sits before it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")

_BEGIN = """import fcntl, os, signal, sys, termios
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
"""A session of its own, so that Ctrl-C on the terminal is a signal, also where the tests themselves ignore it."""


class Terminal:
    """A command that runs on a terminal of its own."""

    def __init__(self, folder: Any, *words: str, columns: int = 100) -> None:
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        environ = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
        self._process = subprocess.Popen(
            [sys.executable, "-c", _BEGIN, "-m", "aggregator", *words],
            cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs, env=environ | {"TERM": "xterm-256color"},
        )  # fmt: skip
        os.close(theirs)
        self._ours = ours
        self.shown = ""

    def read_until(self, seen: Callable[[str], bool]) -> None:
        """Reads what is shown until that is seen, or the command has ended."""
        while not seen(self.shown):
            try:
                more = os.read(self._ours, 65536)
            except OSError:  # Linux says so that nobody is at the other end any more
                return
            if not more:
                return
            self.shown += more.decode("utf-8", "replace")

    def type(self, text: str) -> None:
        """What a person types."""
        os.write(self._ours, text.encode())

    def ended(self) -> int:
        self.read_until(lambda _: False)
        os.close(self._ours)
        return self._process.wait(60)
