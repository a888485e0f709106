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
    ("cf-error-details", "Cloudflare's error page"),
    ("captcha-delivery.com", "DataDome's bot check"),
    ("ddos-guard", "DDoS-Guard's bot check"),
    ("_incapsula_resource", "Imperva's bot check"),
    ("incapsula incident id", "Imperva's bot check"),
    ("px-captcha", "PerimeterX's (HUMAN's) bot check"),
    ("_pxappid", "PerimeterX's (HUMAN's) bot check"),
    ("errors.edgesuite.net", "Akamai's block page"),
    ("sec-if-cpt-container", "Akamai's bot check"),
    ("/_sec/cp_challenge/", "Akamai's bot check"),
    ("awswafintegration", "AWS's bot check"),
    ("awswafcookiedomainlist", "AWS's bot check"),
    ("making sure you're not a bot!", "Anubis' bot check"),
    ("/.within.website/x/cmd/anubis/", "Anubis' bot check"),
    ("anubis_challenge", "Anubis' bot check"),
    ("sucuri website firewall", "Sucuri's firewall"),
    ("sucuri_cloudproxy_js", "Sucuri's firewall"),
    ("/.well-known/sgcaptcha/", "SiteGround's bot check"),
    ("vercel security checkpoint", "Vercel's bot check"),
    ("wordfence", "Wordfence's block page"),
)
"""Signs of pages that stand before the feed (miniflux #3140, reader #181, FreshRSS #6533: say so, do not say
"not a feed"). Looked for in lower case, in order."""

_LISTING = re.compile(r"<title>\s*(?:index of /|directory listing (?:for|of) )|\[to parent directory\]", re.IGNORECASE)
"""Apache and nginx, Python and Caddy, IIS."""
_PARKED = (
    "sedoparking.com", "parkingcrew.net", "bodis.com", "parklogic.com", "above.com/marketplace", "hugedomains.com",
    "dan.com/buy-domain", "afternic.com/forsale", "parked free, courtesy of", "this domain is for sale",
    "this domain may be for sale", "domain name is for sale", "buy this domain", "this domain is parked",
    'window.location.href="/lander"', "domain has expired", "parked-content.godaddy.com", "parkingpage.namecheap.com",
)  # fmt: skip
"""Words of pages that stand where a site was (python/planet #379, #606: such a page became spam on the planet)."""
_PARKED_LENGTH = 64 * 1024
"""Characters: a parked page is short; a long one that says "buy this domain" is about domains."""

_OTHER_ROOTS = {
    "opml": "an OPML list of feeds, not a feed; import it with the command import opml",
    "urlset": "a sitemap, not a feed",
    "sitemapindex": "a list of sitemaps, not a feed",
    "error": "an error message in XML, not a feed",
}
_BINARY = {
    "%PDF-": "a PDF file",
    "PK\x03\x04": "a zip file",
    "GIF8": "a picture",
    "\u2030PNG": "a picture",
    "\x89PNG": "a picture",
    "ID3": "an MP3 file",
    "\x1f\u2039": "gzip that was compressed twice",
    "\x1f\x8b": "gzip that was compressed twice",
}
"""How files begin that are no text, read as Windows-1252 or as what they are."""

_PASSWORD = re.compile(r"""<input[^>]{1,300}type\s*=\s*["']?password""", re.IGNORECASE)
_LOGIN = re.compile(r"\b(?:log|sign) ?in\b", re.IGNORECASE)


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


def refusal(kind: Kind, text: str) -> Failed:
    """Why a document of this kind is not read: code and a sentence a person can act on."""
    if kind == "empty":
        return Failed(code=Code.EMPTY, detail="the document is empty")
    if kind == "html":
        return Failed(code=Code.NOT_A_FEED, detail=claims.line(_page(text)))
    for start, file in _BINARY.items():
        if text.startswith(start):
            return Failed(code=Code.NOT_A_FEED, detail=f"{file}, not a feed")
    root = prolog.read(text).name[:60]
    if root.lower() in _OTHER_ROOTS:
        return Failed(code=Code.NOT_A_FEED, detail=_OTHER_ROOTS[root.lower()])
    if root and text.lstrip("\ufeff \t\r\n").startswith("<"):
        return Failed(code=Code.NOT_A_FEED, detail=f"XML that is no feed (its root element is <{root}>)")
    start = claims.line(text[:200].strip(), 40)
    return Failed(code=Code.NOT_A_FEED, detail=claims.line(f'not a feed (it begins with "{start}")'))


def wall(text: str) -> str | None:
    """Whose bot check, block page or firewall this is, in words; ``None`` for none."""
    lower = text[: 4 * _LOOK].lower()
    return next((name for sign, name in _WALLS if sign in lower), None)


def _page(text: str) -> str:
    found = _TITLE.search(text[: 4 * _LOOK])
    title = claims.line(html.unescape(found[1]), 80) if found else ""
    head = html.unescape(text[: 4 * _LOOK])  # Akamai writes even addresses in references
    named = f'title: "{title}"' if title else "without a title"
    if guard := wall(head):
        return f"{guard} answered instead of the feed (HTML page, {named})"
    if len(text) <= _PARKED_LENGTH and any(each in head.lower() for each in _PARKED):
        return f"page of a parked domain or one for sale, not a feed ({named})"
    if _LISTING.search(head):
        return f"listing of a directory, not a feed; look for the feed's file in it ({named})"
    if _LOGIN.search(title) or _PASSWORD.search(head):
        return f"HTML page that asks for a login, not a feed ({named})"
    return f"HTML page, not a feed ({named})"
