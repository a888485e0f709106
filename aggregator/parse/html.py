"""Local articles in HTML: pages and fragments.

A page's body is its ``<article>``, else ``<main>``, else ``<body>``, without what frames it. Where a page was saved
with the whole site around it, trafilatura tells the main text; where both find the same, our own markup stays, which
still has its captions and numbered lists. Nothing is cleaned here: every article goes through the cleaner later.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser

from aggregator.model import Person
from aggregator.parse import captured_site as site
from aggregator.parse.captured_bytes import decode, shown
from aggregator.parse.captured_entry import Said, assemble, name_of
from aggregator.parse.captured_metadata import PageData, structured
from aggregator.parse.captured_microdata import microdata
from aggregator.parse.frontmatter import split
from aggregator.parse.seed import SeedResult

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from selectolax.lexbor import LexborNode

    from aggregator.model import Document

_CHARSET = re.compile(
    rb"""(?:<meta[^>]{0,200}?charset|<\?xml\s[^>]{0,200}?encoding)\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE
)
_CHARSET_WITHIN = 4096
"""Bytes; HTML asks for the declaration within the first 1024, and pages with front matter have it later."""
_MHTML = re.compile(
    r"\A\s*(?:From|MIME-Version|Content-Type|Subject|Snapshot-Content-Location):.{0,4000}?^MIME-Version:|\A\s*MIME-Version:",
    re.DOTALL | re.MULTILINE,
)
_AMP = re.compile(r"<(/?)amp-(?=(?:img|video|audio)\b)", re.IGNORECASE)
"""AMP's elements are those of HTML under another name."""
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})[^<>]{0,2000}>?")
_DEEPEST = 400
"""Nested elements. Browsers stop at 512; parsers take time in the square of the depth, 100,000 ``<div>`` 17 s."""
_DEEPEST_TOLD = 250
"""Nested elements in which trafilatura looks for the main text: lxml loses what lies deeper than 256."""
_NEVER_DEEP = frozenset(
    {"p", "li", "dt", "dd", "td", "th", "tr", "option", "area", "base", "br", "col", "embed", "hr", "img", "input"}
    | {"link", "meta", "param", "source", "track", "wbr"}
)
"""Elements without an end tag, and those that the next of their kind ends."""
_FRAME = "nav, header, footer, aside, script, style, template, noscript, [hidden], [role=navigation], [role=banner]"
_MEDIA = "img, picture, video, audio, iframe, table, svg, math, object, embed"
_MOST_HEADINGS = 20
_MOST_ARTICLES = 100
"""Of a front page; the text of an article is what is asked for here."""
_BEHIND_TITLE = (" | ", " - ", " – ", " — ", " · ", " :: ", " » ")
PAID = "it says that only subscribers are shown its whole text; see whether what was saved is all of it"


def parse_seed(document: Document, first_seen: datetime) -> SeedResult:
    """One article from an HTML file, a whole page or a fragment, with or without front matter above it.

    Title, dates, authors, tags, picture and language come from front matter, else from the page's own metadata
    (JSON-LD, microdata, Open Graph, Dublin Core, ``<meta>``), else from ``<h1>`` and ``<title>``. ``first_seen`` is not
    needed. Nothing is raised.
    """
    name = name_of(document)
    declared = _CHARSET.search(document.body[:_CHARSET_WITHIN])
    text, warnings = decode(document.body, name, declared[1].decode("ascii") if declared else None)
    if text is None:
        return SeedResult(warnings=warnings)
    if _MHTML.match(text[:8000]):
        note = f"{shown(name)}:1: this is a web archive (MHTML) and no HTML; save the page again as HTML"
        return SeedResult(warnings=(*warnings, note))
    parts = split(text, name)
    said, problems = read(parts.body, document.url, title=parts.front.title)
    wrong = (f"{shown(name)}: {each}" for each in problems)
    return assemble(document, parts.front, said, (*warnings, *parts.warnings, *wrong))


def read(text: str, url: str, *, title: str | None = None, asked: bool = False) -> tuple[Said, tuple[str, ...]]:
    """What a page at ``url`` says, and what is wrong with it; ``title`` is that of its front matter, if any.

    ``asked``: it was asked for, and is no file of somebody's own, so its article is told from the site around it.
    """
    problems = []
    if _is_deeper(text, _DEEPEST):
        problems.append(f"its elements are nested more than {_DEEPEST:,} deep, so only its text is read")
        text = f"<p>{escape(' '.join(_TAG.sub(' ', text).split()), quote=False)}</p>"
    text = _AMP.sub(r"<\1", text)
    tree = LexborHTMLParser(text)
    page = _page_data(tree)
    saved = site.saved_from(text)
    captured = asked or site.is_captured(tree, saved=saved is not None)
    furnished = captured or site.has_site_around(tree)
    headings = tuple(filter(None, map(_words, tree.css("h1")[:_MOST_HEADINGS])))
    document_title = _words(tree.css_first("title"))
    own_title = _title(page, document_title, headings)
    base = _attribute(tree, "base[href]", "href")
    language = _attribute(tree, "html", "lang") or _attribute(tree, "html", "xml:lang") or page.language
    authors = page.authors or _rel_author(tree)
    body = _content(tree, title or own_title)
    if captured and not _is_deeper(text, _DEEPEST_TOLD):
        body, problem = site.main_text(text, body)
        problems += [problem] if problem else []
    if body is not None and furnished:
        site.drop_tail(body)
    said_title = title or own_title or _leading(body)
    _drop_heading(body, (said_title, own_title if captured else None))
    said = Said(
        title=said_title,
        summary=page.summary,
        html=_inside(body),
        authors=authors,
        tags=page.tags,
        claimed=page.published,
        updated=page.updated,
        link=page.link or saved,
        image=page.image,
        language=language,
        attribution=page.publisher,
        base=_absolute(url, base) if base else None,
    )
    return said, (*problems, PAID) if page.paid else tuple(problems)


