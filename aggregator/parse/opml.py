"""Lists of feeds: OPML 1.0 and 2.0 as programs write it, and plain lists of addresses.

Every ``outline`` counts wherever it stands, whatever the case of its attributes' names; an outline without an address
and with others in it is a folder. Settings are read in the namespaces of this program, Miniflux and FreshRSS.
"""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from lxml import etree

from aggregator.model import FeedList, Listed
from aggregator.parse import claims, outline, quirks
from aggregator.parse.decode import decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from aggregator.model import Document

NAMESPACE = "urn:aggregator:settings"
"""Of attributes that are keys of our configuration."""
MINIFLUX = "https://miniflux.app/opml"
FRESHRSS = "https://freshrss.org/opml"

MOST = 20_000
"""Outlines with an address that are read."""
DEPTH = 50
LONGEST = 2000
"""Characters of an address."""
TAGS = 20

_ROOT = re.compile(r"<(?:[\w.-]{1,30}:)?(?:opml|outline)[\s>/]", re.IGNORECASE)
_END = re.compile(r"</(?:[\w.-]{1,30}:)?opml\s*>", re.IGNORECASE)
_MENDED: tuple[Callable[[str], quirks.Mended], ...] = (
    quirks.noncharacters,
    quirks.impossible_references,
    quirks.undeclared_entities,
)
_DOCTYPE = re.compile("<!DOCTYPE", re.IGNORECASE)
_DECLARED = re.compile(r"<!DOCTYPE[^\[<>]*(?:\[.*?\]\s*)?>", re.IGNORECASE | re.DOTALL)
_HINT = re.compile(r"(?:feed|pcast|itpc|podcast|rss):(?://)?", re.IGNORECASE)
_HOST = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?::[0-9]+)?(?:/|$)")


class _Line(NamedTuple):
    """An outline that names something, with the folders it stands in."""

    given: Mapping[str, str]
    settings: Mapping[str, Any]
    folders: tuple[str, ...]


def read(document: Document) -> FeedList | None:
    """What the document lists; ``None`` where it is no list of feeds. Never raises, whatever the bytes."""
    text = decode(document).text
    if not _ROOT.search(text):
        return _plain(text)
    for mend in _MENDED:
        text, _ = mend(text)
    text = text[text.find("<") :]
    text = _without_declarations(re.sub(r"\A<\?xml[^>]*\?>", "", text))
    root = outline.tree(text.encode("utf-8", "replace"), document.url)
    if root is None:
        return None
    title = next((each for each in root.iter() if _name(each) == "title"), None)
    heading = claims.text(title.text) if title is not None else None
    return _collected(_lines(root), heading, whole=_name(root) != "opml" or _END.search(text) is not None)


def _without_declarations(text: str) -> str:
    """Without the document type: looked at where the first begins alone, for each may reach to the end of the text."""
    begins = _DOCTYPE.search(text)
    declared = _DECLARED.match(text, begins.start()) if begins is not None else None
    return text if declared is None else text[: declared.start()] + text[declared.end() :]


def _plain(text: str) -> FeedList | None:
    """One address a line, with tags in quotes behind it as newsboat writes them; ``None`` where other lines are."""
    lines: list[_Line] = []
    for each in text.splitlines():
        line = each.strip()
        if not line or line.startswith("#"):
            continue
        try:
            address, *words = shlex.split(line, comments=True)
        except ValueError:  # a quotation mark that stands alone
            address, *words = line.split()
        if not re.match(r"https?://[^\s<>]+$", address, re.IGNORECASE):
            if re.match(r"(?:query|exec|filter|file):", address, re.IGNORECASE):
                lines.append(_Line({"xmlurl": address}, {}, ()))
                continue
            return None
        title = next((word[1:] for word in words if word.startswith("~")), None)
        tags = tuple(word for word in words if not word.startswith(("~", "!")))
        lines.append(_Line({"xmlurl": address} | ({"text": title} if title else {}), {}, tags))
    return _collected(iter(lines), None) if lines else None


def _lines(root: etree._Element) -> Iterator[_Line]:
    """The outlines that are no folders, each with those it is in. What ends nowhere stands in many folders: they are
    forgotten below :data:`DEPTH`."""
    folders: list[str | None] = []
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if _name(element) != "outline":
            continue
        if event == "end":
            folders.pop()
            continue
        given, settings = _attributes(element)
        named = given.get("xmlurl") or given.get("url") or given.get("htmlurl") or settings
        if named:
            yield _Line(given, settings, tuple(filter(None, folders[:DEPTH])))
        is_folder = not given.get("xmlurl")
        folders.append(claims.line(given.get("text") or given.get("title") or "", 100) if is_folder else None)


def _attributes(element: etree._Element) -> tuple[dict[str, str], dict[str, Any]]:
    """Attributes without a namespace by their names in lower case, and the settings among the others."""
    given: dict[str, str] = {}
    ours: dict[str, Any] = {}
    others: dict[str, Any] = {}
    for place, (key, value) in enumerate(element.attrib.items()):
        if place == outline.ATTRIBUTES:
            break
        name, text = str(key), str(value)
        if name.startswith("{"):
            namespace, _, name = name[1:].partition("}")
        else:  # a prefix that nobody declared stays in the name
            prefix, _, rest = name.rpartition(":")
            namespace, name = _PREFIXES.get(prefix.lower(), prefix), rest
        if namespace == NAMESPACE:
            ours[name] = from_text(text)
        elif namespace in _FOREIGN:
            others |= _FOREIGN[namespace](name, text.strip())
        elif not namespace:
            given.setdefault(name.lower(), text.strip())
    return given, others | ours


