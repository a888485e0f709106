"""What one can subscribe to: the public documents that name a hub, as they are served."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aggregator.model import version_of
from aggregator.publish import paths
from aggregator.serve.documents import MEDIA_TYPES
from aggregator.serve.links import header, links
from aggregator.websub import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from aggregator.config import Config
    from aggregator.wiring import App


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


class Topics:
    """Looks into the public folder of the configuration in force. Call from threads: it reads files."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._known: dict[Path, tuple[tuple[int, int, int], Topic | None]] = {}

    def published(self) -> Mapping[str, str]:
        """Address -> path in the public folder, of all documents that may be subscribed to."""
        return dict(_published(self._app.config))

    def is_published(self, address: str) -> bool:
        """Whether there is to be a document at this address, by the configuration in force."""
        return plain(address) in self.published()

    def get(self, address: str) -> Topic | None:
        """The document at an address, however it is spelled; ``None`` where there is none that names a hub."""
        path = self.published().get(plain(address))
        return self._read(self._app.config.public / path) if path is not None else None

    def _read(self, file: Path) -> Topic | None:
        try:
            found = file.stat()
            stamp = (found.st_ino, found.st_size, found.st_mtime_ns)
            known = self._known.get(file)
            if known is None or known[0] != stamp:
                known = self._known[file] = stamp, _topic(file.suffix[1:], file.read_bytes())
        except FileNotFoundError:  # it was not published yet, or is not any more
            self._known.pop(file, None)
            return None
        return known[1]


def _published(config: Config) -> Iterator[tuple[str, str]]:
    for place, output in enumerate(config.outputs):
        for path in paths(output, first=place == 0):
            yield plain(f"{config.site.url}{'' if path == 'index.html' else path}"), path


def _topic(extension: str, body: bytes) -> Topic | None:
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
