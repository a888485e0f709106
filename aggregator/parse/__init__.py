"""Bytes to :class:`~aggregator.model.ParsedFeed`: what they said, in one shape whatever the format.

A document is recognised by what it holds, a file of a local folder by its ending. To add a format, add a module and
its line in one of the two registries.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from aggregator.model import Code, Document, Failed, FeedInfo, ParsedEntry, ParsedFeed, Source
from aggregator.parse import claims, fast, feed, html, jsonfeed, markdown, scrape, text
from aggregator.parse.decode import decode
from aggregator.parse.refusal import refusal
from aggregator.parse.sniff import sniff

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from aggregator.parse.decode import Decoded
    from aggregator.parse.seed import SeedResult

PARSER_VERSION = 5
"""Raised when the same bytes make other articles than before, by reading or by cleaning: validators are then forgotten
once (F13), and articles that are known are made again without counting as edited."""

FEEDS: dict[str, tuple[Callable[[Document, Decoded], ParsedFeed | None], ...]] = {
    "xml": (
        lambda document, decoded: fast.parse(document, decoded.text, decoded.utf8),
        lambda document, decoded: feed.parse(document, decoded.text),
    ),
    "json": (lambda document, decoded: jsonfeed.parse(document, decoded.text),),
}
"""What :func:`~aggregator.parse.sniff.sniff` finds -> its parsers: the first that is sure of the document reads it."""

SEEDS: dict[str, Callable[[Document, datetime], SeedResult]] = {
    ".txt": text.parse_seed,
    ".md": markdown.parse_seed,
    ".html": html.parse_seed,
}
"""Ending of a local article's file -> its parser."""

FEED_FILES = (".json", ".xml", ".rss", ".atom")
"""Endings of feeds that lie in a folder of local articles."""


def parse(documents: tuple[Document, ...], source: Source, now: datetime) -> ParsedFeed:
    """What the documents of one source say. Pure; never raises, whatever the bytes.

    ``now`` (aware UTC) dates local articles that name a day without its year, nothing else.

    A source with an address has one document; of a folder, every file contributes. One that cannot be read as what
    it is (a feed cut short, an article without text) is a warning that names it, and is in ``unread``: its articles
    are not gone. A draft is read.
    """
    if source.folder is not None:
        return together(_file(each, now) for each in documents)
    if not documents:
        return ParsedFeed(road="none", problem=Failed(code=Code.EMPTY, detail="there is no document"))
    return scrape.parse(documents[0], source.scrape) if source.scrape is not None else _feed(documents[0])


def _feed(document: Document) -> ParsedFeed:
    decoded = decode(document)
    kind = sniff(decoded.text)
    for parser in FEEDS.get(kind, ()):
        if (found := parser(document, decoded)) is not None:
            return replace(found, warnings=(*decoded.warnings, *found.warnings)) if decoded.warnings else found
    return ParsedFeed(road=kind, problem=refusal(kind, decoded.text, document.url), warnings=decoded.warnings)


def together(files: Iterable[ParsedFeed]) -> ParsedFeed:
    """What the files of a folder say, as one feed."""
    files = tuple(files)
    entries = chain.from_iterable(each.entries for each in files)
    return ParsedFeed(
        info=FeedInfo(format="folder"),
        entries=tuple(replace(each, position=position) for position, each in enumerate(entries)),
        road="folder",
        unread=tuple(chain.from_iterable(each.unread for each in files)),
        warnings=tuple(chain.from_iterable(each.warnings for each in files)),
    )


def unread(document: Document, why: str) -> ParsedFeed:
    """What stands for a file of a folder of which nothing could be read."""
    return _said(document, (), (why,), whole=False)


def _file(document: Document, now: datetime) -> ParsedFeed:
    ending = PurePosixPath(document.name or document.url).suffix.lower()
    if ending in FEED_FILES:
        found = _feed(document)
        problem = (found.problem.detail,) if found.problem else ()
        return _said(document, found.entries, (*problem, *found.warnings), whole=found.problem is None)
    parser = SEEDS.get(ending)
    if parser is None:
        advice = f"no parser for {ending or 'a file without ending'}; rename it to {', '.join(SEEDS)}"
        return _said(document, (), (advice,), whole=True)
    seed = parser(document, now)
    entries = (seed.entry,) if seed.entry else ()
    return _said(document, entries, seed.warnings, whole=seed.draft or seed.entry is not None)


def _said(
    document: Document, entries: tuple[ParsedEntry, ...], warnings: tuple[str, ...], *, whole: bool
) -> ParsedFeed:
    """One file of a folder; ``whole``: its entries are all that it means to hold."""
    name = claims.line(document.name or document.url, 200)
    told = [each if each.startswith(name) else f"{name}: {each}" for each in warnings]
    if not whole:
        told.append(f"{name}: nothing of this folder is withdrawn until it is put right or removed")
    return ParsedFeed(road="folder", entries=entries, unread=() if whole else (name,), warnings=tuple(told))
