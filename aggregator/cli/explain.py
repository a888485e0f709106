"""``explain``: what became of one article, step by step."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Annotated

import typer

from aggregator.cli.common import DEFAULT_CONFIG, ConfigOption, JsonOption, configured, console, print_json, safe

if TYPE_CHECKING:
    from aggregator.operate import Explanation

NARROWEST = 40
"""Characters of text that are worth wrapping into."""


def explain(
    article: Annotated[str, typer.Argument(metavar="ID-OR-URL", help="Id, key or address of an article.")],
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Tell why an article is in the feed, or why it is not.

    Each line is a step, from the source to the outputs; the last one is the answer. Exit code 0 where the article is
    shown, 1 where it is not, or nothing is known of it. It may run beside the service.

    Example: aggregator explain https://example.org/an-article
    """
    from aggregator.explaining import read_explanation
    from aggregator.views import in_full
    from aggregator.wiring import utc_now

    told = read_explanation(in_full(configured(config)), article, utc_now())
    if json:
        print_json(told.as_json())
    else:
        _print(told)
    if not told.shown:
        raise typer.Exit(1)


def _print(told: Explanation) -> None:
    """A line for each step, its name in a column of its own; the last begins with what became of it."""
    screen = console()
    width = max((len(name) for name, _ in told.steps), default=0)
    room = screen.width - width - 2 if screen.is_terminal else 0
    before = None
    for name, text in told.steps:
        said = safe(text)
        for place, part in enumerate(wrap(said, room) if room >= NARROWEST else [said]):
            screen.print(f"{'' if place or name == before else name:{width}}  {part}")
        before = name
    screen.print(f"{told.fate}: {safe(told.because)}", style="bold green" if told.shown else "bold yellow")
