"""Versions with known faults: of Python, and of the libraries that read what strangers send or keep what is ours."""

from __future__ import annotations

import platform
import pyexpat
import re
import sqlite3
import ssl
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from lxml import etree

from aggregator.doctor.finding import Finding, Level, ok

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Fault:
    """Versions below ``fixed`` (or, where that is None, from ``since`` on) have it."""

    part: str
    why: str
    advice: str
    fixed: str | None = None
    since: str | None = None
    level: Level = Level.WARN


_SYSTEM = "it comes with Python or the system: update these"
_PIP = "pip install --upgrade {part}"

FAULTS = (
    Fault("python", "too old for this program", "install Python 3.11 or later", fixed="3.11", level=Level.BAD),
    Fault(
        "sqlite",
        "two connections that checkpoint and commit at once may corrupt a database (WAL reset, fixed in 3.51.3); this "
        "program checkpoints on one only, so leave the file to it alone",
        _SYSTEM,
        fixed="3.51.3",
    ),
    Fault("expat", "40,000 nested entities crash it (CVE-2024-8176); here only a worker dies", _SYSTEM, fixed="2.7.0"),
    Fault("expat", "small documents make it take much memory (CVE-2025-59375)", _SYSTEM, fixed="2.7.2"),
    Fault(
        "libxml2",
        "memory errors in documents made for it (CVE-2025-32414, CVE-2025-32415)",
        "pip install --upgrade lxml",
        fixed="2.13.8",
    ),
    Fault(
        "feedparser",
        "e-mail addresses, DOCTYPEs and declarations made for it take minutes",
        _PIP,
        fixed="6.0.14",
        level=Level.BAD,
    ),
    Fault(
        "apscheduler",
        "4 is another program, not released yet, and has no AsyncIOScheduler",
        "pip install 'apscheduler<4'",
        since="4",
        level=Level.BAD,
    ),
    Fault("h11", "takes wrong chunk endings (CVE-2025-43859)", _PIP, fixed="0.16", level=Level.BAD),
    Fault("h2", "takes line breaks in headers (CVE-2025-57804)", _PIP, fixed="4.3"),
    Fault("starlette", "requests made for it take long (CVE-2025-62727, CVE-2026-54282)", _PIP, fixed="1.3.1"),
    Fault("nh3", "HTML that is harmless when it is cleaned, and not when it is read (ammonia before 4.1)", _PIP,
          fixed="0.3", level=Level.BAD),
    Fault("jinja2", "templates may run code (CVE-2025-27516)", _PIP, fixed="3.1.6"),
    Fault("sqlalchemy", "another major version than this program was written for", _PIP, fixed="2.1", level=Level.BAD),
)  # fmt: skip
"""A small list of what matters here; ``pip-audit`` knows of all."""

_PACKAGES = ("feedparser", "apscheduler", "h11", "h2", "starlette", "nh3", "jinja2", "sqlalchemy")


def installed() -> dict[str, str]:
    """The versions of what is there."""
    found = {
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "expat": pyexpat.EXPAT_VERSION.removeprefix("expat_"),
        "libxml2": ".".join(map(str, etree.LIBXML_VERSION)),
        "openssl": ssl.OPENSSL_VERSION.split()[1],
    }
    for each in _PACKAGES:
        try:
            found[each] = version(each)
        except PackageNotFoundError:  # said as its absence by whoever imports it
            continue
    return found


def check(there: Mapping[str, str], faults: Iterable[Fault] = FAULTS) -> list[Finding]:
    """A line for each version with a fault, and one for all others."""
    found = [_finding(each, there[each.part]) for each in faults if each.part in there and _has(each, there[each.part])]
    wrong = {each.text.split()[0] for each in found}
    fine = ", ".join(f"{name} {number}" for name, number in there.items() if name not in wrong)
    return [*found, ok("versions", f"no known faults in {fine}")]


def _finding(fault: Fault, number: str) -> Finding:
    return Finding("versions", fault.level, f"{fault.part} {number}: {fault.why}", fault.advice.format(part=fault.part))


def _has(fault: Fault, number: str) -> bool:
    if fault.fixed is not None:
        return numbers(number) < numbers(fault.fixed)
    return fault.since is not None and numbers(number) >= numbers(fault.since)


def numbers(text: str) -> tuple[int, ...]:
    """``6.0.14`` as something to compare; what follows the numbers (``rc1``, ``+deb12``) is left out."""
    found = re.match(r"\d+(\.\d+)*", text)
    return tuple(int(each) for each in found[0].split(".")) if found is not None else ()
