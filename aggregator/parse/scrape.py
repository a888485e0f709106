"""Pages without a feed, read by the operator's selectors (``scrape:``)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser

from aggregator.model import Code, Failed, FeedInfo, Link, ParsedEntry, ParsedFeed, Person, Text
from aggregator.parse import claims, dates
from aggregator.parse.page import base_of, text_of
from aggregator.parse.rawhash import hashed

if TYPE_CHECKING:
    from datetime import datetime

    from selectolax.lexbor import LexborNode

    from aggregator.model import Document, Scrape

MOST = 500
"""Entries of one page."""
_ROAD = "page"
_LONGEST = 20_000
"""Characters of a title or a summary."""


def parse(document: Document, scrape: Scrape) -> ParsedFeed:
    """The entries of a page, in its order. Pure; never raises.

    Where the selectors find nothing, that is a failure and nothing else: a page that was built anew takes no article
    back. An entry without a link is none, for nobody could tell it again; of two with the same link the first counts.
    """
    text = text_of(document)
    if text is None:
        return ParsedFeed(road=_ROAD, problem=Failed(code=Code.NOT_A_FEED, detail="the page is no text"))
    tree = LexborHTMLParser(text)
    base = base_of(tree, document.url)
    info = _info(tree, document.url)
    items = tree.css(scrape.items)
    if not items:
        detail = f"selector items '{scrape.items}' matches nothing on the page; the page may have changed"
        return ParsedFeed(road=_ROAD, info=info, problem=Failed(code=Code.NO_ITEMS, detail=claims.line(detail)))
    warnings: list[str] = []
    entries: dict[str, ParsedEntry] = {}
    for node in items[:MOST]:
        link = _link(node, scrape.link, base)
        if link is not None and link not in entries:
            entries[link] = _entry(node, scrape, link, base, len(entries), warnings)
    if not entries:
        what = f"link '{scrape.link}'" if scrape.link is not None else "a link"
        detail = f"selector items matches {len(items)} times, and none of them has {what} in it; correct the selectors"
        return ParsedFeed(road=_ROAD, info=info, problem=Failed(code=Code.NO_ITEMS, detail=claims.line(detail)))
    if len(items) > MOST:
        warnings.append(f"selector items matches {len(items)} times; the first {MOST} were read")
    warnings += _unmatched(items[:MOST], scrape)
    return ParsedFeed(
        info=info, entries=tuple(entries.values()), road=_ROAD, warnings=tuple(dict.fromkeys(warnings))[:20]
    )


def _info(tree: LexborHTMLParser, url: str) -> FeedInfo:
    html = tree.css_first("html")
    language = (html.attributes.get("lang") or "").strip() if html is not None else ""
    return FeedInfo(title=_words(tree.css_first("title")), url=url, language=language or None, format="page")


def _entry(node: LexborNode, scrape: Scrape, link: str, base: str, position: int, warnings: list[str]) -> ParsedEntry:
    title = _words(_one(node, scrape.title or "h1, h2, h3, h4, h5, h6")) if scrape.title or _heading(node) else None
    title = title or _words(_anchor(node, scrape.link))
    summary = _one(node, scrape.summary) if scrape.summary is not None else None
    author = _words(_one(node, scrape.author)) if scrape.author is not None else None
    entry = ParsedEntry(
        raw_id=link,
        raw_id_is_permalink=True,
        raw_hash=b"",
        position=position,
        links=(Link(href=link),),
        title=Text(value=title) if title else None,
        summary=Text(value=(summary.inner_html or "")[:_LONGEST], type="text/html", base=base) if summary else None,
        authors=(Person(name=author),) if author else (),
        published=_date(node, scrape.date, warnings),
        image=_image(node, scrape.image, base),
        base=base,
    )
    return hashed(entry)


def _heading(node: LexborNode) -> bool:
    return node.css_first("h1, h2, h3, h4, h5, h6") is not None


def _one(node: LexborNode, selector: str) -> LexborNode | None:
    """The first match within the entry; the entry itself may be it."""
    return node if node.css_matches(selector) and _is_root(node, selector) else node.css_first(selector)


def _is_root(node: LexborNode, selector: str) -> bool:
    found = node.css_first(selector)
    return found is None or found.mem_id == node.mem_id


def _anchor(node: LexborNode, selector: str | None) -> LexborNode | None:
    if selector is not None:
        return _one(node, selector)
    return node if node.tag == "a" and node.attributes.get("href") else node.css_first("a[href]")


def _link(node: LexborNode, selector: str | None, base: str) -> str | None:
    """Where it leads: an ``href`` of what the selector finds, or of the first link in that."""
    found = _anchor(node, selector)
    if found is not None and not found.attributes.get("href"):
        found = found.css_first("a[href]")
    return _absolute(base, found.attributes.get("href")) if found is not None else None


def _absolute(base: str, ref: str | None) -> str | None:
    try:
        url = urljoin(base, (ref or "").strip())
        parts = urlsplit(url)
    except ValueError:  # "http://["
        return None
    return url.partition("#")[0] if ref and parts.scheme in ("http", "https") and parts.netloc else None


def _date(node: LexborNode, selector: str | None, warnings: list[str]) -> datetime | None:
    found = _one(node, selector or "time")
    if found is None:
        return None
    if found.tag != "time" and (inner := found.css_first("time[datetime]")) is not None:
        found = inner
    said = found.attributes.get("datetime") or found.attributes.get("content") or found.attributes.get("title") or ""
    for written in (said, _words(found) or ""):
        if written and (moment := dates.read(written)) is not None:
            return moment
    if words := said or _words(found):
        warnings.append(dates.unread("date", words))
    return None


def _image(node: LexborNode, selector: str | None, base: str) -> str | None:
    found = _one(node, selector or "img")
    if found is not None and found.tag not in ("img", "source", "meta", "a"):
        found = found.css_first("img") or found
    if found is None:
        return None
    given = found.attributes
    said = given.get("data-src") or given.get("src") or given.get("content") or given.get("href")
    return _absolute(base, said) if said and not said.startswith("data:") else None


def _unmatched(items: list[LexborNode], scrape: Scrape) -> list[str]:
    """Selectors that the operator wrote, and that match in no entry."""
    given = {name: getattr(scrape, name) for name in ("title", "date", "summary", "image", "author")}
    return [
        claims.line(f"selector {name} '{selector}' matches in no entry")
        for name, selector in given.items()
        if selector is not None and all(_one(each, selector) is None for each in items)
    ]


def _words(node: LexborNode | None) -> str | None:
    return (" ".join(node.text(separator=" ").split())[:_LONGEST] or None) if node is not None else None
