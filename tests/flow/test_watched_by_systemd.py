"""The service as systemd sees it: a real process, its messages, and what becomes of them when its store hangs."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from waiting import until


class Manager:
    """Listens as systemd does."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "notify"
        self.told: list[str] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self.path))
        self._socket.setblocking(False)

    def hear(self) -> list[str]:
        """All lines so far."""
        while True:
            try:
                self.told += self._socket.recv(8192).decode().split("\n")
            except BlockingIOError:
                return self.told

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    listening = Manager(tmp_path)
    yield listening
    listening.close()


def start(place: Any, manager: Manager, **environ: str) -> subprocess.Popen[bytes]:
    with (place.folder / "log.txt").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "aggregator", "run"],
            cwd=place.folder,
            stdout=log,
            stderr=log,
            env={**os.environ, "NOTIFY_SOCKET": str(manager.path), **environ},
        )


def test_it_says_when_it_is_ready_lives_takes_a_configuration_and_stops(place: Any, manager: Manager) -> None:
    place.configure("seeds")
    place.seed("a.md", "# A\n\nText.\n")
    process = start(place, manager, WATCHDOG_USEC="1000000")
    try:
        until(lambda: "READY=1" in manager.hear(), process)
        assert any(line.startswith("EXTEND_TIMEOUT_USEC=") for line in manager.told)
        assert place.get("/healthz")[0] == 200  # ready means that it serves
        until(lambda: manager.hear().count("WATCHDOG=1") >= 2, process)
        until(lambda: any("1 source (" in line for line in manager.hear()), process)
        process.send_signal(signal.SIGHUP)
        until(lambda: "RELOADING=1" in manager.hear() and manager.told.count("READY=1") == 2, process)
        assert manager.told.index("RELOADING=1") < len(manager.told) - manager.told[::-1].index("READY=1")
        process.terminate()
        assert process.wait(timeout=60) == 0
        assert "STOPPING=1" in manager.hear()
    finally:
        process.kill()
        process.wait()
    assert all(json.loads(line) for line in place.log.splitlines())  # a record each, the drain's too


def test_a_store_that_hangs_ends_the_signs_of_life_though_the_web_server_answers(
    place: Any, manager: Manager, tmp_path: Path
) -> None:
    """As on a disk that is gone: a question to the store never comes back, and its thread waits for good."""
    place.configure("seeds")
    place.seed("a.md", "# A\n\nText.\n")
    (tmp_path / "hanging.py").write_text(
        "import os, sys, threading\n"
        "from aggregator.store.figures import StoreFigures\n"
        "answers = StoreFigures.answers\n"
        "def hangs_when_told(self):\n"
        "    if os.path.exists('hang'):\n"
        "        threading.Event().wait()\n"
        "    answers(self)\n"
        "StoreFigures.answers = hangs_when_told\n"
        "from aggregator.cli import main\n"
        "sys.argv = ['aggregator', 'run']\n"
        "main()\n",
        encoding="utf-8",
    )
    with (place.folder / "log.txt").open("ab") as log:
        environ = {**os.environ, "NOTIFY_SOCKET": str(manager.path), "WATCHDOG_USEC": "400000"}
        process = subprocess.Popen(
            [sys.executable, "hanging.py"], cwd=place.folder, stdout=log, stderr=log, env=environ
        )
    try:
        until(lambda: manager.hear().count("WATCHDOG=1") >= 2, process)
        (place.folder / "hang").touch()

        def silent() -> bool:
            before = manager.hear().count("WATCHDOG=1")
            time.sleep(1)
            return manager.hear().count("WATCHDOG=1") == before

        until(silent, process)
        assert place.get("/healthz")[0] == 200
    finally:
        process.kill()  # as the watchdog does
        process.wait()
