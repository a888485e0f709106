"""Tells systemd how the service is, by the protocol of sd_notify(3), and takes the socket it may hand over
(sd_listen_fds(3)). Where nobody asked for that, nothing is told.
"""

from __future__ import annotations

import asyncio
import os
import socket
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from aggregator.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

log = get_logger()

FIRST_HANDED_OVER = 3
"""The number of the first file that is handed over (SD_LISTEN_FDS_START)."""

LONGEST_STATUS = 300
"""Characters: it is one line of ``systemctl status``."""

EXTENSION, EVERY = 60, 15
"""Seconds that are asked for while the service starts, and how often."""

PATIENCE = 3600
"""Seconds that a start may take at most: the migration of a store of a million articles takes minutes."""


class Notify:
    """``address`` is what NOTIFY_SOCKET says, ``watchdog`` the seconds that may pass between two signs of life."""

    def __init__(self, address: str | None = None, watchdog: float | None = None) -> None:
        self._address = f"\0{address[1:]}" if address is not None and address.startswith("@") else address
        self.watchdog = watchdog if address is not None else None
        self._said: str | None = None
        self._failed = False

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Notify:
        """As the environment asks for; a socket of another kind than AF_UNIX is none."""
        address = environ.get("NOTIFY_SOCKET", "")
        ours = environ.get("WATCHDOG_PID") in (None, "", str(os.getpid()))
        micros = environ.get("WATCHDOG_USEC", "")
        watchdog = int(micros) / 1e6 if ours and micros.isdecimal() and int(micros) else None
        return cls(address if address[:1] in ("/", "@") else None, watchdog)

    @property
    def on(self) -> bool:
        """Whether somebody listens."""
        return self._address is not None

    def ready(self) -> None:
        """The service does what it is for."""
        self._tell("READY=1")

    def stopping(self) -> None:
        """It is about to end."""
        self._tell("STOPPING=1", "STATUS=stopping")

    def alive(self) -> None:
        """The watchdog may wait for as long again."""
        if self.watchdog is not None:
            self._tell("WATCHDOG=1")

    def status(self, line: str) -> None:
        """What ``systemctl status`` shows; the same again is not told."""
        if line != self._said:
            self._said = line
            self._tell("STATUS=" + " ".join(line.split())[:LONGEST_STATUS])

    @contextmanager
    def reloading(self) -> Iterator[None]:
        """What is inside takes another configuration."""
        self._tell("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")
        try:
            yield
        finally:
            self.ready()

    async def starting(self) -> None:
        """Ask for more time again and again, until it is cancelled: a start may have a database to bring up to date."""
        if not self.on:
            return
        for _ in range(PATIENCE // EVERY):
            self._tell(f"EXTEND_TIMEOUT_USEC={EXTENSION * 1_000_000}", "STATUS=opening the store")
            await asyncio.sleep(EVERY)

    def _tell(self, *lines: str) -> None:
        if self._address is None:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
                out.setblocking(False)  # who does not listen must not hold up the event loop
                out.sendto("\n".join(lines).encode(), self._address)
        except OSError as error:
            if not self._failed:
                advice = "systemd is not told how the service is; see NOTIFY_SOCKET"
                log.warning("cannot notify", error=error.strerror or str(error), advice=advice)
            self._failed = True
        else:
            self._failed = False


def handed_over(environ: Mapping[str, str]) -> socket.socket | None:
    """The listening socket that systemd opened for us and keeps open while we are restarted; ``None`` where there is
    none. Of several the first is taken."""
    if environ.get("LISTEN_PID") != str(os.getpid()) or not environ.get("LISTEN_FDS", "").isdecimal():
        return None
    if int(environ["LISTEN_FDS"]) < 1:
        return None
    os.set_inheritable(FIRST_HANDED_OVER, False)
    found = socket.socket(fileno=FIRST_HANDED_OVER)
    with suppress(OSError):  # a socket of AF_UNIX has no such option
        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return found
