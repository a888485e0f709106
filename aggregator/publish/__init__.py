"""Publish: articles -> PublishedFeed -> documents -> files.

::

    assemble(articles, ...) -> PublishedFeed     which entries, what is said of each     (pure)
    documents(feed, ...)    -> Publication       every rendering, checked by the gate    (pure)
    files.write_all(folder, documents)           replaced whole, only if changed         (effect)

A new format is a module with a :class:`~aggregator.publish.formats.Format`, a line in ``FORMATS``, and a reader in the
gate.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aggregator.errors import PublishError
from aggregator.model import PublishedEntry, PublishedFeed, Rendered
from aggregator.publish import gate
from aggregator.publish.assemble import assemble, with_entries
from aggregator.publish.atom import ATOM
from aggregator.publish.fairness import digests
from aggregator.publish.formats import Format
from aggregator.publish.html import HTML, style
from aggregator.publish.jsonfeed import JSON
from aggregator.publish.rss import RSS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aggregator.model import Output

__all__ = ["FORMATS", "SITE_DOCUMENTS", "Format", "Publication", "assemble", "digests", "documents", "paths", "style"]

FORMATS: Mapping[str, Format] = {"atom": ATOM, "rss": RSS, "json": JSON, "html": HTML}

SITE_DOCUMENTS = ("opml.xml", "style.css")
"""Documents that belong to no output."""

RESERVED = frozenset({"feed", "index", "opml", "ops", "style"})
"""Names of documents that are not an output's own; only the first output may be called ``feed``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """All documents of one output, and what could not be in them."""

    feed: PublishedFeed
    """What was really published: without the entries that were left out."""
    documents: tuple[Rendered, ...]
    problems: tuple[str, ...] = ()
    """One line for each entry left out, and for entries that did not fit."""
    pieces: Mapping[PublishedEntry, Mapping[str, bytes]] = field(default_factory=dict, repr=False)
    """What each entry was rendered to, by format."""


def documents(feed: PublishedFeed, *, first: bool, previous: Publication | None = None) -> Publication:
    """Every rendering of one output, all with the same entries.

    The first output has each document twice, ``feed.atom`` beside ``main.atom`` and ``index.html`` beside
    ``main.html``; both say that the first of the two is their address. An entry that one format cannot render is left
    out of all and named; of more entries than fit into 5,000,000 bytes the newest stay.

    Raises PublishError where nothing sound can be published: the last good documents then stay.
    """
    if feed.output in RESERVED and not (first and feed.output == "feed"):
        raise PublishError(f"output {feed.output!r}: this name is taken by another document; choose another id")
    unknown = [name for name, _ in feed.self_urls if name not in FORMATS]
    if unknown:
        raise PublishError(f"output {feed.output!r}: unknown format {unknown[0]!r}; there are {', '.join(FORMATS)}")
    formats = {name: FORMATS[name] for name, _ in feed.self_urls}

    rendered = previous.pieces if previous is not None else {}
    pieces: dict[PublishedEntry, Mapping[str, bytes]] = {}
    problems: list[str] = []
    for entry in feed.entries:
        try:
            pieces[entry] = _pieces(formats, entry, rendered.get(entry, {}))
        except Exception as error:  # whatever is wrong with one entry must not cost the others; it is named
            problems.append(_left_out(feed, entry, f"{type(error).__name__}: {error}"))
    kept = _fitting(feed, formats, pieces, problems)
    if feed.entries and not kept:
        raise PublishError(
            f"output {feed.output!r}: none of its {len(feed.entries)} entries can be published; {problems[0]}"
        )

    shown = with_entries(feed, kept)
    written: list[Rendered] = []
    for name, kind in formats.items():
        body = kind.frame(shown).filled([pieces[entry][name] for entry in kept])
        copies = [
            Rendered(path=path, media_type=kind.media_type, body=body, updated=shown.updated)
            for path in _paths(feed.output, name, first=first)
        ]
        gate.check(copies[0], shown)
        written += copies
    return Publication(feed=shown, documents=tuple(written), problems=tuple(problems), pieces=pieces)


def paths(output: Output, *, first: bool) -> tuple[str, ...]:
    """Every document this output has."""
    return tuple(path for name in output.formats for path in _paths(output.id, name, first=first))


def _paths(output: str, name: str, *, first: bool) -> tuple[str, ...]:
    own = f"{output}.{FORMATS[name].extension}"
    if not first:
        return (own,)
    return tuple(dict.fromkeys(("index.html" if name == "html" else f"feed.{FORMATS[name].extension}", own)))


def _pieces(formats: Mapping[str, Format], entry: PublishedEntry, rendered: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """The entry in every format; raises ValueError where one rendering alone would fill half a document."""
    if rendered.keys() >= formats.keys():
        return rendered
    pieces = {name: kind.entry(entry) for name, kind in formats.items()}
    for name, piece in pieces.items():
        if len(piece) > gate.MAX_BYTES // 2:
            raise ValueError(f"it alone has {len(piece):,} bytes as {name}")
    return pieces


def _fitting(
    feed: PublishedFeed,
    formats: Mapping[str, Format],
    pieces: Mapping[PublishedEntry, Mapping[str, bytes]],
    problems: list[str],
) -> tuple[PublishedEntry, ...]:
    """The newest entries for which no document grows over the limit."""
    sizes = {name: kind.frame(feed).size([]) for name, kind in formats.items()}
    kept: list[PublishedEntry] = []
    for entry, rendered in pieces.items():
        for name in formats:
            sizes[name] += len(rendered[name]) + len(b",\n")
        if max(sizes.values(), default=0) > gate.MAX_BYTES:
            problems.append(
                f"output {feed.output!r}: the newest {len(kept)} of {len(pieces)} entries fill"
                f" {gate.MAX_BYTES:,} bytes; the older ones are left out; lower its limit"
            )
            break
        kept.append(entry)
    return tuple(kept)


def _left_out(feed: PublishedFeed, entry: PublishedEntry, reason: str) -> str:
    return f"output {feed.output!r}: entry {entry.id!r} of {entry.source.title!r} is left out: {reason}"
