"""``add``: find the feeds at an address, and write the one that is meant into the configuration."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer

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
from aggregator.cli.opml import TAKEN_UP, safe_lines
from aggregator.errors import UsageError
from aggregator.operate.words import ago

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aggregator.adding.discovery import Discovery
    from aggregator.adding.ranking import Candidate
    from aggregator.config import Config

TRIED_SHOWN = 15

SCRAPE = "a page without a feed can be read with 'scrape:' (docs/scraping.md), or through a bridge such as RSS-Bridge"

NOBODY = ": there are several feeds, and nobody to ask. Say which one with --pick NUMBER, or take the first with --yes."


def add(
    url: Annotated[
        str, typer.Argument(metavar="URL", help="The address of a feed, or of a page or site that has one.")
    ],
    name: Annotated[
        str | None, typer.Option("--id", metavar="ID", help="Name of the source; made of the address without it.")
    ] = None,
    title: Annotated[
        str | None, typer.Option("--title", metavar="TEXT", help="Title instead of the feed's own.")
    ] = None,
    tag: Annotated[
        list[str] | None, typer.Option("--tag", metavar="TAG", help="A tag for its articles; may be given again.")
    ] = None,
    pick: Annotated[
        int | None, typer.Option("--pick", metavar="NUMBER", min=1, help="Add the feed with this number in the list.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Add the first of several without asking.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would change; write nothing.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Find the feed of a site, and add it to config.yaml.

    Everything else in the file stays as it is. Each feed that is found is asked for once. Where there are several, you
    are asked which one; without a terminal they are listed and the exit code is 1, unless --pick or --yes says which.

    Example: aggregator add https://example.org/ --tag science
    """
    from aggregator.adding.discovery import Discoverer
    from aggregator.adding.written import present, write
    from aggregator.config.addresses import split_userinfo
    from aggregator.parse.opml import address

    text, settings = present(config, configured)
    where = address(url)
    if where is None:
        raise UsageError(f"{safe(url)}: no address of the web; write such as https://example.org/")
    screen = console(stderr=True)

    async def look() -> Discovery:
        discoverer = Discoverer(settings, lambda each: screen.print(f"looking at {safe(each)}"))
        try:
            return await discoverer.look(where)
        finally:
            await discoverer.close()

    found = asyncio.run(look())
    report = _as_json(found)
    if not found.feeds:
        if json:
            print_json(report | {"added": None, "written": False})
        else:
            _nothing(split_userinfo(where)[0], found)
        raise typer.Exit(1)
    if not json:
        _table(found)
    asked = not json and sys.stdin.isatty() and sys.stdout.isatty()
    chosen = _chosen(found.feeds, pick, yes=yes, ask=asked)
    if chosen is None:
        if json:
            print_json(report | {"added": None, "written": False})
        else:
            console().print(f"\nNothing is written{'.' if asked else NOBODY}")
        raise typer.Exit(1)
    if chosen.known is not None:
        if json:
            print_json(report | {"added": None, "written": False})
        else:
            console().print(f"\n{safe(chosen.url)} is configured already, as {safe(chosen.known)}. Nothing is written.")
        raise typer.Exit(1)
    source = _source(chosen, where, settings, name, title, tag or [])
    note = " ".join(safe(chosen.title or "").split())[:80]
    changes = write(config, text, settings, [source], configured, note=note or None, dry=dry_run)
    if json:
        print_json(report | {"added": source, "written": not dry_run})
    elif dry_run:
        typer.echo(f"\n{safe_lines(changes)}")
    else:
        console().print(f"\n{safe(chosen.url)} is added to {config} as {source['id']}; {TAKEN_UP}")


