"""What a subscriber sends to the hub, read and judged (WebSub 5.1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal
from urllib.parse import parse_qsl

from aggregator.websub.callbacks import MOST_CHARACTERS, Unusable, host_of

MOST_BYTES = 8 * 1024
"""Of a request: a callback and a topic of 2 kB each, with every character escaped, and a secret."""

FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 100
SECRET_BYTES = 200
"""A secret has to be shorter (WebSub 5.1)."""

SHORTEST, USUAL, LONGEST = timedelta(minutes=5), timedelta(days=10), timedelta(days=30)
"""Leases. Ten days are what WebSub 8.2 calls a good default; none lasts for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a subscriber asks for."""

    mode: Literal["subscribe", "unsubscribe"]
    topic: str
    callback: str = field(repr=False)
    host: str
    """Whom calls to the callback bother."""
    lease: timedelta
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a request is not taken: a status and a sentence for whoever wrote the subscriber."""

    status: int
    reason: str


def read(body: bytes, media_type: str) -> Request | Refusal:
    """What a request asks for, or why that cannot be had. Parameters that are not ours mean nothing (WebSub 5.1)."""
    essence, _, parameter = media_type.partition(";")
    if essence.strip().lower() != FORM:
        return Refusal(status=415, reason=f"the request has to be a form: send it as {FORM}")
    charset = parameter.strip().lower().removeprefix("charset=").strip('"')
    if charset not in ("", "utf-8", "utf8"):
        return Refusal(status=415, reason="the request has to be in UTF-8")
    if len(body) > MOST_BYTES:
        return Refusal(status=413, reason=f"the request has over {MOST_BYTES:,} bytes")
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except UnicodeError:
        return Refusal(status=400, reason="the request is not in UTF-8, escaped as forms are")
    except ValueError:
        return Refusal(status=400, reason=f"the request has over {MOST_FIELDS} parameters")
    given: dict[str, str] = {}
    for name, value in pairs:
        if name in _OURS and given.setdefault(name, value) != value:
            return Refusal(status=400, reason=f"{name} is there twice, with two values")
    return _judged(given)


_OURS = frozenset({"hub.mode", "hub.topic", "hub.callback", "hub.lease_seconds", "hub.secret"})


def _judged(given: dict[str, str]) -> Request | Refusal:
    mode, topic, callback = (given.get(name, "") for name in ("hub.mode", "hub.topic", "hub.callback"))
    if mode == "publish":
        return Refusal(status=400, reason="this hub knows by itself what changed; there is no need to tell it")
    if mode not in ("subscribe", "unsubscribe"):
        return Refusal(status=400, reason="hub.mode has to be subscribe or unsubscribe")
    if not topic:
        return Refusal(status=400, reason="hub.topic is missing: the address to subscribe to, its rel=self")
    if len(topic) > MOST_CHARACTERS:
        return Refusal(status=400, reason=f"hub.topic has over {MOST_CHARACTERS:,} characters")
    if not callback:
        return Refusal(status=400, reason="hub.callback is missing: where to deliver to")
    try:
        host = host_of(callback)
    except Unusable as error:
        return Refusal(status=400, reason=f"hub.callback {error}")
    if mode == "unsubscribe":  # its lease has to be ignored, whatever it says
        return Request(mode="unsubscribe", topic=topic, callback=callback, host=host, lease=SHORTEST)
    lease = _lease(given.get("hub.lease_seconds", ""))
    if lease is None:
        return Refusal(status=400, reason="hub.lease_seconds has to be a number of seconds, such as 864000")
    secret = given.get("hub.secret") or None
    if secret is not None and len(secret.encode()) >= SECRET_BYTES:
        return Refusal(status=400, reason=f"hub.secret has to be shorter than {SECRET_BYTES} bytes")
    return Request(mode="subscribe", topic=topic, callback=callback, host=host, lease=lease, secret=secret)


def _lease(said: str) -> timedelta | None:
    """The lease for what was asked for; 0 asked for one without end in PubSubHubbub 0.3, and is no wish here."""
    if not said:
        return USUAL
    if not (said.isascii() and said.isdigit()):
        return None
    seconds = int(said[-12:]) if len(said.lstrip("0")) <= 12 else LONGEST.total_seconds()
    return min(max(timedelta(seconds=seconds), SHORTEST), LONGEST) if seconds else USUAL
