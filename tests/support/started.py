"""Commands of the program, each in a process of its own, from one that has imported all of it already.

A command takes a second of processor time to import what it needs, and the tests start hundreds. Run as a script, this
is the process that they come from: it reads a command a line, and each is a fork of it.
"""

from __future__ import annotations

import gc
import json
import os
import runpy
import select
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 300.0
"""Seconds for one command."""


class Starter:
    """Starts commands in the process behind it."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def run(self, words: tuple[str, ...], folder: Path) -> subprocess.CompletedProcess[str]:
        """Run one command in this folder to its end, with the environment of now."""
        with tempfile.TemporaryDirectory() as place:
            out, err, ended = (Path(place) / name for name in ("out", "err", "ended"))
            os.mkfifo(ended)
            asked = {"words": words, "folder": str(folder), "place": place, "environment": dict(os.environ)}
            reader = os.open(ended, os.O_RDONLY | os.O_NONBLOCK)
            try:
                assert self._process.stdin is not None
                self._process.stdin.write(json.dumps(asked).encode() + b"\n")
                self._process.stdin.flush()
                ready, _, _ = select.select([reader], [], [], PATIENCE)
                if not ready:
                    raise subprocess.TimeoutExpired(words, PATIENCE)
                code = int(os.read(reader, 16))
            finally:
                os.close(reader)
            return subprocess.CompletedProcess(words, code, out.read_text("utf-8"), err.read_text("utf-8"))


@contextmanager
def starter() -> Iterator[Starter]:
    """The process, for as long as it is needed."""
    with subprocess.Popen(
        [sys.executable, "-P", __file__], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as process:
        yield Starter(process)
        assert process.stdin is not None
        process.stdin.close()


def _serve() -> None:
    import aggregator.cli
    import aggregator.planning
    import aggregator.polls
    import aggregator.views  # noqa: F401

    gc.freeze()  # or each command has a copy of all of it in the end, by looking through it for what can go
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin.buffer:
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _watch(**json.loads(line))


def _watch(words: list[str], folder: str, place: str, environment: dict[str, str]) -> NoReturn:
    """Say how the command ended."""
    command = os.fork()
    if command == 0:
        os.environ.clear()
        os.environ.update(environment)
        _become(words, Path(folder), Path(place))
    code = os.waitstatus_to_exitcode(os.waitpid(command, 0)[1])
    (Path(place) / "ended").write_text(str(code))
    os._exit(0)


def _become(words: list[str], folder: Path, place: Path) -> NoReturn:
    os.chdir(folder)
    for number, path, flags in (
        (0, Path(os.devnull), os.O_RDONLY),
        (1, place / "out", os.O_WRONLY | os.O_CREAT),
        (2, place / "err", os.O_WRONLY | os.O_CREAT),
    ):
        os.dup2(os.open(path, flags, 0o600), number)
    sys.argv = ["aggregator", *words]
    sys.path.insert(0, str(folder))
    runpy.run_module("aggregator", run_name="__main__", alter_sys=True)
    sys.exit(0)


if __name__ == "__main__":
    _serve()
