"""Local articles in Markdown (CommonMark, tables, strikethrough, footnotes, tasks); the only door to markdown-it-py.

HTML in the text passes through; the cleaner that every article goes through takes out what is unsafe. Relative links
stay relative: they start from the file.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt
from mdit_py_plugins.footnote import footnote_plugin

from aggregator.parse.captured_bytes import LONGEST, decode
from aggregator.parse.captured_entry import Said, assemble, name_of
from aggregator.parse.frontmatter import split
from aggregator.parse.seed import SeedResult

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from markdown_it.token import Token

    from aggregator.model import Document

_BOXES = {"[ ] ": "☐ ", "[x] ": "☑ "}


def parse_seed(document: Document, first_seen: datetime) -> SeedResult:
    """One article from a Markdown file. The title is front matter's, else the first ``# heading``, else any heading it
    begins with, else the name's.

    The heading that is the title leaves the body. ``first_seen`` is not needed: Markdown is written on purpose, so a
    day named in the text is not taken for its date. Nothing is raised.
    """
    name = name_of(document)
    text, warnings = decode(document.body, name, longest=LONGEST)
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
    headings = [n for n, each in enumerate(tokens) if each.type == "heading_open" and each.level == 0]
    start = next((n for n in headings if tokens[n].tag == "h1"), 0 if headings[:1] == [0] else None)
    if start is not None:
        heading = _words(tokens[start + 1].children or ())
        if heading and (title is None or heading.casefold() == " ".join(title.split()).casefold()):
            title = title or heading
            del tokens[start : start + 3]
    _tick(tokens)
    html = str(markdown.renderer.render(tokens, markdown.options, notes)).strip()
    return Said(title=title, html=html or None)


@cache
def _markdown() -> MarkdownIt:
    """Only settings are kept in it; each parse has its own state."""
    markdown = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).use(footnote_plugin)
    markdown.add_render_rule("footnote_ref", _footnote_number)
    markdown.add_render_rule("footnote_anchor", _nothing)
    return markdown


def _footnote_number(renderer: object, tokens: Sequence[Token], index: int, options: object, env: object) -> str:
    """``[1]``, and no link: in a feed reader an address within the page leads nowhere."""
    return f"<sup>[{int(tokens[index].meta['id']) + 1}]</sup>"


def _nothing(renderer: object, tokens: Sequence[Token], index: int, options: object, env: object) -> str:
    return ""


def _tick(tokens: Sequence[Token]) -> None:
    """Shows the boxes of a task list as characters: form fields do not get into a feed."""
    for item, inline in zip(tokens, tokens[2:], strict=False):
        if item.type == "list_item_open" and inline.type == "inline" and inline.children:
            first = inline.children[0]
            if first.type == "text" and first.content[:4].lower() in _BOXES:
                first.content = _BOXES[first.content[:4].lower()] + first.content[4:]


def _words(tokens: Sequence[Token]) -> str:
    """The plain text of a heading: no marks, no HTML, pictures by their description."""
    parts = []
    for token in tokens:
        if token.type in ("text", "code_inline", "text_special", "image"):
            parts.append(token.content)
        elif token.type in ("softbreak", "hardbreak"):
            parts.append(" ")
    return " ".join("".join(parts).split())
