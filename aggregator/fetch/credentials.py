"""What somebody is told in confidence: how it is written, who gets it, and what of it must not be told on (pure)."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from aggregator.fetch.address import Address
    from aggregator.model import Source


def basic(user: str, password: str) -> str:
    """Gives the credentials of basic authentication (RFC 7617) as a header carries them."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def of_address(start: Address) -> dict[str, str]:
    """Gives the header field for the user and password in an address."""
    user, _, password = (start.userinfo or "").partition(":")
    return {} if start.userinfo is None else {"Authorization": basic(unquote(user), unquote(password))}


def of_source(source: Source, start: Address) -> dict[str, str]:
    """Gives the header fields that the configuration sends to the source's own origin alone."""
    own = of_address(start)
    if source.bearer is not None:
        own = {"Authorization": f"Bearer {source.bearer}"}
    elif source.basic_auth is not None:
        own = {"Authorization": basic(*source.basic_auth)}
    given = {name.lower() for name, _ in source.headers}
    return {name: value for name, value in own.items() if name.lower() not in given} | dict(source.headers)


def told(source: Source) -> list[str]:
    """Gives what a server is told in confidence and could say aloud."""
    pairs = [_in(source.url or ""), source.basic_auth or ("", "")]
    values = [value for _, value in source.headers] + [source.bearer or "", *(secret for _, secret in pairs)]
    return values + [basic(*each).removeprefix("Basic ") for each in pairs if each[1]]


def told_in(url: str) -> list[str]:
    """Gives what an address with a user and password tells a server."""
    user, password = _in(url)
    return [password, basic(user, password).removeprefix("Basic ")] if password else []


def _in(url: str) -> tuple[str, str]:
    user, _, password = url.partition("://")[2].partition("/")[0].rpartition("@")[0].partition(":")
    return unquote(user), unquote(password)
