"""The feeds of a page: those it names, those its address leads to by rule, and where else one may look.

Everything derived lies at the host of the page: no third party is asked who has a feed. What a page links to by itself
may lie elsewhere.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser

from aggregator.parse import claims
from aggregator.parse.decode import decode
from aggregator.parse.opml import address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aggregator.model import Document

LOOK = 2 * 1024 * 1024
"""Characters of a page looked at."""
LINKS = 30
ANCHORS = 10


class Found(NamedTuple):
    """An address at which there may be a feed."""

    url: str
    how: str
    """``named``, ``known``, ``linked`` or ``guessed``: the surer the earlier."""
    title: str | None = None


ORDER = ("given", "named", "known", "linked", "guessed")
"""How sure it is that there is a feed of the page."""

_TYPES = frozenset(
    {
        *("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"),
        *("application/rss", "application/x-rss+xml", "text/rss+xml", "text/rss", "application/atom"),
    }
)
_PERHAPS = frozenset({"application/xml", "text/xml", "application/json", "text/x-opml"})
"""Types that say nothing: what they name is a feed if its address or title says so."""
_NO_FEED = re.compile(r"/wp-json(/|$)|oembed|\.opml\b|opensearch|/xmlrpc\.php|sitemap", re.IGNORECASE)
_FEED_PATH = re.compile(
    r"(?:^|/)(?:feeds?|rss2?|atom|index|blog|news|posts)\.(?:xml|rss|atom|rdf|json)$|\.(?:rss|atom|rdf)$"
    r"|/(?:feeds?|rss|atom|rss2)/?$|/feeds?/[^/]{1,60}(?:/[^/]{1,60})?/?$",
    re.IGNORECASE,
)
_FEED_QUERY = re.compile(
    r"(?:^|&)(?:feed|format|type|output|alt)=(?:rss2?|atom|xml|feed|json(?:feed)?)(?:&|$)", re.IGNORECASE
)
_FEED_WORDS = re.compile(r"\b(?:rss|atom|feeds?|json ?feed|subscribe)\b", re.IGNORECASE)
_SHARING = re.compile(r"(?:^|\.)(?:feedly|inoreader|newsblur|theoldreader|netvibes|facebook|twitter|x)\.com$")


def at_page(document: Document) -> tuple[Found, ...]:
    """Where the feeds of a page may be, the likeliest first, no address twice. Never raises, whatever the bytes."""
    text = decode(document).text[:LOOK]
    tree = LexborHTMLParser(text)
    base = _base(tree, document.url)
    found = [*_named(tree, base), *known(document.url, text), *_linked(tree, base)]
    first: dict[str, Found] = {}
    for each in found:
        if each.url.rstrip("/") != document.url.rstrip("/"):
            first.setdefault(each.url, each)
    return tuple(first.values())


def _base(tree: LexborHTMLParser, url: str) -> str:
    node = tree.css_first("base[href]")
    return _joined(url, (node.attributes.get("href") or "") if node is not None else "") or url


def _joined(base: str, href: str) -> str | None:
    try:
        joined = urljoin(base, href.strip())
    except ValueError:  # such as "http://[", no address
        return None
    found = address(joined)
    return found.partition("#")[0] if found is not None else None


def _named(tree: LexborHTMLParser, base: str) -> Iterator[Found]:
    """``link rel="alternate"`` of a feed's type (HTML 4.6.7.1), and ``rel="feed"``."""
    for node in tree.css("link[href]")[: 10 * LINKS]:
        given = node.attributes
        rels = (given.get("rel") or "").lower().split()
        kind = (given.get("type") or "").partition(";")[0].strip().lower()
        url = _joined(base, given.get("href") or "")
        title = claims.line(given.get("title") or "", 120) or None
        if url is None or _NO_FEED.search(url):
            continue
        surely = "feed" in rels or ("alternate" in rels and kind in _TYPES)
        perhaps = "alternate" in rels and kind in ("", *_PERHAPS) and _looks_like_feed(url, title or "")
        if surely or (perhaps and not given.get("hreflang")):
            yield Found(url, "named", title)


