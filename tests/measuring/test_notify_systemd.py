"""What systemd is told, over a real datagram socket, and when it is told nothing."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from aggregator.errors import StoreError
from aggregator.measuring import Figures
from aggregator.notify import Notify, handed_over
from aggregator.pulse import LATEST, Pulse


@contextmanager
def listening(address: str) -> Iterator[Callable[[], list[str]]]:
    """A datagram socket as systemd's; gives what came to it so far."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(f"\0{address[1:]}" if address.startswith("@") else address)
        heard.setblocking(False)

        def messages() -> list[str]:
            found = []
            while True:
                try:
                    found.append(heard.recv(4096).decode())
                except BlockingIOError:
                    return found

        yield messages


@pytest.fixture(params=["path", "abstract"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "path":
        return str(tmp_path / "notify")
    if sys.platform != "linux":
        pytest.skip("abstract sockets are Linux's")
    return f"@aggregator-{secrets.token_hex(8)}"


def test_it_is_told_what_happens_in_the_words_of_the_protocol(address: str) -> None:
    with listening(address) as messages:
        notify = Notify.of({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "120000000", "WATCHDOG_PID": str(os.getpid())})
        assert (notify.on, notify.watchdog) == (True, 120.0)
        notify.ready()
        notify.alive()
        notify.status("2 sources\nREADY=0")
        notify.status("2 sources\nREADY=0")
        notify.stopping()
        told = messages()
    assert told == ["READY=1", "WATCHDOG=1", "STATUS=2 sources READY=0", "STOPPING=1\nSTATUS=stopping"]


def test_a_reload_begins_with_the_time_and_ends_ready_whatever_comes_of_it(address: str) -> None:
    with listening(address) as messages:
        notify = Notify.of({"NOTIFY_SOCKET": address})
        with pytest.raises(ValueError, match="wrong"), notify.reloading():
            raise ValueError("wrong")
        began, ended = messages()
    word, micros = began.split("\n")
    assert (word, ended) == ("RELOADING=1", "READY=1")
    assert micros.startswith("MONOTONIC_USEC=")
    assert micros.partition("=")[2].isdecimal()


async def test_a_long_start_asks_for_more_time(address: str) -> None:
    with listening(address) as messages:
        starting = asyncio.create_task(Notify.of({"NOTIFY_SOCKET": address}).starting())
        await asyncio.sleep(0)
        starting.cancel()
        assert messages() == ["EXTEND_TIMEOUT_USEC=60000000\nSTATUS=opening the store"]


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"NOTIFY_SOCKET": ""},
        {"NOTIFY_SOCKET": "vsock:2:1234"},
        {"WATCHDOG_USEC": "1000000"},
    ],
)
def test_where_nobody_listens_nothing_is_told(environ: dict[str, str]) -> None:
    notify = Notify.of(environ)
    assert (notify.on, notify.watchdog) == (False, None)
    notify.ready()


@pytest.mark.parametrize(
    "watchdog",
    [{"WATCHDOG_USEC": "0"}, {"WATCHDOG_USEC": "soon"}, {"WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1"}, {}],
)
def test_a_watchdog_that_is_not_ours_is_not_fed(address: str, watchdog: dict[str, str]) -> None:
    with listening(address) as messages:
        Notify.of({"NOTIFY_SOCKET": address} | watchdog).alive()
        assert messages() == []


def test_a_listener_that_has_gone_stops_nothing(tmp_path: Path) -> None:
    Notify.of({"NOTIFY_SOCKET": str(tmp_path / "gone")}).ready()