_PREFIXES = {"agg": NAMESPACE, "miniflux": MINIFLUX, "frss": FRESHRSS}


def _of_miniflux(name: str, text: str) -> dict[str, Any]:
    """Its settings that we have too. Its rules are in a language of their own, and stay behind."""
    match name.lower(), text:
        case "disabled", "true":
            return {"enabled": False}
        case "crawler", "true":
            return {"full_text": True}
        case "useragent", _ if text:
            return {"user_agent": text}
    return {}


def _of_freshrss(name: str, text: str) -> dict[str, Any]:
    """Its settings that we have too. ``ttl`` is seconds, below 0 where the feed is muted, 0 for its default."""
    match name.lower(), text:
        case "ttl", _ if re.fullmatch(r"-?[1-9][0-9]{0,7}", text):
            seconds = int(text)
            interval = {"interval": f"{min(max(abs(seconds) // 60, 15), 527040)}m"} if abs(seconds) > 1 else {}
            return interval | ({"enabled": False} if seconds < 0 else {})
        case "cssfullcontent", _ if text:
            return {"full_text": True}
        case "curlopt_useragent", _ if text:
            return {"user_agent": text}
        case "opmlurl", _ if text:
            return {"opml": text}
    return {}


_FOREIGN: dict[str, Callable[[str, str], dict[str, Any]]] = {MINIFLUX: _of_miniflux, FRESHRSS: _of_freshrss}


def as_text(value: Any) -> str:
    """A plain value as an attribute: a text as it is unless it would be read as something else, all else as JSON."""
    if isinstance(value, str) and value == claims.without_noncharacters(value) and from_text(value) == value:
        return value
    return json.dumps(value)


def from_text(text: str) -> Any:
    """The plain value that :func:`as_text` wrote."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _collected(lines: Iterator[_Line], title: str | None, *, whole: bool = True) -> FeedList:
    """The feeds of these lines, each address once."""
    found: dict[str, Listed] = {}
    problems: list[str] = []
    repeated = 0
    for line in lines:
        if len(found) == MOST:
            problems.append(f"only the first {MOST:,} feeds were read")
            break
        one = _listed(line)
        if isinstance(one, str):
            problems.append(one)
            continue
        name = one.url or json.dumps([one.settings.get("folder"), one.settings.get("opml")])
        if name in found:
            repeated += 1
            first = found[name]
            tags = tuple(dict.fromkeys((*first.tags, *one.tags)))[:TAGS]
            one = Listed(**{**_fields(first), "tags": tags})
        found[name] = one
    return FeedList(title=title, feeds=tuple(found.values()), repeated=repeated, whole=whole, problems=tuple(problems))


def _fields(one: Listed) -> dict[str, Any]:
    return {"url": one.url, "title": one.title, "page": one.page, "settings": one.settings}


def _listed(line: _Line) -> Listed | str:
    """The feed that an outline names, or why it names none."""
    given, settings = line.given, line.settings
    title = claims.line(given.get("title") or given.get("text") or "", 300) or None
    name = title or claims.line(given.get("htmlurl") or given.get("url") or "an outline", 100)
    page = address(given.get("htmlurl", ""))
    tags = tuple(dict.fromkeys(filter(None, (*line.folders, *_categories(given.get("category", ""))))))[:TAGS]
    if given.get("xmlurl") and "+" in given.get("type", ""):
        return f"{name}: it is scraped from a page ({claims.line(given['type'], 40)}); write it anew with 'scrape:'"
    feed = given.get("xmlurl") or (given.get("url", "") if given.get("type", "").lower() in _FEEDS else "")
    if feed:
        url = address(feed)
        if url is None:
            return f'{name}: its address is none of the web ("{claims.line(feed, 80)}")'
        return Listed(url=url, title=title, page=page, tags=tags, settings=settings)
    if settings.keys() & {"folder", "opml"}:
        return Listed(title=title, tags=tags, settings=settings)
    other = address(given.get("url", ""))
    if other is not None and given.get("type", "").lower() in ("include", "link") and _is_list(given, other):
        return f"{name}: another list; to follow it, write '- opml: {other}' into sources"
    where = page or other
    return f"{name}: it has no address of a feed" + (f"; try 'aggregator add {where}'" if where else "")


_FEEDS = frozenset({"rss", "atom", "feed", "rss1", "rss2", "rdf", "json", "jsonfeed"})


def _is_list(given: Mapping[str, str], url: str) -> bool:
    return given["type"].lower() == "include" or urlsplit(url).path.lower().endswith(".opml")


def _categories(text: str) -> Iterator[str]:
    """``/News/World,Cars`` is three (OPML 2.0: commas between them, slashes within)."""
    for each in text.split(","):
        for part in each.split("/") if each.strip().startswith("/") else [each]:
            if tag := claims.line(part, 100):
                yield tag


def address(text: str) -> str | None:
    """A web address as it should have been written; ``None`` where it is none."""
    url = "".join(text.split()) if "%" in text else re.sub(r"\s+", "%20", text.strip())
    if found := _HINT.match(url):
        rest = url[found.end() :]
        url = rest if re.match(r"https?:", rest, re.IGNORECASE) else f"http://{rest.lstrip('/')}"
    if url.startswith("//"):
        url = f"https:{url}"
    elif "://" not in url and _HOST.match(url):
        url = f"https://{url}"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host or len(url) > LONGEST or not url.isprintable():
        return None
    return url


def _name(element: etree._Element) -> str:
    return element.tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(element.tag, str) else ""
