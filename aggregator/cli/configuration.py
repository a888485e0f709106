"""``check`` and ``config``: the configuration, before it is used."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from aggregator.cli.common import DEFAULT_CONFIG, ConfigOption, JsonOption, configured, console, count, print_json
from aggregator.config import as_yaml, effective, json_schema
from aggregator.errors import ConfigError

commands = typer.Typer(help="Show what a configuration may hold, or what it comes to.", no_args_is_help=True)


def check(config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False) -> None:
    """Validate the configuration: every mistake with its line and column, exit code 2; nothing else happens."""
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
    """Print the JSON Schema of config.yaml, for editors."""
    typer.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))


@commands.command("show")
def show(
    config: ConfigOption = DEFAULT_CONFIG,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of YAML.")] = False,
) -> None:
    """Print the effective configuration: defaults filled in, secrets hidden."""
    settings = configured(config)
    if json:
        print_json(effective(settings))
        return
    typer.echo(as_yaml(effective(settings)))
