"""What is in the public outputs that a receiver has not been told of."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING

from aggregator.last_publish import SETTING as LAST_PUBLISH
from aggregator.last_publish import last_publish
from aggregator.outputs.holding import last_said
from aggregator.publish import paths

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aggregator.wiring import App

MARK_BYTES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What readers of the public outputs see."""

    entries: dict[bytes, tuple[str, str, str | None, str | None]] = field(default_factory=dict)
    """By mark: output, id, title and page."""
    documents: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By output the paths of its documents."""

    def news(self, told: bytes) -> dict[bytes, tuple[str, str, str | None, str | None]]:
        """Those that somebody was not told of who was told of these."""
        known = {told[at : at + MARK_BYTES] for at in range(0, len(told), MARK_BYTES)}
        return {mark: entry for mark, entry in self.entries.items() if mark not in known}


async def shown(app: App) -> Shown:
    """As the last publish left them. Raises StoreError, OSError."""
    last = last_publish(await app.db(app.store.setting, LAST_PUBLISH))
    found = Shown()
    if last is None:
        return found
    for place, output in enumerate(app.config.outputs):
        if output.private:
            continue
        said = await app.publishing(last_said, app, output, last.documents, first=place == 0)
        if said is None:
            continue
        for key, (title, url) in said.entries.items():
            found.entries[_mark(output.id, key)] = (output.id, key, title, url)
        found.documents[output.id] = tuple(each for each in paths(output, first=place == 0) if each in last.documents)
    return found


def marks(entries: Iterable[bytes]) -> bytes:
    """As they are written down."""
    return b"".join(entries)


def _mark(output: str, key: str) -> bytes:
    return blake2b(f"{output}\0{key}".encode(), digest_size=MARK_BYTES).digest()
