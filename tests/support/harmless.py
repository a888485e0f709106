"""Whether what we publish is harmless, told by parsing it and by a list that is not the cleaner's own.

Each function gives the faults it found, in words; none is what a document should have.
"""

from __future__ import annotations

import json
import re
from functools import cache
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from lxml import etree
from selectolax.lexbor import LexborHTMLParser

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from selectolax.lexbor import LexborNode

    from aggregator.model import PublishedFeed

_ANYWHERE = {"title", "lang", "dir"}
_NO_ATTRIBUTES = (
    "abbr acronym address article aside b bdi bdo big br caption center cite code dd details dfn div dl dt em"
    " figcaption figure footer h1 h2 h3 h4 h5 h6 header hgroup hr"
    " i kbd main mark nav p picture pre rp rt ruby s samp section"
    " small span strike strong sub summary sup table tbody tfoot thead tr tt u ul var wbr"
)
ALLOWED: Mapping[str, set[str]] = {
    **dict.fromkeys(_NO_ATTRIBUTES.split(), _ANYWHERE),
    "a": {*_ANYWHERE, "href", "hreflang", "rel"},
    "audio": {*_ANYWHERE, "src", "controls"},
    "blockquote": {*_ANYWHERE, "cite"},
    "col": {*_ANYWHERE, "span"},
    "colgroup": {*_ANYWHERE, "span"},
    "data": {*_ANYWHERE, "value"},
    "del": {*_ANYWHERE, "cite", "datetime"},
    "details": {*_ANYWHERE, "open"},
    "img": {*_ANYWHERE, "src", "srcset", "sizes", "alt", "width", "height"},
    "ins": {*_ANYWHERE, "cite", "datetime"},
    "li": {*_ANYWHERE, "value"},
    "ol": {*_ANYWHERE, "start", "reversed", "type"},
    "q": {*_ANYWHERE, "cite"},
    "source": {*_ANYWHERE, "src", "srcset", "sizes", "media", "type"},
    "td": {*_ANYWHERE, "colspan", "rowspan", "align"},
    "th": {*_ANYWHERE, "colspan", "rowspan", "align", "scope"},
    "time": {*_ANYWHERE, "datetime"},
    "video": {*_ANYWHERE, "src", "poster", "width", "height", "controls"},
}
"""Element -> attributes: what may be in content."""
_OF_THE_PAGE: Mapping[str, set[str]] = {
    "html": {"lang"},
    "head": set(),
    "meta": {"charset", "name", "content"},
    "title": set(),
    "link": {"rel", "type", "title", "href"},
    "body": set(),
    "a": {"class", "href", "type", "rel", "dir"},
    "header": set(),
    "h1": {"dir"},
    "nav": {"aria-label"},
    "ul": {"class"},
    "li": set(),
    "main": {"id"},
    "article": {"data-id", "lang"},
    "h2": {"dir"},
    "p": {"class", "dir"},
    "span": {"class", "dir"},
    "time": {"datetime"},
    "details": {"open"},
    "summary": set(),
    "div": {"class", "dir"},
    "footer": set(),
}
"""What our page has around the articles' content."""
_ADDRESSES = {"href", "src", "poster", "cite"}
_WEB = re.compile(r"https?://[^\s/?#\"<>\\]+(?:[/?#][^\s\"<>]*)?", re.IGNORECASE)
_MAIL = re.compile(r"mailto:[^\s\"<>]+", re.IGNORECASE)
_RUNS = re.compile(r"[\s\x00-\x20]*(?:javascript|vbscript|livescript|mocha|data|blob|view-source|feed|jar)\s*:", re.I)
_RUNS_OR_LOADS_WORDS = (
    "script style link meta base iframe frame frameset object embed applet svg math form input button textarea"
    " select template noscript xmp plaintext noembed noframes title img image picture source video audio track"
    " portal"
)
_RUNS_OR_LOADS = set(_RUNS_OR_LOADS_WORDS.split())
_ALWAYS_BAD = {"style", "srcdoc", "src", "srcset", "background", "poster", "formaction"}
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_ATOM = "{http://www.w3.org/2005/Atom}"
_ATOM_ELEMENTS = (
    "feed id title subtitle updated published link entry author contributor name uri email content summary category"
    " rights source icon logo generator"
)
_ATOM_NAMES = {_ATOM + name for name in _ATOM_ELEMENTS.split()}
_RSS_NAMES_WORDS = (
    "rss channel title link description language lastBuildDate pubDate generator docs item guid category comments"
    " enclosure source"
)
_RSS_NAMES = set(_RSS_NAMES_WORDS.split())
_RSS_NAMES |= {"{http://purl.org/dc/elements/1.1/}creator", "{http://purl.org/rss/1.0/modules/content/}encoded"}
_RSS_NAMES |= {_ATOM + "link"}
_OF_FILES_EPISODES_AND_PLACES = {
    "{http://search.yahoo.com/mrss/}": "group content thumbnail title",
    "{http://www.itunes.com/dtds/podcast-1.0.dtd}": "duration season episode episodeType explicit",
    "{https://podcastindex.org/namespace/1.0}": "season episode transcript chapters person",
    "{http://podlove.org/simple-chapters}": "chapters chapter",
    "{http://www.georss.org/georss}": "point line polygon box circle elev featureName",
    "{http://purl.org/syndication/thread/1.0}": "in-reply-to total",
    "{http://wellformedweb.org/CommentAPI/}": "comment commentRss",
    "{http://purl.org/dc/elements/1.1/}": "contributor rights language",
    "{http://purl.org/dc/terms/}": "modified",
    "{http://purl.org/rss/1.0/modules/slash/}": "comments",
    "{http://backend.userland.com/creativeCommonsRssModule}": "license",
}
_EXTENSIONS = {space + name for space, names in _OF_FILES_EPISODES_AND_PLACES.items() for name in names.split()}
_LOADED = {"url", "href", "img", "image", "source"}
"""Attributes of these that are addresses."""


