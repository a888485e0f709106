"""Messages as JSON to an address, signed as Standard Webhooks 1.0 has it (standardwebhooks.com)."""

from __future__ import annotations

import hmac
import json
from base64 import b64decode, b64encode
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from aggregator.alerting.problem import NotTold
from aggregator.model import Answer, Code, Failed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from aggregator.alerting.message import Message
    from aggregator.model import Webhook

TIMEOUT = timedelta(seconds=20)
ANSWER_BYTES = 4096
PREFIX = "whsec_"


class Call(Protocol):
    """Who sends a request, past the guard; :meth:`aggregator.wiring.App.call_back`."""

    async def __call__(
        self,
        url: str,
        now: datetime,
        *,
        content: tuple[str, bytes] | None,
        headers: Mapping[str, str],
        max_bytes: int,
        timeout: timedelta,  # noqa: ASYNC109 - a setting, as Source.timeout is
    ) -> Answer | Failed: ...


async def send(way: Webhook, message: Message, call: Call, now: datetime) -> str:
    """What came back. Raises NotTold."""
    body = as_json(message)
    stamp = str(int(now.timestamp()))
    headers = {"webhook-id": message.id, "webhook-timestamp": stamp}
    if way.secret is not None:
        headers["webhook-signature"] = signature(way.secret, message.id, stamp, body)
    return await sent(call, way.url, now, ("application/json", body), headers)


def as_json(message: Message) -> bytes:
    """It, for programs. Half a character, as a rule may have (YAML's ``"\\ud800"``), is a question mark."""
    return json.dumps({"id": message.id, **message.facts}, ensure_ascii=False).encode(errors="replace")


async def sent(call: Call, url: str, now: datetime, content: tuple[str, bytes], headers: Mapping[str, str]) -> str:
    """What an address answers that is sent this. Raises NotTold."""
    answer = await call(url, now, content=content, headers=headers, max_bytes=ANSWER_BYTES, timeout=TIMEOUT)
    if isinstance(answer, Answer):
        return f"{answer.status} {_words(answer.body)}".rstrip()
    if answer.code is Code.TOO_LARGE and answer.status is not None and 200 <= answer.status < 300:
        return f"{answer.status}, at length"
    raise NotTold(answer.detail)


def signature(secret: str, message_id: str, stamp: str, body: bytes) -> str:
    """The value of ``webhook-signature``. A secret ``whsec_...`` is base64, any other is taken as it is written."""
    key = secret.encode()
    if secret.startswith(PREFIX):
        with suppress(ValueError):  # one that only looks like it is taken as it is written
            key = b64decode(secret.removeprefix(PREFIX), validate=True)
    signed = b".".join((message_id.encode(), stamp.encode(), body))
    return f"v1,{b64encode(hmac.digest(key, signed, 'sha256')).decode()}"


def _words(body: bytes) -> str:
    return " ".join(body[:200].decode("utf-8", "replace").split())
