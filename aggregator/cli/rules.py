"""``rules``: which rules there are and how often they hit; what one would take and change."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from aggregator.cli.common import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    columns,
    configured,
    console,
    print_json,
    rule_given,
    safe,
)
from aggregator.config import redact
from aggregator.config.units import duration
from aggregator.errors import UsageError
from aggregator.logs import configure
from aggregator.model.counted import count
from aggregator.operate import ago, rfc3339

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import timedelta

    from aggregator.config import Config
    from aggregator.planning import Entries
    from aggregator.trying import Tried

commands = typer.Typer(help="How often each rule matched, and what another would match.", no_args_is_help=True)

SHOWN = 20
"""Articles of each kind, and entries of each output, that are named."""
STEP = 1000
"""Articles after which a terminal is told how far it is."""


@commands.command("list")
def list_rules(config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False) -> None:
    """List the rules in force, and how many articles each matched.

    They are keep, drop and rewrite of sources, and query of outputs. A rule that matched nothing in 90 days is likely
    to be wrong, or no longer needed; it is named at the end. It may run beside the service.

    Example: aggregator rules list
    """
    from aggregator.trying import read_rules
    from aggregator.wiring import utc_now

    settings = configured(config)
    rows = [replace(each, text=redact(each.text, settings.secrets)) for each in read_rules(settings)]
    if json:
        print_json([each.as_json() for each in rows])
        return
    now, screen = utc_now(), console()
    table = [(each.owner, each.kind, str(each.matched), ago(each.last, now), safe(each.text)) for each in rows]
    header = ("OF", "KIND", "MATCHED", "LAST", "RULE")
    screen.print(columns(table, header, screen.width if screen.is_terminal else None))
    for each in rows:
        if each.warning is not None:
            screen.print(f"\n{each.kind} of {safe(each.owner)}, {safe(each.text)}: {each.warning}")


@commands.command("test")
def try_out(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="Such as 'tag = \"python\" and age < 7d'.")],
    since: Annotated[
        str,
        typer.Option(metavar="TIME", help="Only articles of the time since then, such as 30d or 12h; 'all' for all."),
    ] = "30d",
    source: Annotated[
        list[str] | None, typer.Option(metavar="SOURCE", help="Only articles of this source; may be given again.")
    ] = None,
    role: Annotated[
        Literal["keep", "drop", "query"] | None,
        typer.Option("--as", help="Also tell what would go and come in the outputs if it were this."),
    ] = None,
    output: Annotated[str | None, typer.Option(metavar="OUTPUT", help="The output whose query it would be.")] = None,
    limit: Annotated[
        int, typer.Option(metavar="NUMBER", min=1, max=100_000, help="Name at most so many of each kind.")
    ] = SHOWN,
    left: Annotated[bool, typer.Option("--left", help="Name those that do not match instead.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Tell which stored articles a rule matches, and why.

    Nothing is changed. With --as keep or --as drop the rule is tried as that of the sources that are named (of all,
    without --source); with --output as the query of that output: which entries would then go and come is found out on a
    copy of the store. With --json there is a line for each article, and a last one with the totals. It may run beside
    the service.

    Example: aggregator rules test 'title ~ /sponsored/i' --as drop
    """
    if output is not None and role is None:
        role = "query"
    if (role == "query") != (output is not None):
        raise UsageError("--as query and --output belong together: name the output whose query it would be")
    settings = configured(config)
    compiled = rule_given("RULE", rule)
    configure(level="error", secrets=settings.secrets)
    from aggregator.trying import try_in_outputs, try_rule, with_rule

    sources = tuple(source or ())
    changed = with_rule(settings, compiled, role, sources=sources, output=output or "") if role is not None else None
    tried = try_rule(settings, compiled, since=_span(since), sources=sources)
    took, asked = _stream(settings, tried) if json else _table(tried, limit, left=left)
    entries: Mapping[str, Entries] = {}
    if changed is not None:
        with console(stderr=True).status("trying it") as shown:
            entries = asyncio.run(try_in_outputs(settings, changed, progress=lambda words: shown.update(words)))
    if json:
        print_json({"takes": took, "leaves": asked - took, "outputs": [_as_json(*each) for each in entries.items()]})
        return
    screen = console()
    screen.print(f"takes {took:,} of {count(asked, 'article')}{'' if since == 'all' else f' of the last {since}'}")
    for name, each in entries.items():
        screen.print(f"output {safe(name)}: {len(each.go):,} go, {len(each.come):,} come, {each.stay:,} stay")
        _name(settings, "-", each.go, limit)
        _name(settings, "+", each.come, limit)


def _span(text: str) -> timedelta | None:
    if text == "all":
        return None
    try:
        return duration(text, low="1s", high="36600d")
    except ValueError as error:
        raise UsageError(f"--since: {error}") from None


def _stream(settings: Config, tried: Iterable[Tried]) -> tuple[int, int]:
    took = asked = 0
    for each in tried:
        took, asked = took + each.takes, asked + 1
        print_json({name: _hidden(settings, value) for name, value in each.as_json().items()})
    return took, asked


def _hidden(settings: Config, value: Any) -> Any:
    return redact(value, settings.secrets) if isinstance(value, str) else value


def _table(tried: Iterable[Tried], limit: int, *, left: bool) -> tuple[int, int]:
    screen = console()
    took = asked = named = 0
    with console(stderr=True).status("looking") as shown:
        for each in tried:
            took, asked = took + each.takes, asked + 1
            if each.takes is not left and named < limit:
                named += 1
                at = (rfc3339(each.article.sort_at) or "")[:10]
                screen.print(f"{at}  {safe(each.article.source)}  {safe(each.article.title)[:100]}")
                screen.print(f"            {safe(each.reason)[:300]}")
            if asked % STEP == 0:
                shown.update(f"{asked:,} articles, {took:,} taken")
    if more := (asked - took if left else took) - named:
        screen.print(f"and {more:,} more (--limit names them)")
    return took, asked


def _name(settings: Config, sign: str, entries: tuple[tuple[str, str], ...], limit: int) -> None:
    for id_, title in islice(entries, limit):
        console().print(f"  {sign} {safe(title)[:100]} <{safe(redact(id_, settings.secrets))}>")
    if len(entries) > limit:
        console().print(f"  {sign} and {len(entries) - limit:,} more")


def _as_json(name: str, entries: Entries) -> dict[str, Any]:
    return {
        "id": name,
        "go": [{"id": id_, "title": title} for id_, title in entries.go],
        "come": [{"id": id_, "title": title} for id_, title in entries.come],
        "stay": entries.stay,
    }
