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
    noise: bool = False
    """Whether text stands before the root that XML does not allow there."""


def read(text: str) -> Prolog:
    """Skip white space, text, comments, processing instructions and a DOCTYPE up to the first start tag."""
    end = 0
    entities = noise = False
    while (at := text.find("<", end)) >= 0:
        noise = noise or not _is_blank(text[end:at])
        if text.startswith("<!--", at):
            end = text.find("-->", at + 4)
            if end < 0:
                break
            end += 3
        elif text.startswith("<?", at):
            following = text.find("<", at + 2)  # whether it ends does not matter: another "<" follows all the same
            closed = text.find(">", at, following if following >= 0 else len(text))
            end = closed + 1 if closed >= 0 else max(following, at + 2)
        elif text.startswith("<!", at):
            end = _declaration_end(text, at)
            entities = entities or _ENTITY.search(text, at, end) is not None
        elif found := _NAME.match(text, at):
            return Prolog(at, found[1], entities, noise)
        else:
            noise = True
            end = at + 1
    return Prolog(-1, "", entities)


def _is_blank(text: str) -> bool:
    return not text.strip().strip("\ufeff")


def _declaration_end(text: str, at: int) -> int:
    """Behind the ``>`` of a ``<!DOCTYPE``, its internal subset included."""
    close = text.find(">", at)
    subset = text.find("[", at, close) if close >= 0 else -1
    if subset >= 0:
        inner = text.find("]", subset)
        close = text.find(">", inner) if inner >= 0 else -1
    return close + 1 if close >= 0 else len(text)
