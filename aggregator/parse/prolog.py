"""What stands before the root element, read by hand and in linear time.

feedparser and expat must never see it: feedparser strips it with regular expressions that take over 25 s for 40 KB
of newlines or for 2,000 ``<?xml encoding='`` (6.0.14, measured), and expat 2.5.0 dies of 40,000 nested entities
(CVE-2024-8176). So the prolog is looked at here, and what follows is handed on.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_NAME = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")
_ENTITY = re.compile(r"<!ENTITY\b", re.IGNORECASE)


class Prolog(NamedTuple):
    """Where the root element starts (``-1``: nowhere), its name without prefix, and what was declared before it."""

    root: int
    name: str
    declares_entities: bool


def read(text: str) -> Prolog:
    """Skip white space, text, comments, processing instructions and a DOCTYPE up to the first start tag."""
    at = 0
    entities = False
    while (at := text.find("<", at)) >= 0:
        if text.startswith("<!--", at):
            end = text.find("-->", at + 4)
            if end < 0:
                break
            at = end + 3
        elif text.startswith("<?", at):
            at += 2  # its end does not matter: what follows is another "<" all the same
        elif text.startswith("<!", at):
            end = _declaration_end(text, at)
            entities = entities or _ENTITY.search(text, at, end) is not None
            at = end
        elif found := _NAME.match(text, at):
            return Prolog(at, found[1], entities)
        else:
            at += 1
    return Prolog(-1, "", entities)


def _declaration_end(text: str, at: int) -> int:
    """Behind the ``>`` of a ``<!DOCTYPE``, its internal subset included."""
    close = text.find(">", at)
    subset = text.find("[", at, close) if close >= 0 else -1
    if subset >= 0:
        inner = text.find("]", subset)
        close = text.find(">", inner) if inner >= 0 else -1
    return close + 1 if close >= 0 else len(text)