@cache
def html_faults(html: str) -> tuple[str, ...]:
    """Of content: read by HTML's own rules, as a fragment and as a document, and by a plain reader of tags."""
    fragment = LexborHTMLParser(html, is_fragment=True)
    faults = [each for node in _nodes(fragment.root) for each in _node_faults(node, ALLOWED, address_fault)]
    body = LexborHTMLParser(f"<!doctype html><html><head></head><body><div>{html}</div></body></html>").body
    inside = [] if body is None else [node for node in _nodes(body) if node.tag != "body"]
    faults += [each for node in inside for each in _node_faults(node, ALLOWED, address_fault)]
    faults += _Tags(html).faults
    if _CONTROLS.search(html):
        faults.append("a control character")
    return tuple(faults)


@cache
def plain_faults(text: str) -> tuple[str, ...]:
    """Of a title, name or tag: nothing in it runs or loads, even where a reader takes it for HTML. Plain words in
    angle brackets may stay, as in ``How to use the <b> tag``."""
    faults = ["a control character"] if _CONTROLS.search(text) else []
    if "<" not in text:
        return tuple(faults)
    for node in _nodes(LexborHTMLParser(f"<!doctype html><body><div>{text}</div>", is_fragment=False).body):
        if node.tag in _RUNS_OR_LOADS:
            faults.append(f"<{node.tag}> in {text!r}")
        for name, value in node.attributes.items():
            leads_astray = node.tag in ("a", "area") and _RUNS.match(value or "")
            if name.startswith("on") or name in _ALWAYS_BAD or leads_astray:
                faults.append(f"{name}={value!r} in {text!r}")
    return tuple(faults)


def address_fault(address: str) -> str | None:
    """Of an address that people follow."""
    fine = _WEB.fullmatch(address) or _MAIL.fullmatch(address)
    return None if fine and not _CONTROLS.search(address) else f"address {address!r}"


def _web_faults(address: str | None) -> list[str]:
    return (
        [] if address is None or (_WEB.fullmatch(address) and not _CONTROLS.search(address)) else [f"web {address!r}"]
    )


