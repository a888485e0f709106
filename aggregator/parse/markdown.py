"""Local articles in Markdown (CommonMark, tables, strikethrough, footnotes); the only door to markdown-it-py.

HTML in the text passes through; the cleaner that every article goes through takes out what is unsafe. Relative links
stay relative: they start from the file.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt
from mdit_py_plugins.footnote import footnote_plugin

from aggregator.parse.captured_bytes import decode
from aggregator.parse.captured_entry import Said, assemble, name_of
from aggregator.parse.frontmatter import split
from aggregator.parse.seed import SeedResult

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from markdown_it.token import Token

    from aggregator.model import Document


def parse_seed(document: Document, first_seen: datetime) -> SeedResult:
    """One article from a Markdown file. The title is front matter's, else the first ``# heading``, else the name's.

    The heading that is the title leaves the body. ``first_seen`` is not needed: Markdown is written on purpose, so a
    day named in the text is not taken for its date. Nothing is raised.
    """
    name = name_of(document)
    text, warnings = decode(document.body, name)
    if text is None:
        return SeedResult(warnings=warnings)
    parts = split(text, name)
    said = read(parts.body, title=parts.front.title)
    return assemble(document, parts.front, said, (*warnings, *parts.warnings))


def read(text: str, *, title: str | None = None) -> Said:
    """What a Markdown text says; ``title`` is the one it was given in front matter, if any."""
    markdown = _markdown()
    notes: dict[str, object] = {}
    tokens = markdown.parse(text, notes)
    start = next(
        (n for n, each in enumerate(tokens) if each.type == "heading_open" and (each.tag, each.level) == ("h1", 0)),
        None,
    )
    if start is not None:
        heading = _words(tokens[start + 1].children or ())
        if heading and (title is None or heading.casefold() == " ".join(title.split()).casefold()):
            title = title or heading
            del tokens[start : start + 3]
    html = str(markdown.renderer.render(tokens, markdown.options, notes)).strip()
    return Said(title=title, html=html or None)


@cache
def _markdown() -> MarkdownIt:
    """Only settings are kept in it; each parse has its own state."""
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).use(footnote_plugin)


def _words(tokens: Sequence[Token]) -> str:
    """The plain text of a heading: no marks, no HTML, pictures by their description."""
    parts = []
    for token in tokens:
        if token.type in ("text", "code_inline", "text_special", "image"):
            parts.append(token.content)
        elif token.type in ("softbreak", "hardbreak"):
            parts.append(" ")
    return " ".join("".join(parts).split())
