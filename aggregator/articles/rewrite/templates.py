"""Texts that are put into articles: ``{title}`` stands for what the article says, ``\\1`` for what was found."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from html import escape
from typing import TYPE_CHECKING

from aggregator.articles.rules.fields import DATE, FIELDS, SYNONYMS, TEXT, Facts
from aggregator.errors import Misspelt

if TYPE_CHECKING:
    from collections.abc import Callable

PLACES = tuple(name for name, each in FIELDS.items() if each.kind in (TEXT, DATE))
"""Fields of rules that can stand in a text."""

_PART = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|\\(.)|[{}\\]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Template:
    """A text ready to be filled. ``parts`` are texts, names of fields (``{title}``) and numbers of groups."""

    parts: tuple[tuple[str, str | int], ...]

    @property
    def groups(self) -> bool:
        """Whether it puts in what a group found."""
        return any(isinstance(value, int) for _, value in self.parts)

    def filled(self, facts: Facts, *, html: bool, found: Callable[[int], str] | None = None) -> str:
        """The text; with ``html`` what an article says is escaped in it, as it is text. ``found`` gives groups."""
        return "".join(self._part(kind, value, facts, found, html=html) for kind, value in self.parts)

    def _part(
        self, kind: str, value: str | int, facts: Facts, found: Callable[[int], str] | None, *, html: bool
    ) -> str:
        if kind == "text":
            return str(value)
        if isinstance(value, int):
            return found(value) if found is not None else ""
        if html and value == "content":
            return facts.article.content_html or ""
        said = ", ".join(_shown(each) for each in facts.values(value))
        return escape(said) if html else said


def template(text: str, groups: int | None = None) -> Template:
    """The template that the text is. With ``groups``, so many can be put in by ``\\1``, and ``\\0`` is all that was
    found; without, a backslash is one.

    Raises Misspelt at the first character that is wrong.
    """
    parts: list[tuple[str, str | int]] = []
    at = 0
    for each in _PART.finditer(text):
        parts.append(("text", text[at : each.start()]))
        at = each.end()
        parts.append(_read(each, groups))
    parts.append(("text", text[at:]))
    return Template(tuple((kind, value) for kind, value in parts if value != ""))


def _read(part: re.Match[str], groups: int | None) -> tuple[str, str | int]:
    written = part[0]
    if written in ("{{", "}}"):
        return "text", written[0]
    if written in ("{", "}"):
        raise Misspelt(f"{written} stands alone; write {{{{ or }}}} for a brace", part.start())
    if part[1] is not None:
        return "field", _place(part[1], part.start() + 1)
    if groups is None:
        return ("text", written)
    if part[2] == "\\":
        return "text", "\\"
    if part[2] is not None and part[2] in "0123456789":
        if int(part[2]) > groups:
            has = f"{groups} group{'' if groups == 1 else 's'} in (parentheses)"
            raise Misspelt(f"{written} is not in the expression, which has {has}", part.start())
        return "group", int(part[2])
    raise Misspelt(f"{written} is not possible here; write \\\\ for a backslash, \\1 for a group", part.start())


def _place(name: str, offset: int) -> str:
    if name in PLACES:
        return name
    near = next(iter(get_close_matches(name.lower(), PLACES, 1)), None) or SYNONYMS.get(name.lower())
    hint = f"did you mean {{{near}}}?" if near in PLACES else "these are possible: " + ", ".join(PLACES)
    raise Misspelt(f"there is nothing called {name[:40]!r} to put in; {hint}; write {{{{ for a brace", offset)


def _shown(value: object) -> str:
    return f"{value:%Y-%m-%d}" if isinstance(value, datetime) else str(value)
