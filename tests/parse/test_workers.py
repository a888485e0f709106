"""The pool of child processes: limits, replacement, and what the parent never notices."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from aggregator.worker import LARGEST_ANSWER
from aggregator.workers import MEBIBYTE, WorkerCrash, Workers, WorkerTimeout

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path
    from types import ModuleType

CALLS = """
import os, signal, sys, threading, time

def pid(): return os.getpid()
def loop():
    while True: pass
def burn(seconds):
    until = time.process_time() + seconds
    while time.process_time() < until: pass
def swallow(): return len(bytearray(4 * 1024**3))
kept = []
def fatten():
    block = bytearray(200 * 1024**2)
    kept.append(block)
    for at in range(0, len(block), 4096): block[at] = 1
    return os.getpid()
def die(number): os.kill(os.getpid(), number)
def leave(): os._exit(3)
def shout(): print("x" * 100_000); sys.stdout.flush(); return sys.stdin.read()
def fail(): raise KeyError("no such thing")
def unsendable(): return lambda: None
def modules(): return sorted(sys.modules)
def environment(): return dict(os.environ)
arriving, loop_went_on = threading.Event(), threading.Event()
def arrive():
    arriving.set()
    return loop_went_on.wait(10)
class Large:
    def __reduce__(self): return arrive, ()
def large(): return Large()
def ignores(): return [signal.getsignal(each) == signal.SIG_IGN for each in (signal.SIGINT, signal.SIGTERM)]
"""


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module both sides can import."""
    (tmp_path / "calls_of_the_test.py").write_text(CALLS, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    sys.modules.pop("calls_of_the_test", None)
    import calls_of_the_test  # type: ignore[import-not-found]  # written just above

    return calls_of_the_test  # type: ignore[no-any-return]


@pytest.fixture
async def make() -> AsyncIterator[Callable[..., Workers]]:
    """Makes pools and closes them."""
    made: list[Workers] = []

    def make(size: int = 1, **settings: object) -> Workers:
        made.append(Workers(size, **settings))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for each in made:
        await each.close()


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        return file.read().rpartition(")")[2].split()[0] != "Z"


async def gone(pid: int) -> None:
    while is_running(pid):  # noqa: ASYNC110 - the end of a process that is not our child is no event
        await asyncio.sleep(0.01)


async def test_a_call_runs_in_another_process_that_serves_the_next_call_too(calls, make):
    workers = make()
    first, second = await workers.run(calls.pid), await workers.run(calls.pid)
    assert first == second != os.getpid()


async def test_calls_run_side_by_side_up_to_the_size(calls, make):
    workers = make(2)
    assert len(set(await asyncio.gather(*(workers.run(calls.pid) for _ in range(8))))) <= 2


async def test_what_a_call_raises_is_raised_here_with_its_story(calls, make):
    workers = make()
    with pytest.raises(KeyError, match="no such thing") as caught:
        await workers.run(calls.fail)
    assert "in fail" in caught.value.__notes__[0]
    await workers.run(calls.pid)


async def test_endless_computing_ends_by_processor_time(calls, make):
    workers = make(cpu_seconds=1)
    with pytest.raises(WorkerTimeout, match="loop used more than 1 s of processor time"):
        await workers.run(calls.loop)
    assert await workers.run(calls.pid)


async def test_endless_waiting_ends_by_the_wall_clock(calls, make):
    workers = make(wall=timedelta(seconds=0.5))
    pid = await workers.run(calls.pid)
    with pytest.raises(WorkerTimeout, match=r"pause gave no answer within 0\.5 s"):
        await workers.run(signal.pause)
    await gone(pid)
    assert await workers.run(calls.pid) != pid


async def test_processor_time_is_counted_anew_for_every_call(calls, make):
    workers = make(cpu_seconds=1)
    pid = await workers.run(calls.pid)
    for _ in range(4):
        await workers.run(calls.burn, 0.5)
    assert await workers.run(calls.pid) == pid


async def test_too_much_memory_is_refused_and_the_process_replaced(calls, make):
    workers = make(memory_bytes=300 * MEBIBYTE)
    pid = await workers.run(calls.pid)
    with pytest.raises(WorkerCrash, match="swallow needed more than 300 MiB"):
        await workers.run(calls.swallow)
    assert await workers.run(calls.pid) != pid


async def test_a_big_parent_does_not_make_its_workers_look_fat(calls, make):
    """Linux starts a process with its parent's peak memory as its own."""
    ballast = bytearray(500 * 1024 * 1024)
    ballast[::4096] = b"x" * len(ballast[::4096])
    workers = make()
    assert await workers.run(calls.pid) == await workers.run(calls.pid)
    assert len(ballast)


async def test_a_process_that_has_grown_fat_is_replaced(calls, make):
    workers = make(memory_bytes=350 * MEBIBYTE)
    assert await workers.run(calls.fatten) != await workers.run(calls.pid)


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL, signal.SIGABRT])
async def test_a_crash_is_named_and_harms_this_call_alone(calls, make, number):
    workers = make(2)
    crash, fine = await asyncio.gather(
        workers.run(calls.die, int(number)), workers.run(calls.pid), return_exceptions=True
    )
    assert isinstance(crash, WorkerCrash)
    assert f"signal {int(number)}, {number.name}" in str(crash)
    assert isinstance(fine, int)


