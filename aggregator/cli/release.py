"""``release``: let the articles of a source go that wait for the operator."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from aggregator.cli.common import DEFAULT_CONFIG, ConfigOption, JsonOption, configured, console, print_json
from aggregator.cli.poll import publish_now, tell
from aggregator.errors import StoreLocked
from aggregator.logs import configure
from aggregator.model.counted import count


def release(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="Id of the source.")],
    silent: Annotated[bool, typer.Option("--silent", help="Publish nothing of it, now or later.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Publish what is held of a source.

    Articles are held where very many came at once, or where another feed seems to be at the address; in that case the
    feed there is the source from now on. 'aggregator list --held' lists what is held. It may run beside the service,
    which then publishes within a second.

    Example: aggregator release example
    """
    from aggregator.operating import Released, named, release
    from aggregator.store import Store
    from aggregator.views import in_full
    from aggregator.wiring import utc_now

    settings = in_full(configured(config))
    configure(level="warning", secrets=settings.secrets)
    named(settings, source)
    done = Released(articles=0, accepted=False)
    with Store.beside(settings.store) as store:
        if store is not None:
            done = release(store, settings, source, utc_now(), silent=silent)
    let, quarantined = done.articles, done.accepted
    if json:
        feeds = {"feeds": done.feeds} if done.feeds is not None else {}
        print_json({"source": source, "released": let, "silent": silent, "accepted": quarantined} | feeds)
    elif done.feeds is not None:
        console().print(f"the list {source} has {count(done.feeds, 'feed')} from now on")
    else:
        console().print(_words(source, let, silent=silent, quarantined=quarantined))
    if not let or silent:
        return
    try:
        publication = asyncio.run(publish_now(settings))
    except StoreLocked:
        if not json:
            console().print("the running service publishes it")
        return
    if not json:
        tell(publication, settings)


def _words(source: str, let: int, *, silent: bool, quarantined: bool) -> str:
    if not let and not quarantined:
        return f"nothing is held of {source}"
    articles = count(let, "article")
    done = f"{articles} of {source} taken in silently" if silent else f"{articles} of {source} released"
    return f"{done}; what is at its address is the source from now on" if quarantined else done
