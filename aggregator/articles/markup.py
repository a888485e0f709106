"""HTML looked at as a string of tags: what can be told, and tamed, before anything parses it."""

from __future__ import annotations

import re


def words(names: str) -> frozenset[str]:
    """The set of these names, so that a long list can be read as one."""
    return frozenset(names.split())


ELEMENTS = words(
    "a abbr acronym address applet area article aside audio b base basefont bdi bdo big blink blockquote body br button"
    " canvas caption center cite code col colgroup data datalist dd del details dfn dialog dir div dl dt em embed"
    " fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe"
    " img input ins kbd label legend li link main map mark marquee math menu meta meter nav nobr noembed noframes"
    " noscript object ol optgroup option output p param picture plaintext pre progress q rp rt ruby s samp script"
    " section select slot small source span strike strong style sub summary sup svg table tbody td template textarea"
    " tfoot th thead time title tr track tt u ul var video wbr xmp"
    " bgsound image isindex keygen listing rb rtc search selectedcontent"
)
"""The names HTML has or had. Anything else in angle brackets is more likely a word: ``vector<int>``."""

_ATTRIBUTES = r"(?:[\s/]++|[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:\"[^\"]*+\"?+|'[^']*+'?+|[^\s>\"'][^\s>]*+|(?=>)))?+)*+"
"""The attributes of a tag, as the HTML Standard's tokeniser (13.2.5.32 and on) takes them; in linear time."""
_TOKEN = re.compile(
    rf"<!--(?:-?>|.*?(?:--!?>|\Z))|<[!?][^>]*+>?|<(?P<close>/?)(?P<name>[a-z][^\s/>]*+){_ATTRIBUTES}>?",
    re.IGNORECASE | re.DOTALL,
)
FORMATTING = words("b big code em font i nobr s small strike strong tt u")
"""Elements that HTML opens again in the blocks that follow, if they were not closed."""
_FORMATTING_TAG = re.compile(rf"<({'|'.join(sorted(FORMATTING))})(?=[\s/]){_ATTRIBUTES}>?", re.IGNORECASE)
_TAG_LIKE = re.compile(r"<(?P<close>/?)(?P<name>[a-z][a-z0-9-]*+)(?P<rest>[^<>]*+)(?P<end>>?)", re.IGNORECASE)
_NAME = re.compile(r"</?+([a-z][^\s/>]*+)", re.IGNORECASE)
_FOREIGN = re.compile(r"<(?:svg|math|xmp|plaintext|noembed|noframes)(?=[\s/>])", re.IGNORECASE)
_HANDLER = re.compile(r"[\s/\"'](?:on[a-z]+|src|href|style)\s*=", re.IGNORECASE)
_NEVER_DEEP = words(
    "area base br col embed hr img input link meta param source track wbr p li dt dd tr td th thead tbody tfoot option"
)
"""Void elements, and those whose end tag may be left out and whose next start tag closes them."""

MAX_DEPTH = 200
"""Nested elements in what is published. Browsers stop at 512, libxml2 at 256, and drops what follows."""
_MAX_PARSED = 400
"""Nested elements that are parsed. It takes time in the square of the depth: 100,000 ``<div>``, 21 s."""
_FEW = 300
"""Tags below which re-opening cannot hurt: at most 22,500 elements."""
_SHALLOW = 1500
"""Tags below which depth cannot hurt: at most 5 ms."""
_LONG = 20_000
"""Characters between two ``<`` below which nothing can hurt."""
_MANY_REFERENCES = 20_000
"""In one text or tag. nh3 takes time in the square of them: 262,144 no-break spaces, 1 s; a million, 16 s."""
_MANY_ATTRIBUTES = 2000
"""In one tag. Both parsers take time in the square of them: 32,768, 1.7 s."""
_MANY_IN_TABLES = 50_000
"""Tags. nh3 takes time in the square of those that it has to move out of a table: 87,000 paragraphs, 1.1 s."""
_TABLE = re.compile(r"<table(?=[\s/>])", re.IGNORECASE)
_QUOTED = re.compile(r"\"[^\"]*+\"|'[^']*+'")
_ATTRIBUTE_NAME = re.compile(r"(?:[\s/\"']|\A)[^\s/\"'=>]")


