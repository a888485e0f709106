"""``list``: the stored articles, without changing anything."""

from __future__ import annotations

from typing import Annotated

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
from aggregator.operate import article_shape, rfc3339


def list_articles(
    query: Annotated[
        str | None, typer.Option(metavar="RULE", help="Only those that a rule matches, such as 'tag = \"python\"'.")
    ] = None,
    limit: Annotated[int, typer.Option(metavar="NUMBER", min=1, max=10_000, help="List at most so many.")] = 50,
    held: Annotated[
        bool, typer.Option("--held", help="List those that wait for 'aggregator release' instead.")
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """List stored articles, newest first.

    Those that are pinned come before. It may run beside the service.

    Example: aggregator list --query 'tag = "python" and age < 7d'
    """
    from aggregator.views import read_articles, read_held

    settings = configured(config)
    rule = rule_given("--query", query) if query is not None else None
    articles = (read_held if held else read_articles)(settings, rule, limit)
    if json:
        print_json([article_shape(each) for each in articles])
        return
    if held and not articles:
        console().print("nothing is held")
        return
    rows = [(rfc3339(each.sort_at) or "", safe(each.source), safe(each.title)[:100]) for each in articles]
    console().print(columns(rows, ("DATE", "SOURCE", "TITLE")))
