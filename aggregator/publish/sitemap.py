"""Which pages of the site search engines are told of: sitemaps.org 0.9, and Google's elements for news. Pure.

Only what is ours is there: the pages of local articles, and of outputs that have no others. Pages that show articles of
other sites ask not to be listed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from lxml import etree

from aggregator.model import Rendered
from aggregator.model.value import Value
from aggregator.publish.assemble import EMPTY_SINCE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aggregator.model import Site

MEDIA_TYPE = "application/xml; charset=utf-8"
MAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
NEWS = "http://www.google.com/schemas/sitemap-news/0.9"

MOST_PAGES = 50_000
"""Of a sitemap, by its protocol."""
MOST_NEWS = 1_000
RECENT = timedelta(days=2)
"""What Google takes as news, and how much of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Value):
    """A page of the site that may be listed."""

    url: str
    updated: datetime
    """``EMPTY_SINCE``, of an output without entries: the map does not say it."""
    title: str
    published: datetime | None = None
    """Of an article; ``None``: it is no news."""
    language: str | None = None


def sitemap(pages: Sequence[Page]) -> Rendered:
    """``sitemap.xml``, as new as the newest of these pages."""
    root = etree.Element(f"{{{MAP}}}urlset", nsmap={None: MAP})
    for each in pages[:MOST_PAGES]:
        _add(root, each)
    return _rendered("sitemap.xml", root, pages)


def news(pages: Sequence[Page], site: Site, now: datetime) -> Rendered | None:
    """``news.xml``: what was published in the last two days, the newest first; ``None`` where that is nothing."""
    recent = [each for each in pages if each.published is not None and now - RECENT <= each.published <= now]
    recent.sort(key=lambda each: (each.published or each.updated, each.url), reverse=True)
    if not recent:
        return None
    root = etree.Element(f"{{{MAP}}}urlset", nsmap={None: MAP, "news": NEWS})
    for each in recent[:MOST_NEWS]:
        element = etree.SubElement(_add(root, each), f"{{{NEWS}}}news")
        publication = etree.SubElement(element, f"{{{NEWS}}}publication")
        etree.SubElement(publication, f"{{{NEWS}}}name").text = site.title
        etree.SubElement(publication, f"{{{NEWS}}}language").text = _language(each.language or site.language)
        etree.SubElement(element, f"{{{NEWS}}}publication_date").text = (each.published or each.updated).isoformat()
        etree.SubElement(element, f"{{{NEWS}}}title").text = each.title
    return _rendered("news.xml", root, recent)


def _add(root: etree._Element, page: Page) -> etree._Element:
    element = etree.SubElement(root, f"{{{MAP}}}url")
    etree.SubElement(element, f"{{{MAP}}}loc").text = page.url
    if page.updated != EMPTY_SINCE:
        etree.SubElement(element, f"{{{MAP}}}lastmod").text = page.updated.isoformat()
    return element


def _language(tag: str | None) -> str:
    """ISO 639, as Google wants it: two letters, but for Chinese, where it tells the scripts apart."""
    tag = (tag or "en").lower()
    if tag.partition("-")[0] == "zh":
        return "zh-tw" if any(each in tag for each in ("hant", "tw", "hk", "mo")) else "zh-cn"
    return tag.partition("-")[0]


def _rendered(path: str, root: etree._Element, pages: Sequence[Page]) -> Rendered:
    updated = max((each.updated for each in pages), default=EMPTY_SINCE)
    body: bytes = etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)
    return Rendered(path=path, media_type=MEDIA_TYPE, body=body, updated=updated)
