"""``once`` and ``publish``: the same work as the service's, one time."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aggregator.cli.common import (
    DEFAULT_CONFIG,
    Audience,
    ConfigOption,
    JsonOption,
    configured,
    console,
    print_json,
    safe,
)
from aggregator.cli.rounds import Advance, print_round
from aggregator.errors import StoreLocked, UsageError
from aggregator.logs import configure
from aggregator.model import Code
from aggregator.model.counted import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aggregator.cli.rounds import Ended
    from aggregator.config import Config
    from aggregator.model import PollPlan
    from aggregator.pipeline import Published
    from aggregator.polls import Polls
    from aggregator.wiring import App


FULL_TEXT_PATIENCE = timedelta(seconds=60)
"""How long one run asks for the text of articles' pages; those that are left are asked for by the next."""


def once(
    sources: Annotated[
        list[str] | None, typer.Argument(metavar="SOURCE", help="Id of a source to poll now; may be given again.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Poll every source, due or not.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Poll the named sources even where a server asked for a pause.")
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Poll what is due, publish what changed, and exit.

    For cron, or for a look at what happens. Sources that are named are polled now, due or not. Where a server asked for
    a pause, it is left alone whatever is named, unless with --force. Exit code 1 where a named source could not be
    read, 75 where the service is running.

    Example: aggregator once --all
    """
    from aggregator.views import in_full

    settings = in_full(configured(config))
    configure(level="warning" if json else "error", secrets=settings.secrets)
    known = {each.id for each in settings.sources}
    if unknown := [each for each in sources or () if each not in known]:
        raise UsageError(
            f"{config}: no source is called {', '.join(map(safe, unknown))}; 'aggregator status' lists them"
        )
    only = set(sources or ()) or (known if everything else None)
    if force and not sources:
        raise UsageError("--force is for sources that are named: aggregator once SOURCE --force")
    ended = asyncio.run(_once(settings, only, force=force, json=json))
    fine = {decided.source for decided in ended if decided.state.code in (Code.OK, Code.NOT_MODIFIED)}
    if not fine.issuperset(sources or ()):
        raise typer.Exit(1)


async def _once(settings: Config, only: set[str] | None, *, force: bool, json: bool) -> list[PollPlan]:
    from aggregator.alerting.alerts import look_and_tell
    from aggregator.full_text import read_all
    from aggregator.hub.pings import tell_hubs
    from aggregator.pages import ask_if_due
    from aggregator.pipeline import publish_if_due
    from aggregator.polls import poll_round
    from aggregator.retention import prune_if_due
    from aggregator.wiring import open_app

    app = await open_app(settings)
    ended: list[Ended] = []
    audience = Audience()
    totals: Counter[str] = Counter()
    screen = console(stderr=True)
    advance = Advance(screen, await _due(app, only), off=json or not screen.is_terminal)

    def report(decided: PollPlan, seconds: float) -> None:
        ended.append((decided, seconds))
        row = _row(decided, seconds)
        totals.update({name: value for name, value in row.items() if isinstance(value, int)})
        advance.ended(decided.source)
        with audience:
            if json:
                print_json(row)
            elif not screen.is_terminal:
                print(f"{decided.source}: {row['code']}: {safe(decided.state.detail)}", flush=True)  # noqa: T201

    def watch(polls: Polls) -> None:
        advance.slow = lambda: polls.slow

    try:
        with advance:
            left = await poll_round(app, only, report, force=force, watch=watch, came=advance.more)
            await ask_if_due(app)
            advance.now("asking for pages of articles")
            await read_all(app, FULL_TEXT_PATIENCE)
            advance.now("publishing")
            publication = await publish_if_due(app)
            await tell_hubs(app)
            await look_and_tell(app)
            await prune_if_due(app)
        with audience:
            _summary(app, ended, left, totals, publication, json=json)
    finally:
        await app.close()
    if audience.gone:
        raise typer.Exit(1)
    return [decided for decided, _ in ended]


async def _due(app: App, only: set[str] | None) -> int:
    """How many polls there will be, as far as it can be known."""
    if only is not None:
        return len(only)
    now = app.now()
    asked = {name for name, each in app.sources.items() if each.enabled}
    states = await app.db(app.store.polls.states)
    return sum(each.next_poll_at <= now and each.source in asked for each in states)


def publish(
    force: Annotated[
        bool,
        typer.Option("--force", help="Also publish outputs held because they look wrong ('aggregator status' tells)."),
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Make every document anew from what is stored, without polling.

    Files whose content is the same are not touched. The service must not be running (exit code 75), except with
    --force: then the service publishes within a second.

    Example: aggregator publish
    """
    settings = configured(config)
    configure(level="warning", secrets=settings.secrets)
    if force:
        _accept(settings)
    try:
        publication = asyncio.run(publish_now(settings))
    except StoreLocked:
        if not force:
            raise
        if json:
            print_json({"written": [], "problems": []})
        else:
            console().print("the running service publishes it")
        return
    if json:
        print_json(asdict(publication))
        return
    tell(publication, settings)


def _accept(settings: Config) -> None:
    """Let the next publish, whoever does it, hold nothing."""
    from aggregator.operating import accept
    from aggregator.store import Store
    from aggregator.wiring import utc_now

    with Store.beside(settings.store) as store:
        if store is not None:
            accept(store, utc_now())


async def publish_now(settings: Config) -> Published:
    """Publish once. Raises StoreLocked where another instance holds the store, and as the pipeline's does."""
    from aggregator import pipeline
    from aggregator.wiring import open_app

    app = await open_app(settings)
    try:
        return await pipeline.publish(app)
    finally:
        await app.close()


def _row(decided: PollPlan, seconds: float) -> dict[str, Any]:
    return {
        "id": decided.source,
        "code": str(decided.state.code),
        "new": len(decided.new),
        "updated": len(decided.updated),
        "withdrawn": len(decided.withdrawn) + len(decided.deleted),
        "held": len(decided.held),
        "ms": round(seconds * 1000),
        "bytes": decided.wire_bytes,
    }


def _summary(
    app: App,
    ended: Sequence[Ended],
    left: Sequence[str],
    totals: Counter[str],
    publication: Published | None,
    *,
    json: bool,
) -> None:
    codes = Counter(str(decided.state.code) for decided, _ in ended)
    if json:
        counted = {name: totals[name] for name in ("new", "updated", "withdrawn", "held", "bytes")}
        shown = asdict(publication) if publication is not None else {"written": [], "problems": []}
        print_json({"sources": len(ended), "not_polled": left, "codes": dict(codes), **counted, **shown})
        return
    screen = console()
    if screen.is_terminal and ended:
        print_round(screen, ended)
    words = ", ".join(f"{count} {code}" for code, count in codes.most_common())
    screen.print(f"{count(len(ended), 'source')} polled" + (f" ({words})" if words else ""))
    for source in left:
        why = "its server asked to be left alone" if app.sources[source].enabled else "it is switched off"
        screen.print(f"{source} was not polled: {why}; 'aggregator status {source}' tells more")
    held = f", {totals['held']:,} held" if totals["held"] else ""
    screen.print(
        f"{totals['new']:,} new, {totals['updated']:,} changed, {totals['withdrawn']:,} withdrawn{held} articles"
    )
    if held:
        screen.print("what is held is published nowhere; 'aggregator status' tells why, and what to do")
    tell(publication, app.config)


def tell(publication: Published | None, settings: Config) -> None:
    """What a publish did, in words."""
    screen = console()
    if publication is None:
        screen.print(f"nothing to publish: {settings.public} is up to date")
        return
    for problem in publication.problems:
        screen.print(f"not published: {safe(problem)}")
    if publication.written:
        screen.print(f"{len(publication.written)} of {publication.documents} documents written to {settings.public}")
    else:
        screen.print(f"nothing changed: {publication.documents} documents in {settings.public} are as they were")
