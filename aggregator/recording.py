"""What sources answer is kept, the last few answers of each (``recording``), so that it can be looked at elsewhere.

Secrets that the source is told are taken out before anything is kept, for servers echo what they are sent; what else
is a secret goes when a bundle is made (:mod:`aggregator.bundles`).
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

from aggregator.config import source_secrets
from aggregator.model import NotModified
from aggregator.store import MOST_RECORDED, packed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from aggregator.model import Exchange, Outcome, Source
    from aggregator.store import Packed
    from aggregator.wiring import App

HIDDEN = "redacted"
"""What stands for a secret: good in an address, as the name of a host, in HTML, XML and JSON."""
_WIDE = ("utf-8", "utf-16-le", "utf-16-be")


class Redaction:
    """Takes secrets out of texts and bytes, however they are spelled there."""

    def __init__(self, secrets: Iterable[str]) -> None:
        spelled = sorted({form for each in secrets for form in _forms(each)}, key=lambda form: (-len(form), form))
        self._text = re.compile("|".join(map(re.escape, spelled)), re.IGNORECASE) if spelled else None
        self._bytes = [
            (re.compile(b"|".join(re.escape(each.encode(encoding)) for each in spelled), re.IGNORECASE), encoding)
            for encoding in (_WIDE if spelled else ())
        ]

    def text(self, text: str) -> str:
        """The text without them."""
        return text if self._text is None else self._text.sub(HIDDEN, text)

    def bytes(self, body: bytes) -> bytes:
        """The bytes without them, in UTF-8, UTF-16 and what is like ASCII."""
        for pattern, encoding in self._bytes:
            body = pattern.sub(HIDDEN.encode(encoding), body)
        return body

    def exchange(self, said: Exchange) -> Exchange:
        """The answer without them."""
        return replace(
            said,
            url=self.text(said.url),
            moved_to=self.text(said.moved_to) if said.moved_to is not None else None,
            headers=tuple((name, self.text(value)) for name, value in said.headers),
            body=self.bytes(said.body),
        )


def _forms(secret: str) -> Iterator[str]:
    yield secret
    yield quote(secret, safe="")
    yield quote_plus(secret)
    yield escape(secret)
    yield escape(secret, quote=False)
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield json.dumps(secret)[1:-1].replace("/", "\\/")
    if len(secret) >= 8:
        yield b64encode(secret.encode()).decode().rstrip("=")


async def record(app: App, source: Source, outcome: Outcome, now: datetime) -> None:
    """Keep what a source has answered, where it says more than that nothing changed. Raises StoreError."""
    settings, said = app.config.recording, outcome.exchange
    if said is None or not settings.keep or not _is_news(outcome):
        return
    kept = await app.reading.here(_packed, said, source, settings.max_bytes)
    await app.db(app.store.recordings.keep, source.id, now, kept, keep=settings.keep, max_bytes=settings.max_bytes)


def _is_news(outcome: Outcome) -> bool:
    """Not of 304, nor of 200 with the bytes of the last time: the document before is what such an answer means."""
    return not isinstance(outcome, NotModified)


def _packed(said: Exchange, source: Source, max_bytes: int) -> Packed:
    if len(said.body) > MOST_RECORDED:
        return packed(replace(Redaction(source_secrets(source)).exchange(replace(said, body=b"")), body=said.body), 0)
    return packed(Redaction(source_secrets(source)).exchange(said), max_bytes)
