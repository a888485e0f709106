"""A pool of child processes for work that a stranger's bytes may make hang, swell or crash.

The children are fresh interpreters (not forks: the parent has threads) in sessions of their own, with limits on
processor time and address space set by the kernel and a wall clock held by the parent. Why: feedparser 6.0.14 takes
minutes for some documents of 40 KB, expat 2.5.0 dies with SIGSEGV on one of 1 MB.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from aggregator import worker
from aggregator.errors import AggregatorError

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")

MEBIBYTE = 1024 * 1024
_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "TMPDIR", "TZ")
"""What children inherit: no secrets, which the environment of the parent may hold."""


class WorkerTimeout(AggregatorError):
    """The call used up its wall clock or its processor time."""


class WorkerCrash(AggregatorError):
    """The process that ran the call died, or ran out of memory."""


class Workers:
    """Up to ``size`` child processes, started when first needed and replaced after ``documents`` calls each."""

    def __init__(
        self,
        size: int,
        *,
        wall: timedelta = timedelta(seconds=15),
        cpu_seconds: int = 10,
        memory_bytes: int = 768 * MEBIBYTE,
        documents: int = 500,
    ) -> None:
        self.wall = wall
        """Longest time of one call, waiting for a free worker not counted."""
        self._limits = (cpu_seconds, wall.total_seconds(), memory_bytes)
        self._documents = documents
        self._free = asyncio.Semaphore(size)
        self._idle: list[_Worker] = []
        self._alive: set[_Worker] = set()
        self._closed = False
        self.started = 0
        """Processes."""
        self.lost = 0
        """Of them those that died, or were ended by force."""
        self._pickling = ThreadPoolExecutor(size, thread_name_prefix="pickle")
        """Off the event loop: the answer for one document of 5 MB, full of links, takes a second to unpickle."""

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What ``function(*args, **kwargs)`` returns or raises, run in a child process.

        The function must be importable by its name, arguments and result picklable. Raises WorkerTimeout or
        WorkerCrash for this call alone; other calls and later ones do not notice. A cancelled call's process is killed.
        """
        async with self._free:
            if self._closed:
                raise RuntimeError("the workers are closed")
            call = await self._pickle(pickle.dumps, (function, args, kwargs), pickle.HIGHEST_PROTOCOL)
            try:
                async with asyncio.timeout(self.wall.total_seconds()):
                    how, value = await self._answer(call, function.__name__)
            except TimeoutError:
                raise WorkerTimeout(f"{function.__name__} gave no answer within {self._limits[1]:g} s") from None
        if how == worker.RETURNED:
            return value  # type: ignore[no-any-return]  # what the function returned came through a pickle
        if how == worker.RAISED:
            raise value
        if how == worker.MEMORY:
            raise WorkerCrash(f"{function.__name__} needed more than {self._limits[2] // MEBIBYTE} MiB of memory")
        raise WorkerCrash(f"{function.__name__} gave what cannot be sent back ({value})")

    async def _answer(self, call: bytes, name: str) -> tuple[str, Any]:
        while True:
            one = await self._take()
            reusable = whole = False
            try:
                if not await one.begin(call):
                    if one.calls:
                        continue  # killed while it was idle: nothing of this call has run
                    raise WorkerCrash(f"{name} could not start: {await one.cause()}")
                reply = await one.end()
                if reply is None or self._closed:
                    cause = await one.cause()
                    if one.process.returncode == -signal.SIGXCPU:
                        raise WorkerTimeout(f"{name} used more than {self._limits[0]} s of processor time")
                    raise WorkerCrash(f"{name} died ({cause})")
                how, value, fat = await self._pickle(pickle.loads, reply)
                one.calls += 1
                whole = True
                reusable = not fat and one.calls < self._documents and not self._closed
                return how, value
            finally:
                if reusable:
                    self._idle.append(one)
                else:
                    self.lost += not whole and not self._closed
                    await self._retire(one)

    async def _pickle(self, way: Callable[P, T], *args: P.args, **_: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pickling, way, *args)

    async def _take(self) -> _Worker:
        if self._closed:
            raise RuntimeError("the workers are closed")
        if self._idle:
            return self._idle.pop()
        one = await _Worker.start(self._limits)
        self.started += 1
        self._alive.add(one)
        return one

    async def _retire(self, one: _Worker) -> None:
        one.kill()
        await one.process.wait()  # where this is cancelled, close() waits instead
        self._alive.discard(one)

    async def close(self) -> None:
        """Kill every child and wait until all are gone. Calls under way end as WorkerCrash; no new ones start."""
        self._closed = True
        self._idle.clear()
        await asyncio.gather(*(self._retire(one) for one in tuple(self._alive)))
        self._pickling.shutdown()


def _import_path() -> list[str]:
    """Where this process imports from, for a child whose own path is bare."""
    return [str(Path(each).absolute()) for each in sys.path]


class _Worker:
    """One child process, as its parent sees it."""

    def __init__(self, process: Process) -> None:
        assert process.stdin is not None  # noqa: S101 - both are pipes, see start()
        assert process.stdout is not None  # noqa: S101
        self.process = process
        self.calls = 0
        self._in = process.stdin
        self._out = process.stdout

    @classmethod
    async def start(cls, limits: tuple[int, float, int]) -> _Worker:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            str(Path(worker.__file__)),
            *map(str, limits),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
            start_new_session=True,  # a terminal's Ctrl-C reaches the parent alone
            limit=MEBIBYTE,
        )
        one = cls(process)
        one._send(pickle.dumps(_import_path()))
        return one

    def _send(self, message: bytes) -> None:
        self._in.writelines((worker.LENGTH.pack(len(message)), message))

    async def begin(self, call: bytes) -> bool:
        """Hand over a call; False where the process was dead before it had the call whole."""
        try:
            self._send(call)
            await self._in.drain()
            return await self._out.readexactly(len(worker.STARTED)) == worker.STARTED
        except (ConnectionError, asyncio.IncompleteReadError):
            return False

    async def end(self) -> bytes | None:
        """The answer, pickled; ``None`` where the process died of it."""
        try:
            (length,) = worker.LENGTH.unpack(await self._out.readexactly(worker.LENGTH.size))
            return await self._out.readexactly(length)
        except (ConnectionError, asyncio.IncompleteReadError):
            return None

    async def cause(self) -> str:
        """What a dead process died of, in words."""
        code = await self.process.wait()
        if code >= 0:
            return f"exit code {code}"
        return f"signal {-code}, {signal.Signals(-code).name}"

    def kill(self) -> None:
        self._in.close()
        if self.process.returncode is None:
            self.process.kill()
