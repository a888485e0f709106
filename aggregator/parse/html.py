"""Local articles in HTML: pages and fragments.

A page's body is its ``<article>``, else ``<main>``, else ``<body>``, without what frames it. Where a page was saved
with the whole site around it, trafilatura tells the main text; where both find the same, our own markup stays, which
still has its captions and numbered lists. Nothing is cleaned here: every article goes through the cleaner later.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser

from aggregator.parse import extract
from aggregator.parse.captured_blocks import columns
from aggregator.parse.captured_bytes import decode, shown
from aggregator.parse.captured_entry import Said, assemble, name_of
from aggregator.parse.captured_metadata import ARTICLES, PageData, structured
from aggregator.parse.frontmatter import split
from aggregator.parse.seed import SeedResult

if TYPE_CHECKING:
    from datetime import datetime

    from selectolax.lexbor import LexborNode

    from aggregator.model import Document

_CHARSET = re.compile(
    rb"""(?:<meta[^>]{0,200}?charset|<\?xml\s[^>]{0,200}?encoding)\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE
)
_CHARSET_WITHIN = 4096
"""Bytes; HTML asks for the declaration within the first 1024, and pages with front matter have it later."""
_FRAME = "nav, header, footer, aside, script, style, template, noscript, [hidden], [role=navigation], [role=banner]"
_SIGNS = (
    'script:not([type="application/ld+json"])',
    "link[rel=stylesheet]",
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
_SHORT = 250
"""Columns of text without white space; with less than that trafilatura is unsure, and so are the signs."""
_A_PARAGRAPH = 80
"""Columns, without white space, from which on a ``<p>`` is hardly a button or a line of a menu."""
_LEAST_SHARE = 0.25
"""Of the text in the paragraphs that we find: an extraction below it has missed the article (lxml, for one, loses what
lies deeper than 256 elements)."""
_ALIKE = 10
"""Characters by which two extractions of the same text may differ."""
_MEDIA = "img, picture, video, audio, iframe, table, svg, math, object, embed"


def parse_seed(document: Document, first_seen: datetime) -> SeedResult:
    """One article from an HTML file, a whole page or a fragment, with or without front matter above it.

    Title, dates, authors, tags, picture and language come from front matter, else from the page's own metadata
    (JSON-LD, Open Graph, ``<meta>``), else from ``<h1>`` and ``<title>``. ``first_seen`` is not needed.
    Nothing is raised.
    """
    name = name_of(document)
    declared = _CHARSET.search(document.body[:_CHARSET_WITHIN])
    text, warnings = decode(document.body, name, declared[1].decode("ascii") if declared else None)
    if text is None:
        return SeedResult(warnings=warnings)
    parts = split(text, name)
    said, problem = read(parts.body, document.url, title=parts.front.title)
    said_wrong = (f"{shown(name)}: {problem}",) if problem else ()
    return assemble(document, parts.front, said, (*warnings, *parts.warnings, *said_wrong))


def read(text: str, url: str, *, title: str | None = None) -> tuple[Said, str | None]:
    """What a page at ``url`` says, and what went wrong; ``title`` is the one it was given in front matter, if any."""
    tree = LexborHTMLParser(text)
    page = _page_data(tree)
    own_title = page.title or _words(tree.css_first("h1")) or _words(tree.css_first("title"))
    captured = _is_captured(tree)
    base = _attribute(tree, "base[href]", "href")
    language = _attribute(tree, "html", "lang") or page.language
    body, problem = _content(tree), None
    if captured:
        body, problem = _main_text(text, body)
    heading = body.css_first("h1") if body is not None else None
    named = _words(heading)
    said_title = title or page.title or named or own_title
    if heading is not None and named and (_same(named, said_title) or (captured and _same(named, own_title))):
        heading.decompose()
    said = Said(
        title=said_title,
        summary=page.summary,
        html=_inside(body),
        authors=page.authors,
        tags=page.tags,
        claimed=page.published,
        updated=page.updated,
        link=page.link,
        image=page.image,
        language=language,
        attribution=page.publisher,
        base=_absolute(url, base) if base else None,
    )
    return said, problem


def _is_captured(tree: LexborHTMLParser) -> bool:
    """Whether a page was saved with the site around it: enough of the signs, and text enough to need telling apart."""
    body = tree.body
    if body is None or sum(tree.css_first(sign) is not None for sign in _SIGNS) < _ENOUGH_SIGNS:
        return False
    return sum(columns(_letters(each)) for each in body.css("p, li, td, pre")) >= _SHORT


def _main_text(text: str, own: LexborNode | None) -> tuple[LexborNode | None, str | None]:
    """The main text of a captured page: as trafilatura finds it, or ``own`` where that fails or finds the same."""
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


def _told(node: LexborNode) -> int:
    """Letters of the text; titles and captions do not count, for trafilatura leaves some of them out."""
    return len(_letters(node)) - sum(len(_letters(each)) for each in node.css("h1, figcaption"))


def _letters(node: LexborNode) -> str:
    return "".join(node.text().split())


def _page_data(tree: LexborHTMLParser) -> PageData:
    meta: dict[str, list[str]] = {}
    for node in tree.css("meta[content]"):
        key = node.attributes.get("property") or node.attributes.get("name") or node.attributes.get("itemprop")
        value = " ".join((node.attributes.get("content") or "").split())
        if key and value:
            meta.setdefault(key.strip().casefold(), []).append(value)
    for key, values in _microdata(tree).items():
        meta.setdefault(key, values)
    scripts = (node.text() for node in tree.css('script[type="application/ld+json"]'))
    return structured(
        scripts,
        meta,
        link=_attribute(tree, "link[rel=canonical][href]", "href"),
        time=_attribute(tree, "article time[datetime], main time[datetime], time[pubdate][datetime]", "datetime"),
    )


def _microdata(tree: LexborHTMLParser) -> dict[str, list[str]]:
    """What the first article marked up with schema.org attributes says of itself: property -> values."""
    items = tree.css("[itemscope][itemtype]")
    scope = next((each for each in items if (each.attributes["itemtype"] or "").casefold().endswith(ARTICLES)), None)
    found: dict[str, list[str]] = {}
    for node in scope.css("[itemprop]") if scope is not None else ():
        if _scope_of(node) == scope and (value := _property(node)):
            for name in (node.attributes.get("itemprop") or "").casefold().split():
                found.setdefault(name, []).append(value)
    return found


def _scope_of(node: LexborNode) -> LexborNode | None:
    """The item a property belongs to."""
    above = node.parent
    while above is not None and "itemscope" not in above.attributes:
        above = above.parent
    return above


def _property(node: LexborNode) -> str | None:
    """The value of a microdata property (HTML Standard 5.2.4); of an item its name."""
    attributes = node.attributes
    if "itemscope" in attributes:
        return _words(node.css_first("[itemprop=name]")) or _attribute(node, "[itemprop=url]", "href") or _words(node)
    for name in ("content", "datetime", "src", "href"):
        if (value := attributes.get(name)) and not (name == "href" and node.tag == "a" and node.text(strip=True)):
            return " ".join(value.split())
    return _words(node)


def _content(tree: LexborHTMLParser) -> LexborNode | None:
    """The node that holds the article, without navigation, headers, footers, asides, scripts and forms."""
    articles = [each for each in tree.css("article") if each.text(strip=True)]
    found = (
        max(articles, key=lambda each: len(each.text()), default=None)
        or tree.css_first("main, [role=main]")
        or tree.body
    )
    if found is None:
        return None
    heading = found.css_first("header h1")
    if heading is not None:  # the title stands in a header as a rule, and is asked for after the header has gone
        header = next(each for each in found.css("header") if each.css_first("h1") is not None)
        header.insert_before(heading)
    for node in found.css(_FRAME):
        node.decompose()
    for form in found.css("form"):
        if len(form.css("p")) > 2:  # a page that is one form, as some servers write it
            form.unwrap()
        else:
            form.decompose()
    return found


def _inside(node: LexborNode | None) -> str | None:
    """Its inner HTML; ``None`` where nothing is to be read or seen."""
    if node is None or not (node.text(strip=True) or node.css_first(_MEDIA) is not None):
        return None
    return (node.inner_html or "").strip() or None


def _words(node: LexborNode | None) -> str | None:
    return (" ".join(node.text().split()) or None) if node is not None else None


def _attribute(tree: LexborHTMLParser | LexborNode, selector: str, name: str) -> str | None:
    node = tree.css_first(selector)
    return ((node.attributes.get(name) or "").strip() or None) if node is not None else None


def _absolute(url: str, base: str) -> str | None:
    try:
        return urljoin(url, base)
    except ValueError:  # "http://[": the document's own address stands
        return None


def _same(heading: str, title: str | None) -> bool:
    """Whether a heading is the title, which pages like to follow by the name of the site."""
    one, other = heading.casefold(), (title or "").casefold()
    return other == one or other.startswith(
        (f"{one} | ", f"{one} - ", f"{one} – ", f"{one} — ", f"{one} · ", f"{one} :: ")
    )
