"""What CSS selectors find in HTML. A door to selectolax. What comes out of here is not safe yet: it is cleaned next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

MOST_TAGS = 10_000
"""Of HTML that is looked through. Some selectors (``i ~ p``, ``:nth-last-child()``) take the square of the elements
beside each other: 0.3 s for this many, 5 s for three times as many (selectolax 0.4, measured)."""


class TooManyTags(ValueError):
    """The HTML has more tags than are looked through."""


def check(selector: str) -> None:
    """Raises ValueError for what is no selector."""
    try:
        LexborHTMLParser("<p></p>", is_fragment=True).css(selector)
    except SelectolaxError:
        raise ValueError("this is no CSS selector; write such as .share, p.ad or figure > figcaption") from None


def without(html: str, selector: str) -> str | None:
    """The HTML without the elements that the selector takes; ``None`` where it takes none. Raises TooManyTags."""
    tree = _read(html)
    found = _outermost(tree, selector)
    for each in found:
        each.decompose()
    return tree.html or "" if found else None


def only(html: str, selector: str) -> str | None:
    """The elements that the selector takes, in their order; ``None`` where it takes none. Raises TooManyTags."""
    found = _outermost(_read(html), selector)
    return "".join(each.html or "" for each in found) if found else None


def _read(html: str) -> LexborHTMLParser:
    if html.count("<") > 2 * MOST_TAGS:
        raise TooManyTags(f"it has more than {MOST_TAGS:,} elements")
    return LexborHTMLParser(html, is_fragment=True)


def _outermost(tree: LexborHTMLParser, selector: str) -> list[LexborNode]:
    """What is taken, but for what lies inside another element that is: that goes, or stays, with it."""
    found = tree.css(selector)
    taken = {each.mem_id for each in found}
    return [each for each in found if not _inside(each, taken)]


def _inside(node: LexborNode, taken: set[int]) -> bool:
    around = node.parent
    while around is not None:
        if around.mem_id in taken:
            return True
        around = around.parent
    return False
