"""What a document is, whatever its Content-Type claims, and a sentence about what is no feed."""

from __future__ import annotations

import html
import re
from typing import Literal

from aggregator.model import Code, Failed
from aggregator.parse import claims, prolog

Kind = Literal["xml", "json", "html", "empty", "other"]

_LOOK = 64 * 1024
"""Characters looked at where the root element does not tell: enough for any PHP warning before a feed."""

_FEED_ROOTS = frozenset({"rss", "feed", "rdf", "channel"})
_FEED_ROOT = re.compile(r"<(?:rss|feed|(?:[A-Za-z_][\w.-]*:)?RDF|[A-Za-z_][\w.-]*:feed)[\s>]", re.IGNORECASE)
_HTML = re.compile(r"<(?:!doctype\s+html|html|head|body|title|meta|script)\b", re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{1,500})", re.IGNORECASE)

_WALLS = (
    ("cf-mitigated", "Cloudflare's bot check"),
    ("/cdn-cgi/challenge-platform/", "Cloudflare's bot check"),
    ("just a moment...", "Cloudflare's bot check"),
    ("attention required! | cloudflare", "Cloudflare's block page"),
    ("ddos-guard", "DDoS-Guard's bot check"),
    ("_incapsula_resource", "Imperva's bot check"),
    ("px-captcha", "HUMAN's bot check"),
    ("awswafintegration", "AWS's bot check"),
    ("making sure you're not a bot!", "Anubis' bot check"),
    ("sucuri website firewall", "Sucuri's firewall"),
)
"""Signs of pages that stand before the feed (miniflux #3140, reader #181, FreshRSS #6533: say so, do not say
"not a feed")."""

_PASSWORD = re.compile(r"""<input[^>]{1,300}type\s*=\s*["']?password""", re.IGNORECASE)
_LOGIN = re.compile(r"\b(?:log|sign) ?in\b", re.IGNORECASE)


def sniff(text: str) -> Kind:
    """What the text is, judged by its root element, else by its first 64 Ki characters."""
    head = text.lstrip("\ufeff \t\r\n\f\v\x00")[:_LOOK]
    if not head:
        return "empty"
    if head[0] in "{[":
        return "json"
    if prolog.read(text).name.lower() in _FEED_ROOTS:
        return "xml"
    page, feed = _HTML.search(head), _FEED_ROOT.search(head)
    if feed and (page is None or feed.start() < page.start()):
        return "xml"  # behind a PHP warning or other text
    if page:
        return "html"
    return "other"


def refusal(kind: Kind, text: str) -> Failed:
    """Why a document of this kind is not read: code and a sentence a person can act on."""
    if kind == "empty":
        return Failed(code=Code.EMPTY, detail="the document is empty")
    if kind == "html":
        return Failed(code=Code.NOT_A_FEED, detail=claims.line(_page(text)))
    root = prolog.read(text).name[:60]
    if root and text.lstrip("\ufeff \t\r\n").startswith("<"):
        return Failed(code=Code.NOT_A_FEED, detail=f"XML that is no feed (its root element is <{root}>)")
    start = claims.line(text[:200].strip(), 40)
    return Failed(code=Code.NOT_A_FEED, detail=claims.line(f'not a feed (it begins with "{start}")'))


def _page(text: str) -> str:
    head = text[: 4 * _LOOK]
    found = _TITLE.search(head)
    title = claims.line(html.unescape(found[1]), 80) if found else ""
    named = f'title: "{title}"' if title else "without a title"
    lower = head.lower()
    for sign, wall in _WALLS:
        if sign in lower:
            return f"{wall} answered instead of the feed (HTML page, {named})"
    if _LOGIN.search(title) or _PASSWORD.search(head):
        return f"HTML page that asks for a login, not a feed ({named})"
    return f"HTML page, not a feed ({named})"
