"""``retract``, ``hide`` and ``pin``: the operator's hand on single articles."""

from __future__ import annotations

import asyncio
from itertools import chain
from typing import TYPE_CHECKING, Annotated

import typer

from aggregator.articles import page_hash
from aggregator.cli.common import DEFAULT_CONFIG, ConfigOption, JsonOption, configured, console, count, print_json, safe
from aggregator.cli.poll import publish_now, tell
from aggregator.config import nearest
from aggregator.errors import AggregatorError, StoreLocked
from aggregator.logs import configure

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from aggregator.model import Article
    from aggregator.store import Hand, Store

ArticlesArgument = Annotated[
    list[str], typer.Argument(metavar="ID-OR-URL...", help="Id, key or address of an article.")
]

DONE: dict[Hand, str] = {"retract": "retracted", "hide": "hidden", "pin": "pinned"}

CANDIDATES = 20
"""Articles at one address that are looked at."""

NEWEST = 500
"""Articles among which the one is looked for that may have been meant."""


def retract(
    articles: ArticlesArgument,
    undo: Annotated[bool, typer.Option("--undo", help="Show them again.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Take articles back for good: out of every output, with a tombstone; no poll brings them back.

    It may run beside the service, which publishes it within a second. --undo shows an article again, also one that its
    publisher deleted.
    """
    _operate("retract", articles, config, undo=undo, json=json)


def hide(
    articles: ArticlesArgument,
    undo: Annotated[bool, typer.Option("--undo", help="Show them again.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Leave articles out of every output, and say nothing of it to those who have them.

    It may run beside the service, which publishes it within a second.
    """
    _operate("hide", articles, config, undo=undo, json=json)


def pin(
    articles: ArticlesArgument,
    undo: Annotated[bool, typer.Option("--undo", help="Put them back where their dates place them.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Put articles first in every output that has them, however old they are.

    It may run beside the service, which publishes it within a second.
    """
    _operate("pin", articles, config, undo=undo, json=json)


def _operate(hand: Hand, wanted: Sequence[str], config: Path, *, undo: bool, json: bool) -> None:
    """Does it to all that are named, or, where one is unknown, to none."""
    from aggregator.store import Store
    from aggregator.wiring import utc_now

    settings = configured(config)
    configure(level="warning", secrets=settings.secrets)
    if not Store.exists(settings.store):
        raise AggregatorError(f"{config}: nothing is stored yet; 'aggregator once' looks at the sources")
    with Store.open(settings.store, lock=False) as store:
        found = {each.key: each for each in chain.from_iterable(_find(store, each) for each in wanted)}
        changed = store.operate(hand, found, utc_now(), undo=undo)
    if json:
        rows = [
            {"id": each.id, "key": each.key, "source": each.source, "title": each.title, "changed": each.key in changed}
            for each in found.values()
        ]
        print_json({"command": hand, "undo": undo, "articles": rows})
    else:
        for each in found.values():
            console().print(
                f"{_word(hand, undo=undo, changed=each.key in changed)}: {safe(each.title)} ({safe(each.id)})"
            )
    if not changed:
        return
    try:
        publication = asyncio.run(publish_now(settings))
    except StoreLocked:
        if not json:
            console().print("the running service publishes it")
        return
    if not json:
        tell(publication, settings)


def _word(hand: Hand, *, undo: bool, changed: bool) -> str:
    done = DONE[hand]
    if undo:
        return f"no longer {done}" if changed else f"was not {done}"
    return done if changed else f"already {done}"


def _find(store: Store, what: str) -> tuple[Article, ...]:
    """What is meant: one article, and at an address its copies too."""
    if (found := store.article(what)) is not None and what in (found.key, found.id):
        return (found,)
    digest = page_hash(what) if "://" in what else None
    there = store.at_page(digest, CANDIDATES) if digest is not None else ()
    keys = {each.key for each in there}
    originals = [each for each in there if each.duplicate_of not in keys]
    if len(originals) > 1:
        lines = "\n".join(f"  {safe(each.id)}  {safe(each.title)} ({safe(each.source)})" for each in originals)
        several = count(len(originals), "article")
        raise AggregatorError(f"{safe(what)}: {several} have this address; name the one you mean by its id:\n{lines}")
    if not there:
        raise AggregatorError(f"{safe(what)}: no article has this id, key or address; {_advice(store, what)}")
    return there


def _advice(store: Store, what: str) -> str:
    from aggregator.wiring import utc_now

    newest = store.newest(NEWEST, now=utc_now(), visible=False)
    near = nearest(what, chain.from_iterable((each.id, each.key, each.url or each.id) for each in newest))
    return f"did you mean {safe(near)}?" if near is not None else "'aggregator list' names them"
