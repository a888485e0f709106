"""``alerts``: the validated shapes -> receivers, their secrets, and how they are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aggregator.config.redaction import HIDDEN, keys_among
from aggregator.config.units import duration_text
from aggregator.model import USUAL, Command, Email, Ntfy, Receiver, Webhook

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from aggregator.config.schema.alerts import EmailShape, ReceiverShape

PORTS = {"starttls": 587, "tls": 465, "none": 25}


def receiver(shape: ReceiverShape, base: Path) -> Receiver:
    """``base`` is the folder that commands are run in."""
    return Receiver(
        id=shape.id,
        by=_way(shape, base),
        on=tuple(dict.fromkeys(shape.on)),
        sources=tuple(shape.sources),
        tags=tuple(shape.tags),
        every=shape.every,
    )


def _way(shape: ReceiverShape, base: Path) -> Webhook | Command | Email | Ntfy:
    if shape.webhook is not None:
        return Webhook(url=shape.webhook.url, secret=shape.webhook.secret)
    if shape.command is not None:
        return Command(argv=tuple(shape.command.run), folder=base, timeout=shape.command.timeout)
    if shape.email is not None:
        return _email(shape.email)
    assert shape.ntfy is not None  # noqa: S101 - across.py has made sure of one
    return Ntfy(url=shape.ntfy.url, token=shape.ntfy.token, priority=shape.ntfy.priority)


def _email(shape: EmailShape) -> Email:
    return Email(
        host=shape.host,
        port=shape.port or PORTS[shape.security],
        security=shape.security,
        sender=shape.sender,
        to=tuple(shape.to),
        user=shape.user,
        password=shape.secret,
        ca=shape.ca,
    )


def alert_secrets(receivers: Iterable[Receiver], taken: Iterable[str]) -> Iterator[str]:
    """What nobody is to see: of many services whoever knows the address may send. ``taken`` are the values that came
    from the environment: a key among them is one in the words of a command, too."""
    for each in receivers:
        match each.by:
            case Webhook(url=url, secret=secret) | Ntfy(url=url, token=secret):
                yield from (text for text in (secret, url.partition("://")[2] if _private_part(url) else None) if text)
            case Email(password=password) if password:
                yield password
            case Command(argv=argv):
                yield from keys_among(taken, argv)
            case _:
                pass


def _private_part(url: str) -> str:
    """What follows the host of an address, without the first slash."""
    parts = urlsplit(url)
    return url.partition(parts.netloc)[2].lstrip("/")


def shown_receiver(each: Receiver) -> dict[str, Any]:
    """With the keys of config.yaml, secrets hidden."""
    found = {"id": each.id, each.way: _shown_way(each.by), "on": list(each.on) if each.on != USUAL else []}
    found |= {"sources": list(each.sources), "tags": list(each.tags), "every": duration_text(each.every)}
    return {key: value for key, value in found.items() if value != []}


def _shown_way(way: Webhook | Command | Email | Ntfy) -> dict[str, Any]:
    match way:
        case Webhook():
            return {"url": _shown_url(way.url)} | ({"secret": HIDDEN} if way.secret else {})
        case Ntfy():
            token = {"token": HIDDEN} if way.token else {}
            return {"url": _shown_url(way.url), **token, "priority": way.priority}
        case Command():
            return {"run": list(way.argv), "timeout": duration_text(way.timeout)}
        case Email():
            login = {"user": way.user, "password": HIDDEN if way.password else None, "ca": way.ca and str(way.ca)}
            return {
                "host": way.host,
                "port": way.port,
                "security": way.security,
                **{key: value for key, value in login.items() if value is not None},
                "from": way.sender,
                "to": list(way.to),
            }


def _shown_url(url: str) -> str:
    return url.removesuffix(part) + HIDDEN if (part := _private_part(url)) else url
