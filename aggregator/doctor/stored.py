"""The store, and what was published from it."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING

from aggregator import memory_file
from aggregator.doctor.finding import Finding, bad, ok, size, warn
from aggregator.doctor.versions import numbers
from aggregator.folders import folders_of
from aggregator.last_publish import SETTING as LAST_PUBLISH
from aggregator.last_publish import last_publish
from aggregator.memory import POSITION
from aggregator.model.counted import count
from aggregator.publish import media
from aggregator.publish.assemble import ARTICLES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aggregator.config import Config
    from aggregator.store import Looked

LOG = 64 * 1024 * 1024
"""Bytes of a write-ahead log, beyond which nothing has folded it in for long."""

UNUSED, WORTH_IT = 0.5, 256 * 1024 * 1024
"""Part of a file that holds nothing, and bytes of it, from which on it is worth being made smaller."""

POSTGRESQL = 15
"""The oldest version that is tried."""

NAMED = 5
"""Files that are named; of more only the number is told."""

_PART = re.compile(r"\..+\.part")

_WANTED = {
    "fsync": ("on", "a power cut loses or breaks the database"),
    "full_page_writes": ("on", "a power cut breaks the database"),
    "server_encoding": ("UTF8", "not every text can be stored"),
}


def store(found: Looked) -> Iterator[Finding]:
    """How the store is."""
    if found.problem is not None:
        yield bad("store", f"{found.name}: {found.problem}", "'aggregator restore FILE --force' puts a backup there")
        return
    if found.damage is not None:
        advice = "stop the service; 'aggregator restore FILE --force' puts a backup there and keeps this file aside"
        yield bad("store", f"{found.name} is damaged: {found.damage}", advice)
    if not found.there:
        yield ok("store", f"{found.name}: nothing is stored yet; the first start makes it")
        return
    if not found.known:
        advice = "install the newer version again, or restore a backup"
        yield bad("store", f"schema {found.revision} is of a newer version of this program", advice)
    elif not found.current:
        yield warn("store", f"schema {found.revision} is of an older version", "the next start brings it up to date")
    if found.damage is None and found.known:
        yield ok("store", f"{found.name}: sound, {count(found.articles or 0, 'article')}, {size(found.bytes or 0)}")
    if (found.log_bytes or 0) > LOG:
        advice = "look for a command or a backup program that keeps the database open; a restart of the service helps"
        yield warn("store", f"its log has {size(found.log_bytes or 0)}", advice)
    if found.free_share > UNUSED and (found.bytes or 0) > WORTH_IT:
        advice = "it is used for new texts; to give it back, stop the service and run: sqlite3 FILE VACUUM"
        yield warn("store", f"{found.free_share:.0%} of the file holds nothing", advice)
    yield from _server(found)


def _server(found: Looked) -> Iterator[Finding]:
    if found.server is None:
        return
    if numbers(found.server)[:1] < (POSTGRESQL,):
        yield warn("postgresql", f"version {found.server} is older than {POSTGRESQL}", "it is not tried; update it")
    else:
        yield ok("postgresql", f"version {found.server}")
    for name, (wanted, why) in _WANTED.items():
        if (there := found.settings.get(name)) != wanted:
            yield bad("postgresql", f"{name} is {there}: {why}", f"set {name} to {wanted}")
    if found.settings.get("synchronous_commit") == "off":
        advice = "set synchronous_commit to on, or accept that the last second is polled again"
        yield warn("postgresql", "synchronous_commit is off: a power cut loses the last commits", advice)


def memory(config: Config, found: Looked) -> Finding:
    """Whether the memory file is as the store left it."""
    path = config.public / memory_file.NAME
    try:
        there = memory_file.position(path)
    except OSError as error:
        return bad("memory", f"{path}: {error.strerror}", "let the user of the service read and write it")
    told = json.loads(found.facts[POSITION]) if POSITION in found.facts else None
    if told is None:
        if there is not None and found.there and found.articles == 0:
            return warn("memory", f"{path} knows of articles, and the store of none", "the next start takes them over")
        return ok("memory", "nothing was published yet, so there is none to compare")
    if there is None:
        return warn("memory", f"{path} is not there", "the next publish writes it; keep it with your backups")
    if there[0] != told["stamp"]:
        return warn("memory", f"{path} is another one than the store wrote", "the next start takes over what it says")
    if there[1] < told["size"]:
        return warn("memory", f"{path} was cut off", "the next publish writes it anew")
    return ok("memory", f"{path} is as the store left it")


def published(config: Config, found: Looked) -> Iterator[Finding]:
    """Documents that should be there and are not, and files that nobody publishes."""
    last = last_publish(found.facts.get(LAST_PUBLISH))
    if last is None:
        yield ok("documents", "nothing was published yet")
        return
    folders = folders_of(config)
    if closed := [each for each in folders if os.path.exists(each) and not os.access(each, os.R_OK | os.X_OK)]:
        yield warn("documents", f"not looked at: {closed[0]} cannot be read", "run this as the user of the service")
        return
    missing = [each for each in last.documents if not any((folder / each).exists() for folder in folders)]
    if missing:
        yield warn("documents", f"{_named(missing)} missing", "the next publish makes them again")
    held = [name for name, state in last.outputs.items() if state.problem is not None]
    if held:
        yield warn("documents", f"{_named(held)} not published as they should be", "'aggregator status' says why")
    strays = sorted(each for folder in folders for each in _strays(folder, {*last.documents}))
    if strays:
        advice = "they are served all the same; if you do not need them, remove them"
        yield warn("documents", f"{_named(strays)} in {config.public}, and not published by this program", advice)
    if not (missing or held or strays):
        yield ok("documents", f"{len(last.documents)} published at {last.at:%Y-%m-%d %H:%M} UTC, all there")


def _strays(folder: Path, documents: set[str]) -> Iterator[str]:
    if not folder.is_dir():
        return
    for each in folder.iterdir():
        if each.name in (*documents, ARTICLES, media.FOLDER) or (each / "archive").is_dir():
            continue
        if each.name.startswith(".") and not _PART.fullmatch(each.name):
            continue  # the memory file, and what editors and file systems keep
        yield each.name


def _named(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more + (" is" if len(names) == 1 else " are")
