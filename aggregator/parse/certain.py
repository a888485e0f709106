"""The documents that may be read in the main process: small, plain in build, and surely a feed.

All others are read in processes of their own, which can be killed. Here nothing can: a crash of libxml2 would end the
service, and a slow document holds up whoever waits for the same thread. That is accepted for what passes these checks:

* libxml2 sees UTF-8 we made ourselves, from the root element on, with entities, DTDs, network and huge trees off, and
  no document with a ``<!DOCTYPE`` or ``<!ENTITY`` anywhere: what its known crashes need. It releases the GIL while it
  parses; the walk over the tree is Python, which gives way to the event loop every 5 ms.
* The work is bounded by what is counted before anything is parsed. The worst of 120 documents built to be slow within
  these limits took 60 ms of processor time (10,000 attributes, 5,000 categories, links, entries, namespaces, groups of
  media; measured in November 2026), the 82 of 108 real feeds that pass them 2 to 25 ms, a third less than in another
  process: nothing is sent there and back. Links that are joined to a base are the next worst, 66 ms for 700 replies
  with a base of their own each: the fast road takes no long one (:data:`aggregator.parse.fast.reader.BASE`), else one
  of 64 KB before 4,000 links took 2 s.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from aggregator.parse import fast
from aggregator.parse.decode import decode
from aggregator.parse.sniff import sniff

if TYPE_CHECKING:
    from aggregator.model import Document, ParsedFeed

SIZE = 256 * 1024
"""Bytes."""
MARKS = 5_000
"""``<`` and ``=``: at least as many as there are elements and attributes."""

_DECLARATION = re.compile(r"<!(?!--|\[cdata\[)")


def parse(document: Document) -> ParsedFeed | None:
    """What :func:`aggregator.parse.parse` says of this document, or ``None``: it is to be read elsewhere.

    Pure; never raises; at most about 100 ms of processor time, whatever the bytes.
    """
    if len(document.body) > SIZE:
        return None
    decoded = decode(document)
    if not _is_plain(decoded.text) or sniff(decoded.text) != "xml":
        return None
    found = fast.parse(document, decoded.text)
    if found is None or not decoded.warnings:
        return found
    return replace(found, warnings=(*decoded.warnings, *found.warnings))


def _is_plain(text: str) -> bool:
    if text.count("<") + text.count("=") > MARKS:
        return False
    return _DECLARATION.search(text.lower()) is None  # a pattern that ignores case costs ten times this
