"""What a document is, whatever its Content-Type claims."""

from __future__ import annotations

import re
from typing import Literal

from aggregator.parse import prolog

Kind = Literal["xml", "json", "html", "empty", "other"]

_LOOK = 64 * 1024
"""Characters looked at where the root element does not tell: enough for any PHP warning before a feed."""

_FEED_ROOTS = frozenset({"rss", "feed", "rdf", "channel"})
_FEED_ROOT = re.compile(r"<(?:rss|feed|(?:[A-Za-z_][\w.-]*:)?RDF|[A-Za-z_][\w.-]*:feed)[\s>]", re.IGNORECASE)
_HTML = re.compile(r"<(?:!doctype\s+html|html|head|body|title|meta|script)\b", re.IGNORECASE)

_OTHER_ROOTS = frozenset({"opml", "urlset", "sitemapindex", "error", "envelope", "entry", "item"})
"""Of documents that hold titles and links like a page, and are none."""


def sniff(text: str) -> Kind:
    """What the text is, judged by its root element, else by its first 64 Ki characters."""
    head = text.lstrip("\ufeff \t\r\n\f\v\x00")[:_LOOK]
    if not head:
        return "empty"
    if head[0] in "{[":
        return "json"
    root = prolog.read(text).name.lower()
    if root in _FEED_ROOTS:
        return "xml"
    if root in _OTHER_ROOTS:
        return "other"
    page, feed = _HTML.search(head), _FEED_ROOT.search(head)
    if feed and (page is None or feed.start() < page.start()):
        return "xml"  # behind a PHP warning or other text
    if page:
        return "html"
    return "other"
