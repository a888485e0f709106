"""What stands where a feed should be, and what to do about it: one sentence each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from aggregator.model import Code, Failed
from aggregator.parse import claims, prolog

if TYPE_CHECKING:
    from aggregator.parse.sniff import Kind

_LOOK = 256 * 1024
"""Characters of a page looked at."""

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

_ASK = "look for the feed's address on the site"
_ROOTS = {
    "opml": "an OPML list of feeds, not a feed; name the feeds in it as sources, one by one",
    "urlset": f"a sitemap, not a feed; {_ASK}",
    "sitemapindex": f"a list of sitemaps, not a feed; {_ASK}",
    "error": "an error message in XML, not a feed; open the address in a browser, it may have moved",
    "envelope": f"a SOAP message, not a feed; {_ASK}",
    "entry": f"a single Atom entry, not a feed; {_ASK}",
    "item": f"items without a feed around them; {_ASK}",
}
"""Root elements of other documents, in lower case."""
_BINARY = {
    "%PDF-": "a PDF file",
    "PK\x03\x04": "a zip file",
    "GIF8": "a picture",
    "\u2030PNG": "a picture",
    "\x89PNG": "a picture",
    "\u00ff\u00d8\u00ff": "a picture",
    "ID3": "an MP3 file",
    "OggS": "a sound or video file",
    "SQLite format 3\x00": "a database",
    "7z\u00bc\u00af": "a 7z archive",
    "BZh": "a file compressed with bzip2",
    "\u00fd7zXZ": "a file compressed with xz",
    "(\u00b5/\u00fd": "a file compressed with zstd",
    "\x1f\u2039": "a file compressed with gzip (perhaps twice)",
    "\x1f\x8b": "a file compressed with gzip (perhaps twice)",
}
"""How files begin that are no text, read as Windows-1252 or as what they are."""
_WITHIN = {
    "ftyp": (4, "a video file"),
    "WEBP": (8, "a picture"),
    "WAVE": (8, "a sound file"),
    "AVI ": (8, "a video file"),
}
"""Marks of files behind their first bytes, and where they stand."""

_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{1,500})", re.IGNORECASE)
_PASSWORD = re.compile(r"""<input[^>]{1,300}type\s*=\s*["']?password""", re.IGNORECASE)
_LOGIN = re.compile(r"\b(?:log|sign) ?in\b", re.IGNORECASE)
_LINK = re.compile(r"<link\s[^<>]{1,1000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""\b(rel|type|href)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_FEED_TYPES = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml", "application/rss"}
)


def refusal(kind: Kind, text: str, url: str = "") -> Failed:
    """Why a document of this kind is not read: code and a sentence a person can act on. ``url`` is its address."""
    if kind == "empty":
        return Failed(code=Code.EMPTY, detail="the document is empty")
    return Failed(code=Code.NOT_A_FEED, detail=claims.line(_page(text, url) if kind == "html" else _other(text)))


def wall(text: str) -> str | None:
    """Whose bot check, block page or firewall this is, in words; ``None`` for none."""
    lower = text[:_LOOK].lower()
    return next((name for sign, name in _WALLS if sign in lower), None)


def answered(guard: str, what: str) -> str:
    """The sentence about a wall that stands before the feed."""
    return f"{guard} answered instead of the feed ({what}); ask the publisher to let feed readers through"


def _other(text: str) -> str:
    binary = next((file for start, file in _BINARY.items() if text.startswith(start)), None)
    binary = binary or next((file for mark, (at, file) in _WITHIN.items() if text.startswith(mark, at)), None)
    if binary:
        return f"{binary}, not a feed; {_ASK}"
    root = prolog.read(text).name[:60]
    if root.lower() in _ROOTS:
        return _ROOTS[root.lower()]
    if root and text.lstrip("\ufeff \t\r\n").startswith("<"):
        return f"XML that is no feed (its root element is <{root}>); {_ASK}"
    return f'not a feed (it begins with "{claims.line(text[:200].strip(), 40)}"); {_ASK}'


def _page(text: str, url: str) -> str:
    found = _TITLE.search(text[:_LOOK])
    title = claims.line(claims.unescaped(found[1]), 80) if found else ""
    head = claims.unescaped(text[:_LOOK])  # Akamai writes even addresses in references
    named = f'title: "{title}"' if title else "without a title"
    if guard := wall(head):
        return answered(guard, f"HTML page, {named}")
    if len(text) <= _PARKED_LENGTH and any(each in head.lower() for each in _PARKED):
        return f"page of a parked domain or one for sale, not a feed ({named}); the site may have a new address"
    if _LISTING.search(head):
        return f"listing of a directory, not a feed ({named}); look for the feed's file in it"
    feed = _feed_of(text[:_LOOK], url)
    if _LOGIN.search(title) or _PASSWORD.search(head):
        asks = f"HTML page that asks for a login, not a feed ({named})"
        return f"{asks}; look for an address that needs none, or set auth of the source"
    if feed is not None:
        return f"HTML page, not a feed ({named}); it names this one: {feed}"
    return f"HTML page, not a feed ({named}); it names no feed, {_ASK}"


def _feed_of(page: str, url: str) -> str | None:
    """The first feed a page names (``link rel="alternate"`` of a feed's type; HTML 4.6.7.1), made absolute."""
    for tag in _LINK.findall(page):
        said = {name.lower(): claims.unescaped(a or b or c) for name, a, b, c in _ATTRIBUTE.findall(tag)}
        kind = said.get("type", "").partition(";")[0].strip().lower()
        if "alternate" in said.get("rel", "").lower().split() and kind in _FEED_TYPES and said.get("href"):
            try:
                found = urljoin(url, said["href"].strip())
            except ValueError:  # such as "http://[", no address
                continue
            if found.lower().startswith(("http://", "https://")) and found != url and len(found) <= 150:
                return found
    return None
