"""The fast road: well-formed RSS 0.9x, 1.0, 2.0 and Atom 0.3, 1.0, read with lxml in one walk over the tree.

It gives the same feed as feedparser, entry for entry and hash for hash, or none: what it does not know for certain is
left to the other road. ::

    names.py       what an element is called       reader.py    the walk, and what is in force where
    elements.py    the tables: element -> what it says, in of_entries.py, of_feeds.py and persons.py
    texts.py       text, markup and addresses      values.py    what was gathered -> the values
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from aggregator.model import ParsedFeed
from aggregator.parse import claims, extensions, fields, newest, outline, prolog, quirks
from aggregator.parse.fast.elements import ROOTS
from aggregator.parse.fast.names import name_of, taken_prefixes, version_of
from aggregator.parse.fast.reader import Reader, Said, attributes_of
from aggregator.parse.fast.texts import has_controls
from aggregator.parse.fast.unsure import Unsure
from aggregator.parse.fast.values import given
from aggregator.parse.names import Children

if TYPE_CHECKING:
    from aggregator.model import Document

ROAD = "fast"


def parse(document: Document, text: str, utf8: bytes | None = None) -> ParsedFeed | None:
    """The feed in this document, whose decoded text is ``text``; ``None``: take the other road. Pure; never raises.

    ``utf8`` is the same text as bytes, where the caller has them: writing it again takes a tenth of the time.
    No entity is resolved and nothing is fetched; what stands before the root element is told of and ignored.
    Nested deeper than 100, more than 200 attributes on an element, a base of more than 512 characters or 10 MB in
    one text are left to the other road.
    """
    found = prolog.read(text)
    if found.root < 0 or found.declares_entities:
        return None
    before = len(text[: found.root].encode("utf-8", "replace"))
    data = memoryview(text.encode("utf-8", "replace") if utf8 is None else utf8)[before:]
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )
    try:
        root = etree.fromstring(data, parser, base_url=document.url)
        return _feed(root, document.url, has_controls(data), (quirks.TEXT_BEFORE,) if found.noise else ())
    except (etree.XMLSyntaxError, Unsure, ValueError):
        return None


def _feed(root: etree._Element, url: str, controls: bool, told: tuple[str, ...]) -> ParsedFeed:
    name = name_of(root)
    if name not in ROOTS:
        raise Unsure(f"<{name}> is the root")
    cut = newest.keep(root)
    reader = Reader(url, version_of(root, name), taken_prefixes(root), controls)
    reader.enter(attributes_of(root.items()))
    said = Said(root, url, "feed")
    if name != "rdf:rdf":  # whose xml:lang feedparser does not take for the feed's
        said.language = reader.language
    reader.children(said, root, ROOTS[name], 2)
    about = given(said)
    seen = outline.Outline(
        base=url,
        feed=extensions.feed(Children(said.element, said.named)),
        skip_hours=tuple(sorted(set[int]().union(*map(outline.skipped_hours, reader.hours)))),
        skip_days=tuple(sorted(set[int]().union(*map(outline.skipped_days, reader.days)))),
        headless=name != "feed" and said.element is root,
    )
    warnings = [*told, *((cut,) if cut else ())]
    info = fields.info(about, reader.version, seen, warnings)
    if seen.headless:
        warnings.append(outline.HEADLESS)
    return ParsedFeed(
        info=info,
        entries=tuple(reader.entries.made(info.language)),
        tombstones=claims.distinct(map(extensions.tombstone, reader.tombstones[: outline.TOMBSTONES])),
        road=ROAD,
        warnings=tuple(warnings),
    )
