"""``alerts``: what has changed lately, and whether receivers can be told."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from aggregator.cli.common import DEFAULT_CONFIG, ConfigOption, JsonOption, configured, console, print_json, safe
from aggregator.config import nearest
from aggregator.errors import UsageError
from aggregator.logs import configure

commands = typer.Typer(help="List what went wrong lately, or test who is told of it.", no_args_is_help=True)


@commands.command("list")
def list_changes(
    limit: Annotated[
        int, typer.Option("--limit", "-n", metavar="NUMBER", min=1, max=5000, help="List at most so many.")
    ] = 20,
    alerts: Annotated[bool, typer.Option("--alerts", help="List what receivers are told instead.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """List what went wrong lately, and what is well again.

    Sources that broke and recovered, outputs that were held, and so on, newest first. It may run beside the service.

    Example: aggregator alerts list --limit 100
    """
    from aggregator.alerting.message import change_facts, in_words
    from aggregator.views import read_health_changes

    settings = configured(config)
    found = read_health_changes(settings, limit, alerts=alerts)
    if json:
        print_json({"changes": [change_facts(each) for each in found]})
        return
    if not found:
        console().print("nothing has changed so far")
    for each in found:
        told = f"  [{each.alert}]" if each.alert is not None else ""
        console().print(f"{each.at:%Y-%m-%d %H:%M}  {safe(in_words(each))}{told}")


@commands.command("test")
def send_test(
    receiver: Annotated[
        str | None, typer.Argument(metavar="RECEIVER", help="Id of one receiver; all without it.")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Send a test message to those who are told of trouble.

    They are the receivers under 'alerts' of the configuration. What each answered is shown; exit code 1 where one could
    not be told. It may run beside the service.

    Example: aggregator alerts test
    """
    from aggregator.alerting.testing import tested

    settings = configured(config)
    configure(level="warning", secrets=settings.secrets)
    known = [each.id for each in settings.alerts]
    if receiver is not None and receiver not in known:
        near = nearest(receiver, known)
        advice = f"did you mean {near}?" if near is not None else f"there are {', '.join(known) or 'none'}"
        raise UsageError(f"{config}: no receiver is called {safe(receiver)}; {advice}")
    answers = asyncio.run(tested(settings, receiver))
    if json:
        print_json({"receivers": [{"id": name, "told": told, "answer": said} for name, told, said in answers]})
    else:
        if not known:
            console().print(f"{config}: no receiver is configured, so nobody is told; add one under 'alerts:'")
        ids = {each.id for each in settings.sources}
        for each in settings.alerts:
            if (unknown := sorted(set(each.sources) - ids)) and receiver in (None, each.id):
                console().print(f"{each.id}: no source of this configuration is called {', '.join(unknown)}")
        for name, told, said in answers:
            console().print(f"{name}: {'told; it answered: ' if told else 'not told: '}{safe(said)}")
    if not all(told for _, told, _ in answers):
        raise typer.Exit(1)
