"""A list of feeds in a file, looked at like a web address."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING

from aggregator.fetch.conditional import usable
from aggregator.fetch.problem import one_line
from aggregator.model import Code, Document, Failed, Fetched, NotModified

if TYPE_CHECKING:
    from datetime import timedelta
    from pathlib import Path

    from aggregator.model import Outcome, Source, SourceState

MOST_BYTES = 32 * 1024 * 1024


async def look(source: Source, state: SourceState | None, wait: timedelta) -> Outcome:
    """Reads the file at ``source.folder``; not modified where its bytes are those of the last look."""
    assert source.folder is not None  # noqa: S101 - Fetcher.fetch comes here with files only
    try:
        async with asyncio.timeout(wait.total_seconds()):
            body = await asyncio.to_thread(_read, source.folder)
    except TimeoutError:
        return Failed(code=Code.TIMEOUT, detail=one_line(f"{source.location} was not read within {wait}"))
    except OSError as error:
        return Failed(code=Code.UNREADABLE, detail=one_line(f"{source.location} cannot be read: {error.strerror}"))
    if len(body) > MOST_BYTES:
        detail = f"{source.location} is larger than {MOST_BYTES // 1024**2} MiB"
        return Failed(code=Code.TOO_LARGE, detail=one_line(detail))
    url = source.folder.absolute().as_uri()
    digest = hashlib.sha256(body).digest()
    known = usable(source, state)
    if known is not None and known.body_hash == digest and known.final_url == url:
        return NotModified(final_url=url, reason="the same bytes as last time")
    return Fetched(documents=(Document(body=body, url=url),), final_url=url, body_hash=digest)


def _read(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(MOST_BYTES + 1)
