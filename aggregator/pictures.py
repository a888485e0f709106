"""The pictures beside local articles, put where readers find them (docs/decisions/0004-images-beside-seeds.md).

::

    feed, pictures the folder holds -> read those that are shown -> write them below the public folder -> feed

Nothing here asks where a feed came from: one from the web has no pictures beside it, and stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from aggregator.fetch import NotRead, read_picture
from aggregator.logs import get_logger
from aggregator.model import Enclosure
from aggregator.parse.pictures import path_of, shown, with_pictures
from aggregator.publish import files, media

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from aggregator.model import ParsedEntry, ParsedFeed, Picture

log = get_logger()

MOST = 50
"""Pictures of one article that are published with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Illustrated:
    """A feed whose local pictures have public addresses, and these addresses."""

    feed: ParsedFeed
    addresses: tuple[str, ...] = ()


class _NoPicture(Exception):
    """A picture an article shows cannot be published; the text says why."""


def illustrate(feed: ParsedFeed, beside: Iterable[Picture], public: Path, site_url: str) -> Illustrated:
    """Copy the pictures that entries show into the public folder, and point the entries to them.

    ``beside`` are the pictures that lie in the source's folder. One that cannot be published is left out and named in a
    warning. A copy that cannot be written is logged; the entry points to it all the same, and :func:`lost` notices.
    """
    by_path = {path_of(each.url, None): each for each in beside}
    if not by_path and not any(_is_local(each) for each in feed.entries):
        return Illustrated(feed=feed)
    entries: list[ParsedEntry] = []
    warnings: list[str] = []
    addresses: dict[str, None] = {}
    for entry in feed.entries:
        published, said = _published(entry, by_path, public, site_url)
        addresses.update(dict.fromkeys(each.url for each in published.values()))
        warnings.extend(said)
        entries.append(replace(with_pictures(entry, published), warnings=(*entry.warnings, *said)))
    return Illustrated(
        feed=replace(feed, entries=tuple(entries), warnings=(*feed.warnings, *warnings)), addresses=tuple(addresses)
    )


def lost(addresses: Iterable[str], public: Path, site_url: str) -> bool:
    """Whether a picture that articles point to is not there, or has another public address by now."""
    start = f"{site_url}{media.FOLDER}/"
    return not all(
        each.startswith(start) and (public / media.FOLDER / each.removeprefix(start)).is_file() for each in addresses
    )


def _is_local(entry: ParsedEntry) -> bool:
    return (entry.base or "").startswith("file:")


def _published(
    entry: ParsedEntry, by_path: Mapping[str | None, Picture], public: Path, site_url: str
) -> tuple[dict[str, Enclosure], tuple[str, ...]]:
    """The pictures of one entry: reference as written -> published file; and a warning for each that is not."""
    if not _is_local(entry):
        return {}, ()
    name = PurePosixPath(unquote(urlsplit(entry.base or "").path)).name
    local = {each: path for each in shown(entry) if (path := path_of(each, entry.base)) is not None}
    found: dict[str, Enclosure] = {}
    warnings = [f"{name}: shows {len(local)} pictures; the first {MOST} are published"] if len(local) > MOST else []
    for reference, path in tuple(local.items())[:MOST]:
        try:
            found[reference] = _kept(by_path.get(path), public, site_url)
        except _NoPicture as why:
            if not entry.links:  # else it starts from the page the article was saved from
                warnings.append(f"{name}: the picture {reference[:100]!a} is left out: {why}")
    return found, tuple(warnings)


def _kept(picture: Picture | None, public: Path, site_url: str) -> Enclosure:
    """The published copy of a picture. Raises _NoPicture."""
    if picture is None:
        raise _NoPicture("the folder holds no such jpg, jpeg, png, gif, webp or avif file")
    try:
        body = read_picture(picture)
    except NotRead as error:
        raise _NoPicture(str(error)) from error
    name = media.name_of(body)
    if name is None:
        raise _NoPicture("its bytes are no JPEG, PNG, GIF, WebP or AVIF picture")
    try:
        files.keep(public, f"{media.FOLDER}/{name}", body)
    except OSError as error:
        advice = "it is tried again at the next look at the folder"
        log.error("cannot publish a picture", picture=picture.name, error=str(error), advice=advice)
    kind = media.KINDS[name.rpartition(".")[2]]
    return Enclosure(url=f"{site_url}{media.FOLDER}/{name}", type=kind, length=len(body))
