"""``related``: what else there is on the event that an article tells of, and what is like it."""

from __future__ import annotations

from typing import Annotated

import typer

from aggregator.cli.common import DEFAULT_CONFIG, ConfigOption, JsonOption, configured, console, print_json, safe
from aggregator.errors import UsageError


def related(
    article: Annotated[str, typer.Argument(metavar="ID-OR-URL", help="Id, key or address of an article.")],
    limit: Annotated[
        int, typer.Option("--limit", metavar="NUMBER", min=1, max=20, help="List at most so many that are like it.")
    ] = 5,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Tell which other articles are about the same event, and why.

    Then those of the last two weeks that are most like it. This is known where an output has 'stories'. It may run
    beside the service.

    Example: aggregator related https://example.org/an-article
    """
    from aggregator.views import read_related

    settings = configured(config)
    found = read_related(settings, article, limit)
    if found is None:
        raise UsageError(f"{safe(article)} is not held; 'aggregator list --json' prints ids")
    if json:
        print_json(found.as_json())
        return
    screen = console()
    screen.print(safe(found.article.title))
    if found.story is not None:
        screen.print(f"story {found.story.id}")
        for each in found.story.members:
            screen.print(f"  {each.article.source}: {safe(each.article.title)}")
            screen.print(f"    {safe(each.why or 'the first')}{'' if each.shown else '; not shown'}")
    if all(each.stories == "off" for each in settings.outputs):
        screen.print(f"{safe(str(config))}: no output asks for stories; write 'stories: link' or 'join' at one")
        return
    screen.print("like it" if found.like_it else "nothing is like it")
    for other in found.like_it:
        screen.print(f"  {other.source}: {safe(other.title)}")
