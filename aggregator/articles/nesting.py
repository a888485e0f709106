"""Whether clean HTML is nested so plainly that every reader sees the tree that was written."""

from __future__ import annotations

import re

from aggregator.articles.markup import words

INLINE = words(
    "a abbr acronym audio b bdi bdo big br cite code data del dfn em i img ins kbd mark picture q s samp small source"
    " span strike strong sub sup time tt u var video wbr"
)
ANYTHING = INLINE | words(
    "address article aside blockquote center details div dl figcaption figure footer h1 h2 h3 h4 h5 h6 header hgroup hr"
    " main nav ol p pre section summary table ul"
)
MAY_HOLD = {
    **dict.fromkeys(words("p h1 h2 h3 h4 h5 h6 pre"), INLINE),
    **dict.fromkeys(
        words(
            "address article aside blockquote caption center dd details div dt figcaption figure footer header hgroup"
            " li main nav section summary td th"
        ),
        ANYTHING,
    ),
    **dict.fromkeys(words("ol ul"), words("li ol ul")),
    **dict.fromkeys(words("tbody tfoot thead"), words("tr")),
    "colgroup": words("col"),
    "dl": words("dd dt"),
    "table": words("caption colgroup tbody tfoot thead"),
    "tr": words("td th"),
}
"""Element -> elements that may stand in it; one that is not here holds what its parent may."""
VOID = words("br col hr img source wbr")
_TAG = re.compile(r"<(/?[a-z0-9]+)")
LOST_LINE_END = re.compile(r"<pre[^<>]*>\n")
"""HTML has the first line end in a ``<pre>`` count for nothing (13.2.6.4.7)."""


def without_bare_spans(html: str) -> str:
    """Serialised HTML without ``<span>``, where not one of them says anything: it marked colours, mostly of code."""
    return html if "<span " in html else html.replace("<span>", "").replace("</span>", "")


def depth(html: str) -> int:
    """How deep the elements of serialised HTML nest."""
    level = deepest = 0
    for name in _TAG.findall(html):
        if name[0] == "/":
            level -= 1
        elif name not in VOID:
            level += 1
            deepest = max(deepest, level)
    return deepest


def plainly_nested(html: str) -> bool:
    """Whether serialised HTML reads as it is written, so that reading it again gives the same tree.

    The HTML Standard's tree construction (13.2.6.4) closes, moves, repeats or drops an element only where it stands
    in one that may not hold it: a ``<p>`` in a ``<p>``, an ``<a>`` in an ``<a>``, a ``<tr>`` outside a table. Where no
    element does, each start tag opens a child of the last one open, and each end tag closes just that. The answer errs
    on the side of no.
    """
    allowed = [ANYTHING]
    links = 0
    for name in _TAG.findall(html):
        if name[0] == "/":
            allowed.pop()
            links -= name == "/a"
        elif name not in allowed[-1] or (name == "a" and links):
            return False
        elif name not in VOID:
            allowed.append(MAY_HOLD.get(name, allowed[-1]))
            links += name == "a"
    return LOST_LINE_END.search(html) is None
