"""Web addresses: taken apart without changing what goes over the wire (RFC 3986, pure).

Libraries "normalise" what they are given: they decode ``%7E``, remove ``..`` and sort out what looks odd. A feed's
address is what its publisher says it is, so the path and query are kept byte for byte; only what cannot be sent in
an HTTP/1.1 request line (white space, control characters, non-ASCII) is percent-encoded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import urljoin

import idna

from aggregator.fetch.problem import Problem
from aggregator.model import Code

PORTS = {"http": 80, "https": 443}
_PARTS = re.compile(r"(?:([^:/?#]+):)?(?://([^/?#]*))?([^?#]*)(\?[^#]*)?(?:#.*)?", re.DOTALL)  # RFC 3986, appendix B
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?\.?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_UNSENDABLE = re.compile(r"[^\x21-\x7e]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where one request goes. ``str()`` gives it without user name, password and fragment."""

    scheme: str
    host: str
    """ASCII, lower case, IPv6 without brackets."""
    port: int
    target: str
    """Path and query as they go over the wire; never empty."""
    userinfo: str | None = field(default=None, repr=False)

    @property
    def origin(self) -> tuple[str, str, int]:
        """Secrets stay within one origin (RFC 6454)."""
        return self.scheme, self.host, self.port

    @property
    def is_plain(self) -> bool:
        """Whether it is known without a resolver where it leads: a number, or ``localhost`` (RFC 6761 section 6.3)."""
        last = self.host.rstrip(".").rpartition(".")[2]
        return ":" in self.host or last.isdigit() or last == "localhost"

    @property
    def authority(self) -> str:
        """What the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def shown(self) -> str:
        """For messages: without the query, which may carry a key."""
        path, mark, _ = self.target.partition("?")
        return f"{self.scheme}://{self.authority}{path}" + ("?\u2026" if mark else "")

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"


def parse(text: str) -> Address:
    """Takes an absolute address apart.

    Raises Problem: ``blocked_scheme`` for all but http and https, ``blocked_addr`` for an address of the internet
    protocol not in its one plain spelling, ``dns`` for a host that cannot be a name.
    """
    parts = _PARTS.fullmatch(text)
    if parts is None:  # the pattern matches any text; mypy and readers want to see it
        raise Problem(Code.BLOCKED_SCHEME, "not an address")
    scheme, authority, path, query = parts.groups()
    scheme = (scheme or "").lower()
    if scheme not in PORTS:
        raise Problem(Code.BLOCKED_SCHEME, f"only http and https are fetched, not {one_token(scheme) or 'no scheme'}")
    userinfo, at, hostport = (authority or "").rpartition("@")
    host, port = _split_port(hostport, PORTS[scheme])
    target = (path or "/") + (query or "")
    return Address(
        scheme=scheme,
        host=_plain_host(host),
        port=port,
        target=_UNSENDABLE.sub(_percent, target if target.startswith("/") else "/" + target),
        userinfo=userinfo if at else None,
    )


def follow(base: Address, location: bytes) -> Address:
    """Gives where a Location header leads from ``base``; a user name in it is a stranger's and is left out.

    Bytes that are not UTF-8 are percent-encoded as they are. Raises Problem as :func:`parse` does.
    """
    try:
        text = location.decode()
    except UnicodeDecodeError:
        text = "".join(chr(each) if each < 0x80 else f"%{each:02X}" for each in location)
    text = text.strip(" \t")
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", text):
        absolute = text
    elif text.startswith("//"):
        absolute = f"{base.scheme}:{text}"
    elif text.startswith("/"):
        absolute = f"{base.scheme}://{base.authority}{text}"
    else:
        try:
            absolute = urljoin(str(base), text)
        except ValueError as error:
            raise Problem(Code.REDIRECT, "the redirect leads to something that is no address") from error
    address = parse(absolute)
    return Address(scheme=address.scheme, host=address.host, port=address.port, target=address.target)


def one_token(text: str) -> str:
    """Gives a stranger's word short enough to be quoted in a message."""
    return text if len(text) <= 40 else text[:40] + "\u2026"


def _percent(match: re.Match[str]) -> str:
    return "".join(f"%{each:02X}" for each in match[0].encode("utf-8", "surrogateescape"))


def _split_port(hostport: str, usual: int) -> tuple[str, int]:
    host, colon, port = hostport.rpartition(":")
    if not colon or hostport.endswith("]"):
        return hostport, usual
    if port == "":
        return host, usual
    if not (port.isascii() and port.isdigit() and len(port) <= 5 and 0 < int(port) < 65536):
        raise Problem(Code.CONNECT, f"no such port: {one_token(port)}")
    return host, int(port)


def _plain_host(host: str) -> str:
    if host.startswith("["):
        inside = host[1:-1] if host.endswith("]") else ""
        try:
            return str(IPv6Address(inside))
        except AddressValueError as error:
            raise Problem(Code.BLOCKED_ADDR, f"not an IPv6 address: {one_token(host)}") from error
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode()
        except idna.IDNAError as error:
            raise Problem(Code.DNS, f"not a host name: {one_token(host)}") from error
    host = host.lower()
    labels = host.removesuffix(".").split(".")
    if not _HOST.fullmatch(host) or len(host) > 254 or not all(0 < len(label) <= 63 for label in labels):
        raise Problem(Code.DNS, f"not a host name: {one_token(host)}")
    if _NUMBER.fullmatch(labels[-1]):
        # inet_aton takes 2130706433, 0x7f.1 and 0177.0.0.1 for 127.0.0.1; a name never ends in a number (WHATWG URL).
        try:
            return str(IPv4Address(host))
        except AddressValueError as error:
            raise Problem(Code.BLOCKED_ADDR, f"not the plain spelling of an address: {one_token(host)}") from error
    return host
