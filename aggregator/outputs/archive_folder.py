"""An output's archive documents on disk: read, linked to each other, removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.logs import get_logger
from aggregator.model import Rendered
from aggregator.publish import archive, chain, files

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from aggregator.model import ArchiveDocument, PublishedFeed
    from aggregator.publish.archive import Said
    from aggregator.publish.chain import Links

    Entries = Sequence[tuple[str, datetime]]
    """Id and ``updated`` of each."""

log = get_logger()

HEAD = 64 * 1024
"""Bytes in which what stands before the entries ends."""

TAIL = 64
"""Bytes that tell whether a document goes on to its end."""


def shown(subscribed: bytes) -> dict[str, Said]:
    """The entries of a subscription document by their ids; none where it cannot be read."""
    try:
        return {each.id: each for each in archive.entries_of(subscribed)}
    except ValueError:
        return {}


def said(public: Path, output: str, numbers: Iterable[int]) -> tuple[dict[int, Links], dict[int, Entries]]:
    """What documents say of each other, and what is in them. Those that cannot be read are left out.

    Raises OSError.
    """
    links: dict[int, Links] = {}
    entries: dict[int, Entries] = {}
    for number in sorted(numbers):
        body = files.read(public, archive.path(output, number)) or b""
        try:
            stands = archive.standing_of(body).links
            entries[number] = [(each.id, each.updated) for each in archive.entries_of(body)]
        except ValueError as error:
            advice = "it is made again as far as the store has its texts"
            log.warning("archive document damaged", output=output, number=number, text=str(error), advice=advice)
            continue
        before, after = (archive.number_in(stands.get(rel)) for rel in ("prev-archive", "next-archive"))
        links[number] = chain.Links(before=before, after=after)
    return links, entries


def agree(
    public: Path, site_url: str, feed: PublishedFeed, documents: Sequence[ArchiveDocument], there: Collection[int]
) -> frozenset[int]:
    """Remove what is no document of the chain, and link all that are; gives those that are missing.

    What this repairs is a publish that was killed, and another ``site.url``. Raises OSError.
    """
    wanted = {each.number for each in documents}
    if strays := set(there) - wanted:
        files.remove_archived(public, feed.output, strays)
    return link(public, site_url, feed, documents, wanted & set(there)) | (wanted - set(there))


def link(
    public: Path,
    site_url: str,
    feed: PublishedFeed,
    documents: Sequence[ArchiveDocument],
    numbers: Collection[int],
) -> frozenset[int]:
    """Have these documents name those before and after them; gives those that are not there or cannot be read.

    Raises OSError.
    """
    around = chain.links(documents)
    lost = set()
    changed = []
    for number in numbers:
        where = archive.path(feed.output, number)
        if not archive.has_end(files.tail(public, where, TAIL)):
            lost.add(number)
            continue
        stands = archive.standing(feed, site_url, number, around[number])
        try:
            if archive.standing_of(files.read(public, where, HEAD) or b"") == stands:
                continue
        except ValueError:
            lost.add(number)
            continue
        body = archive.moved(files.read(public, where) or b"", stands)
        changed.append(Rendered(path=where, media_type="", body=body, updated=feed.updated))
    files.write_all(public, changed)
    return frozenset(lost)


def held(public: Path, output: str, numbers: Iterable[int]) -> Mapping[int, bytes]:
    """The documents that are there and whole, by their numbers. Raises OSError."""
    found = {}
    for number in numbers:
        body = files.read(public, archive.path(output, number)) or b""
        try:
            archive.standing_of(body)
            archive.entries_of(body)
        except ValueError:
            continue
        found[number] = body
    return found


def remove_all(public: Path, output: str) -> None:
    """Take away all archive documents of an output. Raises OSError."""
    files.remove_archived(public, output, files.archived(public, output))
