"""What the W3C feed validator would say of our documents, checked here by rules of our own.

Each function gives the findings of one document, ``Class: where``, under the name the validator has for them, if any.
They know what this program writes, and nothing more: they are no validator for feeds of others.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import lxml.html
from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

A = "{http://www.w3.org/2005/Atom}"
MEDIA = "{http://search.yahoo.com/mrss/}"
ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
THR = "{http://purl.org/syndication/thread/1.0}"
DC = "{http://purl.org/dc/elements/1.1/}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
NEWS = "{http://www.google.com/schemas/sitemap-news/0.9}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"

NAMESPACES = {
    "http://www.w3.org/2005/Atom",
    "http://search.yahoo.com/mrss/",
    "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "https://podcastindex.org/namespace/1.0",
    "http://podlove.org/simple-chapters",
    "http://www.georss.org/georss",
    "http://purl.org/syndication/thread/1.0",
    "http://wellformedweb.org/CommentAPI/",
    "http://purl.org/rss/1.0/modules/content/",
    "http://purl.org/rss/1.0/modules/slash/",
    "http://purl.org/dc/elements/1.1/",
    "http://purl.org/dc/terms/",
    "http://backend.userland.com/creativeCommonsRssModule",
    "http://purl.org/atompub/tombstones/1.0",
    "http://purl.org/syndication/history/1.0",
}
RELATIONS = {"alternate", "enclosure", "related", "via", "replies", "license"}
LIMIT = 5_000_000

_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s\x00-\x20<>\"{}|\\^`]+")
_WEB = re.compile(r"https?://[^\s/?#<>\"{}|\\^`]+([/?#][^\s<>\"{}|\\^`]*)?")
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_RFC822 = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d? [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d ([+-]\d{4}|GMT)")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_MIME = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+")
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_BAD = re.compile("[\x80-\x9f\ufffd]")
_ELEMENT = re.compile(r"</[a-z][a-z0-9]*>|<br ?/?>")
_DANGEROUS = {"script", "style", "object", "embed", "applet", "form", "input", "link", "meta", "base", "iframe", "svg"}
_REFERENCES = ("href", "src", "poster", "cite", "longdesc")


def atom(body: bytes, location: str, now: datetime) -> list[str]:
    """Of an Atom document that is served at ``location``."""
    return list(_atom(body, location, now))


def rss(body: bytes, location: str, now: datetime) -> list[str]:
    """Of an RSS 2.0 document that is served at ``location``, by the Best Practices Profile too."""
    return list(_rss(body, location, now))


def json_feed(body: bytes, location: str, now: datetime) -> list[str]:
    """Of a JSON Feed 1.1 that is served at ``location``."""
    return list(_json(body, location, now))


def opml(body: bytes) -> list[str]:
    """Of a list of subscriptions in OPML 2.0."""
    return list(_opml(body))


def sitemap(body: bytes, site: str, now: datetime) -> list[str]:
    """Of a sitemap (sitemaps.org 0.9) of the site, with Google's elements for news where it has some."""
    return list(_sitemap(body, site, now))


# ---- what all XML has in common


def _document(body: bytes) -> Iterator[str]:
    head = body[:200].lower()
    if not head.startswith((b"<?xml version='1.0' encoding='utf-8'?>", b'<?xml version="1.0" encoding="utf-8"?>')):
        yield "EncodingMismatch: it does not say that it is UTF-8"
    if b"<!doctype" in body.lower()[:1000] or b"<?xml-stylesheet" in body:
        yield "ObsoleteNamespace: a DTD or a style sheet"
    if b"ns0:" in body:
        yield "ObsoleteNamespace: a prefix that was made up"
    if len(body) > LIMIT:
        yield f"ValidatorLimit: {len(body):,} bytes"
    if found := _BAD.search(body.decode("utf-8")):
        yield f"BadCharacters: {found[0]!a}"


def _namespaces(root: Any) -> Iterator[str]:
    for element in root.iter(etree.Element):
        space = etree.QName(element).namespace
        if space is not None and space not in NAMESPACES:
            yield f"UnknownNamespace: {space}"


