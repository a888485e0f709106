"""``import opml`` and ``export opml``: lists of feeds, in and out."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path  # noqa: TC003 - typer reads the annotations when it runs
from typing import TYPE_CHECKING, Annotated

import typer

from aggregator.articles import compile_rule
from aggregator.cli.common import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    configured,
    console,
    print_json,
    safe,
)
from aggregator.errors import UsageError
from aggregator.model.counted import count

if TYPE_CHECKING:
    from aggregator.adding.importing import Import

imports = typer.Typer(help="Add sources from a list of feeds.", no_args_is_help=True)
exports = typer.Typer(help="Write the list of feeds, or the whole site as files.", no_args_is_help=True)

TOLD = 20
"""Notes that are printed one by one."""

TAKEN_UP = "a running service takes it up on SIGHUP, or by itself where it watches the file"


@imports.command("opml")
def import_opml(
    what: Annotated[
        str, typer.Argument(metavar="FILE-OR-URL", help="An OPML file, its address, or '-' for standard input.")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would change; write nothing.")] = False,
    tag: Annotated[
        list[str] | None, typer.Option("--tag", metavar="TAG", help="A tag for all of them; may be given again.")
    ] = None,
    trust: Annotated[
        bool,
        typer.Option(
            "--trust", help="The file is your own: also take settings that name variables and files of this machine."
        ),
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Add the feeds of an OPML file to config.yaml.

    Folders become tags; titles and settings are kept. Feeds that are configured already are left as they are. All are
    written at once, or nothing is. A plain list of addresses, one a line, is read too.

    Example: aggregator import opml feeds.opml --dry-run
    """
    from aggregator.adding.importing import as_sources, summary
    from aggregator.adding.reading import read_list
    from aggregator.adding.written import present, write

    text, settings = present(config, configured)
    listed = asyncio.run(read_list(what, settings))
    found = as_sources(
        listed,
        settings.sources,
        config.absolute().parent,
        os.environ,
        compile_rule,
        trusted=trust,
        tags=tuple(tag or ()),
    )
    note = f"imported from {what.rpartition('/')[2] or what}" if what != "-" else "imported"
    changes = ""
    if found.sources:
        changes = write(config, text, settings, found.sources, configured, note=safe(note)[:100], dry=dry_run)
    if json:
        print_json(summary(found, written=bool(found.sources) and not dry_run))
        return
    if dry_run and changes:
        typer.echo(safe_lines(changes))
    _told(config, found, dry=dry_run)


def safe_lines(text: str) -> str:
    """Several lines, each fit for a terminal."""
    return "\n".join(map(safe, text.splitlines()))


def _told(config: Path, found: Import, *, dry: bool) -> None:
    screen = console()
    for each in found.notes[:TOLD]:
        screen.print(safe(each))
    if len(found.notes) > TOLD:
        screen.print(f"and {count(len(found.notes) - TOLD, 'note')} more: --json has them")
    for place, (url, name) in enumerate(found.known):
        if place == TOLD:
            screen.print(f"and {len(found.known) - TOLD} more that are configured already: --json has them")
            break
        screen.print(f"{safe(url)} is configured already, as {safe(name)}")
    done = "would be added" if dry else "added"
    words = [f"{count(len(found.sources), 'source')} {done} to {config}"]
    words += [f"{len(found.known)} configured already"] if found.known else []
    words += [f"{found.repeated} named more than once"] if found.repeated else []
    screen.print("; ".join(words))
    if found.sources and not dry:
        screen.print(TAKEN_UP)


@exports.command("opml")
def export_opml(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="File to write; without it, standard output.")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Print all sources as OPML 2.0, for other feed readers.

    Settings are in it too, for another instance of this program. Secrets are left out, which is told on standard error;
    names of variables and paths of files that hold secrets are exported. It may run beside the service.

    Example: aggregator export opml --output feeds.opml
    """
    from aggregator.adding.exporting import export
    from aggregator.adding.reading import infos
    from aggregator.config.as_written import own_sources

    settings = configured(config)
    found = export(settings.site.title, own_sources(settings), infos(settings), settings.secrets)
    for each in found.notes:
        console(stderr=True).print(safe(each))
    if output is None:
        typer.echo(found.body.decode("utf-8"), nl=False)
        return
    try:
        temporary = output.with_name(f".{output.name}.part")
        temporary.write_bytes(found.body)
        os.replace(temporary, output)
    except OSError as error:
        raise UsageError(f"{output}: {error.strerror}; name a file that can be written") from None
    console().print(f"{count(found.sources, 'source')} written to {output}")
