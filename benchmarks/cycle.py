"""What a whole cycle costs: CPU of the process tree, wall time and peak memory, against programs that do the same.

    python benchmarks/cycle.py [--corpus FOLDER] [--repeats 3] [--venv FOLDER] [--json FILE]

Phases, each a fresh process, in this order on one store: **start** (nothing but start), **cold** (every feed new),
**warm** (every feed answers 304), **same** (the server knows no validators and sends the same bodies again),
**publish** (outputs rendered from the store, after they were deleted). The programs take turns within a repeat, so
that what else the machine does hits all of them alike; compare ratios, and the minimum before the median.

Each feed has a host of its own, as in life; "one host" means all feeds on one, polled one or 16 at once.

The server (benchmarks/corpus_server.py) and the sampler (benchmarks/measure.py) are processes of their own and are
not counted. The server's count of answers is checked after each phase: a phase that was not what it says is named.
Figures, and how they came about: benchmarks/RESULTS.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from corpus_server import ONE_HOST, corpus, documents, host
from programs import (
    BENCHMARKS,
    Program,
    child_environment,
    environment,
    lemon24_reader,
    newsboat,
    ours,
    sixty_lines,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PHASES = ("start", "cold", "warm", "same", "publish")
EXPECTED = {"start": None, "cold": 200, "warm": 304, "same": 200, "publish": None}
"""The status of every answer the server gives in a phase; ``None``: it is not asked at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one phase of one program cost once. Seconds and MiB."""

    program: str
    phase: str
    repeat: int
    cpu: float
    user: float
    system: float
    wall: float
    peak_mib: float
    exit: int
    answers: dict[str, int] = field(default_factory=dict)
    """Status -> times the server answered so."""


class Server:
    """The feeds, served by a process of its own."""

    def __init__(self, feeds: Path) -> None:
        command = [sys.executable, str(BENCHMARKS / "corpus_server.py"), str(feeds)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        port = int(self._said())
        paths = list(documents(feeds))
        self.urls = [f"http://{host(place)}:{port}{path}" for place, path in enumerate(paths)]
        """The feeds, each on a host of its own."""
        self.urls_on_one_host = [f"http://{ONE_HOST}:{port}{path}" for path in paths]

    def set_validators(self, on: bool) -> dict[str, int]:
        """Whether it sends ETags and answers 304. Gives what it answered since the last call, by status."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"validators {'on' if on else 'off'}\n")
        self._process.stdin.flush()
        answered: dict[str, int] = json.loads(self._said())
        return answered

    def _said(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def close(self) -> None:
        self._process.communicate()


def measured(command: Sequence[str], folder: Path) -> dict[str, float | int]:
    """The cost of one command; what it prints goes to ``output.txt`` in its folder."""
    result = folder / "measured.json"
    with (folder / "output.txt").open("ab") as output:
        subprocess.run(
            [sys.executable, str(BENCHMARKS / "measure.py"), str(result), *command],
            check=True,
            cwd=folder,
            env=child_environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    costs: dict[str, float | int] = json.loads(result.read_text())
    return costs


def run_phase(program: Program, phase: str, repeat: int, folder: Path, server: Server) -> Run | None:
    """One phase of one program; ``None`` where the program has no such phase."""
    command = {"start": program.start, "publish": program.publish}.get(phase, program.poll)
    if command is None:
        return None
    if phase == "cold":
        program.setup(folder, server.urls_on_one_host if program.one_host else server.urls)
    if phase == "warm":
        for _ in range(program.learning):
            measured(command, folder)
    if phase == "publish":
        for each in folder.glob(program.published):
            shutil.rmtree(each) if each.is_dir() else each.unlink()
    server.set_validators(phase != "same")
    costs = measured(command, folder)
    answers = server.set_validators(True)
    return Run(program=program.name, phase=phase, repeat=repeat, answers=answers, **costs)  # type: ignore[arg-type]  # measure.py's own names


def doubts(run: Run, feeds: int) -> str | None:
    """What is odd about a run, for a reader to judge by: answers other than the phase promises."""
    status = EXPECTED[run.phase]
    expected = {str(status): feeds} if status is not None else {}
    if run.answers == expected:
        return None
    said = ", ".join(f"{count} x {status}" for status, count in sorted(run.answers.items())) or "nothing"
    return f"{run.program}, {run.phase}, repeat {run.repeat}: the server answered {said}"


def table(runs: Iterable[Run], programs: Sequence[Program]) -> str:
    """Minimum and median of each program and phase, and its CPU minimum as a multiple of the first program's."""
    runs = list(runs)
    lines = [
        "| phase | program | CPU s min | median | x ours | wall s min | median | peak MiB |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    for phase in PHASES:
        first = 0.0
        for program in programs:
            own = [each for each in runs if (each.program, each.phase) == (program.name, phase)]
            if not own:
                continue
            cpu, wall = [each.cpu for each in own], [each.wall for each in own]
            first = first or min(cpu)
            lines.append(
                f"| {phase} | {program.name} | {min(cpu):.2f} | {statistics.median(cpu):.2f} | {min(cpu) / first:.2f} "
                f"| {min(wall):.2f} | {statistics.median(wall):.2f} | {max(each.peak_mib for each in own):.0f} |"
            )
    return "\n".join(lines)


def chosen(names: Sequence[str] | None, peers: Path) -> list[Program]:
    """The programs to compare, ours first; says which one is left out and why."""
    wanted = set(names or ("sixty", "reader", "newsboat", "one_host"))
    programs = [ours()]
    if "one_host" in wanted:
        programs += [ours(one_host=True, per_host=1), ours(one_host=True, per_host=16)]
    if wanted & {"sixty", "reader"}:
        python = environment(peers)
        programs += [
            make(python) for name, make in (("sixty", sixty_lines), ("reader", lemon24_reader)) if name in wanted
        ]
    if "newsboat" in wanted:
        if boat := newsboat():
            programs.append(boat)
        else:
            print("newsboat is left out: it is not installed (Debian: apt-get install newsboat)", file=sys.stderr)
    return programs


def main() -> None:
    """Measures, prints the table and what is odd, and writes the runs as JSON where asked."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument(
        "--corpus", type=Path, help="folder of real feeds (default: AGGREGATOR_CORPUS, ../shared/corpus)"
    )
    arguments.add_argument("--repeats", type=int, default=3)
    arguments.add_argument(
        "--venv", type=Path, help="environment for the peers, kept for the next time (default: temporary)"
    )
    arguments.add_argument("--json", type=Path, metavar="FILE", help="write every run")
    arguments.add_argument(
        "--only",
        nargs="+",
        choices=("sixty", "reader", "newsboat", "one_host"),
        help="besides ours (default: all of them)",
    )
    asked = arguments.parse_args()
    feeds = corpus(asked.corpus)
    with tempfile.TemporaryDirectory(prefix="cycle-") as temporary:
        programs = chosen(asked.only, (asked.venv or Path(temporary, "venv")).absolute())
        server = Server(feeds)
        runs: list[Run] = []
        for repeat in range(1, asked.repeats + 1):
            for phase in PHASES:
                for program in programs:
                    folder = Path(temporary, program.name.replace(", ", "-").replace(" ", "-"), str(repeat))
                    folder.mkdir(parents=True, exist_ok=True)
                    run = run_phase(program, phase, repeat, folder, server)
                    if run is None:
                        continue
                    runs.append(run)
                    print(f"{repeat} {phase:8}{program.name:32}{run.cpu:8.2f} s CPU", file=sys.stderr)
                    if run.exit != 0:
                        printed = (folder / "output.txt").read_text(errors="replace")
                        server.close()
                        sys.exit(
                            f"{program.name}, {phase}: ended with {run.exit}; nothing is compared\n{printed[-3000:]}"
                        )
        server.close()
    odd = [said for run in runs if (said := doubts(run, len(server.urls)))]
    machine = f"Python {platform.python_version()}, {platform.system()}, {os.cpu_count()} cores"
    print(f"{len(server.urls)} feeds, {asked.repeats} repeats, {machine}")
    print(", ".join(dict.fromkeys(each.version for each in programs)), end="\n\n")
    print(table(runs, programs))
    if odd:
        print("\nNot as the phase says:\n" + "\n".join(f"- {each}" for each in odd))
    if asked.json:
        asked.json.write_text(json.dumps({"machine": machine, "runs": [asdict(each) for each in runs]}, indent=1))


if __name__ == "__main__":
    main()
