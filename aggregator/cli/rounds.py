"""A round of polls on a terminal: how far it is and who is waited for, then what became of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Column, Table
from rich.text import Text

from aggregator.cli.common import safe
from aggregator.model import Code

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import Console
    from rich.progress import Task

    from aggregator.model import PollPlan

NAMED = 3
"""Slow sources that are named."""
LISTED = 300
"""Sources up to which each has its line in the table; of more only those that failed or brought something."""
WIDE, MIDDLE = 100, 72
"""Characters from which all columns fit, and all but the sizes."""

Ended = tuple["PollPlan", float]
"""A poll and the seconds it took."""


class Advance:
    """Shows on a terminal how many of the polls have ended, and which are waited for; nothing where it is ``off``."""

    def __init__(self, screen: Console, total: int | None, *, off: bool) -> None:
        self.slow: Callable[[], Sequence[str]] = tuple
        """Who is waited for."""
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None if screen.width < MIDDLE else 40),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            _Slow(self),
            console=screen,
            disable=off,
            transient=True,
            expand=True,
        )
        self._task = self._progress.add_task("polling", total=total, last="")

    def __enter__(self) -> None:
        self._progress.start()

    def __exit__(self, *exception: object) -> None:
        self._progress.stop()

    def ended(self, source: str) -> None:
        """Another one."""
        self._progress.update(self._task, advance=1, last=safe(source))

    def more(self, count: int) -> None:
        """So many polls more than was thought."""
        self._progress.update(self._task, total=(self._progress.tasks[self._task].total or 0) + count)

    def now(self, what: str) -> None:
        """Polling is over, and something else is done."""
        self._progress.update(self._task, description=what, last="")


class _Slow(ProgressColumn):
    """The slow ones, or who came last."""

    max_refresh = 0.5

    def __init__(self, advance: Advance) -> None:
        super().__init__(table_column=Column(ratio=1))
        self._advance = advance

    def render(self, task: Task) -> Text:
        slow = self._advance.slow()
        if not slow:
            return Text(task.fields["last"], overflow="ellipsis", no_wrap=True)
        more = f" and {len(slow) - NAMED} more" if len(slow) > NAMED else ""
        words = f"waiting for {', '.join(map(safe, slow[:NAMED]))}{more}"
        return Text(words, "yellow", overflow="ellipsis", no_wrap=True)


def print_round(screen: Console, ended: Sequence[Ended]) -> None:
    """A line for each poll, those that failed last: that is where one looks when it is over."""
    rows = sorted(ended, key=lambda each: (each[0].state.failures > 0, not _has_news(each[0]), each[0].source))
    shown = rows if len(rows) <= LISTED else [each for each in rows if each[0].state.failures or _has_news(each[0])]
    if len(shown) > LISTED:
        shown = shown[-LISTED:]
    table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("SOURCE", no_wrap=True, overflow="ellipsis", max_width=max(12, min(32, screen.width // 4)))
    table.add_column("CODE", no_wrap=True)
    table.add_column("NEW", justify="right")
    table.add_column("UPDATED" if screen.width >= MIDDLE else "UPD", justify="right")
    if screen.width >= MIDDLE:
        table.add_column("MS", justify="right")
    if screen.width >= WIDE:
        table.add_column("BYTES", justify="right")
    table.add_column("WHAT", overflow="fold")
    for decided, seconds in shown:
        cells = [
            Text(safe(decided.source)),
            Text(str(decided.state.code), _style(decided)),
            Text(_number(len(decided.new))),
            Text(_number(len(decided.updated))),
        ]
        if screen.width >= MIDDLE:
            cells.append(Text(f"{seconds * 1000:,.0f}"))
        if screen.width >= WIDE:
            cells.append(Text(f"{decided.wire_bytes:,}"))
        table.add_row(*cells, Text(safe(decided.state.detail)))
    screen.print(table, soft_wrap=False)
    if len(shown) < len(rows):
        screen.print(Text(f"and {len(rows) - len(shown):,} more, 'aggregator status' tells of them", "dim"))


def _number(number: int) -> str:
    return f"{number:,}" if number else ""


def _has_news(decided: PollPlan) -> bool:
    return bool(decided.new or decided.updated or decided.withdrawn or decided.deleted or decided.held)


def _style(decided: PollPlan) -> str:
    if decided.state.code in (Code.OK, Code.NOT_MODIFIED):
        return "green" if _has_news(decided) else ""
    return "red" if decided.state.failures else "blue"
