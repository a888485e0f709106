"""Readers that nobody here wrote, each asked what it finds in a document.

A field is ``None`` where the reader's interface does not have it; a date is whole seconds since 1970.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from calendar import timegm
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import atoma
import fastfeedparser
import feedparser

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry, as a reader sees it."""

    id: str | None
    title: str
    link: str
    published: int | None
    updated: int | None = None
    authors: tuple[str, ...] | None


def _seconds(moment: str | datetime | None) -> int | None:
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    return None if moment is None else int(moment.timestamp())


def _feedparser(path: Path) -> list[Entry]:
    read = feedparser.parse(str(path))
    assert not read.bozo, read.bozo_exception
    return [
        Entry(
            id=each.id,
            title=each.title,
            link=each.get("link", ""),
            published=timegm(each.published_parsed) if "published" in each else None,
            updated=timegm(each.updated_parsed) if "updated" in each else None,
            authors=tuple(author.name for author in each.authors),
        )
        for each in read.entries
    ]


def _fastfeedparser(path: Path) -> list[Entry]:
    return [
        Entry(
            id=each["id"],
            title=each["title"],
            link=each.get("link") or "",
            published=_seconds(each.get("published")),
            updated=_seconds(each.get("updated")),
            authors=tuple(author["name"] for author in each["authors"]),
        )
        for each in fastfeedparser.parse(path.read_bytes()).entries
    ]


def _atoma(path: Path) -> list[Entry]:
    return _ATOMA[path.suffix](path.read_bytes())


def _atoma_atom(body: bytes) -> list[Entry]:
    return [
        Entry(
            id=each.id_,
            title=each.title.value,
            link=next((link.href for link in each.links if link.rel == "alternate"), ""),
            published=_seconds(each.published),
            updated=_seconds(each.updated),
            authors=tuple(author.name for author in each.authors),
        )
        for each in atoma.parse_atom_bytes(body).entries
    ]


def _atoma_rss(body: bytes) -> list[Entry]:
    return [
        Entry(id=each.guid, title=each.title, link=each.link or "", published=_seconds(each.pub_date), authors=None)
        for each in atoma.parse_rss_bytes(body).items
    ]


def _atoma_json(body: bytes) -> list[Entry]:
    return [
        Entry(
            id=each.id_,
            title=each.title,
            link=each.url or "",
            published=_seconds(each.date_published),
            updated=_seconds(each.date_modified),
            authors=None,
        )
        for each in atoma.parse_json_feed_bytes(body).items
    ]


_ATOMA: dict[str, Callable[[bytes], list[Entry]]] = {
    ".atom": _atoma_atom,
    ".rss": _atoma_rss,
    ".json": _atoma_json,
}


def _sfeed(path: Path) -> list[Entry]:
    """Tabs between the fields, in the order of sfeed(5)."""
    said = subprocess.run(["sfeed"], input=path.read_bytes(), capture_output=True, check=True, timeout=60).stdout
    lines = [line.split("\t") for line in said.decode().split("\n") if line]
    return [
        Entry(id=name or None, title=title, link=link, published=int(time), authors=(author,))
        for time, title, link, _, _, name, author, *_ in lines
    ]


def _newsboat(path: Path) -> list[Entry]:
    """Everything it keeps, out of its database; it has no order but that of the dates."""
    folder = path.parent / f".newsboat{path.suffix}"
    folder.mkdir(exist_ok=True)
    (folder / "urls").write_text(f"file://{path}\n", encoding="utf-8")
    (folder / "config").write_text("max-items 0\n", encoding="utf-8")
    files = ["-C", folder / "config", "-u", folder / "urls", "-c", folder / "cache.db"]
    subprocess.run(
        ["newsboat", *files, "-x", "reload"],
        env={**os.environ, "HOME": str(folder)}, capture_output=True, check=True, timeout=120,
    )  # fmt: skip
    with sqlite3.connect(folder / "cache.db") as database:
        rows: list[tuple[Any, ...]] = database.execute(
            "SELECT guid, title, url, pubDate, author FROM rss_item"
        ).fetchall()
    database.close()
    return [
        Entry(id=guid, title=title, link=url, published=date, authors=(author,))
        for guid, title, url, date, author in rows
    ]


READERS: dict[str, tuple[Callable[[Path], list[Entry]], tuple[str, ...]]] = {
    "feedparser": (_feedparser, ("atom", "rss")),
    "fastfeedparser": (_fastfeedparser, ("atom", "rss", "json")),
    "atoma": (_atoma, ("atom", "rss", "json")),
    "newsboat": (_newsboat, ("atom", "rss")),
    "sfeed": (_sfeed, ("atom", "rss")),
}
"""Reader -> how to ask it, and the formats it reads."""

PROGRAMS = ("newsboat", "sfeed")
"""Those that are programs, not libraries."""


def is_there(reader: str) -> bool:
    """Whether it is on this machine."""
    return reader not in PROGRAMS or shutil.which(reader) is not None
