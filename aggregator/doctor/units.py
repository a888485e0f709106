"""The unit of systemd, where there is one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.doctor.finding import Finding, ok, warn

if TYPE_CHECKING:
    from collections.abc import Iterator

PLACES = (Path("/etc/systemd/system/aggregator.service"), Path("/usr/lib/systemd/system/aggregator.service"))

WANTED = {
    "Type": (("notify", "notify-reload"), "systemd does not know when the service is ready, or hangs"),
    "WatchdogSec": ((), "a service that hangs is not started again"),
    "TimeoutStopSec": ((), "the service may be killed while it publishes what it has just read"),
}
"""Setting -> its values, the usual one first (none: any), and what is missed without it."""


def unit(places: tuple[Path, ...] = PLACES) -> Iterator[Finding]:
    """What is missing in the unit that is installed; nothing where there is none."""
    path = next((each for each in places if each.is_file()), None)
    if path is None:
        return
    said = dict(re.findall(r"^(\w+)=(.*)$", path.read_text(encoding="utf-8", errors="replace"), re.MULTILINE))
    missing = [name for name, (values, _) in WANTED.items() if said.get(name) not in (values or said.values())]
    for name in missing:
        values, why = WANTED[name]
        setting = f"{name}={values[0]}" if values else name
        yield warn("systemd", f"{path} has no {setting}: {why}", "take deploy/aggregator.service of this version")
    if not missing:
        yield ok("systemd", str(path))
