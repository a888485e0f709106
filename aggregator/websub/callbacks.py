"""Callbacks: what may be one, what is appended to it, and what tells two of them apart."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_CHARACTERS = 2048
"""Of an address."""

_CALLBACK = re.compile(
    r"(?i:https?)://(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(?P<port>[0-9]{1,5}))?(?:[/?][\x21-\x7e]*)?"
)
_UNRESERVED = re.compile(r"%(4[1-9A-Fa-f]|5[0-9Aa]|6[1-9A-Fa-f]|7[0-9Aa]|3[0-9]|2[DdEe]|5[Ff]|7[Ee])")
_ORIGIN = re.compile(r"(?i:(https?))://([^/?#]*)")
_USUAL_PORT = {"http": ":80", "https": ":443"}


class Unusable(Exception):
    """Why an address cannot be a callback; reads on from ``hub.callback``."""


def host_of(callback: str) -> str:
    """The host of a callback, in lower case. Raises Unusable where it is none.

    What is not written as an address is sent has no one meaning: two readers of ``http://a\\@b/`` go to two hosts.
    """
    if len(callback) > MOST_CHARACTERS:
        raise Unusable(f"has over {MOST_CHARACTERS:,} characters")
    if not re.match(r"(?i)https?://", callback):
        raise Unusable("has to be an absolute address that starts with https:// or http://")
    if "#" in callback:
        raise Unusable("has a fragment, which cannot be sent; leave it out")
    if "@" in re.split(r"[/?]", callback.partition("://")[2])[0]:
        raise Unusable("has a user name in it; use an address that cannot be guessed instead")
    found = _CALLBACK.fullmatch(callback)
    if found is None or not 0 < int(found["port"] or 80) < 65536:
        raise Unusable("is no address as it is sent: no spaces, control or non-ASCII characters, a valid host and port")
    return found["host"].lower().rstrip(".")


def plain(address: str) -> str:
    """The address in the spelling that two are compared in: scheme, host and port as usual, nothing escaped that need
    not be (WebSub 5.1.1)."""
    address = _UNRESERVED.sub(lambda found: chr(int(found[1], 16)), address)
    found = _ORIGIN.match(address)
    if found is None:
        return address
    scheme, host = found[1].lower(), found[2].lower()
    rest = address[found.end() :]
    return f"{scheme}://{host.removesuffix(_USUAL_PORT[scheme])}{rest if rest.startswith('/') else f'/{rest}'}"


def key_of(topic: str, callback: str) -> str:
    """What a subscription to this topic at this callback is known by: 32 hexadecimal digits."""
    return sha256(f"{plain(topic)}\0{plain(callback)}".encode()).hexdigest()[:32]


def with_parameters(callback: str, parameters: Mapping[str, str]) -> str:
    """The callback with these at the end of its query, which stays as it is (WebSub 5.1.1)."""
    joint = "" if callback.endswith(("?", "&")) else "&" if "?" in callback else "?"
    return f"{callback}{joint}{urlencode(parameters, quote_via=quote)}"