def _linked(tree: LexborHTMLParser, base: str) -> Iterator[Found]:
    """What the page links to, and what looks like a feed."""
    count = 0
    for node in tree.css("a[href]"):
        href = (node.attributes.get("href") or "").strip()
        if href.lower().startswith(("mailto:", "javascript:", "#", "data:")):
            continue
        url = _joined(base, href)
        if url is None or _NO_FEED.search(url) or _SHARING.search(urlsplit(url).hostname or ""):
            continue
        words = " ".join(filter(None, (node.text(), node.attributes.get("title"), node.attributes.get("class"))))
        if _looks_like_feed(url, "" if len(words) > 200 else words):
            yield Found(url, "linked", claims.line(node.text(), 80) or None)
            count += 1
            if count == ANCHORS:
                return


def _looks_like_feed(url: str, words: str) -> bool:
    parts = urlsplit(url)
    if _FEED_PATH.search(parts.path) or _FEED_QUERY.search(parts.query):
        return True
    return bool(_FEED_WORDS.search(words)) and parts.path.lower().endswith((".xml", ".json", ".php"))


class _Site(NamedTuple):
    """Sites whose feeds have addresses by rule."""

    host: re.Pattern[str]
    feeds: Callable[[str, str], Iterator[str]]
    """Path and text of a page -> paths of its feeds, the best first."""


def known(url: str, text: str = "") -> tuple[Found, ...]:
    """The feeds of a page by the rules of its site, or of the program that made it."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    paths = [feed for site in _SITES if site.host.search(host) for feed in site.feeds(path, text)]
    paths += _by_program(parts.path, text)
    return tuple(Found(urljoin(f"{parts.scheme}://{parts.netloc}/", each), "known") for each in dict.fromkeys(paths))


def _youtube(path: str, text: str) -> Iterator[str]:
    listed = re.search(r"[?&]list=([\w-]{10,60})", path)
    if listed:
        yield f"/feeds/videos.xml?playlist_id={listed[1]}"
    channel = re.match(r"/channel/(UC[\w-]{20,30})", path)
    if channel is None and re.match(r"/(?:@|c/|user/|[\w.-]+$)", path):
        channel = re.search(
            r'(?:"channelId":"|"externalId":"|/channel/|itemprop="identifier" content=")(UC[\w-]{20,30})', text
        )
    if channel is not None:
        yield f"/feeds/videos.xml?channel_id={channel[1]}"
    elif (user := re.match(r"/user/([\w.-]+)", path)) is not None:
        yield f"/feeds/videos.xml?user={user[1]}"


def _github(path: str, _text: str) -> Iterator[str]:
    names = [each for each in path.partition("?")[0].split("/") if each]
    if len(names) == 1:
        yield f"/{names[0]}.atom"
    if len(names) < 2:
        return
    root = f"/{names[0]}/{names[1]}"
    branch = f"/{'/'.join(names[3:])}" if names[2:3] in (["commits"], ["tree"]) and names[3:] else ""
    feeds = {
        "releases": f"{root}/releases.atom",
        "tags": f"{root}/tags.atom",
        "commits": f"{root}/commits{branch}.atom",
    }
    wanted = names[2] if names[2:] and names[2] in feeds else "commits" if branch else "releases"
    yield feeds.pop(wanted)
    yield from feeds.values()


def _gitlab(path: str, _text: str) -> Iterator[str]:
    root, _, rest = path.partition("?")[0].rstrip("/").partition("/-/")
    if root.count("/") < 2:
        if root:
            yield f"{root}.atom"
        return
    branch = rest.partition("/")[2] if rest.startswith(("commits/", "tree/")) else ""
    feeds = [f"{root}/-/releases.atom", f"{root}/-/tags?format=atom", f"{root}.atom"]
    commits = f"{root}/-/commits/{branch or 'HEAD'}?format=atom"
    yield from [commits, *feeds] if branch else feeds


def _reddit(path: str, _text: str) -> Iterator[str]:
    where, _, query = path.partition("?")
    yield f"{where.rstrip('/')}/.rss{f'?{query}' if query else ''}"


def _medium(path: str, _text: str) -> Iterator[str]:
    name = path.strip("/").partition("/")[0].partition("?")[0]
    if name == "tag":
        name = "/".join(path.strip("/").split("/")[:2])
    yield f"/feed/{name}" if name else "/feed"


def _beside(ending: str) -> Callable[[str, str], Iterator[str]]:
    """The page's own path, with this behind it."""

    def feeds(path: str, _text: str) -> Iterator[str]:
        yield f"{path.partition('?')[0].rstrip('/')}{ending}"

    return feeds


