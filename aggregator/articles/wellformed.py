"""HTML that is read as it is written, cleaned in one walk over its tags. What is not certain is left to a parser.

Most of what feeds carry is tidy: elements nested as HTML allows, closed in their order, attributes spelled plainly.
Its tree is the one that is written, so each tag can be judged where it stands, and most have been judged before. That
takes half the time of a parser, and less than a third of what the parser's answer takes with all that is checked
after it. The outcome is the same (but for what is too costly to parse, of which a parser's way keeps the text only),
and as safe: it is put together from text without ``<`` and from names, attributes and values of
:mod:`aggregator.articles.allowed`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape
from typing import TYPE_CHECKING, NamedTuple

from aggregator.articles.characters import legal
from aggregator.articles.markup import MAX_DEPTH
from aggregator.articles.nesting import ANYTHING, LOST_LINE_END, without_bare_spans
from aggregator.articles.starttags import CHARACTERS_ONLY, COMMENT, End, Unsure, judged, name_of, remembered, start_tag

if TYPE_CHECKING:
    from collections.abc import Iterator

_OUTSIDE = End("<", "", ANYTHING)
"""Around everything; no end tag is spelled like this."""
_FEW = 6
"""What may hold fewer elements than this may not hold text: tables, rows, lists."""
_WHITE = " \t\n\f\r"
_LONG = 200
"""Characters of tags that are not worth remembering: they hold addresses, and come once."""
_BARE_SPAN = re.compile(
    r"""<span(?:\s++(?!(?:title|lang|dir)[\s=>])[a-z][a-z0-9:._-]*+(?:=(?:"[^"<>]*+"|'[^'<>]*+'|[^\s"'<>=`]++))?+)*+\s*+>"""
    "([^<]*+)</span>"
)
"""One that is spelled plainly, will have no attributes and holds only text: highlighted code has thousands."""
_GONE = "\0"
"""Where its tags were, as long as that matters: ``&<span>lt;</span>`` holds no reference."""
_REFERENCE = re.compile(r"&(?!(?:amp|lt|gt|nbsp);)(?:#[xX]?+[0-9a-fA-F]++|[^\s&<;\0]{0,32});?")


class Clean(NamedTuple):
    """Clean HTML, and the characters outside its tags, spelled as there."""

    html: str
    text: str


def cleaned(html: str, base: str | None) -> Clean:
    """The HTML cleaned, as :func:`~aggregator.articles.clean.clean` does it; its characters are legal.

    Raises Unsure where a parser might see another tree than the one that is written, and where more has to go than
    a tag, an attribute, or an element that holds no others.
    """
    if "</span>" in html:
        made = _walked(_GONE.join(_BARE_SPAN.split(html)), base)
        if "<span " not in made.html:
            return made
    return _walked(html, base)


def _walked(html: str, base: str | None) -> Clean:
    first, *rest = html.split("<")
    pieces = iter(rest)
    tags: list[str] = []
    texts = [first]
    around: list[tuple[str, str, frozenset[str]]] = []
    end, written_end, holds = _OUTSIDE.spelled, "", ANYTHING
    for piece in pieces:
        if piece.startswith(end):
            tags.append(written_end)
            text = piece[len(end) :]
            end, written_end, holds = around.pop()
        else:
            spelled, closed, text = piece.partition(">")
            like, written, inner = remembered(spelled) if len(spelled) < _LONG else judged(spelled, base)
            if like not in holds or not (closed or inner is COMMENT):
                raise Unsure(spelled)
            if like == "a" and (written_end == "</a>" or any(other == "</a>" for _, other, _ in around)):
                raise Unsure("a link in a link")
            tags.append(written if written is not None else start_tag(spelled, base) or "")
            if inner is COMMENT:
                text = _behind_comment(piece, pieces)
            elif inner is CHARACTERS_ONLY:
                text = _behind_characters(name_of(spelled), pieces)
            elif inner is not None:
                around.append((end, written_end, holds))
                end, written_end, own = inner
                holds = own or holds
                if like == "pre" and text.startswith("\n"):  # which HTML drops (13.2.6.4.7)
                    text = text[1:]
        if len(holds) < _FEW and text.strip(_WHITE):
            raise Unsure("text where only certain elements may stand")
        texts.append(text)
        if len(around) > MAX_DEPTH:
            raise Unsure("deep")
    while around:
        tags.append(written_end)
        texts.append("")
        end, written_end, holds = around.pop()
    return _together(tags, _escaped(texts))


def _behind_comment(piece: str, pieces: Iterator[str]) -> str:
    """The text behind a comment that begins with this piece and ends with it, or with one of the next."""
    comment = piece.removeprefix("!--")
    if not comment.startswith((">", "->")):  # which end it at once (13.2.5.43)
        while "--!>" not in comment:
            _, closed, text = comment.partition("-->")
            if closed:
                return text
            comment = comment[-2:] + "<" + next(pieces, "--!>")
    raise Unsure("a comment that ends oddly")


def _behind_characters(name: str, pieces: Iterator[str]) -> str:
    """The text behind an element that holds no others, only characters."""
    for piece in pieces:
        if piece.lower().startswith(f"/{name}"):
            spelled, closed, text = piece.partition(">")
            if closed and len(spelled.rstrip(_WHITE)) == 1 + len(name):
                return text
            break
        if piece.startswith("!--"):  # within a script, a comment may hide the end tag (13.2.5.20)
            break
    raise Unsure(name)


def _escaped(texts: list[str]) -> list[str]:
    """The pieces of text as HTML, spelled as the HTML Standard serialises it (13.3)."""
    joined = "<".join(texts).replace(">", "&gt;").replace("\xa0", "&nbsp;")
    if "&" in joined:
        joined = _REFERENCE.sub(lambda found: _resolved(found[0]), joined)
    return joined.replace(_GONE, "").split("<")


@lru_cache(maxsize=1024)
def _resolved(reference: str) -> str:
    """What a reference stands for, as HTML. Raises Unsure for one without end, for characters that ``unescape`` leaves
    out and HTML does not, and for a line end, as what follows may be the rest of it."""
    text = unescape(reference) if len(reference) < _LONG else ""
    if not text or text[0] == "\r":
        raise Unsure(reference)
    text = legal(text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\xa0", "&nbsp;")


def _together(tags: list[str], texts: list[str]) -> Clean:
    woven = [""] * (len(texts) + len(tags))
    woven[::2], woven[1::2] = texts, tags
    clean = Clean(without_bare_spans("".join(woven)), "".join(texts))
    if LOST_LINE_END.search(clean.html):
        raise Unsure("a line end that the next reader would drop")
    return clean
