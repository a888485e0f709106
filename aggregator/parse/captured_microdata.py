"""What an HTML page says of its article in schema.org attributes (HTML Standard 5, microdata)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.parse.captured_metadata import ARTICLES, PAGES

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

_MOST = 200
"""Properties of one item; articles have fewer than 30."""
_LONGEST = 2_000
"""Characters of a value that is text; ``articleBody`` is not asked for here."""
_SHOWN = ("content", "datetime", "src", "href")
"""Attributes that hold the value of a property in place of its text (5.2.4)."""


def microdata(tree: LexborHTMLParser) -> dict[str, list[str]]:
    """Property in small letters -> values, of the first article that is marked up; of the page where none is."""
    items = [(each, (each.attributes.get("itemtype") or "").casefold()) for each in tree.css("[itemscope][itemtype]")]
    scope = next((each for kinds in (ARTICLES, PAGES) for each, kind in items if kind.endswith(kinds)), None)
    found: dict[str, list[str]] = {}
    for node in _properties(scope) if scope is not None else ():
        if value := _value(node):
            for name in (node.attributes.get("itemprop") or "").casefold().split():
                found.setdefault(name, []).append(value)
    return found


def _properties(scope: LexborNode) -> list[LexborNode]:
    """The elements that are properties of this item and of no item inside it, in the order of the page."""
    found: list[LexborNode] = []
    waiting = [scope.child]
    while waiting and len(found) < _MOST:
        node = waiting.pop()
        if node is None:
            continue
        waiting.append(node.next)
        if node.is_element_node and "itemprop" in node.attributes:
            found.append(node)
        if not (node.is_element_node and "itemscope" in node.attributes):
            waiting.append(node.child)
    return found


def _value(node: LexborNode) -> str | None:
    """The value of a property; of a person or an organisation the name, of a picture the address."""
    if "itemscope" in node.attributes:
        inside = {name: each for each in _properties(node) for name in (each.attributes["itemprop"] or "").split()}
        known = next((inside[name] for name in ("name", "url", "contentUrl") if name in inside), None)
        return _plain(known) if known is not None else _text(node)
    return _plain(node)


def _plain(node: LexborNode) -> str | None:
    for name in _SHOWN:
        given = node.attributes.get(name)
        if given and not (name == "href" and node.tag == "a" and node.text(strip=True)):
            return " ".join(given.split())
    return _text(node)


def _text(node: LexborNode) -> str | None:
    words = " ".join(node.text().split())
    return words if 0 < len(words) <= _LONGEST else None
