"""What one can subscribe to: the public documents that name a hub, as they are served.

Those of outputs are files. Those that are made when they are asked for (tags, sources, languages) are topics too, where
there is who makes them.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING
from urllib.parse import unquote

from aggregator.model import version_of
from aggregator.publish import paths
from aggregator.serve.asked import Refusal
from aggregator.serve.documents import MEDIA_TYPES
from aggregator.serve.links import header, links
from aggregator.websub import plain

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from aggregator.config import Config
    from aggregator.serve.negotiate import Document
    from aggregator.wiring import App

    Make = Callable[[str, bytes], Awaitable[Document | Refusal]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One document, at this moment."""

    version: str
    body: bytes = field(repr=False)
    media_type: str
    self_url: str
    """Its own address: of the two of the first output's documents the shorter one."""
    hubs: tuple[str, ...]
    link: str
    """Its ``Link`` header."""
    made: bool = False
    """Whether it is made when it is asked for."""


class Absent(Enum):
    """Why there is no document at an address."""

    NEVER = "it is published no longer, or never was"
    NOW = "it is not published yet"


class Topics:
    """Looks into the public folder of the configuration in force.

    ``make`` makes what is asked for at a decoded path and a query.
    """

    def __init__(self, app: App, make: Make | None = None) -> None:
        self._app = app
        self._make = make
        self._known: dict[Path, tuple[tuple[int, int, int], Topic | None]] = {}

    def addresses(self) -> tuple[str, ...]:
        """Of all documents there are to be, by the configuration in force."""
        return tuple(address for address, _ in _published(self._app.config))

    async def get(self, address: str) -> Topic | Absent:
        """The document at an address, however it is spelled, if it names a hub."""
        spelled = plain(address)
        path = dict(_published(self._app.config)).get(spelled)
        if path is None:
            return await self._made(spelled)
        return await asyncio.to_thread(self._read, self._app.config.public / path) or Absent.NOW

    async def _made(self, address: str) -> Topic | Absent:
        site = plain(self._app.config.site.url)
        if self._make is None or not address.startswith(site) or set(address) & set("?#"):
            return Absent.NEVER
        found = await self._make("/" + unquote(address.removeprefix(site)), b"")
        if isinstance(found, Refusal):
            return Absent.NEVER if found.status == 404 else Absent.NOW
        kind = dict(found.identity.headers).get(b"content-type", b"").decode()
        extension = next((each for each, media_type in MEDIA_TYPES.items() if media_type == kind), "")
        made = topic(extension, found.identity.body)
        return replace(made, made=True) if made is not None else Absent.NEVER

    def _read(self, file: Path) -> Topic | None:
        try:
            found = file.stat()
            stamp = (found.st_ino, found.st_size, found.st_mtime_ns)
            known = self._known.get(file)
            if known is None or known[0] != stamp:
                known = self._known[file] = stamp, topic(file.suffix[1:], file.read_bytes())
        except FileNotFoundError:
            self._known.pop(file, None)
            return None
        return known[1]


def _published(config: Config) -> Iterator[tuple[str, str]]:
    """Address and path in the public folder."""
    for place, output in enumerate(config.outputs):
        for path in paths(output, first=place == 0) if not output.private else ():
            yield plain(f"{config.site.url}{'' if path == 'index.html' else path}"), path


def topic(extension: str, body: bytes) -> Topic | None:
    """What these bytes are as a topic; ``None`` for those of a document that names no hub."""
    found = links(extension, body)
    own = [each.href for each in found if each.rel == "self"]
    hubs = tuple(each.href for each in found if each.rel == "hub")
    link = header(found)
    if not hubs or len(own) != 1 or link is None:
        return None
    return Topic(
        version=version_of(body),
        body=body,
        media_type=MEDIA_TYPES[extension],
        self_url=own[0],
        hubs=hubs,
        link=link,
    )
