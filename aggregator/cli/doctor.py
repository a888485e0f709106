"""``doctor``: is all well here?"""

from __future__ import annotations

import asyncio
import textwrap
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from aggregator.cli.common import DEFAULT_CONFIG, ConfigOption, JsonOption, configured, console, print_json, safe
from aggregator.logs import configure
from aggregator.model.counted import count

if TYPE_CHECKING:
    from pathlib import Path

    from aggregator.doctor import Finding

COLOURS = {"ok": "green", "warn": "yellow", "bad": "red"}


def doctor(
    network: Annotated[
        bool, typer.Option("--network", help="Also ask the host of one source, and your public address.")
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Check that all is well here, and tell what to do where it is not.

    One line each for versions, disk, rights, clock, store, documents and service. It changes nothing and works where
    the configuration or the store is broken, too. Run it as the user of the service. Exit code 1 where something is
    bad.

    Example: aggregator doctor
    """
    configure(level="error")
    found = asyncio.run(_examine(config, network=network, quiet=json))
    wrong = [each for each in found if each.level == "bad"]
    if json:
        print_json({"ok": not wrong, "checks": [asdict(each) for each in found]})
    else:
        warned = sum(1 for each in found if each.level == "warn")
        console().print(f"{count(len(found), 'check')}: {len(wrong)} bad, {count(warned, 'warning')}")
    if wrong:
        raise typer.Exit(1)


async def _examine(path: Path, *, network: bool, quiet: bool) -> list[Finding]:
    from aggregator.doctor import examine
    from aggregator.wiring import utc_now

    found = []
    async for each in examine(path, configured, utc_now(), network=network):
        found.append(each)
        if not quiet:
            _tell(each)
    return found


def _tell(finding: Finding) -> None:
    screen = console()
    screen.print(f"{finding.level:<4}", style=COLOURS[finding.level], end="  ")
    width = screen.width if screen.is_terminal else None
    words = f"{finding.check + ':':<15}{safe(finding.text)}"
    screen.print(_wrapped(words, width))
    if finding.advice is not None:
        screen.print(f"      {'':15}" + _wrapped(f"-> {safe(finding.advice)}", width))


def _wrapped(words: str, width: int | None) -> str:
    if width is None or width < 60:
        return words
    return f"\n{'':21}".join(textwrap.wrap(words, width - 21, break_long_words=False, drop_whitespace=True))
