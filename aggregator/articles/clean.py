"""HTML from strangers made safe and self-contained. The only door to nh3.

When a rule changes here, raise :data:`aggregator.parse.PARSER_VERSION`: what was cleaned before is then cleaned again.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

import nh3

from aggregator.articles.allowed import ATTRIBUTES, LINK_REL, PLAYERS, SCHEMES, TAGS, WITH_CONTENT, value_of
from aggregator.articles.characters import collapse, decoded, legal
from aggregator.articles.html import mended
from aggregator.articles.markup import MAX_DEPTH, disguised, tamed, too_costly, without_tags, words
from aggregator.articles.nesting import depth, plainly_nested, without_bare_spans
from aggregator.articles.starttags import Unsure
from aggregator.articles.wellformed import Clean, cleaned

if TYPE_CHECKING:
    from collections.abc import Callable

_BLOCKS = words(
    "address article aside blockquote br caption center dd details div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6"
    " header hgroup hr li main nav ol p pre section summary table tbody td tfoot th thead tr ul"
)
_TAG = re.compile(r"</?([a-z0-9]+)[^<>]*>")
_MAY_NEED_BASE = re.compile(
    r"""=(?:(?<=srcset=)|(?<=(?:href|.src|ster|cite)=|...\s=)\s*+["']?+(?!https?://|mailto:))""",
    re.IGNORECASE | re.ASCII | re.DOTALL,
)
"""An ``href``, ``src``, ``poster``, ``cite`` or ``srcset`` that is not clearly absolute; an ``=`` that stands alone may
belong to one. A cleaner costs more than most entries take to clean, so the others share one."""
_ODD_ATTRIBUTE = re.compile(
    r'="(?:[a-z]+://(?!(?:[a-z0-9]+[.-])+[a-z]{2,}[/"?#])|noopener noreferrer"[ ]|(?<=controls=")"[ ])',
    re.IGNORECASE | re.ASCII,
)
"""An address whose host is more than a plain name of letters and digits (an IP address, ``xn--``, a port), as URL
parsers may refuse those; an attribute that nh3 sets and that is not the last, where it puts it next time."""
_WITHOUT_ADDRESS = re.compile(r'<(?:img|source)(?: (?!src(?:set)?=)[a-z]+="[^"<>]*+")*+>')
"""A picture whose address nh3 has refused."""
_UNSETTLED = 6
"""Rounds after which HTML that still changes when read again is given up as text; real feeds need one or two."""


def clean(html: str, base: str | None = None) -> str:
    """The HTML with only what is harmless and useful anywhere, all references absolute.

    Elements and attributes are allowed one by one; nothing runs, nothing is styled, links go to http, https and
    mailto only. References are resolved against ``base``; without a base the relative ones go. Doing it twice
    changes nothing more. Never raises, whatever the input or the base.
    """
    return clean_with_text(html, base).html


def clean_with_text(html: str, base: str | None = None) -> Clean:
    """The same, and the text in it, run together and escaped: for comparing, as it has no blanks between blocks."""
    html = legal(html)
    if "<" not in html:
        text = escaped(decoded(html) if "&" in html else html)
        return Clean(text, text)
    try:
        return cleaned(html, base)
    except Unsure:
        return by_parser(html, base)


def by_parser(html: str, base: str | None) -> Clean:
    """The same for any HTML with tags, whose characters are legal."""
    html = _parsed(html, base)
    return Clean(html, _TAG.sub("", html))


def _parsed(html: str, base: str | None) -> str:
    if too_costly(html):
        return escaped(collapse(decoded(without_tags(html))))
    html = mended(tamed(disguised(html)), base)
    cleaner = _cleaner(_references(base)) if _MAY_NEED_BASE.search(html) else _WITHOUT_BASE
    html = _WITHOUT_ADDRESS.sub("", legal(cleaner.clean(html)))
    html = _settled(without_bare_spans(html))
    return html if html.count("<") <= 2 * MAX_DEPTH or depth(html) <= MAX_DEPTH else escaped(text_of_clean(html))


def text_of(html: str) -> str:
    """The text of any HTML, safe or not: blocks on lines of their own, white space collapsed, entities decoded."""
    html = legal(html)
    if "<" not in html:
        return _tidy(decoded(html))
    if too_costly(html):
        return _tidy(decoded(without_tags(html)))
    return text_of_clean(legal(_TEXT.clean(tamed(disguised(html)))))


def text_of_clean(html: str) -> str:
    """The same for what :func:`clean` gave, which needs no parser: there ``<`` and ``>`` only ever mark tags."""
    if "<" in html:
        pieces = _TAG.split(html)
        pieces[1::2] = ["\n" if name in _BLOCKS else "" for name in pieces[1::2]]
        html = "".join(pieces)
    return _tidy(unescaped(html))


def unescaped(text: str) -> str:
    """What :func:`escaped` escaped, which is all that text in clean HTML holds."""
    if "&" not in text:
        return text
    return text.replace("&nbsp;", "\xa0").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _tidy(text: str) -> str:
    return "\n".join([" ".join(words) for line in text.split("\n") if (words := line.split())])


def escaped(text: str) -> str:
    """Text as HTML, spelled as the HTML Standard serialises it (13.3), so that cleaning it changes nothing."""
    return escape(text, quote=False).replace("\xa0", "&nbsp;")


def _settled(html: str) -> str:
    """The HTML as it reads the same however often it is read.

    Taking an element away can leave its children where HTML does not have them (a ``<p>`` in a ``<p>``), and then the
    next reader sees another tree than the one that was checked. An address that was made absolute can have a host
    that the next reader refuses, and an attribute that goes changes the order of the others. Where none of it can be,
    a second reading is spared.
    """
    if plainly_nested(html) and _ODD_ATTRIBUTE.search(html) is None:
        return html
    for _ in range(_UNSETTLED):
        again = _WITHOUT_ADDRESS.sub("", _SETTLER.clean(html))
        if again == html:
            return html
        html = again
    return escaped(text_of_clean(html))


def _references(base: str | None) -> Callable[[str, str, str], str | None]:
    """How each attribute is to be written. Called for allowed attributes only."""
    return lambda tag, name, value: value_of(name, value, base)


def _cleaner(attribute_filter: Callable[[str, str, str], str | None] | None = None) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=TAGS,
        clean_content_tags=WITH_CONTENT,
        attributes=ATTRIBUTES,
        attribute_filter=attribute_filter,
        url_schemes=SCHEMES,
        set_tag_attribute_values=PLAYERS,
        link_rel=LINK_REL,
    )


_WITHOUT_BASE = _cleaner(_references(None))
_SETTLER = _cleaner()
_TEXT = nh3.Cleaner(tags=_BLOCKS, attributes={}, clean_content_tags=WITH_CONTENT, link_rel=None)