def _date(text: str | None, now: datetime, where: str) -> Iterator[str]:
    if text is None or not _RFC3339.fullmatch(text):
        yield f"InvalidRFC3339Date: {where} {text!a}"
    elif not datetime(1990, 1, 1, tzinfo=UTC) <= datetime.fromisoformat(text) <= now + timedelta(days=1):
        yield f"ImplausibleDate: {where} {text}"


def _once(element: Any, names: Iterable[str], where: str) -> Iterator[str]:
    found = Counter(each.tag for each in element.iterchildren(etree.Element))
    for name in names:
        if found[name] > 1:
            yield f"DuplicateElement: {where} {name}"


def _html(text: str, where: str) -> Iterator[str]:
    if not text.strip():
        yield f"NotBlank: {where}"
        return
    for element in lxml.html.fragment_fromstring(text, create_parent="div").iter(etree.Element):
        if element.tag in _DANGEROUS or any(name.startswith("on") for name in element.attrib):
            yield f"SecurityRisk: {where} {element.tag}"
        if "style" in element.attrib:
            yield f"DangerousStyleAttr: {where} {element.tag}"
        for name in _REFERENCES:
            value = element.get(name)
            if value is not None and not re.match(r"(https?|mailto|tel):", value, re.IGNORECASE):
                yield f"ContainsRelRef: {where} {name}={value!a}"


def _plain(text: str | None, where: str) -> Iterator[str]:
    if text is None or not text.strip():
        yield f"NotBlank: {where}"
    elif _ELEMENT.search(text):
        yield f"ContainsHTML: {where} {text!a}"


def _files(element: Any, where: str) -> Iterator[str]:
    """Media RSS, Apple's tags, threads."""
    for group in element.iter(f"{MEDIA}group"):
        if len(group.findall(f"{MEDIA}content")) < 2:
            yield f"MediaGroupWithoutAlternatives: {where}"
    for content in element.iter(f"{MEDIA}content"):
        if not _WEB.fullmatch(content.get("url") or ""):
            yield f"InvalidFullLink: {where} media:content"
        if content.get("type") is not None and not _MIME.fullmatch(content.get("type")):
            yield f"InvalidMIMEAttribute: {where} media:content"
        if content.get("medium") not in (None, "image", "audio", "video", "document", "executable"):
            yield f"InvalidMediaMedium: {where} {content.get('medium')!a}"
        for name in ("fileSize", "width", "height", "duration"):
            if content.get(name) is not None and not re.fullmatch("[1-9][0-9]*", content.get(name)):
                yield f"InvalidPositiveInteger: {where} {name}"
    for name in ("season", "episode"):
        if not re.fullmatch("[1-9][0-9]*", element.findtext(f"{ITUNES}{name}") or "1"):
            yield f"InvalidPositiveInteger: {where} itunes:{name}"
    if element.findtext(f"{ITUNES}explicit") not in (None, "true", "false"):
        yield f"InvalidTrueFalse: {where} itunes:explicit"
    if element.findtext(f"{ITUNES}episodeType") not in (None, "full", "trailer", "bonus"):
        yield f"InvalidItunesEpisodeType: {where}"
    yield from _once(element, [f"{ITUNES}{each}" for each in ("duration", "season", "episode", "explicit")], where)
    for reply in element.iter(f"{THR}in-reply-to"):
        if not _IRI.fullmatch(reply.get("ref") or ""):
            yield f"InvalidFullLink: {where} thr:in-reply-to"
    if not re.fullmatch("[0-9]+", element.findtext(f"{THR}total") or "0"):
        yield f"InvalidNonNegativeInteger: {where} thr:total"


# ---- Atom


