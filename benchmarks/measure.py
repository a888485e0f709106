"""Runs one command and prints as JSON what it cost, with all the processes it started.

    python benchmarks/measure.py RESULT.json COMMAND [ARGUMENT...]

CPU (user and system, seconds) is the kernel's own count of all descendants. This process is their subreaper
(prctl(2)), so that those who outlive their parent are waited for and counted as well. Its own work is not counted.

Peak memory is the sum of the resident sets of all living descendants, read from /proc every 20 ms, or the largest
resident set any single one ever had (the kernel's ru_maxrss) where that is more. Why RSS and not PSS: PSS would count
shared pages once, but reading it walks the page tables of the process measured, at its cost. So the figure is an
upper bound for a tree of several processes, and for one process exact. Linux only.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PR_SET_CHILD_SUBREAPER = 36
INTERVAL = 0.02  # seconds between two looks at memory: a look costs 1 to 3 ms of another core
PAGE = resource.getpagesize()
MEBIBYTE = 1024 * 1024


def descendants(ancestor: int) -> Iterator[int]:
    """Process ids of everything below this process, by the parent each one names in /proc."""
    children: dict[int, list[int]] = defaultdict(list)
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                stat = Path("/proc", name, "stat").read_text()
            except (FileNotFoundError, ProcessLookupError):
                continue  # it ended between the two looks
            children[int(stat.rpartition(")")[2].split()[1])].append(int(name))
    waiting = list(children[ancestor])
    while waiting:
        one = waiting.pop()
        yield one
        waiting += children[one]


def resident(pids: Iterator[int]) -> int:
    """Bytes of memory these processes hold, pages shared between them counted once for each."""
    total = 0
    for pid in pids:
        try:
            total += int(Path("/proc", str(pid), "statm").read_text().split()[1]) * PAGE
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended between the two looks
    return total


def reap(direct: int) -> tuple[bool, int | None]:
    """Waits for those that have ended: whether any child is left, and the exit code of ``direct`` if it ended."""
    code = None
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return False, code
        if pid == 0:
            return True, code
        if pid == direct:
            code = os.waitstatus_to_exitcode(status)


def measure(command: list[str]) -> dict[str, float | int]:
    """What the command cost: CPU and wall seconds, peak MiB, exit code (that of the command itself)."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "cannot become subreaper")
    started, peak, code = time.monotonic(), 0, -1
    direct = subprocess.Popen(command).pid
    left = True
    while left:
        peak = max(peak, resident(descendants(os.getpid())))
        time.sleep(INTERVAL)
        left, ended = reap(direct)
        code = ended if ended is not None else code
    wall = time.monotonic() - started
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "user": used.ru_utime,
        "system": used.ru_stime,
        "cpu": used.ru_utime + used.ru_stime,
        "wall": wall,
        "peak_mib": max(peak, used.ru_maxrss * 1024) / MEBIBYTE,
        "exit": code,
    }


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(measure(sys.argv[2:])))