def _name_faults(name: str | None) -> list[str]:
    """Of an id or a scheme: any IRI, but none that runs where somebody links it."""
    return [f"name {name!r}"] if name is not None and (_RUNS.match(name) or re.search(r"[\s<>\"]", name)) else []


def _nodes(root: LexborNode | None) -> Iterator[LexborNode]:
    if root is not None:
        yield from root.traverse(include_text=False)


def _node_faults(node: LexborNode, allowed: Mapping[str, set[str]], judged: Any) -> Iterator[str]:
    tag = node.tag or ""
    if tag.startswith("-"):
        yield f"a node {tag}"
        return
    if tag in ("html", "head", "body") and allowed is ALLOWED and not node.attributes:
        return  # the frame that a parser puts around a fragment
    if tag not in allowed:
        yield f"<{tag}>"
        return
    given = dict(node.attributes)
    yield from _attribute_faults(tag, given, allowed[tag], judged)
    if tag == "img" and {given.get("width"), given.get("height")} <= {"0", "1"}:
        yield "a pixel"
    if tag == "a" and "href" in given and allowed is ALLOWED and "noopener" not in (given.get("rel") or ""):
        yield "a link without noopener"


def _attribute_faults(tag: str, given: Mapping[str, str | None], allowed: set[str], judged: Any) -> Iterator[str]:
    for name, value in given.items():
        if name not in allowed:
            yield f"<{tag} {name}={value!r}>"
        elif name in _ADDRESSES and (fault := judged(value or "")):
            yield f"<{tag} {name}>: {fault}"
        elif name == "srcset":
            for candidate in (value or "").split(", "):
                if fault := judged(candidate.split(" ")[0]):
                    yield f"<{tag} srcset>: {fault}"


