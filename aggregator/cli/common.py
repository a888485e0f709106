"""What the commands share: the options, the configuration, safe words for a terminal."""

from __future__ import annotations

import json
import os
import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.cells import cell_len
from rich.console import Console

from aggregator.articles import compile_action, compile_rule
from aggregator.config import load
from aggregator.errors import Misspelt, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aggregator.articles import Rule
    from aggregator.config import Config

ConfigOption = Annotated[
    Path,
    typer.Option("--config", "-c", metavar="FILE", envvar="AGGREGATOR_CONFIG", help="The configuration."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]

DEFAULT_CONFIG = Path("config.yaml")

JOINERS = "\u200c\u200d"
"""Zero-width joiners: format characters that scripts and emoji need."""


def configured(path: Path, text: str | None = None) -> Config:
    """The configuration in this file, or where ``text`` stood in it. Raises ConfigError with every mistake in it."""
    return load(
        path,
        os.environ,
        check_rule=compile_rule,
        check_selector=_check_selector,
        check_action=compile_action,
        text=text,
    )


WINDOW = 60
"""Characters of a rule that are shown on either side of a mistake."""


def rule_given(name: str, text: str) -> Rule:
    """The rule that was given on the command line as ``name``. Raises UsageError, with a caret below the mistake."""
    try:
        return compile_rule(text)
    except Misspelt as error:
        start = max(0, error.offset - WINDOW)
        shown, before = safe(text[start : error.offset + WINDOW]), safe(text[start : error.offset])
        caret = " " * cell_len(before) + "^"
        raise UsageError(f"{name}: {safe(error.message)}\n  {shown}\n  {caret}") from None


def _check_selector(text: str) -> None:
    from aggregator.parse.page import check_selector  # loads every parser, which few configurations need

    check_selector(text)


def console(*, stderr: bool = False) -> Console:
    """A terminal, or a plain stream where there is none."""
    return Console(stderr=stderr, markup=False, highlight=False, emoji=False, soft_wrap=True)


def safe(text: str | None) -> str:
    """``text`` from a stranger, fit for a terminal: no control, bidi or invisible format characters.

    U+009B is legal XML and starts a control sequence; OSC 8 and OSC 52 links and clipboard writes start with ESC.
    """
    if text is None:
        return ""
    return "".join(
        each if each in JOINERS or unicodedata.category(each) not in ("Cc", "Cf", "Co", "Cs") else " " for each in text
    )


def print_json(document: Any) -> None:
    """One line of JSON, times as RFC 3339 UTC; in ASCII, so that no terminal and no locale can be hurt by it."""
    print(json.dumps(document, default=_plain), flush=True)  # noqa: T201 - what the command was asked for


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def moment(value: datetime | None) -> str | None:
    """``2026-11-23T10:00:00Z``."""
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if value is not None else None


class Audience:
    """Whoever reads what is printed inside ``with``. When they have gone away, the work goes on without them."""

    def __init__(self) -> None:
        self.gone = False

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, _error: BaseException | None, _trace: object) -> bool:
        """Swallows what a closed pipe or a full disk behind standard output raises (rich: SystemExit)."""
        if kind is None or not issubclass(kind, OSError | SystemExit):
            return False
        if not self.gone:
            self.gone = True
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return True


NARROWEST = 20
"""Characters of a last column that are worth wrapping into."""


def columns(rows: Sequence[Sequence[str]], header: Sequence[str], width: int | None = None) -> str:
    """Aligned text for pipes and terminals; where there is a ``width``, the last column is wrapped to fit into it."""
    table = [header, *rows]
    widths = [max(len(row[place]) for row in table) for place in range(len(header))]
    before = sum(widths[:-1]) + 2 * len(widths[:-1])
    last = width - before if width is not None and width - before >= NARROWEST else max(widths[-1], 1)
    lines = []
    for row in table:
        start = "".join(f"{cell.ljust(size)}  " for cell, size in zip(row, widths[:-1], strict=False))
        first, *more = wrap(row[-1], last) or [""]
        lines += [f"{start}{first}".rstrip(), *(" " * before + each for each in more)]
    return "\n".join(lines)
