"""The command line: one file per group of commands; no logic of its own, only words and exit codes.

What a command works with (the database, HTTP, the web server) is imported where it runs: ``--help`` and ``check`` need
none of it, and it is more than half of all imports.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from aggregator import __version__
from aggregator.cli import (
    alerts,
    backup,
    bundle,
    configuration,
    doctor,
    explain,
    look,
    manual,
    parse,
    plan,
    poll,
    related,
    release,
    retract,
    rules,
    serve,
    site,
    start,
    status,
)
from aggregator.cli.add import add
from aggregator.cli.common import safe
from aggregator.cli.opml import exports, imports
from aggregator.errors import AggregatorError

app = typer.Typer(
    name="aggregator",
    help="Polls RSS, Atom and JSON feeds and local articles, and republishes them as one merged feed.",
    epilog="To begin: 'aggregator init', then 'aggregator run'. Exit codes: 0 fine, 1 something asked for failed, 2 "
    "the configuration or the command line is wrong, 75 another instance uses the store.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"aggregator {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """What every command shares."""


app.command("run")(serve.run)
app.command("once")(poll.once)
app.command("publish")(poll.publish)
app.command("check")(configuration.check)
app.command("plan")(plan.plan)
app.add_typer(configuration.commands, name="config")
app.add_typer(alerts.commands, name="alerts")
app.command("status")(status.status)
app.command("list")(look.list_articles)
app.add_typer(rules.commands, name="rules")
app.command("explain")(explain.explain)
app.command("related")(related.related)
app.command("release")(release.release)
app.command("retract")(retract.retract)
app.command("hide")(retract.hide)
app.command("pin")(retract.pin)
app.command("parse")(parse.parse)
app.command("bundle")(bundle.bundle)
app.command("replay")(bundle.replay)
app.command("add")(add)
app.add_typer(imports, name="import")
exports.command("site")(site.export_site)
app.add_typer(exports, name="export")
app.command("init")(start.init)
app.command("doctor")(doctor.doctor)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.command("manual")(manual.manual)


def main() -> None:
    """Run the command line. Exit codes: 0 fine, 1 something asked for failed, 2 wrong configuration or command line,
    75 another instance holds the store."""
    try:
        app()
    except AggregatorError as error:
        told = "\n".join(safe(line) for line in str(error).splitlines())  # it may name what strangers wrote
        print(told, file=sys.stderr)  # noqa: T201 - the one place where an error becomes words on the terminal
        sys.exit(error.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(1)
    except OSError as error:
        where = error.filename or "standard output"
        print(f"{where}: {error.strerror}; nothing is lost, run it again when this is mended", file=sys.stderr)  # noqa: T201
        sys.exit(1)
