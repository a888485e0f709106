"""Messages to a topic of an ntfy server (docs.ntfy.sh/publish): the text as body, all else in headers."""

from __future__ import annotations

from email.header import Header
from typing import TYPE_CHECKING

from aggregator.alerting.webhook import sent

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.alerting.message import Message
    from aggregator.alerting.webhook import Call
    from aggregator.model import Ntfy

MOST_BYTES = 3900
"""An ntfy server makes a file of what is longer than 4,096."""

LONGEST_TITLE = 200
USUAL_PRIORITY = 3


async def send(way: Ntfy, message: Message, call: Call, now: datetime) -> str:
    """What came back. Raises NotTold."""
    headers = {
        "Title": _encoded(message.subject),
        "Priority": str(way.priority if message.bad else min(way.priority, USUAL_PRIORITY)),
        "Tags": "warning" if message.bad else "memo" if message.kind == "publish" else "white_check_mark",
    }
    if way.token is not None:
        headers["Authorization"] = f"Bearer {way.token}"
    return await sent(call, way.url, now, ("text/plain; charset=utf-8", _cut(message.text)), headers)


def _cut(text: str) -> bytes:
    body = text.encode()
    return body if len(body) <= MOST_BYTES else body[:MOST_BYTES].decode(errors="ignore").encode() + "…".encode()


def _encoded(title: str) -> str:
    """One line of ASCII (RFC 2047, which ntfy reads)."""
    line = " ".join(title.split())[:LONGEST_TITLE]
    return line if line.isascii() and line.isprintable() else Header(line, "utf-8", maxlinelen=10_000).encode()
