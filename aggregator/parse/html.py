"""Local articles in HTML: pages and fragments; the only door to selectolax in this stage.

A page's body is its ``<article>``, else ``<main>``, else ``<body>``, without what frames it. Nothing is cleaned here:
every article goes through the cleaner later.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser

from aggregator.parse.captured_bytes import decode
from aggregator.parse.captured_entry import Said, assemble, name_of
from aggregator.parse.captured_metadata import PageData, structured
from aggregator.parse.frontmatter import split
from aggregator.parse.seed import SeedResult

if TYPE_CHECKING:
    from datetime import datetime

    from selectolax.lexbor import LexborNode

    from aggregator.model import Document

_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_CHARSET_WITHIN = 4096
"""Bytes; HTML asks for the declaration within the first 1024, and pages with front matter have it later."""
_FRAME = "nav, header, footer, aside, script, style, template, noscript, [hidden], [role=navigation], [role=banner]"
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
    said = read(parts.body, document.url, title=parts.front.title)
    return assemble(document, parts.front, said, (*warnings, *parts.warnings))


def read(text: str, url: str, *, title: str | None = None) -> Said:
    """What a page at ``url`` says; ``title`` is the one it was given in front matter, if any."""
    tree = LexborHTMLParser(text)
    page = _page_data(tree)
    body = _content(tree)
    heading = body.css_first("h1") if body is not None else None
    named = _words(heading)
    said_title = title or page.title or named or _words(tree.css_first("title"))
    if heading is not None and named and _same(named, said_title):
        heading.decompose()
    base = _attribute(tree, "base[href]", "href")
    return Said(
        title=said_title,
        summary=page.summary,
        html=_inside(body),
        authors=page.authors,
        tags=page.tags,
        claimed=page.published,
        updated=page.updated,
        link=page.link,
        image=page.image,
        language=_attribute(tree, "html", "lang") or page.language,
        attribution=page.publisher,
        base=_absolute(url, base) if base else None,
    )


def _page_data(tree: LexborHTMLParser) -> PageData:
    meta: dict[str, list[str]] = {}
    for node in tree.css("meta[content]"):
        key = node.attributes.get("property") or node.attributes.get("name") or node.attributes.get("itemprop")
        value = " ".join((node.attributes.get("content") or "").split())
        if key and value:
            meta.setdefault(key.strip().casefold(), []).append(value)
    scripts = (node.text() for node in tree.css('script[type="application/ld+json"]'))
    return structured(
        scripts,
        meta,
        link=_attribute(tree, "link[rel=canonical][href]", "href"),
        time=_attribute(tree, "article time[datetime], main time[datetime], time[pubdate][datetime]", "datetime"),
    )


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


def _attribute(tree: LexborHTMLParser, selector: str, name: str) -> str | None:
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
