"""``export site``: all that is published as files, for any web server."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import Annotated

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from aggregator.cli.common import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    configured,
    console,
    print_json,
    safe,
)
from aggregator.logs import configure
from aggregator.model.counted import count


def export_site(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to write into.")],
    base: Annotated[
        str | None, typer.Option(metavar="URL", help="Address that the files will have; without it, site.url.")
    ] = None,
    github_pages: Annotated[
        bool, typer.Option("--github-pages", help="Also write the .nojekyll that GitHub Pages needs.")
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Write the whole public site as files, for any web server.

    Feeds, pages, archives, pictures, and the feeds and pages of each tag, source and language. Files that stay the same
    are not touched; files of an earlier export that are no longer part of the site are removed, others never. It may
    run beside the service, and asks no source for anything.

    Example: aggregator export site public --base https://example.org/planet/
    """
    from aggregator.site_export import export

    settings = configured(config)
    configure(level="warning", secrets=settings.secrets)
    screen = console(stderr=True)
    parts = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*parts, console=screen, disable=json or not screen.is_terminal, transient=True) as progress:
        task = progress.add_task("publishing", total=None)
        done = asyncio.run(
            export(
                settings,
                folder,
                base,
                github_pages=github_pages,
                progress=lambda path: progress.update(task, description=safe(path)[:60]),
            )
        )
    if json:
        print_json({"folder": folder, **asdict(done)})
        return
    for problem in done.problems:
        console().print(f"not exported: {safe(problem)}")
    changed = f"{count(len(done.written), 'file')} written, {count(len(done.removed), 'file')} removed"
    console().print(f"{folder}: {count(done.files, 'file')}; {changed}")