def _always(*paths: str) -> Callable[[str, str], Iterator[str]]:
    return lambda _path, _text: iter(paths)


_SITES = (
    _Site(re.compile(r"(?:^|\.)youtube\.com$"), _youtube),
    _Site(re.compile(r"^(?:www\.)?github\.com$"), _github),
    _Site(re.compile(r"^gitlab\.com$|^gitlab\."), _gitlab),
    _Site(re.compile(r"(?:^|\.)reddit\.com$"), _reddit),
    _Site(re.compile(r"^medium\.com$"), _medium),
    _Site(re.compile(r"\.medium\.com$"), _always("/feed")),
    _Site(re.compile(r"\.substack\.com$"), _always("/feed")),
    _Site(re.compile(r"\.blogspot\.[a-z.]+$"), _always("/feeds/posts/default")),
    _Site(re.compile(r"\.tumblr\.com$"), _always("/rss")),
    _Site(re.compile(r"\.wordpress\.com$"), _always("/feed/")),
    _Site(re.compile(r"^bsky\.app$"), _beside("/rss")),
    _Site(re.compile(r"^codeberg\.org$"), _beside(".rss")),
    _Site(re.compile(r"(?:^|\.)livejournal\.com$"), _always("/data/rss")),
    _Site(re.compile(r"^vimeo\.com$"), _beside("/videos/rss")),
)

_GENERATOR = re.compile(
    r"""<meta\s[^<>]{0,200}?\bname\s*=\s*["']?generator["']?[^<>]{0,50}?\bcontent\s*=\s*["']?([\w .-]{2,60})""",
    re.IGNORECASE,
)


def _by_program(path: str, text: str) -> Iterator[str]:
    """What the programs that make sites do, by what a page says of its maker."""
    found = _GENERATOR.search(text)
    program = found[1].lower() if found is not None else ""
    if program.startswith("wordpress") or "/wp-content/" in text:
        yield "/feed/"
        yield "/?feed=rss2"
    elif program.startswith("ghost"):
        yield "/rss/"
    elif program.startswith("blogger"):
        yield "/feeds/posts/default"
    elif program.startswith("hugo"):
        yield "/index.xml"
    elif program.startswith("jekyll"):
        yield "/feed.xml"
    elif program.startswith("discourse"):
        yield f"{path.rstrip('/')}.rss" if re.match(r"/(?:c|t|tag)/", path) else "/latest.rss"
    elif program.startswith("substack"):
        yield "/feed"
    if re.match(r"/@[\w.-]+/?$", path) and re.search(r"mastodon|activity\+json", text, re.IGNORECASE):
        yield f"{path.rstrip('/')}.rss"


_WELL_KNOWN = ("feed", "rss", "feed.xml", "rss.xml", "atom.xml", "index.xml", "feed.json")


def guesses(url: str) -> tuple[Found, ...]:
    """Where feeds often are: in the folder of the page, and in few words at the top of its host."""
    parts = urlsplit(url)
    root = f"{parts.scheme}://{parts.netloc}/"
    folder = urljoin(root, parts.path.rpartition("/")[0] + "/")
    found = [f"{folder}{each}" for each in _WELL_KNOWN]
    if folder != root:
        found = [*found[:4], *(f"{root}{each}" for each in _WELL_KNOWN[:4])]
    return tuple(Found(each, "guessed") for each in found)


_COMMENTS = re.compile(r"\bcomments?\b|/comments/|kommentare", re.IGNORECASE)


def is_of_comments(url: str, title: str | None) -> bool:
    """Whether a feed is of comments on articles rather than of articles."""
    parts = urlsplit(url)
    return bool(_COMMENTS.search(title or "") or _COMMENTS.search(f"{parts.path}?{parts.query}"))