def _atom(body: bytes, location: str, now: datetime) -> Iterator[str]:
    yield from _document(body)
    feed = etree.fromstring(body)
    yield from _namespaces(feed)
    if feed.tag != f"{A}feed" or feed.prefix is not None:
        yield "MissingNamespace: Atom is not the default namespace"
    yield from _once(feed, [f"{A}{each}" for each in ("id", "title", "updated", "subtitle", "rights")], "feed")
    if not _IRI.fullmatch(feed.findtext(f"{A}id") or ""):
        yield "InvalidFullLink: the feed's id"
    yield from _plain(feed.findtext(f"{A}title"), "feed title")
    yield from _date(feed.findtext(f"{A}updated"), now, "feed updated")
    if feed.find(f"{A}author") is not None:
        yield "feed author: readers take it for that of the entries"
    links = [(each.get("rel"), each.get("href")) for each in feed.findall(f"{A}link")]
    selves = [href for rel, href in links if rel == "self"]
    if not selves:
        yield "MissingSelf: feed"
    elif selves != [location]:
        yield f"SelfDoesntMatchLocation: {selves} at {location}"
    if [rel for rel, _ in links].count("alternate") != 1:
        yield "DuplicateAtomLink: the feed has not one page"
    if any(not _WEB.fullmatch(href or "") for _, href in links):
        yield "RelativeSelf: a link of the feed is not absolute"
    names = Counter(each.findtext(f"{A}id") for each in feed.findall(f"{A}entry"))
    for name, count in names.items():
        if count > 1:
            yield f"DuplicateEntries: {name}"
    for entry in feed.findall(f"{A}entry"):
        yield from _atom_entry(entry, now)


def _atom_entry(entry: Any, now: datetime) -> Iterator[str]:
    name = entry.findtext(f"{A}id") or ""
    if name != name.strip():
        yield f"UnexpectedWhitespace: {name!a}"
    if not _IRI.fullmatch(name):
        yield f"InvalidFullLink: id {name!a}"
    single = ("id", "title", "updated", "published", "content", "summary", "rights", "source")
    yield from _once(entry, [f"{A}{each}" for each in single], name)
    yield from _plain(entry.findtext(f"{A}title"), f"{name} title")
    if entry.find(f"{A}title") is not None and entry.find(f"{A}title").get("type") not in (None, "text"):
        yield f"title type: {name}"
    yield from _date(entry.findtext(f"{A}updated"), now, f"{name} updated")
    if entry.find(f"{A}published") is not None:
        yield from _date(entry.findtext(f"{A}published"), now, f"{name} published")
    if entry.find(f"{A}author") is None:
        yield f"MissingElement: {name} author"
    for person in (*entry.iter(f"{A}author"), *entry.iter(f"{A}contributor")):
        yield from _person(person, name)
    yield from _links(entry, name)
    content, summary = entry.find(f"{A}content"), entry.find(f"{A}summary")
    if content is None and summary is None:
        yield f"MissingTextualContent: {name}"
    if content is not None:
        if content.get("type") != "html":
            yield f"content type: {name} {content.get('type')}"
        yield from _html(content.text or "", name)
    if summary is not None and not (summary.text or "").strip():
        yield f"NotBlank: {name} summary"
    for category in entry.findall(f"{A}category"):
        if not (category.get("term") or "").strip():
            yield f"AttrNotBlank: {name} category"
        if category.get("scheme") is not None and not _IRI.fullmatch(category.get("scheme")):
            yield f"InvalidFullLink: {name} scheme {category.get('scheme')!a}"
    for element in (entry, *entry.iterchildren(f"{A}source")):
        if element.get(LANG) is not None and not _LANGUAGE.fullmatch(element.get(LANG)):
            yield f"InvalidLanguage: {name} {element.get(LANG)!a}"
    source = entry.find(f"{A}source")
    if source is None or entry[-1] is not source:
        yield f"MissingSourceElement: {name} has none as its last child"
        return
    for part in ("id", "title", "updated"):
        if not source.findtext(f"{A}{part}"):
            yield f"MissingSourceElement: {name} {part}"
    if not _IRI.fullmatch(source.findtext(f"{A}id") or ""):
        yield f"InvalidFullLink: {name} source id"
    yield from _date(source.findtext(f"{A}updated"), now, f"{name} source")
    yield from _files(entry, name)


def _person(person: Any, where: str) -> Iterator[str]:
    yield from _plain(person.findtext(f"{A}name"), f"{where} name")
    email, uri = person.findtext(f"{A}email"), person.findtext(f"{A}uri")
    if email is not None and not _EMAIL.fullmatch(email):
        yield f"InvalidAddrSpec: {where} {email!a}"
    if uri is not None and not _WEB.fullmatch(uri):
        yield f"InvalidURI: {where} {uri!a}"


