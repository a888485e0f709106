"""URLs: what a source's, the site's and the store's may look like. No message repeats one: it may hold a secret."""

from __future__ import annotations

import ipaddress
import os
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from aggregator.config.paths import absolute
from aggregator.config.texts import UNPRINTABLE
from aggregator.model import Proxy

if TYPE_CHECKING:
    from pathlib import Path

_PORTS = {"http": 80, "https": 443}


def web_url(value: object) -> str:
    """``value`` where it is an absolute http or https URL with a valid host. Raises ValueError."""
    if not isinstance(value, str):
        raise ValueError("must be a URL; write such as https://example.org/feed.xml")  # noqa: TRY004  pydantic reports ValueError only
    if re.search(r"\s", value) or UNPRINTABLE.search(value):
        raise ValueError("the URL holds a space or control character; write a space as %20")
    try:
        parts = urlsplit(value)
        port = parts.port
        host = parts.hostname or ""
    except ValueError:
        raise ValueError(
            "the URL's host or port is not valid; write such as https://example.org:8443/feed.xml"
        ) from None
    if parts.scheme not in _PORTS:
        raise ValueError(_scheme_advice(parts.scheme))
    if not host:
        raise ValueError("the URL has no host; write such as https://example.org/feed.xml")
    if port == 0:
        raise ValueError("the URL's port is 0; ports are 1 to 65535")
    _check_host(host)
    return value


def _scheme_advice(scheme: str) -> str:
    if scheme in ("feed", "webcal", "rss"):
        return f"{scheme}: is only a hint to open a feed reader; write the address with https:"
    if scheme == "file":
        return "file: is not polled; give the path of a folder instead (folder: feeds/seeds)"
    known = f"{scheme}: is not supported" if scheme else "the URL has no scheme"
    return f"{known}; write an address that starts with https:// or http://"


