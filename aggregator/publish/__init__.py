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
from aggregator.publish.fairness import folded_days
from aggregator.publish.formats import Format
from aggregator.publish.html import HTML, style
from aggregator.publish.jsonfeed import JSON
from aggregator.publish.profile import Unsound
from aggregator.publish.rss import RSS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aggregator.model import Output

__all__ = [
    "FORMATS",
    "SITE_DOCUMENTS",
    "Format",
    "Publication",
    "assemble",
    "document",
    "documents",
    "folded_days",
    "paths",
    "style",
]

FORMATS: Mapping[str, Format] = {"atom": ATOM, "rss": RSS, "json": JSON, "html": HTML}

SITE_DOCUMENTS = ("opml.xml", "style.css")
"""Documents that belong to no output."""

RESERVED = frozenset({"feed", "index", "opml", "ops", "style"})
"""Names of documents that are not an output's own; only the first output may be called ``feed``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """An entry that no document can hold."""

    id: str
    source: str
    """The title of its source."""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """All documents of one output, and what could not be in them."""

    feed: PublishedFeed
    """What was really published: without the entries that were left out."""
    documents: tuple[Rendered, ...]
    left_out: tuple[LeftOut, ...] = ()
    """What no document can hold."""
    cut: str | None = None
    """That there are more entries than fit."""
    pieces: Mapping[PublishedEntry, Mapping[str, bytes]] = field(default_factory=dict, repr=False)
    """What each entry was rendered to, by format."""

    @property
    def problems(self) -> tuple[str, ...]:
        """One line for each entry left out, and for entries that did not fit."""
        lines = (f"entry {each.id!r} of {each.source!r} is left out: {each.reason}" for each in self.left_out)
        cut = (self.cut,) if self.cut is not None else ()
        return tuple(f"output {self.feed.output!r}: {line}" for line in (*lines, *cut))


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

    pieces, left_out = _rendered(feed, formats, previous.pieces if previous is not None else {})
    kept = _fitting(feed, formats, pieces)
    if feed.entries and not kept:
        first_of_them = left_out[0].reason if left_out else f"one alone fills {gate.MAX_BYTES:,} bytes"
        raise PublishError(
            f"output {feed.output!r}: none of its {len(feed.entries)} entries can be published; {first_of_them}"
        )

    shown = with_entries(feed, kept)
    written: list[Rendered] = []
    for name, kind in formats.items():
        frame, parts = kind.frame(shown), [pieces[entry][name] for entry in kept]
        body = frame.filled(parts)
        copies = [
            Rendered(path=path, media_type=kind.media_type, body=body, updated=shown.updated)
            for path in _paths(feed.output, name, first=first)
        ]
        gate.check_composed(copies[0], shown, frame, parts)
        written += copies
    cut = (
        f"the newest {len(kept)} of {len(pieces)} entries fill {gate.MAX_BYTES:,} bytes; the older ones are left out; "
        "lower its limit"
        if len(kept) < len(pieces)
        else None
    )
    return Publication(feed=shown, documents=tuple(written), left_out=left_out, cut=cut, pieces=pieces)


def document(feed: PublishedFeed, name: str, kind: Format) -> Publication:
    """One rendering alone, at ``{output}.{extension}``, of an output that nobody configured.

    Raises PublishError where nothing sound can be made.
    """
    pieces, left_out = _rendered(feed, {name: kind}, {})
    kept = _fitting(feed, {name: kind}, pieces)
    shown = with_entries(feed, kept)
    frame, parts = kind.frame(shown), [pieces[entry][name] for entry in kept]
    path = f"{feed.output}.{kind.extension}"
    made = Rendered(path=path, media_type=kind.media_type, body=frame.filled(parts), updated=shown.updated)
    gate.check_composed(made, shown, frame, parts)
    return Publication(feed=shown, documents=(made,), left_out=left_out)


def paths(output: Output, *, first: bool) -> tuple[str, ...]:
    """Every document this output has."""
    return tuple(path for name in output.formats for path in _paths(output.id, name, first=first))


def _paths(output: str, name: str, *, first: bool) -> tuple[str, ...]:
    own = f"{output}.{FORMATS[name].extension}"
    if not first:
        return (own,)
    return tuple(dict.fromkeys(("index.html" if name == "html" else f"feed.{FORMATS[name].extension}", own)))


def _rendered(
    feed: PublishedFeed,
    formats: Mapping[str, Format],
    before: Mapping[PublishedEntry, Mapping[str, bytes]],
) -> tuple[dict[PublishedEntry, Mapping[str, bytes]], tuple[LeftOut, ...]]:
    """Every entry in every format, and those that cannot be rendered."""
    pieces: dict[PublishedEntry, Mapping[str, bytes]] = {}
    left_out: list[LeftOut] = []
    for entry in feed.entries:
        try:
            pieces[entry] = _pieces(formats, entry, before.get(entry, {}))
        except Exception as error:  # whatever is wrong with one entry must not cost the others; it is named
            left_out.append(LeftOut(id=entry.id, source=entry.source.title or "", reason=_words(error)))
    return pieces, tuple(left_out)


def _pieces(formats: Mapping[str, Format], entry: PublishedEntry, rendered: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """The entry in every format, each read back; raises ValueError where one of them is not sound, or would fill half
    a document alone."""
    if rendered.keys() >= formats.keys():
        return rendered
    pieces = {name: kind.entry(entry) for name, kind in formats.items()}
    for name, piece in pieces.items():
        if len(piece) > gate.MAX_BYTES // 2:
            raise ValueError(f"it alone has {len(piece):,} bytes as {name}")
        gate.check_entry(name, piece, entry)
    return pieces


def _fitting(
    feed: PublishedFeed,
    formats: Mapping[str, Format],
    pieces: Mapping[PublishedEntry, Mapping[str, bytes]],
) -> tuple[PublishedEntry, ...]:
    """The newest entries for which no document grows over the limit."""
    sizes = {name: kind.frame(feed).size([]) for name, kind in formats.items()}
    kept: list[PublishedEntry] = []
    for entry, rendered in pieces.items():
        for name in formats:
            sizes[name] += len(rendered[name]) + len(b",\n")
        if max(sizes.values(), default=0) > gate.MAX_BYTES:
            break
        kept.append(entry)
    return tuple(kept)


def _words(error: Exception) -> str:
    return str(error) if isinstance(error, Unsound) else f"{type(error).__name__}: {error}"
