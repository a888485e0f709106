"""``backup`` and ``restore``: the whole memory in one file, and back."""

from __future__ import annotations

import sys
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from aggregator.cli.common import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    configured,
    console,
    moment,
    print_json,
)
from aggregator.errors import UsageError
from aggregator.model.counted import count

if TYPE_CHECKING:
    from aggregator.backup import Manifest
    from aggregator.config import Config


def backup(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="The file to write, a folder (the name is then the time), or '-' for standard output."
        ),
    ],
    keep: Annotated[
        int | None, typer.Option(metavar="NUMBER", min=1, help="In a folder: keep so many backups, remove older ones.")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Write everything into one file: store, configuration, documents.

    All in it is of the same moment, and only you may read it. It is checked before it takes its name, so that a file
    with that name is whole. It may run beside the service.

    Example: aggregator backup /var/backups/planet --keep 7
    """
    from aggregator.backup import NAME, outdated, remove_unfinished, write, write_file
    from aggregator.wiring import utc_now

    settings, now = configured(config), utc_now()
    folder = file if str(file) != "-" and file.is_dir() else None
    if keep is not None and folder is None:
        raise UsageError(f"{file}: --keep is for a folder of backups that is there; make it, or leave --keep out")
    if str(file) == "-":
        if sys.stdout.isatty():
            raise UsageError("a backup is no text for a terminal; write it to a file, or into a pipe")
        if json:
            raise UsageError("--json and a backup cannot both go to standard output; name a file")
        write(settings, sys.stdout.buffer, now)
        sys.stdout.flush()
        return
    target = folder / NAME.format(now) if folder is not None else file
    if folder is not None:
        remove_unfinished(folder)
    with _progress(quiet=json) as progress:
        task = progress.add_task("", total=None)
        manifest = write_file(
            settings, target, now, lambda name, rows: progress.update(task, description=f"{name}: {rows:,}")
        )
    removed = outdated(folder, keep) if folder is not None and keep is not None else ()
    for each in removed:
        each.unlink()
    if json:
        print_json({"file": target, "bytes": target.stat().st_size, **_row(manifest), "removed": list(removed)})
        return
    console().print(f"{target}: {_words(manifest)}, {target.stat().st_size:,} bytes")
    for each in removed:
        console().print(f"removed: {each}")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that 'aggregator backup' wrote.")],
    force: Annotated[
        bool, typer.Option("--force", help="Also where there is a store with articles; it is kept under another name.")
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Put what is in a backup in the place of the store.

    The store is the one that the configuration names, SQLite or PostgreSQL. The backup is checked first, and until all
    of it is there the old store stays. Published documents that are missing are put back; those that are there stay,
    and so does config.yaml. The service must not be running (exit code 75).

    Example: aggregator restore planet.tar.gz --force
    """
    from aggregator.backup import restore as put_back
    from aggregator.wiring import utc_now

    settings: Config = configured(config)
    with _progress(quiet=json) as progress:
        progress.add_task(f"restoring {file}", total=None)
        done = put_back(settings, file, utc_now(), force=force)
    if json:
        row = {"file": file, **_row(done.manifest), "aside": done.aside, "put_back": len(done.documents)}
        print_json(row)
        return
    console().print(f"restored from {file}: {_words(done.manifest)}, as of {moment(done.manifest.time)}")
    if done.documents:
        console().print(f"{count(len(done.documents), 'document')} put back")
    if done.aside is not None:
        console().print(f"what was there is kept as {done.aside}")
    console().print("start the service again, or run 'aggregator publish'")


def _progress(*, quiet: bool) -> Progress:
    screen = console(stderr=True)
    parts = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    return Progress(*parts, console=screen, disable=quiet or not screen.is_terminal, transient=True)


def _row(manifest: Manifest) -> dict[str, Any]:
    return {
        "version": manifest.version,
        "revision": manifest.revision,
        "site": manifest.site or None,
        "time": manifest.time,
        "articles": manifest.tables.get("articles", 0),
        "sources": manifest.tables.get("sources", 0),
        "documents": manifest.documents,
    }


def _words(manifest: Manifest) -> str:
    row = _row(manifest)
    return f"{count(row['articles'], 'article')} of {count(row['sources'], 'source')}, " + count(
        row["documents"], "document"
    )