async def test_a_process_that_leaves_is_a_crash(calls, make):
    with pytest.raises(WorkerCrash, match="exit code 3"):
        await make().run(calls.leave)


async def test_a_process_killed_while_idle_costs_no_call(calls, make):
    workers = make()
    for _ in range(5):
        os.kill(await workers.run(calls.pid), signal.SIGKILL)
    assert await workers.run(calls.pid)


async def test_a_result_that_cannot_be_sent_is_named(calls, make):
    with pytest.raises(WorkerCrash, match="unsendable gave what cannot be sent back"):
        await make().run(calls.unsendable)


async def test_a_process_is_replaced_after_its_number_of_documents(calls, make):
    workers = make(documents=3)
    pids = [await workers.run(calls.pid) for _ in range(7)]
    assert pids[0] == pids[2] != pids[3] == pids[5] != pids[6]


async def test_a_cancelled_call_leaves_no_busy_process(calls, make):
    workers = make()
    pid = await workers.run(calls.pid)
    task = asyncio.create_task(workers.run(calls.loop))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await gone(pid)
    assert await workers.run(calls.pid) != pid


async def test_what_a_call_prints_does_not_spoil_its_answer(calls, make):
    assert await make().run(calls.shout) == ""


async def test_the_loop_goes_on_while_an_answer_is_taken_in(calls, make):
    answer = asyncio.create_task(make().run(calls.large))
    while not calls.arriving.is_set():  # noqa: ASYNC110 - it is set in another thread
        await asyncio.sleep(0.01)
    calls.loop_went_on.set()
    assert await answer is True


async def test_an_answer_that_would_fill_the_parent_is_refused(make):
    with pytest.raises(WorkerCrash, match="bytes gave what cannot be sent back"):
        await make().run(bytes, LARGEST_ANSWER)


async def test_large_calls_and_answers_pass(make):
    assert await make().run(bytes.upper, b"a" * 20 * MEBIBYTE) == b"A" * 20 * MEBIBYTE


async def test_close_leaves_no_process_and_takes_no_call(calls, make):
    workers = make(2)
    pids = set(await asyncio.gather(workers.run(calls.pid), workers.run(calls.pid)))
    busy = asyncio.create_task(workers.run(calls.loop))
    await asyncio.sleep(0.05)
    await workers.close()
    assert not any(is_running(pid) for pid in pids)
    with pytest.raises(WorkerCrash):
        await busy
    with pytest.raises(RuntimeError, match="closed"):
        await workers.run(calls.pid)


async def test_signals_to_stop_do_not_end_a_call(calls, make):
    workers = make()
    assert await workers.run(calls.ignores) == [True, True]
    pid = await workers.run(calls.pid)
    assert os.getsid(pid) == pid != os.getsid(0)


async def test_a_child_sees_no_secret_of_the_environment(calls, make, monkeypatch):
    monkeypatch.setenv("EXAMPLE_KEY", "secret")
    assert "EXAMPLE_KEY" not in await make().run(calls.environment)


async def test_a_fresh_process_has_imported_neither_the_project_nor_asyncio(calls, make):
    imported = set(await make().run(calls.modules))
    assert not imported & {"aggregator", "asyncio", "feedparser", "lxml", "ctypes", "socket"}


def test_children_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    program = textwrap.dedent(
        """
        import asyncio, os, signal, sys
        from datetime import timedelta
        from aggregator.workers import Workers

        async def main():
            workers = Workers(2, wall=timedelta(seconds=0.5))
            print(await workers.run(os.getpid), flush=True)
            task = asyncio.create_task(workers.run(signal.pause))
            await asyncio.sleep(0.2)
            print(await workers.run(os.getpid), flush=True)
            os.kill(os.getpid(), signal.SIGKILL)

        asyncio.run(main())
        """
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == -signal.SIGKILL, done.stderr
    pids = [int(line) for line in done.stdout.split()]
    assert len(set(pids)) == 2

    async def all_gone() -> None:
        for pid in pids:
            await gone(pid)

    asyncio.run(asyncio.wait_for(all_gone(), 10))


def test_the_limits_are_those_of_the_design() -> None:
    workers = Workers(1)
    assert workers.wall == timedelta(seconds=15)
    assert workers._limits == (10, 15.0, 768 * MEBIBYTE)
