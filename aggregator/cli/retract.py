"""``retract``, ``hide`` and ``pin``: the operator's hand on single articles."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from aggregator.cli.common import DEFAULT_CONFIG, ConfigOption, JsonOption, configured, console, print_json, safe
from aggregator.cli.poll import publish_now, tell
from aggregator.errors import AggregatorError, StoreLocked
from aggregator.logs import configure

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from aggregator.store import Hand

ArticlesArgument = Annotated[
    list[str], typer.Argument(metavar="ID-OR-URL", help="Id, key or address of an article; may be given again.")
]

DONE: dict[Hand, str] = {"retract": "retracted", "hide": "hidden", "pin": "pinned"}


def retract(
    articles: ArticlesArgument,
    undo: Annotated[bool, typer.Option("--undo", help="Show them again.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Take articles back for good, and tell subscribers so.

    They leave every output, the Atom documents name them as deleted, and no poll brings them back. With --undo they are
    shown again, also where it was their publisher who deleted them. It may run beside the service, which then publishes
    within a second.

    Example: aggregator retract https://example.org/an-article
    """
    _operate("retract", articles, config, undo=undo, json=json)


def hide(
    articles: ArticlesArgument,
    undo: Annotated[bool, typer.Option("--undo", help="Show them again.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Leave articles out of every output, without telling subscribers.

    Those who have them already keep them. It may run beside the service, which then publishes within a second.

    Example: aggregator hide https://example.org/an-article
    """
    _operate("hide", articles, config, undo=undo, json=json)


def pin(
    articles: ArticlesArgument,
    undo: Annotated[bool, typer.Option("--undo", help="Put them back where their dates place them.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Put articles first in every output that has them.

    They stay there however old they are, until --undo. It may run beside the service, which then publishes within a
    second.

    Example: aggregator pin https://example.org/an-article
    """
    _operate("pin", articles, config, undo=undo, json=json)


def _operate(hand: Hand, wanted: Sequence[str], config: Path, *, undo: bool, json: bool) -> None:
    """Does it to all that are named, or, where one is unknown, to none."""
    from aggregator.operating import operate
    from aggregator.store import Store
    from aggregator.wiring import utc_now

    settings = configured(config)
    configure(level="warning", secrets=settings.secrets)
    with Store.beside(settings.store) as store:
        if store is None:
            raise AggregatorError(f"{config}: nothing is stored yet; 'aggregator once' looks at the sources")
        done = operate(store, hand, wanted, utc_now(), undo=undo)
    changed = done.changed
    if json:
        rows = [
            {"id": each.id, "key": each.key, "source": each.source, "title": each.title, "changed": each.key in changed}
            for each in done.articles
        ]
        print_json({"command": hand, "undo": undo, "articles": rows})
    else:
        for each in done.articles:
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
