"""``init``: a first configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aggregator.cli.common import JsonOption, configured, console, print_json


def init(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="The folder to write into.", show_default="this folder")
    ] = Path(),
    title: Annotated[str, typer.Option(metavar="TEXT", help="What the site is called.")] = "My planet",
    url: Annotated[str, typer.Option(metavar="URL", help="The address your readers use.")] = "http://127.0.0.1:8080/",
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Where the service listens; 0.0.0.0 is everywhere.")
    ] = "127.0.0.1",
    store: Annotated[
        str, typer.Option(metavar="URL", help="The database, such as postgresql://USER@HOST/DATABASE.")
    ] = "sqlite:///var/aggregator.db",
    json: JsonOption = False,
) -> None:
    """Write a first config.yaml, with comments, and a first article.

    Nothing that is there is changed: where there is a config.yaml, the exit code is 2.

    Example: aggregator init planet --title 'Planet Example'
    """
    from aggregator.starting import SEEDS, first_configuration, start

    text = first_configuration(title=title, url=url, host=host, store=store)
    configured(folder / "config.yaml", text.replace(SEEDS, "https://example.org/"))  # that folder is made later
    made = start(folder, text)
    if json:
        print_json({"written": list(made)})
        return
    for each in made:
        console().print(f"written: {each}")
    where = "" if folder == Path() else f"cd {folder} && "
    console().print(f"start it with: {where}aggregator run")