def _links(entry: Any, where: str) -> Iterator[str]:
    links = entry.findall(f"{A}link")
    kinds = Counter(
        (each.get("type"), each.get("hreflang")) for each in links if each.get("rel", "alternate") == "alternate"
    )
    if any(count > 1 for count in kinds.values()):
        yield f"DuplicateAtomLink: {where}"
    if kinds and links[0].get("rel") != "alternate":
        yield f"alternate not first: {where}"
    for each in links:
        if not each.get("href"):
            yield f"MissingHref: {where}"
        elif not _WEB.fullmatch(each.get("href")):
            yield f"InvalidUriChar: {where} {each.get('href')!a}"
        rel = each.get("rel", "alternate")
        if rel in ("prev-archive", "next-archive", "current", "next", "previous", "first", "last"):
            yield f"FeedHistoryRelInEntry: {where}"
        elif rel not in RELATIONS:
            yield f"UnregisteredAtomLinkRel: {where} {rel!a}"
        if each.get("type") is not None and not _MIME.fullmatch(each.get("type")):
            yield f"InvalidMIMEType: {where} {each.get('type')!a}"
        if each.get("hreflang") is not None and not _LANGUAGE.fullmatch(each.get("hreflang")):
            yield f"InvalidLanguage: {where} hreflang"
        if each.get("length") is not None and not re.fullmatch("[0-9]+", each.get("length")):
            yield f"InvalidNonNegativeInteger: {where} length"


# ---- RSS


def _rss(body: bytes, location: str, now: datetime) -> Iterator[str]:
    yield from _document(body)
    root = etree.fromstring(body)
    yield from _namespaces(root)
    channel = root.find("channel")
    if root.tag != "rss" or root.get("version") != "2.0" or channel is None:
        yield "ObsoleteVersion: no RSS 2.0"
        return
    yield from _once(channel, ("title", "link", "description", "language", "lastBuildDate", "generator"), "channel")
    for part in ("title", "description"):
        if not (channel.findtext(part) or "").strip():
            yield f"MissingElement: channel {part}"
    if not _WEB.fullmatch(channel.findtext("link") or ""):
        yield "InvalidFullLink: channel link"
    if channel.find("language") is not None and not _LANGUAGE.fullmatch(channel.findtext("language") or ""):
        yield "InvalidLanguage: channel"
    yield from _rfc822(channel.findtext("lastBuildDate"), "channel")
    selves = [each.get("href") for each in channel.findall(f"{A}link") if each.get("rel") == "self"]
    if not selves:
        yield "MissingAtomSelfLink: channel"
    elif selves != [location]:
        yield f"SelfDoesntMatchLocation: {selves} at {location}"
    names = Counter(each.findtext("guid") for each in channel.findall("item"))
    for name, count in names.items():
        if count > 1:
            yield f"DuplicateValue: guid {name}"
    for item in channel.findall("item"):
        yield from _item(item, now)


def _rfc822(text: str | None, where: str) -> Iterator[str]:
    if text is None or not _RFC822.fullmatch(text):
        yield f"InvalidRFC2822Date: {where} {text!a}"
        return
    read = parsedate_to_datetime(text)
    if read.strftime("%a") != text[:3]:
        yield f"IncorrectDOW: {where} {text}"