def _source(
    chosen: Candidate, given: str, settings: Config, name: str | None, title: str | None, tags: list[str]
) -> dict[str, Any]:
    """As it is written: nothing that a stranger chose is a variable. User and password of the address that was given
    stay with its origin."""
    from aggregator.config.addresses import split_userinfo
    from aggregator.config.names import unused

    used = {each.id for each in settings.sources}
    if name is not None and name in used:
        raise UsageError(f"--id {safe(name)}: another source is called so; choose another name")
    source: dict[str, Any] = {"id": name or unused(chosen.url, None, used), "url": chosen.url.replace("${", "$${")}
    where, userinfo = split_userinfo(given)
    if userinfo is not None and urlsplit(where)[:2] == urlsplit(chosen.url)[:2]:
        user, password = (each.replace("${", "$${") for each in userinfo)
        source["auth"] = {"basic": {"user": user, "password": password}}
    if title is not None:
        source["title"] = title.replace("${", "$${")
    if tags:
        source["tags"] = [each.replace("${", "$${") for each in tags]
    return source


def _chosen(feeds: Sequence[Candidate], pick: int | None, *, yes: bool, ask: bool) -> Candidate | None:
    from aggregator.adding.ranking import only_choice

    if pick is not None:
        if pick > len(feeds):
            raise UsageError(f"--pick {pick}: there {'is 1 feed' if len(feeds) == 1 else f'are {len(feeds)} feeds'}")
        return feeds[pick - 1]
    if yes or len(feeds) == 1:
        return feeds[0]
    if not ask:
        return only_choice(feeds)
    number = -1
    while not 0 <= number <= len(feeds):
        number = typer.prompt("Which one? (0 for none)", type=int, default=1)
    return feeds[number - 1] if number else None


def _as_json(found: Discovery) -> dict[str, Any]:
    tried = [
        {"url": each.url, "how": each.how, "code": str(each.problem.code), "detail": each.problem.detail}
        for each in found.tried
    ]
    return {"feeds": [each.as_json() for each in found.feeds], "tried": tried, "wall": found.wall, "left": found.left}


def _table(found: Discovery) -> None:
    from aggregator.wiring import utc_now

    screen, now = console(), utc_now()
    rows = [
        (
            str(place),
            safe(each.format),
            str(each.entries),
            ago(each.latest, now),
            each.text,
            "yes" if each.hubs else "no",
            ", ".join(each.validators) or "none",
            safe(each.title or each.url)[:60],
        )
        for place, each in enumerate(found.feeds, start=1)
    ]
    header = ("", "FORMAT", "ENTRIES", "LATEST", "TEXT", "PUSH", "VALIDATORS", "TITLE")
    screen.print(columns(rows, header, screen.width if screen.is_terminal else None))
    screen.print()
    for place, each in enumerate(found.feeds, start=1):
        facts = [
            "of comments" if each.comments else None,
            f"the same articles as {each.same_as}" if each.same_as is not None else None,
            f"configured already, as {safe(each.known)}" if each.known is not None else None,
            f"asked for at {safe(each.asked)}" if each.asked != each.url else None,
            f"redirected to {safe(each.final)}" if each.final not in (each.url, each.asked) else None,
            *(safe(warning) for warning in each.warnings[:2]),
        ]
        told = "; ".join(filter(None, facts))
        screen.print(f"{place:>2} {safe(each.url)}{f' ({told})' if told else ''}")
    if found.left:
        screen.print(
            f"{found.left} more address{'' if found.left == 1 else 'es'} may be feeds too; give the one you want itself"
        )


def _nothing(url: str, found: Discovery) -> None:
    screen = console(stderr=True)
    first = found.tried[0].problem
    if found.wall is not None:
        screen.print(f"{safe(url)}: {safe(first.detail)}")
        screen.print(
            "Something before the site turns programs away, so it cannot be told whether there is a feed. Ask the "
            "publisher to let feed readers through, or look for the feed in a browser and add its address."
        )
        return
    screen.print(f"No feed was found at {safe(url)}. Tried:")
    for each in found.tried[:TRIED_SHOWN]:
        screen.print(f"  {safe(each.url)}: {safe(each.problem.detail)}")
    if len(found.tried) > TRIED_SHOWN:
        screen.print(f"  and {len(found.tried) - TRIED_SHOWN} more: --json has them")
    if len(found.tried) > 1:
        screen.print(f"If you know where the feed is, add that address; {SCRAPE}.")
