"""Durations, sizes, network exceptions and other small notations. Each raises ValueError with a finished sentence."""

from __future__ import annotations

import ipaddress
import re
from datetime import timedelta

from aggregator.model import Allowed

DURATION_PATTERN = r"^[1-9][0-9]{0,8}(s|m|h|d)$"
SIZE_PATTERN = r"^[1-9][0-9]{0,11}(B|KiB|MiB|GiB|kB|MB|GB)$"

_SECONDS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_BYTES = {"GiB": 1024**3, "MiB": 1024**2, "KiB": 1024, "GB": 1000**3, "MB": 1000**2, "kB": 1000, "B": 1}
_HOST = re.compile(r"(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?")


def kind(value: object) -> str:
    """What sort of value it is, in the words of YAML."""
    if isinstance(value, bool):
        return "true or false"
    words: dict[type, str] = {dict: "a mapping", list: "a list", str: "a text", int: "a number", float: "a number"}
    return words.get(type(value), "nothing")


def shown(value: object) -> str:
    """A wrong value for a message: one line of printable characters, at most 60."""
    if value is None or isinstance(value, (dict, list)):
        return kind(value)
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def duration(value: object, *, low: str, high: str) -> timedelta:
    """``30s``, ``15m``, ``1h`` or ``2d`` between ``low`` and ``high``, as a timedelta."""
    if not isinstance(value, str) or not re.match(DURATION_PATTERN, value) or value.endswith("\n"):
        advice = f"write a whole number and one unit (s, m, h or d), such as {_meant(value)}"
        raise ValueError(f"{shown(value)} is not a duration; {advice}")
    seconds = _seconds(value)
    if not _seconds(low) <= seconds <= _seconds(high):
        raise ValueError(f"{shown(value)} is out of range; use {low} to {high}")
    return timedelta(seconds=seconds)


def _meant(value: object) -> str:
    """A duration that may be meant by what is none."""
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return f"{value}m"
    words = {"hourly": "1h", "daily": "1d", "weekly": "7d", "monthly": "30d"}
    text = str(value).strip().lower()
    if text in words:
        return words[text]
    if found := re.fullmatch(r"([1-9][0-9]{0,3})\s*(s|m|h|d|w)[a-z]*", text):
        number, unit = int(found[1]), found[2]
        return f"{number * 7}d" if unit == "w" else f"{number}{unit}"
    return "90m"


def _seconds(text: str) -> int:
    return int(text[:-1]) * _SECONDS[text[-1]]


def size(value: object, *, low: str, high: str) -> int:
    """``512KiB``, ``10MiB`` or a whole number of bytes, between ``low`` and ``high``, in bytes."""
    if isinstance(value, int) and not isinstance(value, bool):
        found = value
    elif isinstance(value, str) and re.fullmatch(SIZE_PATTERN[1:-1], value):
        found = _bytes(value)
    else:
        raise ValueError(
            f"{shown(value)} is not a size; write a whole number and a unit (KiB, MiB, GiB), such as 10MiB"
        )
    if not _bytes(low) <= found <= _bytes(high):
        raise ValueError(f"{shown(value)} is out of range; use {low} to {high}")
    return found


def _bytes(text: str) -> int:
    number = re.match(r"[0-9]+", text)
    return int(number[0]) * _BYTES[text[number.end() :]] if number else 0


def duration_text(value: timedelta) -> str:
    """The shortest notation: ``1h`` rather than ``60m``."""
    seconds = int(value.total_seconds())
    unit = next(unit for unit, length in _SECONDS.items() if seconds % length == 0)
    return f"{seconds // _SECONDS[unit]}{unit}"


def size_text(value: int) -> str:
    """The shortest notation in binary units: ``10MiB``."""
    unit = next(unit for unit in ("GiB", "MiB", "KiB", "B") if value % _BYTES[unit] == 0)
    return f"{value // _BYTES[unit]}{unit}"


def allowed(value: object) -> Allowed:
    """A network, address or host name, each with or without a port: ``10.0.0.0/8``, ``[::1]:8080``, ``box:8080``."""
    if not isinstance(value, str) or not value:
        raise ValueError(f"{shown(value)} is no address; write such as 127.0.0.1:8900, 10.0.0.0/8 or host.example")
    if "://" in value:
        raise ValueError("an address, not a URL, is wanted here; write such as 127.0.0.1:8900 or host.example")
    name, port = _split_port(value)
    try:
        network = ipaddress.ip_network(name, strict=True)
    except ValueError as error:
        if "host bits" in str(error):
            right = ipaddress.ip_network(name, strict=False)
            raise ValueError(f"{shown(value)} has bits set beyond its prefix; write {right}") from None
    else:
        return Allowed(network=str(network), port=port)
    host = name.lower().rstrip(".")
    if not _HOST.fullmatch(host) or re.fullmatch(r"[0-9.]+", host):
        raise ValueError(f"{shown(value)} is no address; write such as 127.0.0.1:8900, 10.0.0.0/8 or host.example")
    return Allowed(host=host, port=port)


def _split_port(value: str) -> tuple[str, int | None]:
    """``name``, ``name:port``, or for IPv6 ``address`` and ``[address]:port``."""
    bracketed = re.fullmatch(r"\[([^\]]*)\](?::(.*))?", value)
    if bracketed:
        name, port = bracketed.groups()
    elif value.count(":") == 1:
        name, port = value.split(":")
    else:
        name, port = value, None
    if port is None:
        return name, None
    if not re.fullmatch(r"[0-9]{1,5}", port) or not 1 <= int(port) <= 65535:
        raise ValueError(f"{shown(value)} has no valid port; ports are 1 to 65535")
    return name, int(port)


def allowed_text(value: Allowed) -> str:
    """The notation of an exception, as :func:`allowed` reads it."""
    name = value.network or value.host or ""
    if value.port is None:
        return name
    return f"[{name}]:{value.port}" if ":" in name else f"{name}:{value.port}"
