"""The article on a page that was asked for: as selectors find it, or told from what surrounds it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from aggregator.model.value import Value
from aggregator.parse import html
from aggregator.parse.captured_bytes import decode

if TYPE_CHECKING:
    from aggregator.model import Document, FullText

_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE)
_SERVED = re.compile(r"""charset\s*=\s*["']?([^\s"';,]{1,40})""", re.IGNORECASE)
_CHARSET_WITHIN = 4096
_FORBIDS = frozenset({"noarchive", "nosnippet", "noindex", "none"})
_MOST = 200
"""Elements that a selector may match."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found(Value):
    """What stands on a page."""

    html: str | None = None
    """The article; nothing of it is clean."""
    base: str
    """Address its references start from."""
    why: str | None = None
    """Why there is nothing, in words."""


def article(document: Document, wanted: FullText, product: str) -> Found:
    """The article on a page. ``product`` is what its ``<meta name=robots>`` may call us. Never raises."""
    text = text_of(document)
    if text is None:
        return Found(base=document.url, why="the page is no text")
    tree = LexborHTMLParser(text)
    base = base_of(tree, document.url)
    if _forbids(tree, product):
        return Found(base=base, why="its publisher asks that it is kept nowhere else (meta robots)")
    if wanted.remove is not None:
        for node in tree.css(wanted.remove)[: 10 * _MOST]:
            node.decompose()
    if wanted.select is not None:
        chosen = [each.html or "" for each in tree.css(wanted.select)[:_MOST]]
        if not chosen:
            return Found(base=base, why=f"select '{wanted.select}' matches nothing on the page")
        return Found(base=base, html="\n".join(chosen))
    said, problems = html.read(tree.html or "" if wanted.remove is not None else text, document.url, asked=True)
    if html.PAID in problems:
        return Found(base=base, why="the page says that only subscribers see all of it")
    return Found(base=said.base or base, html=said.html, why=None if said.html else "no article was found on the page")


def check_selector(selector: str) -> None:
    """Raises ValueError for a text that is no CSS selector."""
    try:
        LexborHTMLParser("<p>").css(selector)
    except SelectolaxError:
        raise ValueError("is no CSS selector; write such as 'article .text'") from None


def text_of(document: Document) -> str | None:
    """A page as text; ``None`` where it is none."""
    in_page = _CHARSET.search(document.body[:_CHARSET_WITHIN])
    served = _SERVED.search(document.media_type or "")
    declared = served[1] if served else in_page[1].decode("ascii") if in_page else None
    return decode(document.body, document.url, declared)[0]


def base_of(tree: LexborHTMLParser, url: str) -> str:
    """The address that references of a page start from."""
    node = tree.css_first("base[href]")
    try:
        return urljoin(url, (node.attributes.get("href") or "").strip()) if node is not None else url
    except ValueError:  # "http://["
        return url


def _forbids(tree: LexborHTMLParser, product: str) -> bool:
    for node in tree.css("meta[name][content]"):
        name = (node.attributes.get("name") or "").strip().lower()
        words = {each.strip().lower() for each in (node.attributes.get("content") or "").split(",")}
        if name in ("robots", product) and words & _FORBIDS:
            return True
    return False
