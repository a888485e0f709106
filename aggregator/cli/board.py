"""The health board on a terminal: counts, then the sources by what the operator can do about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from aggregator.cli.common import safe
from aggregator.model.counted import count
from aggregator.operate import Group, State, ago, counts, grouped, needs_you

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from rich.console import Console

    from aggregator.operate import Health

STYLES = {
    State.NEW: "cyan",
    State.OK: "green",
    State.STALE: "yellow",
    State.MOVED: "magenta",
    State.FAILING: "red",
    State.RATE_LIMITED: "blue",
    State.QUARANTINED: "bold magenta",
    State.MISSING: "bold red",
    State.GONE: "bold red",
    State.DISABLED: "dim",
}

SHORT = 15
"""Sources that are listed whatever their state, where no more are asked for."""
ALIKE = 10
"""Sources with the same advice that are named, where no more are asked for."""
BLOCKS = 20
"""Different pieces of advice that are shown in a group, where no more are asked for."""
WIDE, MIDDLE = 110, 72
"""Characters from which all columns fit, and all but two."""


def print_board(screen: Console, title: str, rows: Sequence[Health], now: datetime, *, whole: bool) -> None:
    """The board of these sources, fit for the terminal. Unless it has to be ``whole``, it leaves out those that need
    nobody where there are many."""
    needing = sum(map(needs_you, rows))
    screen.print(Text(f"{safe(title)}: {count(len(rows), 'source')}, {_needing(needing)}", "bold"), soft_wrap=False)
    screen.print(_counts(rows), soft_wrap=False)
    longest = max((len(safe(row.id)) for row in rows), default=0)
    few = whole or len(rows) <= SHORT
    most = None if whole else SHORT if few else ALIKE
    for group, alike in grouped(rows).items():
        if few or group in (Group.DECIDE, Group.LOOK):
            screen.print()
            screen.print(Text(str(group).upper(), "bold"))
            named = list(alike.items())[: None if whole else BLOCKS]
            for place, (advice, those) in enumerate(named):
                screen.print(_table(those[:most], now, screen.width, longest, heading=place == 0), soft_wrap=False)
                if len(those) > len(those[:most]):
                    screen.print(Text(f"    and {len(those) - len(those[:most]):,} more, for the same reason", "dim"))
                if advice is not None:
                    screen.print(Padding(Text(safe(advice), "italic"), (0, 0, 0, 4)), soft_wrap=False)
            if left := sum(map(len, alike.values())) - sum(len(those) for _, those in named):
                screen.print(Text(f"    and {left:,} more {group}", "dim"))
    if not few:
        screen.print()
        screen.print(Text("'aggregator status --all' lists all, '--state failing' those in one state", "dim"))


def _needing(needing: int) -> str:
    return "none needs you" if not needing else "1 needs you" if needing == 1 else f"{needing:,} need you"


def _counts(rows: Sequence[Health]) -> Text:
    return Text("  ").join(Text(f"{number:,} {state}", STYLES[state]) for state, number in counts(rows).items())


def _table(rows: Sequence[Health], now: datetime, width: int, longest: int, *, heading: bool) -> Table:
    """A line for each source, with as many columns as fit; names are cut rather than the words of what happened."""
    name = min(max(12, longest), 32, max(12, width // 4))
    columns: list[tuple[str, int, Callable[[Health], Text]]] = [
        ("STATE", 12, lambda row: Text(str(row.state), STYLES[row.state])),
        ("SOURCE", name, lambda row: Text(safe(row.id))),
    ]
    if width >= MIDDLE:
        columns.append(("SINCE", 10, lambda row: Text(ago(row.since, now) if row.since is not None else "-")))
    if width >= WIDE:
        columns.append(("ARTICLES", 8, lambda row: Text(f"{row.articles:,}", justify="right")))
        columns.append(("LAST SUCCESS", 12, lambda row: Text(ago(row.last_success, now))))
    columns.append(("NEXT TRY", 9, lambda row: Text(next_try(row, now))))
    table = Table(box=None, show_header=heading, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
    for title, size, _ in columns:
        table.add_column(title, no_wrap=True, overflow="ellipsis", width=size)
    table.add_column("LAST POLL SAID", overflow="fold")
    for row in rows:
        table.add_row(*(cell(row) for _, _, cell in columns), Text(safe(row.text)))
    return table


def next_try(row: Health, now: datetime) -> str:
    """``in 2 h``, ``now``; ``-`` where it is not tried."""
    if row.next_poll is None:
        return "-" if row.state is State.DISABLED else "now"
    return ago(row.next_poll, now) if row.next_poll > now else "now"
