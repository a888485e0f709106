"""``status``: how every source is, without changing anything."""

from __future__ import annotations

from dataclasses import asdict
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aggregator.cli.board import next_try, print_board
from aggregator.cli.common import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    columns,
    configured,
    console,
    print_json,
    safe,
)
from aggregator.errors import UsageError
from aggregator.model.counted import count
from aggregator.operate import (
    State,
    ago,
    ledger_in_words,
    ledger_rows,
    offline_in_words,
    output_problems,
    output_rows,
    rfc3339,
    score,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from aggregator.config import Config
    from aggregator.last_publish import LastPublish
    from aggregator.model import HostLedger
    from aggregator.operate import Health
    from aggregator.store.log import PollRecord

HOSTS_SHOWN = 10
OUTPUTS_SHOWN = 10


def status(
    source: Annotated[
        str | None, typer.Argument(metavar="SOURCE", help="Id of one source: everything that is known of it.")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    states: Annotated[
        list[State] | None,
        typer.Option(
            "--state", metavar="STATE", help=f"Only sources in this state: {', '.join(State)}; may be given again."
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="List every source, also where there are many.")] = False,
    hosts: Annotated[bool, typer.Option("--hosts", help="Also list how politely each host was treated.")] = False,
    patch: Annotated[
        bool,
        typer.Option("--patch", help="Print the change of config.yaml for feeds that moved or are gone, as a patch."),
    ] = False,
) -> None:
    """How every source is, and what you can do about it.

    State, since when, last success, next try, and what the last poll said. On a terminal the sources that need you come
    first, and of more than 15 only those are listed; into a pipe a line is written for each. It may run beside the
    service.

    Example: aggregator status --state failing
    """
    from aggregator.views import in_full, read_board, read_last_publish, read_ledger, read_subscribers, read_websub
    from aggregator.wiring import utc_now

    if patch and json:
        raise UsageError("--patch prints a patch, not JSON; leave out --json")
    written = configured(config)
    settings = in_full(written)
    rows = read_board(settings)
    if source is not None and source not in {each.id for each in rows}:
        raise UsageError(f"{config}: no source is called {safe(source)}; 'aggregator status' lists them")
    if patch:
        _patch(written, source)
        return
    shown = [each for each in rows if source in (None, each.id) and (not states or each.state in states)]
    ledger = read_ledger(settings, next((each.host for each in settings.sources if each.id == source), None))
    offline = offline_in_words([each.reason for each in rows])
    if json:
        people = read_subscribers(settings).as_json()
        print_json(
            {
                "sources": [each.as_json() for each in shown],
                "outputs": output_rows(settings.outputs, read_last_publish(settings)),
                "hosts": ledger_rows(ledger),
                "subscribers": people,
                "websub": read_websub(settings),
                "offline": offline,
                **(_source_as_json(settings, source) if source is not None else {}),
            }
        )
        return
    now = utc_now()
    if source is not None:
        _one(settings, rows, source, ledger, now)
        return
    if offline is not None:
        console().print(f"{offline}\n")
    screen = console()
    if screen.is_terminal:
        print_board(screen, settings.site.title, shown, now, whole=everything or bool(states))
    else:
        _lines(shown, now)
    if ledger:
        screen.print(f"\n{safe(ledger_in_words(ledger))}")
        if hosts:
            _hosts(ledger)
    _outputs(settings, read_last_publish(settings), now)
    if total := read_subscribers(settings).total:
        screen.print(f"\n{count(total, 'subscriber')} of what is published here")
    _websub(read_websub(settings))


def _outputs(settings: Config, last: LastPublish | None, now: datetime) -> None:
    """When was published last, a line for each output, and what is wrong with them."""
    screen = console()
    screen.print("\nnothing has been published yet" if last is None else f"\nlast published {ago(last.at, now)}")
    rows = output_rows(settings.outputs, last)
    shown = [each for each in rows if each["state"] in ("held", "failed")] if len(rows) > OUTPUTS_SHOWN else rows
    for each in shown if last is not None else ():
        entries = "" if each["entries"] is None else f", {count(each['entries'], 'entry', 'entries')}"
        screen.print(f"  {each['id']}: {each['state']}{entries}: {' '.join(each['formats'])}")
    for problem in output_problems(settings.outputs, last):
        screen.print(f"\n{safe(problem)}")


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


def _lines(rows: Sequence[Health], now: datetime) -> None:
    """A line for each source, in the order of the configuration, and below them what can be done."""
    screen = console()
    table = [
        (
            str(each.state),
            safe(each.id),
            str(each.articles),
            ago(each.last_success, now),
            next_try(each, now),
            safe(each.text),
        )
        for each in rows
    ]
    screen.print(columns(table, ("STATE", "SOURCE", "ARTICLES", "LAST SUCCESS", "NEXT TRY", "LAST POLL SAID")))
    for advice, those in groupby(sorted(rows, key=lambda row: row.advice or ""), key=lambda row: row.advice):
        if advice is not None:
            screen.print()
            for each in those:
                screen.print(f"{safe(each.id)}: {safe(each.text)}")
                if offline_in_words([each.reason]) is None:  # that is said once, above
                    screen.print(f"  next try {next_try(each, now)}: {safe(each.reason)}")
            screen.print(safe(advice))


def _hosts(ledger: Sequence[HostLedger]) -> None:
    """Those hosts that could complain of us, or did, and then the others."""
    screen = console()
    ordered = sorted(ledger, key=lambda each: (score(each), -each.rate_limited, -each.requests))
    table = [
        (
            safe(each.host),
            *map(str, (score(each), each.requests, each.early_polls, each.ignored_waits, each.rate_limited)),
        )
        for each in ordered[:HOSTS_SHOWN]
    ]
    screen.print(columns(table, ("HOST", "SCORE", "REQUESTS", "EARLY", "IN A WAIT", "429 OR 503")))
    if len(ordered) > HOSTS_SHOWN:
        screen.print(f"and {count(len(ordered) - HOSTS_SHOWN, 'host')} more: 'aggregator status --json' has them")


# ---- one source


def _source_as_json(settings: Config, source: str) -> dict[str, Any]:
    from aggregator.views import read_source

    polls, told = read_source(settings, source)
    return {"polls": [asdict(each) for each in polls], "learnt": dict(told)}


def _one(settings: Config, rows: Sequence[Health], source: str, ledger: Sequence[HostLedger], now: datetime) -> None:
    """Everything about one: as it is, what is learnt, how its host was treated, its last polls."""
    from aggregator.views import read_source

    row = next(each for each in rows if each.id == source)
    if (offline := offline_in_words([row.reason])) is not None:
        console().print(f"{offline}\n")
    for name, value in row.as_json().items():
        words = [safe(each) for each in value] if isinstance(value, list | tuple) else [safe(_word(value))]
        _named(name.replace("_", " "), words or ["-"])
    polls, told = read_source(settings, source)
    for name, sentence in told:
        _named(name, [safe(sentence)])
    for each in ledger:
        _named("host", [safe(ledger_in_words([each]))])
    _polls(polls, now)


def _named(name: str, words: Sequence[str]) -> None:
    console().print(f"{name:13} " + "\n              ".join(words))


def _polls(polls: Sequence[PollRecord], now: datetime) -> None:
    """The last polls that brought something or failed."""
    if not polls:
        return
    screen = console()
    table = [
        (
            rfc3339(each.at) or "",
            str(each.code or "-"),
            str(each.status or "-"),
            "-" if each.ms is None else str(each.ms),
            str(each.bytes),
            "-" if each.decoded is None else str(each.decoded),
            f"{safe(each.detail)}{f' ({safe(each.final_url)})' if each.final_url is not None else ''}",
        )
        for each in polls
    ]
    screen.print("\nlast polls that brought something or failed, of a week:")
    width = screen.width if screen.is_terminal else None
    screen.print(columns(table, ("AT", "CODE", "HTTP", "MS", "BYTES", "DOCUMENT", "WHAT"), width))


def _word(value: object) -> str:
    return "-" if value is None else str(value)