class _Tags(HTMLParser):
    """What a reader sees that knows tags and no rules of nesting."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ALLOWED:
            self.faults.append(f"tag <{tag}>")
        else:
            self.faults += _attribute_faults(tag, dict(attrs), ALLOWED[tag], address_fault)

    handle_startendtag = handle_starttag

    def handle_comment(self, data: str) -> None:
        self.faults.append(f"comment {data!r}")

    def handle_decl(self, decl: str) -> None:
        self.faults.append(f"declaration {decl!r}")

    def handle_pi(self, data: str) -> None:
        self.faults.append(f"instruction {data!r}")

    def unknown_decl(self, data: str) -> None:
        self.faults.append(f"section {data!r}")


def page_faults(body: bytes, feed: PublishedFeed) -> list[str]:
    """Of our page: content is harmless and keeps to its place; all else is what the template has."""
    tree = LexborHTMLParser(body.decode())
    places = tree.css("div.content")
    contents = [entry.content_html for entry in feed.entries if entry.content_html]
    faults = [] if len(places) == len(contents) else [f"{len(places)} places for {len(contents)} contents"]
    for place, content in zip(places, contents, strict=False):
        alone = LexborHTMLParser(f"<!doctype html><body><div class=content dir=auto>{content}</div>").css_first("div")
        if alone is None or alone.inner_html != place.inner_html:
            faults.append(f"content reads otherwise in the page: {content[:200]}")
        faults += html_faults(place.inner_html or "")
        place.inner_html = ""
    for node in _nodes(tree.root):
        faults += _node_faults(node, _OF_THE_PAGE, _page_address_fault)
    loads = {node.attributes.get("href") for node in tree.css("link[rel=stylesheet]")}
    if loads != {"style.css"}:
        faults.append(f"style sheets {loads}")
    if len(tree.css("head > title")) != 1 or len(tree.css("title")) != 1:
        faults.append("another title")
    if (count := len(tree.css("article"))) != len(feed.entries):
        faults.append(f"{count} articles for {len(feed.entries)} entries")
    return faults


def _page_address_fault(address: str) -> str | None:
    return None if address in ("style.css", "#articles") else address_fault(address)


def atom_faults(body: bytes) -> list[str]:
    """Of the Atom document. A summary of type ``text`` is text, which may be about HTML."""
    faults = []
    for element in _elements(body, _ATOM_NAMES | _EXTENSIONS, faults):
        if element.tag in _EXTENSIONS:
            faults += _extension_faults(element)
            continue
        name, text = element.tag.removeprefix(_ATOM), element.text or ""
        if element.get("type") == "html":
            faults += html_faults(text)
        elif name in ("title", "subtitle", "rights", "name", "generator"):
            faults += plain_faults(text)
        elif name in ("uri", "icon", "logo"):
            faults += _web_faults(text)
        elif name == "id":
            faults += _name_faults(text)
        if name == "link":
            faults += _web_faults(element.get("href", ""))
        faults += _name_faults(element.get("scheme"))
        for key in ("term", "label", "title"):
            faults += plain_faults(element.get(key, ""))
        if element.get("src") is not None or element.get("{http://www.w3.org/XML/1998/namespace}base") is not None:
            faults.append(f"<{name}> with an address of its own")
    return faults


def rss_faults(body: bytes) -> list[str]:
    """Of the RSS document; ``description`` is HTML there."""
    faults = []
    for element in _elements(body, _RSS_NAMES | _EXTENSIONS, faults):
        if element.tag in _EXTENSIONS:
            faults += _extension_faults(element)
            continue
        name, text = element.tag.rpartition("}")[2], element.text or ""
        if name in ("description", "encoded"):
            faults += html_faults(text)
        elif name in ("title", "creator", "category", "source", "generator"):
            faults += plain_faults(text)
        elif name in ("comments", "docs") or (name == "link" and element.tag == "link"):
            faults += _web_faults(text)
        elif name == "guid":
            faults += _web_faults(text) if element.get("isPermaLink") != "false" else _name_faults(text)
        faults += _web_faults(element.get("url"))
        faults += _web_faults(element.get("href"))
        faults += _name_faults(element.get("domain"))
    return faults


def _extension_faults(element: Any) -> list[str]:
    """Of an element that says something of files, episodes, places or threads: addresses, ids and plain words."""
    faults: list[str] = []
    for name, value in element.attrib.items():
        if name in _LOADED:
            faults += _web_faults(value)
        elif name == "ref":
            faults += _name_faults(value)
        else:
            faults += plain_faults(value)
    if element.tag.endswith(("}comment", "}commentRss", "}license")):
        return faults + _web_faults(element.text)
    return faults + list(plain_faults(element.text or ""))


def _elements(body: bytes, names: set[str], faults: list[str]) -> Iterator[Any]:
    """Its elements; anything else in it, or an element that is not one of these, is a fault."""
    tree = etree.fromstring(body).getroottree()
    if tree.docinfo.doctype:
        faults.append("a doctype")
    for node in (*tree.xpath("/node()[not(self::*)]"), *tree.getroot().iter()):
        if not isinstance(node.tag, str):
            faults.append(f"a node {node}")
        elif node.tag not in names:
            faults.append(f"<{node.tag}>")
        else:
            yield node


def json_faults(body: bytes) -> list[str]:
    """Of the JSON Feed."""
    faults: list[str] = []

    def walk(key: str, value: Any) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                walk(name, inner)
        elif isinstance(value, list):
            for inner in value:
                walk(key, inner)
        elif isinstance(value, str):
            if key == "content_html":
                faults.extend(html_faults(value))
            elif key == "url" or key.endswith("_url") or key in ("image", "icon", "avatar"):
                faults.extend(_web_faults(value))
            elif key == "id":
                faults.extend(_name_faults(value))
            elif key not in ("version", "summary", "content_text"):  # those two are text, which may be about HTML
                faults.extend(plain_faults(value))

    walk("", json.loads(body))
    return faults


def opml_faults(body: bytes) -> list[str]:
    """Of the list of sources."""
    faults: list[str] = []
    for element in _elements(body, {"opml", "head", "title", "ownerName", "body", "outline"}, faults):
        faults += plain_faults(element.text or "")
        for key, value in element.attrib.items():
            faults += _web_faults(value) if key in ("xmlUrl", "htmlUrl") else plain_faults(value)
    return faults
