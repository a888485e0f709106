"""The child's side of :mod:`aggregator.workers`: one process that answers calls under limits, one after the other.

Run as a file and from the standard library alone, so that it starts in the time of a bare interpreter and imports
the project only when the first call asks for it. Calls come in on standard input, answers leave on what was standard
output; each is a pickle behind its length.
"""

from __future__ import annotations

import math
import os
import pickle
import resource
import signal
import struct
import sys
import traceback
from typing import Any, BinaryIO

LENGTH = struct.Struct(">Q")
STARTED = b"+"
"""Sent when a call has arrived whole: from then on, the death of the process is the call's doing."""

LARGEST_ANSWER = 64 * 1024 * 1024
"""Bytes; the parent, which holds all other sources, has to take it in. Of a document of 20 MB it is 25 as a rule."""

RETURNED, RAISED, MEMORY, UNSENDABLE = "returned", "raised", "memory", "unsendable"
"""How a call ended."""


def main(cpu_seconds: int, wall_seconds: float, memory_bytes: int) -> None:
    """Answer calls until standard input ends, which it does when the parent dies."""
    for each in (signal.SIGINT, signal.SIGTERM):  # the parent decides; systemd and terminals signal whole groups
        signal.signal(each, signal.SIG_IGN)
    _set(resource.RLIMIT_CORE, 0)
    _set(resource.RLIMIT_AS, memory_bytes)
    calls, answers = _private(0, "rb"), _private(1, "wb")
    sys.path[:] = pickle.loads(_read(calls) or pickle.dumps(sys.path))  # noqa: S301 - our parent's bytes
    while (call := _read(calls)) is not None:
        _limit(cpu_seconds, wall_seconds)
        answers.write(STARTED)
        answers.flush()
        answer = _answer(call, memory_bytes)
        signal.setitimer(signal.ITIMER_REAL, 0)
        answers.write(LENGTH.pack(len(answer)) + answer)
        answers.flush()


def _private(descriptor: int, mode: str) -> BinaryIO:
    """The stream behind a descriptor, out of reach of whatever a library may print or read."""
    kept = os.dup(descriptor)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, descriptor)
    os.close(nothing)
    stream: Any = os.fdopen(kept, mode)
    return stream  # type: ignore[no-any-return]  # fdopen's type depends on the text of mode


def _read(stream: BinaryIO) -> bytes | None:
    """One message; ``None`` where the parent has closed its end."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    body = stream.read(length)
    return body if len(body) == length else None


def _limit(cpu_seconds: int, wall_seconds: float) -> None:
    """Let the kernel end this process: after the processor time, counted from now, and if the parent is gone."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _set(resource.RLIMIT_CPU, math.ceil(used.ru_utime + used.ru_stime) + cpu_seconds)
    signal.setitimer(signal.ITIMER_REAL, 2 * wall_seconds)  # the parent, where it lives, kills after half of that


def _set(which: int, limit: int) -> None:
    """The soft limit, as far as whoever started the whole program allows."""
    hard = resource.getrlimit(which)[1]
    resource.setrlimit(which, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))


def _resident() -> int:
    """Bytes of memory this process holds now.

    Not ``ru_maxrss``: Linux carries the parent's over into a process it starts, so that below a service of half a
    gigabyte every worker would look fat from the first call. Where there is no /proc, it has to do.
    """
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * resource.getpagesize()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _answer(call: bytes, memory_bytes: int) -> bytes:
    """The pickled ``(how it ended, value, whether this process has grown fat and is to be replaced)``."""
    try:
        function, args, kwargs = pickle.loads(call)  # noqa: S301 - our parent's bytes
        how, value = RETURNED, function(*args, **kwargs)
    except MemoryError:
        return pickle.dumps((MEMORY, None, True))
    except Exception as error:  # it is raised again in the parent
        error.add_note(f"in the worker:\n{traceback.format_exc()}")
        how, value = RAISED, error
    fat = _resident() > memory_bytes // 2
    try:
        answer = pickle.dumps((how, value, fat), pickle.HIGHEST_PROTOCOL)
    except Exception as error:  # pickling runs the value's own code: anything may come
        return pickle.dumps((UNSENDABLE, f"{type(value).__name__}: {error}", fat))
    if len(answer) > LARGEST_ANSWER:
        return pickle.dumps((UNSENDABLE, f"{len(answer)} bytes, more than {LARGEST_ANSWER}", True))
    return answer


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))