def looks_like_html(text: str) -> bool:
    """Whether text that is said to be plain is obviously HTML.

    Signs are an end tag, or a start tag with attributes, of a known element, ``<br>``, ``<img>`` or ``<p>``, a comment,
    and anything that would run or load something, closed or not. ``How to use <b>`` and ``if a<b`` are none.
    """
    if "<" not in text:
        return False
    for tag in _TAG_LIKE.finditer(text):
        if _HANDLER.search(tag["rest"]):
            return True
        name = tag["name"].lower()
        if tag["end"] and name in ELEMENTS and (tag["close"] or "=" in tag["rest"] or name in ("br", "hr", "img", "p")):
            return True
    return "<!--" in text


def too_costly(html: str) -> bool:
    """Whether parsing it would take more than a second or two per megabyte: it nests too deep, or is nothing anybody
    writes by hand or by program. What is left of such HTML is its text."""
    tags = html.count("<")
    if tags >= _SHALLOW and (too_deep(html) or (tags > _MANY_IN_TABLES and _TABLE.search(html) is not None)):
        return True
    return len(html) > _LONG and any(len(piece) > _LONG and _too_many(piece) for piece in html.split("<"))


def _too_many(piece: str) -> bool:
    """Whether there are too many references or attributes in a tag and the text behind it."""
    if piece.count("&") + piece.count("\xa0") > _MANY_REFERENCES:
        return True
    return len(_ATTRIBUTE_NAME.findall(_QUOTED.sub('"', piece).partition(">")[0])) > _MANY_ATTRIBUTES


def too_deep(html: str) -> bool:
    """Whether elements nest too deep to be parsed. An end tag counts only where it closes the last one open (or the
    ruby around its annotations), so the answer errs on the side of yes."""
    nested: list[str] = []
    for close, tag in _TOKEN.findall(html):
        name = tag.lower()
        if not name or name in _NEVER_DEEP:
            continue
        if not close:
            nested.append(name)
            if len(nested) > _MAX_PARSED:
                return True
            continue
        last = len(nested)
        while name == "ruby" and last and nested[last - 1] in ("rt", "rp"):
            last -= 1
        if last and nested[last - 1] == name:
            del nested[last - 1 :]
    return False


def tamed(html: str) -> str:
    """The HTML without attributes on ``<b>``, ``<font>`` and their like, where there are many tags.

    HTML re-opens such elements in every following block unless they are identical (13.2.4.3, "Noah's Ark clause"):
    1,000 different ``<b>`` and 1,000 paragraphs, 20 KB, become a million elements, 19 MB. None of the attributes
    would have survived cleaning but ``title``, ``lang`` and ``dir``.
    """
    return html if html.count("<") < _FEW else _FORMATTING_TAG.sub(r"<\1>", html)


def disguised(html: str) -> str:
    """The HTML with elements that it does not know under names that nobody knows.

    nh3 takes many words for elements of SVG or MathML and drops all that is in them: of ``<p>vector<int> is fine`` only
    ``vector`` would be left, though HTML has ``<int>`` hold text like any unknown element. Where there is SVG, MathML
    or text that only looks like tags, the names stay.
    """
    if _FOREIGN.search(html) is not None or ELEMENTS.issuperset(map(str.lower, _NAME.findall(html))):
        return html
    return _TOKEN.sub(_renamed, html)


def _renamed(token: re.Match[str]) -> str:
    name = token["name"]
    if name is None or name.lower() in ELEMENTS:
        return token[0]
    return f"<{token['close']}x-{token[0][1 + len(token['close']) :]}"


def without_tags(html: str) -> str:
    """The characters outside tags, entities untouched: what is left of HTML that is too deep to parse."""
    return _TOKEN.sub(" ", html)
