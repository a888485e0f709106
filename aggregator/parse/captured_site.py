"""Pages that were saved with the whole site around them: how they are known, and their article in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from selectolax.lexbor import LexborHTMLParser

from aggregator.parse import extract
from aggregator.parse.captured_blocks import columns
from aggregator.parse.captured_furniture import body_length

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_SIGNS = (
    'script:not([type="application/ld+json"])',
    "link[rel=stylesheet], style",
    "nav, [role=navigation], [class*=menu], [id*=menu]",
    "body > header, body > footer, body > div > header, body > div > footer, iframe",
    "form, button",
    "aside, [class*=sidebar], [id*=sidebar], [class*=widget]",
    "[class*=cookie], [id*=cookie], [class*=consent], [id*=consent]",
    "[class*=share], [class*=social], [class*=related], [class*=comment], [class*=newsletter], [class*=banner]",
)
"""What a publishing program puts around an article. Each selector is one sign, however often it matches."""
_ENOUGH_SIGNS = 4
"""A page written by hand has a navigation, a footer and a style sheet at most."""
_TRACES = (
    "link[rel=canonical][href^=http]",
    'meta[property^="og:"], meta[property^="article:"], meta[name="twitter:card"], meta[name=generator]',
    'script[type="application/ld+json"]',
    "#comments, .comments, .comment-list, #disqus_thread, #respond",
)
"""What a page is given so that others find it at its address, and what they write under it then. Who writes for the
folder has the keys of front matter."""
_SAVED = re.compile(
    r"<!--\s{0,9}(?:saved from url=\(\d{1,6}\)|Page saved with SingleFile\s{1,9}url:\s{1,9})(https?://[^\s<>\"]{1,2000})"
)
"""What browsers, and the extension SingleFile, write above a page that they save."""
_SAVED_WITHIN = 4096
_SITE = re.compile(r"\s(?:\||-|–|—|·|::|»)\s")
_SHORT = 250
"""Columns of text without white space; with less than that trafilatura is unsure, and so are the signs."""
_A_PARAGRAPH = 80
"""Columns, without white space, from which on a ``<p>`` is hardly a button or a line of a menu."""
_LEAST_SHARE = 0.25
"""Of the text in the paragraphs that we find: an extraction below it has missed the article (lxml, for one, loses what
lies deeper than 256 elements)."""
_ALIKE = 10
"""Characters by which two extractions of the same text may differ."""
_BLOCK = re.compile(r"<(?:p|li|td|th|tr|div|section|h[1-6]|dd|dt|blockquote|pre|br)\b", re.IGNORECASE)
_MOST_BLOCKS, _MOST_TAGS = 4_000, 20_000
"""Of a page that trafilatura is asked about, for its time grows with their square: 2 s at 4,000 ``<p>``, 4 s at 20,000
``<b>``. Pages of newspapers have about 1,500 blocks."""
_LEAVES = "p, h1, h2, h3, h4, h5, h6, li, div, td, dd, dt, pre, figcaption, section, ul, ol, table, figure, blockquote"
_MOST_LEAVES = 60
"""Blocks at the end of an article that are looked at for furniture."""
_SEEN = "img, video, audio"


def saved_from(text: str) -> str | None:
    """The address a browser says it saved the page from."""
    found = _SAVED.search(text[:_SAVED_WITHIN])
    return found[1] if found is not None else None


def has_site_around(tree: LexborHTMLParser) -> bool:
    """Whether enough stands around the article to be a publishing program's work."""
    return sum(tree.css_first(sign) is not None for sign in _SIGNS) >= _ENOUGH_SIGNS


def is_captured(tree: LexborHTMLParser, *, saved: bool) -> bool:
    """Whether a page was saved with the site around it, and has text enough to need telling apart.

    A browser said so (``saved``); or the signs of a publishing program are there, with a trace of the address the page
    had: data for search engines, or the site's name behind the title. A page that somebody wrote by hand may have
    a script, a style sheet, a menu, a footer and a form, and no line of it may be lost.
    """
    body = tree.body
    if body is None or not (saved or (has_site_around(tree) and _is_published(tree))):
        return False
    found = 0
    for each in body.css("p, li, td, pre"):
        found += columns(_letters(each)[:_SHORT])
        if found >= _SHORT:
            return True
    return False


def main_text(text: str, own: LexborNode | None) -> tuple[LexborNode | None, str | None]:
    """The main text of a captured page: as trafilatura finds it, or ``own`` where that fails or finds the same."""
    if len(text) > extract.LARGEST or text.count("<") > _MOST_TAGS or len(_BLOCK.findall(text)) > _MOST_BLOCKS:
        return own, "it is too large to tell its text from what surrounds it, so more of it is kept"
    try:
        found = extract.main_text(text)
    except Exception as error:  # a stranger's page in somebody else's heuristics: our own reading is left
        return own, f"its text could not be told from what surrounds it ({type(error).__name__}), so more of it is kept"
    main = LexborHTMLParser(found).body if found is not None else None
    if main is None or own is None:
        return own, None
    told = _told(main)
    paragraphs = sum(len(letters) for each in own.css("p") if columns(letters := _letters(each)) >= _A_PARAGRAPH)
    if told < _LEAST_SHARE * paragraphs or abs(_told(own) - told) <= _ALIKE:
        return own, None
    return main, None


def drop_tail(body: LexborNode) -> None:
    """Takes the furniture at the end out of an article: ``Share this:``, ``Related articles`` and what is under it."""
    blocks = body.css(_LEAVES)
    last: list[LexborNode] = []
    for number in range(len(blocks) - 1, -1, -1):
        each = blocks[number]
        if len(last) == _MOST_LEAVES:
            break
        inner = number + 1 < len(blocks) and _is_within(blocks[number + 1], each)
        if not inner and (each.text(strip=True) or each.css_first(_SEEN) is not None):
            last.insert(0, each)
    texts = [" ".join(each.text().split()) if each.css_first(_SEEN) is None else "." for each in last]
    for each in last[body_length(texts) :]:
        _remove(each, body)


def _remove(node: LexborNode, body: LexborNode) -> None:
    """Takes a node out, and what is left empty around it."""
    above = node.parent
    node.decompose()
    while above is not None and above.mem_id != body.mem_id:
        if above.text(strip=True) or above.css_first(_SEEN) is not None:
            return
        node, above = above, above.parent
        node.decompose()


def _is_within(node: LexborNode, other: LexborNode) -> bool:
    above = node.parent
    while above is not None and above.mem_id != other.mem_id:  # == would compare their HTML
        above = above.parent
    return above is not None


def _is_published(tree: LexborHTMLParser) -> bool:
    if any(tree.css_first(trace) is not None for trace in _TRACES):
        return True
    title = tree.css_first("title")
    parts = _SITE.split(" ".join(title.text().split())) if title is not None else []
    return len(parts) > 1 and any(" ".join(each.text().split()) == parts[0] for each in tree.css("h1"))


def _told(node: LexborNode) -> int:
    """Letters of the text; titles and captions do not count, for trafilatura leaves some of them out."""
    return len(_letters(node)) - sum(len(_letters(each)) for each in node.css("h1, figcaption"))


def _letters(node: LexborNode) -> str:
    return "".join(node.text().split())
