"""``bundle`` and ``replay``: what a source answered, in one file to send; and the same done again from it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aggregator.cli.common import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    columns,
    configured,
    console,
    moment,
    print_json,
    safe,
)
from aggregator.config import nearest
from aggregator.errors import UsageError
from aggregator.logs import configure
from aggregator.model.counted import count

if TYPE_CHECKING:
    from aggregator.replaying import Replayed, Step


def bundle(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="Id of the source.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE.zip", help="File to write; without it, SOURCE-bundle.zip here."),
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Write what a source answered last into a file, to show somebody.

    It also holds what became of each answer. Passwords, tokens, cookies and whatever else is a secret in the
    configuration are left out. Exit code 2 where no answer is recorded. It may run beside the service.

    Example: aggregator bundle example --output example.zip
    """
    from aggregator.bundles import make_bundle, write_bundle
    from aggregator.views import in_full
    from aggregator.wiring import utc_now

    settings = in_full(configured(config))
    configure(level="warning", secrets=settings.secrets)
    known = {each.id for each in settings.sources}
    if source not in known:
        near = nearest(source, known)
        advice = f"did you mean {near}?" if near is not None else "'aggregator status' lists them"
        raise UsageError(f"{config}: no source is called {safe(source)}; {advice}")
    made = make_bundle(settings, source, utc_now())
    path = output if output is not None else Path(f"{source}-bundle.zip")
    write_bundle(path, made)
    if json:
        print_json({"source": source, "file": str(path), "bytes": len(made)})
    else:
        console().print(f"{path}: {len(made):,} bytes; 'aggregator replay {path}' does again what is in it")


def replay(
    file: Annotated[Path, typer.Argument(metavar="FILE.zip", help="A file that 'aggregator bundle' wrote.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="DIR", help="New folder for the documents; without it, none are kept."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Do again what is in a file that 'aggregator bundle' wrote.

    No network and no configuration are needed, and nothing of yours is touched: the store it uses is thrown away. The
    same file and the same version of the program give the same documents, byte for byte.

    Example: aggregator replay example.zip --output documents
    """
    from aggregator.bundles import read_bundle
    from aggregator.replaying import replay as again

    configure(level="error")
    given = read_bundle(file)
    done = asyncio.run(again(given, output))
    if json:
        for step in done.steps:
            print_json(_row(step))
        print_json({"source": given.source, "made_by": given.version, "documents": done.documents, "notes": done.notes})
        return
    _show(done, output)


def _row(step: Step) -> dict[str, Any]:
    decided = step.decided
    return {
        "at": moment(step.at),
        "status": step.status,
        "code": str(decided.state.code),
        "text": decided.state.detail,
        "new": len(decided.new),
        "updated": len(decided.updated),
        "refreshed": len(decided.refreshed),
        "unchanged": decided.unchanged,
        "withdrawn": len(decided.withdrawn) + len(decided.deleted),
        "held": len(decided.held),
        "not_shown": len(decided.earlier),
        "left_out": step.left_out,
    }


def _show(done: Replayed, output: Path | None) -> None:
    screen = console()
    names = ("new", "updated", "refreshed", "unchanged", "withdrawn", "held")
    rows = []
    for step in done.steps:
        row = _row(step)
        text = safe(row["text"])
        if step.left_out is not None:
            text = f"its body of {step.left_out:,} bytes was too large to be recorded"
        rows.append((row["at"], str(row["status"]), row["code"], *(str(row[name] or "") for name in names), text))
    header = ("AT", "STATUS", "CODE", "NEW", "CHANGED", "REFRESHED", "UNCHANGED", "WITHDRAWN", "HELD", "WHAT")
    screen.print(columns(rows, header, screen.width if screen.is_terminal else None))
    for note in done.notes:
        screen.print(note)
    if output is not None:
        screen.print(f"{count(len(done.documents), 'document')} in {output}")
    else:
        screen.print("no documents were kept; -o DIR keeps them")
