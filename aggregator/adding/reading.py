"""A list of feeds from wherever it is: a file, an address, standard input."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.errors import UsageError
from aggregator.fetch import Fetcher
from aggregator.model import Document, Failed, Fetched, Source, SourceState
from aggregator.parse import opml
from aggregator.reading import Reading
from aggregator.store import Store
from aggregator.wiring import agent, utc_now
from aggregator.workers import WorkerCrash, WorkerTimeout

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aggregator.config import Config
    from aggregator.model import FeedInfo, FeedList

MOST_BYTES = 32 * 1024 * 1024
"""Of a list; one with 5,000 feeds has 2 MB."""


async def read_list(what: str, config: Config) -> FeedList:
    """The feeds in a file, at an address, or where ``what`` is ``-`` in standard input. Raises UsageError."""
    document = await _fetched(what, config) if "://" in what else _read(what)
    reading = Reading(1)
    try:
        found = await reading.apart(opml.read, document)
    except (WorkerCrash, WorkerTimeout) as error:
        raise UsageError(f"{what}: the list cannot be read: {error}") from None
    finally:
        await reading.close()
    if found is None:
        raise UsageError(f"{what}: this is no OPML and no list of addresses; export one from your reader as OPML")
    return found


def _read(what: str) -> Document:
    try:
        with sys.stdin.buffer if what == "-" else Path(what).open("rb") as stream:
            body = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{what}: {error.strerror}; name a file that can be read, an address, or '-'") from None
    if len(body) > MOST_BYTES:
        raise UsageError(f"{what}: larger than {MOST_BYTES // 1024**2} MiB; this is no list of feeds")
    return Document(body=body, url="file:list" if what == "-" else Path(what).resolve().as_uri())


async def _fetched(what: str, config: Config) -> Document:
    now = utc_now()
    fetcher = Fetcher(polling=config.polling, allow=config.allow, agent=agent(config))
    source = Source(id="list", url=what)
    try:
        outcome = await fetcher.fetch(source, SourceState(source=source.id, next_poll_at=now), now)
    finally:
        await fetcher.aclose()
    if isinstance(outcome, Fetched):
        return outcome.documents[0]
    why = outcome.detail if isinstance(outcome, Failed) else "nothing came"
    raise UsageError(f"{what}: {why}; correct the address, or save the list and name the file")


def infos(config: Config) -> Mapping[str, FeedInfo]:
    """What the feeds of the sources say of themselves, as far as it is known. Raises StoreError."""
    with Store.beside(config.store) as store:
        if store is None:
            return {}
        return store.polls.infos()
