"""Is all well here? One line for each check, and what to do: also where the configuration or the store is broken.

Nothing is changed. Nobody is asked but the service on this machine, unless the operator wants it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.doctor import machine, reach, stored, versions
from aggregator.doctor.finding import Finding, Level, bad, ok, warn
from aggregator.doctor.units import unit
from aggregator.errors import ConfigError, StoreError
from aggregator.model.counted import count
from aggregator.store import look

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime
    from pathlib import Path

    from aggregator.config import Config

__all__ = ["Finding", "Level", "examine"]

MISTAKES = 3
"""Of a configuration, that are named."""


async def examine(
    path: Path, load: Callable[[Path], Config], now: datetime, *, network: bool = False
) -> AsyncIterator[Finding]:
    """Everything, in the order in which one would ask. ``load`` raises ConfigError."""
    for each in versions.check(versions.installed()):
        yield each
    config: Config | None = None
    try:
        config = load(path)
    except ConfigError as error:
        for mistake in error.mistakes[:MISTAKES]:
            yield bad("configuration", mistake, "'aggregator check' names every mistake")
    else:
        yield ok(
            "configuration", f"{path}: {count(len(config.sources), 'source')}, {count(len(config.outputs), 'output')}"
        )
    for each in (machine.open_files(), machine.time_zones(), machine.encoding()):
        yield each
    for each in unit():
        yield each
    if config is None:
        for each in machine.disk({"this folder": path.parent}):
            yield each
        yield warn(
            "store", "not looked at: only the configuration says where it is", "correct that, and run this again"
        )
        return
    async for each in _configured(config, now, network=network):
        yield each


async def _configured(config: Config, now: datetime, *, network: bool) -> AsyncIterator[Finding]:
    try:
        found = look(config.store)
    except StoreError as error:
        yield bad("store", str(error), "correct 'store:' in the configuration")
        return
    except OSError as error:  # nothing to be said of the rest, either
        advice = "run this as the user of the service; if that is so, let this user read it"
        yield bad("rights", f"{error.filename}: {error.strerror}", advice)
        return
    folders = {"documents": config.public}
    if found.path is not None:
        folders["store"] = found.path.parent
    if any(each.private for each in config.outputs):
        folders["private documents"] = config.private
    for each in machine.disk(folders):
        yield each
    read = {each.id: each.folder for each in config.sources if each.folder is not None and each.enabled}
    for each in machine.rights(folders, read, found.path):
        yield each
    yield machine.clock(now, found.newest)
    for each in stored.store(found):
        yield each
    if found.problem is None:
        yield stored.memory(config, found)
        for each in stored.published(config, found):
            yield each
    yield await reach.service(config, found.holder, now)
    if network:
        yield await reach.source(config, now)
        yield await reach.public(config, now)
