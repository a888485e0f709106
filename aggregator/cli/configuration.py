"""``check`` and ``config``: the configuration, before it is used."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from aggregator.cli.common import DEFAULT_CONFIG, ConfigOption, JsonOption, configured, console, print_json
from aggregator.config import as_yaml, effective, json_schema
from aggregator.errors import ConfigError
from aggregator.model.counted import count

commands = typer.Typer(help="Show the configuration in force, or its JSON Schema.", no_args_is_help=True)


def check(config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False) -> None:
    """Name every mistake in the configuration, with line and column.

    Nothing else happens. Exit code 2 where there is a mistake.

    Example: aggregator check --config new.yaml
    """
    try:
        settings = configured(config)
    except ConfigError as error:
        if not json:
            raise
        print_json({"ok": False, "mistakes": list(error.mistakes)})
        raise typer.Exit(error.exit_code) from None
    if json:
        print_json({"ok": True, "mistakes": [], "sources": len(settings.sources), "outputs": len(settings.outputs)})
        return
    console().print(
        f"{config} is fine: {count(len(settings.sources), 'source')}, {count(len(settings.outputs), 'output')}"
    )


@commands.command("schema")
def schema() -> None:
    """Print the JSON Schema of config.yaml, for editors.

    Example: aggregator config schema > config.schema.json
    """
    typer.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))


@commands.command("show")
def show(
    config: ConfigOption = DEFAULT_CONFIG,
    json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs, instead of YAML.")] = False,
) -> None:
    """Print the whole configuration: defaults filled in, secrets hidden.

    Example: aggregator config show --json
    """
    settings = configured(config)
    if json:
        print_json(effective(settings))
        return
    typer.echo(as_yaml(effective(settings)))
