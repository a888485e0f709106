"""``plan``: what a configuration would change, before it does."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aggregator.cli.common import DEFAULT_CONFIG, ConfigOption, JsonOption, configured, console, print_json, safe
from aggregator.config import redact
from aggregator.config.redaction import store_shown
from aggregator.logs import configure
from aggregator.model.counted import count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aggregator.planning import Entries, Plan

SHOWN = 10
"""Names in a list that is not asked for whole."""


def plan(
    config: ConfigOption = DEFAULT_CONFIG,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Name every source, entry and document, not only how many.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit code 1 where readers would lose articles or have them twice.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Tell what a changed configuration would do, before it is used.

    The file is compared with the configuration that the service, or the last command, ran with. Which entries would
    come and go in each output is found out on a copy of the store. No source is asked for anything, and nothing is
    changed. It may run beside the service.

    Example: aggregator plan --config new.yaml --verbose
    """
    settings = configured(config)
    configure(level="error", secrets=settings.secrets)
    from aggregator.planning import make_plan

    screen = console(stderr=True)
    with screen.status("planning") as shown:
        found = asyncio.run(make_plan(settings, progress=lambda words: shown.update(words)))

    def hide(text: str) -> str:
        return safe(redact(text, settings.secrets))

    if json:
        print_json(_as_json(found, hide))
    else:
        for line in _lines(found, hide, store_shown(settings.store), most=None if verbose else SHOWN, entries=verbose):
            console().print(line)
    if strict and found.dangers:
        raise typer.Exit(1)


def _lines(found: Plan, hide: Callable[[str], str], store: str, *, most: int | None, entries: bool) -> Iterator[str]:
    changes = found.difference
    if not found.known:
        yield f"what is in force is not known, so everything counts as new: nothing has run yet on {hide(store)}"
        yield "  (paths are relative to the folder of their file; a new file is best tried beside the old one)"
    if found.nothing:
        yield "nothing changes"
        return
    yield hide(found.words)
    yield from _listed("  + source ", [hide(each) for each in changes.added], most)
    yield from _listed(
        "  - source ",
        [f"{hide(each.id)}: {count(each.articles, 'article')} {_BECOMES[each.on_remove]}" for each in found.removed],
        most,
    )
    yield from _listed(
        "  ~ source ", [f"{hide(name)}: {', '.join(keys)}" for name, keys in changes.changed.items()], most
    )
    yield from (f"    {hide(name)}: {hide(before)} -> {hide(now)}" for name, before, now in found.moved[:most])
    for name, each in found.outputs.items():
        if entries:
            yield from (f"  {hide(name)}: + {hide(title)} <{hide(id_)}>" for id_, title in each.come)
            yield from (f"  {hide(name)}: - {hide(title)} <{hide(id_)}>" for id_, title in each.go)
        yield from (
            f"  {hide(name)}: the id of {hide(title)} changes: {hide(before)} -> {hide(now)}"
            for before, now, title in each.renamed[:most]
        )
    yield from _listed("  + document /", found.documents_added, most)
    yield from _listed("  - document /", found.documents_removed, most)
    yield from _listed(
        "  ~ rules of ",
        [f"{hide(name)}: {count(n, 'article')} judged otherwise" for name, n in found.judged.items()],
        most,
    )
    if found.first_requests:
        yield f"  first poll adds about {count(found.first_requests, 'request')}; what they bring is not known yet"
    yield from (f"  after a restart only: {each}" for each in changes.restart)
    yield from (f"  DANGER: {hide(each)}" for each in found.dangers)


_BECOMES = {
    "keep": "stay as they are (on_remove: keep)",
    "drop": "are shown no longer (on_remove: drop)",
    "tombstone": "are taken back from readers (on_remove: tombstone)",
}


def _listed(before: str, names: list[str] | tuple[str, ...], most: int | None) -> Iterator[str]:
    yield from (f"{before}{each}" for each in names[:most])
    if most is not None and len(names) > most:
        yield f"{before.rstrip('/ ')} ... and {len(names) - most:,} more (--verbose names them)"


def _as_json(found: Plan, hide: Callable[[str], str]) -> dict[str, Any]:
    changes = found.difference
    return {
        "known": found.known,
        "changes": not found.nothing,
        "summary": hide(found.words),
        "sources": {
            "added": list(changes.added),
            "removed": [
                {"id": each.id, "on_remove": each.on_remove, "articles": each.articles} for each in found.removed
            ],
            "changed": [{"id": name, "keys": list(keys)} for name, keys in changes.changed.items()],
            "moved": [{"id": name, "from": hide(was), "to": hide(now)} for name, was, now in found.moved],
            "renamed": [{"from": was, "to": now} for was, now in changes.renamed],
            "judged": [{"id": name, "articles": n} for name, n in found.judged.items()],
        },
        "outputs": [{"id": name, **_entries(each)} for name, each in found.outputs.items()],
        "outputs_added": list(changes.outputs_added),
        "outputs_removed": list(changes.outputs_removed),
        "outputs_changed": [{"id": name, "keys": list(keys)} for name, keys in changes.outputs_changed.items()],
        "settings": list(changes.settings),
        "restart_needed": list(changes.restart),
        "documents": {"added": list(found.documents_added), "removed": list(found.documents_removed)},
        "requests_per_day": {"before": round(found.requests[0], 1), "after": round(found.requests[1], 1)},
        "first_requests": found.first_requests,
        "dangers": [hide(each) for each in found.dangers],
    }


def _entries(given: Entries) -> dict[str, Any]:
    return {
        "come": [{"id": id_, "title": title} for id_, title in given.come],
        "go": [{"id": id_, "title": title} for id_, title in given.go],
        "ids_changed": [{"from": was, "to": now, "title": title} for was, now, title in given.renamed],
        "stay": given.stay,
    }