def _check_host(host: str) -> None:
    if ":" in host:  # an IPv6 address, already checked by urlsplit
        return
    try:
        ascii_host = host.rstrip(".").encode("idna").decode("ascii")
    except UnicodeError:
        ascii_host = ""
    labels = ascii_host.split(".")
    if len(ascii_host) > 253 or not all(
        re.fullmatch(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?", each) for each in labels
    ):
        raise ValueError(
            "the URL's host is no valid name (parts of 1 to 63 letters, digits and hyphens, 253 in all); correct it"
        )


def split_userinfo(url: str) -> tuple[str, tuple[str, str] | None]:
    """The URL without ``user:password@``, and those two decoded: they go into a header and nowhere else."""
    parts = urlsplit(url)
    if "@" not in parts.netloc:
        return url, None
    userinfo, _, host = parts.netloc.rpartition("@")
    user, _, password = userinfo.partition(":")
    return parts._replace(netloc=host).geturl(), (unquote(user), unquote(password))


def proxy(value: object) -> Proxy:
    """A proxy with its port, and perhaps a user and a password. Raises ValueError."""
    advice = "write such as http://proxy.example:3128 or http://USER:PASSWORD@proxy.example:3128"
    url, auth = split_userinfo(web_url(value))
    parts = urlsplit(url)
    if parts.scheme != "http":
        raise ValueError(f"a proxy is spoken to over http, also where it leads to https; {advice}")
    if parts.port is None:
        raise ValueError(f"a proxy needs its port; {advice}")
    if parts.path.strip("/") or "?" in url or "#" in url:
        raise ValueError(f"a proxy's address ends with its port; {advice}")
    if auth is not None and (UNPRINTABLE.search("".join(auth)) or ":" in auth[0]):
        raise ValueError(f"the proxy's user or password holds what cannot be sent; {advice}")
    return Proxy(url=f"http://{parts.netloc}", auth=auth)


def canonical(url: str) -> str:
    """The form in which two addresses of the same document are equal: host in lower case, default port, final slash,
    fragment and userinfo dropped. For comparing only; what is requested is the address as configured.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    port = "" if parts.port in (None, _PORTS.get(parts.scheme)) else f":{parts.port}"
    return parts._replace(netloc=f"{host}{port}", path=parts.path.rstrip("/"), fragment="").geturl()


def place(url: str) -> str:
    """What the addresses of one feed have in common, also before and after its site has gone over to https. For
    comparing only, as :func:`canonical`."""
    return re.sub(r"\Ahttp:", "https:", canonical(url))


def site_url(value: object) -> str:
    """The public base address, ending in ``/``. Raises ValueError."""
    url = web_url(value)
    parts = urlsplit(url)
    if "@" in parts.netloc or "?" in url or "#" in url:
        raise ValueError("a public address has no user, query or fragment; write such as https://example.org/planet/")
    return url if url.endswith("/") else f"{url}/"


def hub_url(value: object) -> str:
    """The address of a hub as every document and every Link header can name it. Raises ValueError."""
    url = web_url(value)
    if not url.isascii() or "@" in urlsplit(url).netloc or "#" in url or set(url) & set('<>"'):
        raise ValueError(
            "a hub's address is public, ASCII and has no user or fragment; write such as https://hub.example/"
        )
    return url


def hook_url(value: object) -> str:
    """An address that is sent something. Raises ValueError."""
    url = web_url(value)
    if "@" in urlsplit(url).netloc or "#" in url:
        raise ValueError("this address has no user and no fragment; log in with a token or a secret")
    return url


def mail_host(value: object) -> str:
    """The name or the address of a mail server, without a port. Raises ValueError."""
    advice = "must be the name of a mail server; write such as smtp.example.org, and its port as port"
    try:
        parts = urlsplit(web_url(f"http://{value}"))
    except ValueError:
        raise ValueError(advice) from None
    if not isinstance(value, str) or parts.netloc != value or parts.port is not None:
        raise ValueError(advice)
    return value.strip("[]")


def store_url(value: object, base: Path) -> str:
    """The database's address; the path of an sqlite file is made absolute, relative to ``base``. Raises ValueError."""
    if not isinstance(value, str) or UNPRINTABLE.search(value) or "://" not in value:
        raise ValueError(
            "must be a database URL; write such as sqlite:///var/aggregator.db or postgresql://user@host/db"
        )
    scheme, _, rest = value.partition("://")
    if scheme == "sqlite":
        path = rest[1:]
        if not rest.startswith("/") or not path.strip() or path.endswith("/") or ":memory:" in path:
            raise ValueError("names no database file; write such as sqlite:///var/aggregator.db")
        if "?" in str(absolute(path, base)):
            raise ValueError(
                "a ? begins options, which an sqlite path cannot have, nor its folders; write such as "
                "sqlite:///var/aggregator.db"
            )
        if os.path.isdir(base / path):
            raise ValueError("names a directory; write the path of a file, such as sqlite:///var/aggregator.db")
        return f"sqlite:///{absolute(path, base)}"
    if scheme == "postgresql":
        try:
            parts = urlsplit(value)
            database, _port = parts.path.strip("/"), parts.port
        except ValueError:
            raise ValueError("host or port is not valid; write such as postgresql://user@host:5432/db") from None
        if not database:
            raise ValueError("names no database; write such as postgresql://user@host/db")
        return value
    nearest = "postgresql" if scheme.startswith(("postgres", "pgsql")) else "sqlite"
    raise ValueError(f"{scheme[:20]!r} is no kind of store; nearest: {nearest!r} (sqlite or postgresql)")


def listen_host(value: object) -> str:
    """An address or name to listen at. Raises ValueError."""
    if isinstance(value, str) and (re.fullmatch(r"[A-Za-z0-9._-]{1,253}", value) or _is_address(value)):
        return value
    raise ValueError("must be an address or host name without a port; write such as 127.0.0.1, 0.0.0.0 or '::1'")


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
