"""``status`` and ``list``: look without changing anything."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aggregator.cli.common import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    ago,
    columns,
    configured,
    console,
    count,
    print_json,
    rule_given,
    safe,
)
from aggregator.errors import UsageError
from aggregator.operate import (
    article_shape,
    ledger_in_words,
    ledger_rows,
    output_problems,
    output_rows,
    rfc3339,
    score,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aggregator.config import Config
    from aggregator.model import HostLedger
    from aggregator.operate import Health

HOSTS_SHOWN = 10


def status(
    source: Annotated[str | None, typer.Argument(help="Only this source, with everything known of it.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    patch: Annotated[
        bool, typer.Option("--patch", help="Print what to change in the configuration for moved and gone feeds.")
    ] = False,
) -> None:
    """Health of every source: state, since when, last success, next try and why, advice."""
    from aggregator.views import read_board, read_last_publish, read_ledger, read_subscribers, read_websub

    if patch and json:
        raise UsageError("--patch prints a patch, not JSON; leave out --json")
    settings = configured(config)
    rows = read_board(settings)
    if source is not None and source not in {each.id for each in rows}:
        raise UsageError(f"{config}: no source is called {safe(source)}; 'aggregator status' lists them")
    if patch:
        _patch(settings, source)
        return
    shown = [each for each in rows if source in (None, each.id)]
    ledger = read_ledger(settings, next((each.host for each in settings.sources if each.id == source), None))
    if json:
        outputs = output_rows(settings.outputs, read_last_publish(settings))
        people = read_subscribers(settings).as_json()
        hosts = ledger_rows(ledger)
        sources = [each.as_json() for each in shown]
        told = {"subscribers": people, "websub": read_websub(settings)}
        print_json({"sources": sources, "outputs": outputs, "hosts": hosts, **told})
    elif source is not None:
        _one(shown[0])
        for each in ledger:
            console().print(f"{'host':13} {safe(ledger_in_words([each]))}")
    else:
        _board(shown)
        _hosts(ledger)
        for problem in output_problems(settings.outputs, read_last_publish(settings)):
            console().print(f"\n{safe(problem)}")
        if total := read_subscribers(settings).total:
            console().print(f"\n{count(total, 'subscriber')} of what is published here")
        _websub(read_websub(settings))


def _websub(said: dict[str, Any]) -> None:
    """A line for each document that is delivered, and for each hub that was told."""
    for each in said["topics"]:
        failing = f", {each['failing']} of them fail" if each["failing"] else ""
        console().print(f"{safe(each['topic'])} is delivered to {count(each['subscriptions'], 'subscriber')}{failing}")
    for each in said["hubs"]:
        problem = f"{each['failures']} times in vain: {each['problem']}" if each["failures"] else f"last {each['last']}"
        console().print(f"{safe(each['url'])} is told what is new, {safe(problem)}")


def _patch(settings: Config, only: str | None) -> None:
    """The patch, byte for byte; what is not in it stands before it, where ``patch`` passes over it."""
    from aggregator.views import read_patch

    offered = read_patch(settings, only)
    for each in offered.left_out:
        typer.echo(f"# {safe(each)}")
    if offered.diff:
        typer.echo(offered.diff.encode(), nl=False)
    elif not offered.left_out:
        typer.echo("# nothing to change")


def _board(rows: list[Health]) -> None:
    from aggregator.wiring import utc_now

    now = utc_now()
    screen = console()
    table = [
        (
            str(each.state),
            safe(each.id),
            str(each.articles),
            ago(each.last_success, now),
            "-" if each.state == "disabled" else ago(each.next_poll, now) if (each.next_poll or now) > now else "now",
            safe(each.text),
        )
        for each in rows
    ]
    header = ("STATE", "SOURCE", "ARTICLES", "LAST SUCCESS", "NEXT TRY", "LAST POLL SAID")
    screen.print(columns(table, header, screen.width if screen.is_terminal else None))
    for advice, those in groupby(sorted(rows, key=lambda row: row.advice or ""), key=lambda row: row.advice):
        if advice is not None:
            screen.print()
            for each in those:
                screen.print(f"{safe(each.id)}: {safe(each.text)}")
                screen.print(f"  next try {ago(each.next_poll, now)}: {safe(each.reason)}")
            screen.print(safe(advice))


def _hosts(ledger: Sequence[HostLedger]) -> None:
    """A line for all, and those hosts that could complain of us, or did."""
    if not ledger:
        return
    screen = console()
    screen.print(f"\n{safe(ledger_in_words(ledger))}")
    complaints = sorted((each for each in ledger if score(each) < 100 or each.rate_limited), key=score)
    table = [
        (
            safe(each.host),
            *map(str, (score(each), each.requests, each.early_polls, each.ignored_waits, each.rate_limited)),
        )
        for each in complaints[:HOSTS_SHOWN]
    ]
    if table:
        screen.print(columns(table, ("HOST", "SCORE", "REQUESTS", "EARLY", "IN A WAIT", "429 OR 503")))
    if len(complaints) > HOSTS_SHOWN:
        screen.print(f"and {count(len(complaints) - HOSTS_SHOWN, 'host')} more: 'aggregator status --json' has them")


def _one(row: Health) -> None:
    screen = console()
    for name, value in row.as_json().items():
        words = "\n              ".join(map(safe, value)) if isinstance(value, list | tuple) else safe(_word(value))
        screen.print(f"{name.replace('_', ' '):13} {words or '-'}")


def _word(value: object) -> str:
    return "-" if value is None else str(value)


def list_articles(
    query: Annotated[str | None, typer.Option(help="Only those a rule takes, such as 'tag = \"python\"'.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Articles at most.")] = 50,
    held: Annotated[bool, typer.Option("--held", help="Those that wait for 'aggregator release'.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """List stored articles, newest first."""
    from aggregator.views import read_articles, read_held

    settings = configured(config)
    rule = rule_given("--query", query) if query is not None else None
    articles = (read_held if held else read_articles)(settings, rule, limit)
    if json:
        print_json([article_shape(each) for each in articles])
        return
    rows = [(rfc3339(each.sort_at) or "", safe(each.source), safe(each.title)[:100]) for each in articles]
    console().print(columns(rows, ("DATE", "SOURCE", "TITLE")))
