"""The machine: room, rights, limits, the clock."""

from __future__ import annotations

import locale
import os
import resource
import shutil
import sys
import zoneinfo
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from aggregator.doctor.finding import Finding, bad, ok, size, warn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LITTLE, TOO_LITTLE = 512 * 1024 * 1024, 64 * 1024 * 1024
"""Bytes that are left on a disk."""

FEW = 10_000
"""Files that can still be made."""

OPEN_FILES = 8192
"""What the service asks for (:mod:`aggregator.service`)."""

WRITTEN = datetime(2026, 1, 1, tzinfo=UTC)
"""Before this program."""

CLOCK_SLACK = timedelta(minutes=2)


def disk(folders: dict[str, Path]) -> Iterator[Finding]:
    """Room where we write; one line for each disk."""
    by_disk: dict[int, list[str]] = {}
    places: dict[int, Path] = {}
    for name, folder in folders.items():
        there = nearest(folder)
        device = there.stat().st_dev
        by_disk.setdefault(device, []).append(name)
        places.setdefault(device, there)
    for device, names in by_disk.items():
        place, what = places[device], ", ".join(names)
        free = shutil.disk_usage(place).free
        inodes = os.statvfs(place)
        text = f"{size(free)} free for {what} ({place})"
        if free < TOO_LITTLE:
            yield bad("disk", text, "free space: nothing can be stored or published without it")
        elif free < LITTLE:
            yield warn("disk", text, "free space before it is full")
        elif inodes.f_files and inodes.f_favail < FEW:
            yield warn("disk", f"only {inodes.f_favail:,} more files can be made for {what} ({place})", "remove files")
        else:
            yield ok("disk", text)


def rights(folders: dict[str, Path], readable: dict[str, Path], kept: Path | None) -> Iterator[Finding]:
    """What has to be written and read, by whoever runs this command: run it as the service's user."""
    wrong = False
    if os.geteuid() == 0:
        yield warn("rights", "this runs as root", "run it as the user of the service, or it says nothing of its rights")
    for name, folder in folders.items():
        if not os.access(nearest(folder), os.R_OK | os.W_OK | os.X_OK):
            wrong = True
            yield bad("rights", f"{folder} ({name}) cannot be read and written", "chown it to the user of the service")
    for name, path in readable.items():
        if not os.path.exists(path):  # Path.exists raises an error for what may not be looked at
            wrong = True
            yield bad("rights", f"{path} ({name}) is not there", "make it, or take it out of the configuration")
        elif not os.access(path, os.R_OK | (os.X_OK if path.is_dir() else 0)):
            wrong = True
            yield bad("rights", f"{path} ({name}) cannot be read", "let the user of the service read it")
    if kept is not None and kept.exists() and kept.stat().st_mode & 0o004:
        wrong = True
        advice = f"chmod o-r {kept}: addresses in it may hold passwords"
        yield warn("rights", f"{kept} can be read by everybody", advice)
    if not wrong:
        yield ok("rights", "what has to be written and read can be")


def clock(now: datetime, newest: datetime | None) -> Finding:
    """Whether the time is plausible: this program was not written yet, or something is stored that is yet to come."""
    if now < WRITTEN:
        return bad("clock", f"it is {now:%Y-%m-%d %H:%M} UTC here", "set the clock: timedatectl set-ntp true")
    if newest is not None and now < newest - CLOCK_SLACK:
        late = newest - now
        return bad(
            "clock",
            f"the newest poll was at {newest:%Y-%m-%d %H:%M:%S} UTC, which is {late.total_seconds():,.0f} s from now",
            "set the clock: timedatectl set-ntp true; if the clock was wrong before, nothing is polled until then",
        )
    return ok("clock", f"{now:%Y-%m-%d %H:%M:%S} UTC, nothing is stored that is later")


def open_files() -> Finding:
    """How many the service may open."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < OPEN_FILES:
        advice = f"LimitNOFILE={OPEN_FILES} in the systemd unit, or ulimit -Hn {OPEN_FILES}"
        return warn("open files", f"at most {hard:,}, and the service wants {OPEN_FILES:,}", advice)
    return ok("open files", f"at most {'any number' if hard == resource.RLIM_INFINITY else f'{hard:,}'}")


def time_zones() -> Finding:
    """Names of time zones are in feeds and front matter."""
    if not zoneinfo.available_timezones():
        return warn("time zones", "no time zone is known here", "apt install tzdata, or pip install tzdata")
    return ok("time zones", "known")


def encoding() -> Finding:
    """File names and words on the terminal are UTF-8."""
    files = sys.getfilesystemencoding().lower()
    if files != "utf-8":
        return warn("encoding", f"names of files are read as {files}", "set LANG=C.UTF-8 (or PYTHONUTF8=1)")
    words = locale.getpreferredencoding(do_setlocale=False).lower()
    if words not in ("utf-8", "utf8"):
        return warn("encoding", f"text is printed as {words}", "set LANG=C.UTF-8 (or PYTHONUTF8=1)")
    return ok("encoding", "UTF-8")


def nearest(path: Path) -> Path:
    """The path, or the folder in which it would be made."""
    there = (path, *path.absolute().parents)
    return next(each for each in there if os.path.exists(each))