def _item(item: Any, now: datetime) -> Iterator[str]:
    name = item.findtext("guid") or ""
    single = ("title", "link", "description", "guid", "pubDate", "comments", "source", CONTENT, f"{DC}language")
    yield from _once(item, single, name)
    if len(item.findall("enclosure")) > 1:
        yield f"DuplicateEnclosure: {name}"
    guid = item.find("guid")
    if guid is None or not name.strip():
        yield "MissingGuid: item"
    elif guid.get("isPermaLink") not in ("true", "false"):
        yield f"InvalidBooleanAttribute: {name} isPermaLink"
    elif guid.get("isPermaLink") == "true" and not _WEB.fullmatch(name):
        yield f"InvalidHttpGUID: {name}"
    if not (item.findtext("title") or "").strip():
        yield f"NotBlank: {name} title"
    for part in ("link", "comments"):
        if item.find(part) is not None and not _WEB.fullmatch(item.findtext(part) or ""):
            yield f"InvalidFullLink: {name} {part}"
    yield from _rfc822(item.findtext("pubDate"), name)
    if item.find("author") is not None:
        yield f"InvalidContact: {name} has an author, who needs an e-mail address"
    if not any((each.text or "").strip() for each in item.findall(f"{DC}creator")):
        yield f"MissingElement: {name} dc:creator"
    if item.find("description") is None:
        yield f"MissingDescription: {name}"
    else:
        yield from _html(item.findtext("description") or "", name)
    if item.find(CONTENT) is not None:
        yield from _html(item.findtext(CONTENT) or "", name)
    for enclosure in item.findall("enclosure"):
        if not _WEB.fullmatch(enclosure.get("url") or ""):
            yield f"InvalidFullLink: {name} enclosure"
        if not re.fullmatch("[0-9]+", enclosure.get("length") or ""):
            yield f"InvalidNonNegativeInteger: {name} enclosure length"
        if not _MIME.fullmatch(enclosure.get("type") or ""):
            yield f"InvalidMIMEType: {name} enclosure type"
    source = item.find("source")
    if source is not None and (not _WEB.fullmatch(source.get("url") or "") or not (source.text or "").strip()):
        yield f"InvalidFullLink: {name} source"
    if any(not (each.text or "").strip() for each in item.findall("category")):
        yield f"NotBlank: {name} category"
    if item.find(f"{DC}language") is not None and not _LANGUAGE.fullmatch(item.findtext(f"{DC}language") or ""):
        yield f"InvalidLanguage: {name}"
    yield from _files(item, name)


# ---- JSON Feed


def _json(body: bytes, location: str, now: datetime) -> Iterator[str]:
    feed = json.loads(body.decode("utf-8"))
    if feed.get("version") != "https://jsonfeed.org/version/1.1":
        yield "version"
    if not (feed.get("title") or "").strip():
        yield "title"
    if feed.get("feed_url") != location:
        yield f"feed_url: {feed.get('feed_url')} at {location}"
    if feed.get("next_url") is not None and feed["next_url"] == feed.get("feed_url"):
        yield "next_url: it is the feed itself"
    if "author" in feed:
        yield "author: it is authors since 1.1"
    known = {
        "version", "title", "home_page_url", "feed_url", "description", "language", "hubs", "items", "next_url",
        "icon", "favicon", "authors", "expired", "user_comment",
    }  # fmt: skip
    yield from (f"unknown: {each}" for each in feed if each not in known and not each.startswith("_"))
    yield from (f"hub: {each}" for each in feed.get("hubs", ()) if not each.get("type") or not each.get("url"))
    for name, count in Counter(each.get("id") for each in feed["items"]).items():
        if count > 1:
            yield f"id twice: {name}"
    for item in feed["items"]:
        yield from _json_item(item, now)


def _json_item(item: Any, now: datetime) -> Iterator[str]:
    name = item.get("id")
    if not isinstance(name, str) or not name:
        yield f"id: {name!a}"
    for part in ("url", "image", "external_url", "banner_image"):
        if part in item and not _WEB.fullmatch(item[part]):
            yield f"{part}: {name} {item[part]!a}"
    if not item.get("content_html") and not item.get("content_text"):
        yield f"content: {name}"
    if "content_html" in item:
        yield from _html(item["content_html"], str(name))
    if "title" in item and not item["title"].strip():
        yield f"title: {name}"
    for part in ("date_published", "date_modified"):
        if part in item:
            yield from _date(item[part], now, f"{name} {part}")
    if "author" in item:
        yield f"author: {name}"
    for author in item.get("authors", ()):
        if not (author.get("name") or author.get("url") or author.get("avatar")):
            yield f"authors: {name}"
    for file in item.get("attachments", ()):
        if not _WEB.fullmatch(file.get("url") or "") or not _MIME.fullmatch(file.get("mime_type") or ""):
            yield f"attachments: {name}"
    known = {
        "id", "url", "external_url", "title", "content_html", "content_text", "summary", "image", "banner_image",
        "date_published", "date_modified", "authors", "tags", "language", "attachments",
    }  # fmt: skip
    yield from (f"unknown: {name} {each}" for each in item if each not in known and not each.startswith("_"))
    if None in item.values() or [] in item.values() or "" in item.values():
        yield f"nothing: {name} has a member that says nothing"