def test_a_socket_is_taken_over_that_was_meant_for_this_process() -> None:
    """As systemd hands it over: the listening socket is file 3."""
    code = (
        "import os, sys; os.environ['LISTEN_PID'] = str(os.getpid()); from aggregator.notify import handed_over\n"
        "found = handed_over(os.environ); assert not os.get_inheritable(3)\n"
        "connection, _ = found.accept(); connection.sendall(b'taken over')\n"
    )
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
        fd = listener.fileno()
        call = [sys.executable, "-c", code]
        start = f'exec 3<&{fd}; exec "$@"'
        run = partial(subprocess.run, ["bash", "-c", start, "-", *call], pass_fds=[fd], check=True)
        ended = pool.submit(run, env={**os.environ, "LISTEN_FDS": "1"})
        with socket.create_connection(listener.getsockname()) as client:
            assert client.recv(100) == b"taken over"
        ended.result()


@pytest.mark.parametrize(
    "environ", [{}, {"LISTEN_PID": "1", "LISTEN_FDS": "1"}, {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "0"}]
)
def test_no_socket_is_taken_that_was_meant_for_another(environ: dict[str, str]) -> None:
    assert handed_over(environ) is None


# ---- the pulse


class Heard(Notify):
    """Remembers what is told."""

    def __init__(self, watchdog: float) -> None:
        super().__init__("/nowhere", watchdog)
        self.told: list[str] = []

    def _tell(self, *lines: str) -> None:
        self.told.extend(lines)


class OneThread:
    """An app with nothing but a store in a thread of its own."""

    def __init__(self, answer: Callable[[], None]) -> None:
        self.figures = Figures()
        self.store = SimpleNamespace(figures=SimpleNamespace(answers=answer))
        self._thread = ThreadPoolExecutor(1)

    async def db(self, function: Callable[[], None]) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, function)


async def line() -> str:
    return "2 sources"


@contextmanager
def clock_of(pulse: Pulse) -> Iterator[Callable[[float], None]]:
    """Lets time pass for a pulse."""
    passed = 0.0
    real = pulse._clock

    def later(seconds: float) -> None:
        nonlocal passed
        passed += seconds

    pulse._clock = lambda: real() + passed
    yield later


async def beating(pulse: Pulse, *beats: str, until: Callable[[], Any]) -> None:
    running = asyncio.create_task(pulse.run())
    try:
        async with asyncio.timeout(20):
            while not until():
                for each in beats:
                    pulse.turned(each)
                await asyncio.sleep(0.01)
    finally:
        running.cancel()
        await asyncio.wait((running,))


async def test_the_watchdog_is_fed_while_polls_start_and_the_store_answers() -> None:
    app, notify = OneThread(lambda: None), Heard(watchdog=0.01)
    await beating(Pulse(app, notify, line), "poll", until=lambda: notify.told.count("WATCHDOG=1") >= 2)  # type: ignore[arg-type]
    assert "STATUS=2 sources" in notify.told
    assert sum(app.figures.lag.counts) >= 2


async def test_a_beat_that_stands_still_starves_the_watchdog_though_the_store_answers() -> None:
    app, notify = OneThread(lambda: None), Heard(watchdog=0.01)
    await beating(Pulse(app, notify, line), until=lambda: sum(app.figures.lag.counts) > 2)  # type: ignore[arg-type]
    assert "WATCHDOG=1" not in notify.told


async def test_an_error_of_the_store_is_an_answer() -> None:
    def broken() -> None:
        raise StoreError("the disk is full; make room")

    app, notify = OneThread(broken), Heard(watchdog=0.01)
    await beating(Pulse(app, notify, line), "poll", until=lambda: "WATCHDOG=1" in notify.told)  # type: ignore[arg-type]


@pytest.mark.parametrize("beat", LATEST)
async def test_a_beat_that_has_stopped_is_a_problem_in_words(beat: str) -> None:
    pulse = Pulse(OneThread(lambda: None), Notify(), line)  # type: ignore[arg-type]
    with clock_of(pulse) as later:
        assert pulse.problem() is None
        later(LATEST[beat] + 1)
        for each in LATEST.keys() - {beat}:
            pulse.turned(each)
        problem = pulse.problem()
        assert problem is not None
        assert f"{round(LATEST[beat]) + 1} s" in problem
        pulse.turned(beat)
        assert pulse.problem() is None