def _is_deeper(text: str, limit: int) -> bool:
    """Whether elements may nest deeper than the limit: an estimate that errs on the side of yes."""
    if text.count("<") <= limit:
        return False
    unclosed: dict[str, int] = {}
    depth = 0
    for found in _TAG.finditer(text):
        name = found[2].lower()
        if name in _NEVER_DEEP:
            continue
        if not found[1]:
            unclosed[name] = unclosed.get(name, 0) + 1
            depth += 1
            if depth > limit:
                return True
        elif unclosed.get(name, 0):
            unclosed[name] -= 1
            depth -= 1
    return False


def _page_data(tree: LexborHTMLParser) -> PageData:
    meta: dict[str, list[str]] = {}
    for node in tree.css("meta[content]"):
        given = node.attributes
        key = given.get("property") or given.get("name") or given.get("http-equiv")
        value = " ".join((given.get("content") or "").split())
        if key and value:
            meta.setdefault(key.strip().casefold(), []).append(value)
    for name, values in microdata(tree).items():
        meta.setdefault(name, values)
    scripts = (node.text() for node in tree.css('script[type="application/ld+json"]'))
    return structured(
        scripts,
        meta,
        link=_attribute(tree, "link[rel=canonical][href]", "href"),
        time=_attribute(tree, "article time[datetime], main time[datetime], time[pubdate][datetime]", "datetime"),
    )


def _rel_author(tree: LexborHTMLParser) -> tuple[Person, ...]:
    """Whom a page links as its author: ``<a rel="author">Jane Doe</a>`` (HTML Standard 4.6.7.2)."""
    found: dict[str, Person] = {}
    for node in tree.css("a[rel~=author]"):
        name, url = _words(node), (node.attributes.get("href") or "").strip()
        if name is not None and len(name) <= 80:
            found.setdefault(name, Person(name=name, url=url if url.startswith(("http://", "https://")) else None))
    return tuple(found.values())[:6]


def _title(page: PageData, document_title: str | None, headings: tuple[str, ...]) -> str | None:
    """What the page calls its article: the heading that its title begins with, so that the site's name goes."""
    for stated in filter(None, (page.title, document_title)):
        for heading in headings:
            if _same(heading, stated):
                return heading
    return _without_site(page.title, page.publisher) or next(
        iter(headings), _without_site(document_title, page.publisher)
    )


def _without_site(title: str | None, publisher: str | None) -> str | None:
    if title is None or publisher is None:
        return title
    name = publisher.casefold()
    ending = next((each for each in _BEHIND_TITLE if title.casefold().endswith(each + name)), None)
    return title[: -len(ending + name)].strip() or title if ending is not None else title


def _content(tree: LexborHTMLParser, title: str | None) -> LexborNode | None:
    """The node that holds the article, without navigation, headers, footers, asides, scripts and forms.

    A heading that stands in a header is kept, but for the name of the site above an article of another title.
    """
    articles = [each for each in tree.css("article")[:_MOST_ARTICLES] if each.text(strip=True)]
    found = (
        max(articles, key=lambda each: len(each.text()), default=None)
        or tree.css_first("main, [role=main]")
        or tree.body
    )
    if found is None:
        return None
    marked = found.css("[itemprop~=articleBody]")
    if len(marked) == 1 and len(marked[0].text()) * 2 > len(found.text()):
        found = marked[0]
    for header in found.css("header"):
        heading = header.css_first("h1")
        if heading is not None and (found.tag != "body" or _same(_words(heading) or "", title)):
            header.insert_before(heading)
            break
    for node in found.css(_FRAME):
        node.decompose()
    for form in found.css("form"):
        if len(form.css("p")) > 2:  # a page that is one form, as some servers write it
            form.unwrap()
        else:
            form.decompose()
    return found


def _leading(body: LexborNode | None) -> str | None:
    """The heading that a fragment begins with."""
    heading = body.css_first("h2, h3") if body is not None else None
    if body is None or heading is None:
        return None
    words = _words(heading)
    return words if words and " ".join(body.text().split()).startswith(words) else None


def _drop_heading(body: LexborNode | None, titles: Iterable[str | None]) -> None:
    """Takes the heading that is the title out of the text."""
    known = [each for each in titles if each]
    for heading in body.css("h1, h2, h3")[:_MOST_HEADINGS] if body is not None else ():
        words = _words(heading)
        if words and any(_same(words, each) if heading.tag == "h1" else words == each for each in known):
            heading.decompose()
            return


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
    return other == one or other.startswith(tuple(one + each for each in _BEHIND_TITLE))