# ---- OPML


def _opml(body: bytes) -> Iterator[str]:
    yield from _document(body)
    root = etree.fromstring(body)
    if root.tag != "opml" or root.get("version") != "2.0":
        yield "InvalidOPMLVersion"
    if [each.tag for each in root] != ["head", "body"]:
        yield "MissingElement: head and body, once each and in this order"
        return
    for date in (*root.iterfind("head/dateCreated"), *root.iterfind("head/dateModified")):
        yield from _rfc822(date.text, "head")
    if not (root.findtext("head/title") or "").strip():
        yield "MissingElement: title"
    if len(root.find("body")) == 0:
        yield "MissingElement: outline"
    seen = Counter(each.get("xmlUrl") for each in root.iter("outline"))
    yield from (f"DuplicateValue: {each}" for each, count in seen.items() if count > 1 and each is not None)
    for outline in root.iter("outline"):
        where = outline.get("text") or outline.get("xmlUrl")
        if not (outline.get("text") or "").strip():
            yield f"MissingAttribute: {where} text"
        if outline.get("type") not in (None, "rss"):
            yield f"InvalidOutlineType: {where}"
        if outline.get("type") == "rss" and not _WEB.fullmatch(outline.get("xmlUrl") or ""):
            yield f"MissingXmlURL: {where}"
        if outline.get("type") == "rss" and not (outline.get("title") or "").strip():
            yield f"MissingTitleAttr: {where}"
        if outline.get("htmlUrl") is not None and not _WEB.fullmatch(outline.get("htmlUrl")):
            yield f"InvalidFullLink: {where} htmlUrl"
        if outline.get("version") not in (None, "RSS", "RSS1", "RSS2", "scriptingNews"):
            yield f"InvalidOutlineVersion: {where}"
        if outline.get("language") is not None and not _LANGUAGE.fullmatch(outline.get("language")):
            yield f"InvalidLanguage: {where}"


# ---- sitemaps


def _sitemap(body: bytes, site: str, now: datetime) -> Iterator[str]:
    yield from _document(body)
    root = etree.fromstring(body)
    if root.tag != f"{SITEMAP}urlset":
        yield "no urlset"
    pages = root.findall(f"{SITEMAP}url")
    if len(pages) > 50_000:
        yield "more than 50,000 pages"
    places = [each.findtext(f"{SITEMAP}loc") for each in pages]
    for place, count in Counter(places).items():
        if count > 1:
            yield f"twice: {place}"
        if place is None or not place.startswith(site) or not _WEB.fullmatch(place):
            yield f"not on this site: {place}"
    for page in pages:
        where = page.findtext(f"{SITEMAP}loc")
        if page.find(f"{SITEMAP}lastmod") is not None:
            yield from _date(page.findtext(f"{SITEMAP}lastmod"), now, f"{where} lastmod")
        allowed = {f"{SITEMAP}loc", f"{SITEMAP}lastmod", f"{NEWS}news"}
        yield from (f"unknown: {where} {each.tag}" for each in page if each.tag not in allowed)
    news = root.findall(f"{SITEMAP}url/{NEWS}news")
    if len(news) > 1000:
        yield "more than 1,000 news"
    for each in news:
        for part in ("publication/name", "publication/language", "publication_date", "title"):
            if not (each.findtext("/".join(f"{NEWS}{one}" for one in part.split("/"))) or "").strip():
                yield f"news without {part}"
        date = each.findtext(f"{NEWS}publication_date") or ""
        if not _RFC3339.fullmatch(date) or datetime.fromisoformat(date) < now - timedelta(days=2):
            yield f"news of more than two days ago: {date}"
