"""Sources that say one hostile thing in every place a feed or a local article has for words and addresses.

Fields that could hide one another are in different entries; further sources have it in all that a feed says of itself.
"""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from aggregator.model import Document, Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PLACE = "https://feeds.example.org/"
_NAMESPACES = " ".join(
    f'xmlns:{prefix}="{address}"'
    for prefix, address in {
        "a": "http://www.w3.org/2005/Atom",
        "dc": "http://purl.org/dc/elements/1.1/",
        "dcterms": "http://purl.org/dc/terms/",
        "content": "http://purl.org/rss/1.0/modules/content/",
        "media": "http://search.yahoo.com/mrss/",
        "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
        "podcast": "https://podcastindex.org/namespace/1.0",
        "thr": "http://purl.org/syndication/thread/1.0",
        "wfw": "http://wellformedweb.org/CommentAPI/",
        "georss": "http://www.georss.org/georss",
        "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
        "cc": "http://backend.userland.com/creativeCommonsRssModule",
        "webfeeds": "http://webfeeds.org/rss/1.0",
        "h": "http://www.w3.org/1999/xhtml",
    }.items()
)
_ON_THE_ENTRY = "ON-THE-ENTRY"
"""Marks attributes that belong on the entry's own start tag."""

# In the templates below {v} is the vector escaped for XML, {vv} escaped twice, {c} in CDATA and {r} raw.

_SHARED_FIELDS = {
    "media:content": '<media:content url="{v}" type="{v}" medium="{v}"/>',
    "media:image": '<media:content url="{v}" medium="image"><media:title>{v}</media:title></media:content>',
    "media:group": '<media:group><media:content url="https://ok.example/a.mp4"/><media:content url="{v}"/>'
    '<media:title type="html">{v}</media:title><media:description type="html">{v}</media:description>'
    '<media:thumbnail url="{v}"/></media:group>',
    "media:thumbnail": '<media:thumbnail url="{v}" width="{v}"/>',
    "media:description": '<media:description type="html">{v}</media:description>',
    "media:credit": '<media:credit scheme="{v}">{v}</media:credit><media:license href="{v}">{v}</media:license>',
    "itunes": "<itunes:author>{v}</itunes:author><itunes:summary>{v}</itunes:summary><itunes:subtitle>{v}"
    '</itunes:subtitle><itunes:image href="{v}"/><itunes:duration>{v}</itunes:duration><itunes:keywords>{v}'
    "</itunes:keywords><itunes:episode>{v}</itunes:episode><itunes:episodeType>{v}</itunes:episodeType>",
    "podcast": '<podcast:transcript url="{v}" type="{v}" language="{v}" rel="{v}"/>'
    '<podcast:chapters url="{v}" type="{v}"/>'
    '<podcast:season name="{v}">1</podcast:season><podcast:episode display="{v}">1</podcast:episode>'
    '<podcast:person href="{v}" img="{v}" role="{v}">{v}</podcast:person>'
    '<podcast:license url="{v}">{v}</podcast:license>'
    '<podcast:alternateEnclosure type="{v}" title="{v}"><podcast:source uri="{v}"/></podcast:alternateEnclosure>',
    "places": '<podcast:location geo="geo:1,2">{v}</podcast:location><georss:point>{v}</georss:point>'
    "<georss:featurename>{v}</georss:featurename>",
    "threads": '<thr:in-reply-to ref="{v}" href="{v}" type="{v}" source="{v}"/><thr:total>{v}</thr:total>'
    "<wfw:commentRss>{v}</wfw:commentRss><wfw:comment>{v}</wfw:comment>",
    "dublin-core": "<dc:creator>{v}</dc:creator><dc:subject>{v}</dc:subject><dc:language>{v}</dc:language>"
    "<dc:rights>{v}</dc:rights><dc:identifier>{v}</dc:identifier><dc:source>{v}</dc:source>",
    "dates": "<dc:date>{v}</dc:date><dcterms:modified>{v}</dcterms:modified>",
    "other-addresses": "<feedburner:origLink>{v}</feedburner:origLink><cc:license>{v}</cc:license>"
    '<webfeeds:featuredImage url="{v}"/><dcterms:license>{v}</dcterms:license>',
    "xml:base": f'{_ON_THE_ENTRY} xml:base="{{v}}"',
    "xml:lang": f'{_ON_THE_ENTRY} xml:lang="{{v}}"',
}
_RSS_FIELDS = {
    "title": "<title>{v}</title>",
    "title-cdata": "<title>{c}</title>",
    "title-escaped-twice": "<title>{vv}</title>",
    "link": "<link>{v}</link>",
    "guid": "<guid>{v}</guid>",
    "guid-not-permalink": '<guid isPermaLink="false">{v}</guid>',
    "description": "<description>{v}</description>",
    "description-cdata": "<description>{c}</description>",
    "description-escaped-twice": "<description>{vv}</description>",
    "content:encoded": "<content:encoded>{v}</content:encoded>",
    "content:encoded-cdata": "<content:encoded>{c}</content:encoded>",
    "author": "<author>{v}</author>",
    "author-with-address": "<author>a@ok.example ({v})</author>",
    "category": '<category domain="{v}">{v}</category>',
    "comments": "<comments>{v}</comments>",
    "pubDate": "<pubDate>{v}</pubDate>",
    "enclosure": '<enclosure url="{v}" type="{v}" length="{v}"/>',
    "enclosure-type": '<enclosure url="https://ok.example/a.mp3" type="{v}" length="{v}"/>',
    "source": '<source url="{v}">{v}</source>',
    "atom:link": '<a:link rel="{v}" href="{v}" type="{v}" title="{v}" hreflang="{v}"/>'
    '<a:link rel="related" href="{v}" title="{v}"/>',
    **_SHARED_FIELDS,
}
_RSS_FEED = (
    "<title>{v}</title><link>{v}</link><description>{v}</description><language>{v}</language><copyright>{v}</copyright>"
    "<managingEditor>{v}</managingEditor><webMaster>{v}</webMaster><pubDate>{v}</pubDate><lastBuildDate>{v}"
    '</lastBuildDate><category domain="{v}">{v}</category><generator>{v}</generator><docs>{v}</docs><ttl>{v}</ttl>'
    "<image><url>{v}</url><title>{v}</title><link>{v}</link></image><textInput><title>{v}</title><name>{v}</name>"
    '<link>{v}</link></textInput><a:link rel="self" href="{v}"/><a:link rel="hub" href="{v}"/><a:link rel="license"'
    ' href="{v}"/><itunes:author>{v}</itunes:author><itunes:image href="{v}"/><itunes:category text="{v}"/>'
    "<itunes:owner><itunes:name>{v}</itunes:name><itunes:email>{v}</itunes:email></itunes:owner>"
    "<itunes:new-feed-url>{v}</itunes:new-feed-url>"
)
_ATOM_SOURCE = (
    '<id>{v}</id><title type="html">{v}</title><subtitle type="html">{v}</subtitle><link href="{v}"/><link rel="self"'
    ' href="{v}"/><link rel="license" href="{v}"/><link rel="hub" href="{v}"/><icon>{v}</icon><logo>{v}</logo><rights'
    ' type="html">{v}</rights><generator uri="{v}" version="{v}">{v}</generator><author><name>{v}</name><uri>{v}</uri>'
    '<email>{v}</email></author><contributor><name>{v}</name></contributor><category term="{v}" scheme="{v}"'
    ' label="{v}"/><updated>{v}</updated>'
)
_ATOM_FIELDS = {
    "title": "<title>{v}</title>",
    "title-html": '<title type="html">{v}</title>',
    "title-html-escaped-twice": '<title type="html">{vv}</title>',
    "summary": "<summary>{v}</summary>",
    "summary-html": '<summary type="html">{v}</summary>',
    "content": "<content>{v}</content>",
    "content-html": '<content type="html">{v}</content>',
    "content-cdata": '<content type="html">{c}</content>',
    "content-type": '<content type="{v}">{v}</content>',
    "content-svg": '<content type="image/svg+xml">{v}</content>',
    "content-src": '<content type="text/html" src="{v}"/>',
    "id": "<id>{v}</id>",
    "link": '<link href="{v}" type="{v}" title="{v}" hreflang="{v}" length="{v}"/>',
    "links": "".join(
        f'<link rel="{rel}" href="{{v}}" type="{{v}}" title="{{v}}" hreflang="{{v}}"/>'
        for rel in ("via", "related", "enclosure", "replies", "license", "self", "canonical", "{v}")
    ),
    "author": "<author><name>{v}</name><uri>{v}</uri><email>{v}</email></author>",
    "author-uri": "<author><name>A</name><uri>{v}</uri></author>",
    "author-email": "<author><email>{v}</email></author>",
    "contributor": "<contributor><name>{v}</name><uri>{v}</uri><email>{v}</email></contributor>",
    "category": '<category term="{v}" scheme="{v}" label="{v}"/>',
    "category-scheme": '<category term="t" scheme="{v}"/>',
    "rights": "<rights>{v}</rights>",
    "rights-html": '<rights type="html">{v}</rights>',
    "updated": "<updated>{v}</updated><published>{v}</published>",
    "source": f"<source>{_ATOM_SOURCE}</source>",
    **_SHARED_FIELDS,
}
_TOGETHER = (
    ("title", "description", "author", "category", "comments", "pubDate"),
    ("title-cdata", "description-cdata", "enclosure", "source", "other-addresses"),
    ("title-escaped-twice", "description-escaped-twice", "dates", "dublin-core", "media:content"),
    ("link", "guid", "content:encoded", "author-with-address", "enclosure-type", "media:image"),
    ("guid-not-permalink", "content:encoded-cdata", "atom:link", "threads", "places"),
    ("itunes", "podcast", "media:credit"),
    ("media:description", "media:thumbnail"),
    ("media:group",),
    ("xml:base",),
    ("xml:lang",),
)
"""Fields of RSS that do not hide each other, and so share an item."""
_ATOM_TOGETHER = (
    ("title", "summary", "content", "author", "category"),
    ("title-html", "content-html", "links", "rights", "updated"),
    ("title-html-escaped-twice", "content-cdata", "author-uri", "rights-html", "category-scheme"),
    ("summary-html", "id", "author-email", "media:group"),
    ("link", "content-type", "contributor"),
    ("content-svg", "itunes", "podcast"),
    ("content-src", "threads", "places"),
    ("source",),
    ("xml:base",),
    ("xml:lang",),
)
_RAW_FIELDS = {
    "title": "<title>{r}</title>",
    "content": "<description>{r}</description>",
    "body": "<h:body>{r}</h:body>",
}
"""As no XML may have them; feedparser mends what it can."""
_XHTML_FIELDS = {
    "title": '<title type="xhtml"><h:div>{r}</h:div></title>',
    "summary": '<summary type="xhtml"><h:div>{r}</h:div></summary>',
    "content": '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">{r}</div></content>',
    "content-svg": '<content type="image/svg+xml"><svg xmlns="http://www.w3.org/2000/svg">{r}</svg></content>',
}
FRONT_MATTER = ("title", "summary", "author", "tags", "link", "source", "language", "id", "image", "slug", "date")
JSON_TEXTS = ("id", "url", "external_url", "title", "content_html", "content_text", "summary", "image", "banner_image")


def _together(fields: Mapping[str, str], groups: tuple[tuple[str, ...], ...]) -> dict[str, str]:
    return {names[0]: "".join(fields[name] for name in names) for names in groups}


RSS_ENTRIES = _together(_RSS_FIELDS, _TOGETHER)
ATOM_ENTRIES = _together(_ATOM_FIELDS, _ATOM_TOGETHER)


class Hostile(NamedTuple):
    """One source with the hostile thing in all fields of one kind."""

    kind: str
    source: Source
    documents: tuple[Document, ...]
    entries: int
    """How many it has; where the vector is no XML at all, fewer may be read."""


def hostile_sources(number: int, vector: str) -> Iterator[Hostile]:
    """Every source that says the ``number``-th vector. Its ids and addresses are its own: no two are one article."""
    forms = {
        "v": escape(vector),
        "vv": escape(escape(vector)),
        "c": f"<![CDATA[{vector.replace(']]>', ']]]]><![CDATA[>')}]]>",
        "r": vector,
    }
    yield _feed(number, "rss", _rss(number, "rss", RSS_ENTRIES, forms, _HARMLESS_FEED), len(RSS_ENTRIES))
    yield _feed(number, "rss-feed", _rss(number, "rss-feed", {"none": ""}, forms, _RSS_FEED), 1)
    yield _feed(number, "rss-raw", _rss(number, "rss-raw", _RAW_FIELDS, forms, _HARMLESS_FEED), len(_RAW_FIELDS))
    yield _feed(number, "atom", _atom(number, "atom", ATOM_ENTRIES, forms, _HARMLESS_ATOM), len(ATOM_ENTRIES))
    yield _feed(number, "atom-feed", _atom(number, "atom-feed", {"none": ""}, forms, _ATOM_SOURCE), 1)
    yield _feed(number, "atom-raw", _atom(number, "atom-raw", _XHTML_FIELDS, forms, _HARMLESS_ATOM), len(_XHTML_FIELDS))
    items = [
        _item(number, "json", field, said)
        for field, said in {
            **{field: {field: vector} for field in JSON_TEXTS},
            "people": {"authors": [{"name": vector, "url": vector, "avatar": vector}]},
            "dates": {"date_published": vector, "date_modified": vector},
            "tags": {"tags": [vector], "language": vector},
            "files": {"attachments": [{"url": vector, "mime_type": vector, "title": vector, "size_in_bytes": vector}]},
        }.items()
    ]
    yield _feed(number, "json", _json({"title": "Feed", "home_page_url": PLACE}, items), len(items))
    said = dict.fromkeys(
        (
            "title",
            "home_page_url",
            "feed_url",
            "description",
            "user_comment",
            "next_url",
            "icon",
            "favicon",
            "language",
        ),
        vector,
    )
    person = {"name": vector, "url": vector, "avatar": vector}
    feed = {**said, "authors": [person], "author": person, "hubs": [{"type": "WebSub", "url": vector}]}
    yield _feed(number, "json-feed", _json(feed, [_item(number, "json-feed", "none", {})]), 1)
    yield _seeds(number, vector)


_HARMLESS_FEED = "<title>Feed</title><link>https://feeds.example.org/</link><description>d</description>"
_HARMLESS_ATOM = '<id>tag:feeds.example.org,2026:f</id><title>Feed</title><link href="https://feeds.example.org/"/>'


def _name(number: int, kind: str, field: str) -> str:
    return f"{number}-{kind}-{field}".replace(":", "-")


def _feed(number: int, kind: str, text: str, entries: int) -> Hostile:
    url = f"{PLACE}{number}/{kind}"
    body = text.encode("utf-8", "surrogatepass")
    return Hostile(kind, Source(id=f"{kind}-{number}", url=url), (Document(body=body, url=url),), entries)


def _filled(template: str, forms: Mapping[str, str]) -> str:
    for name, form in forms.items():
        template = template.replace(f"{{{name}}}", form)
    return template


def _marked(template: str) -> tuple[str, str]:
    """What goes on the entry's start tag, and what goes into it."""
    return (template.removeprefix(_ON_THE_ENTRY), "") if template.startswith(_ON_THE_ENTRY) else ("", template)


def _rss(number: int, kind: str, fields: Mapping[str, str], forms: Mapping[str, str], feed: str) -> str:
    items = []
    for field, template in fields.items():
        attributes, hostile = _marked(template)
        name = _name(number, kind, field)
        usual = {
            "<title": f"<title>{name}</title>",
            "<link": f"<link>{PLACE}{name}</link>",
            "<guid": f'<guid isPermaLink="false">tag:feeds.example.org,2026:{name}</guid>',
            "<description": '<description>d <a href="relative">r</a></description>',
        }
        rest = "".join(harmless for start, harmless in usual.items() if start not in hostile)
        items.append(f"<item{_filled(attributes, forms)}>{rest}{_filled(hostile, forms)}</item>")
    channel = _filled(feed, forms) + "\n".join(items)
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0" {_NAMESPACES}><channel>{channel}</channel></rss>'


def _atom(number: int, kind: str, fields: Mapping[str, str], forms: Mapping[str, str], feed: str) -> str:
    entries = []
    for field, template in fields.items():
        attributes, hostile = _marked(template)
        name = _name(number, kind, field)
        usual = {
            "<id": f"<id>tag:feeds.example.org,2026:{name}</id>",
            "<title": f"<title>{name}</title>",
            "<link href": f'<link href="{PLACE}{name}"/>',
            "<updated": "<updated>2026-02-01T00:00:00Z</updated>",
            "<content": '<content type="html">d &lt;a href="relative"&gt;r&lt;/a&gt;</content>',
        }
        rest = "".join(text for start, text in usual.items() if field == "source" or start not in hostile)
        if field == "summary-html":  # the summary is then all there is
            rest = rest.replace(usual["<content"], "")
        entries.append(f"<entry{_filled(attributes, forms)}>{rest}{_filled(hostile, forms)}</entry>")
    body = _filled(feed, forms) + "\n".join(entries)
    return (
        f'<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" {_NAMESPACES}>{body}</feed>'
    )


def _item(number: int, kind: str, field: str, said: dict[str, Any]) -> dict[str, Any]:
    name = _name(number, kind, field)
    usual = {"id": f"tag:feeds.example.org,2026:{name}", "title": name, "url": PLACE + name}
    return {**usual, **({} if "content_text" in said else {"content_html": "<p>d</p>"}), **said}


def _json(feed: dict[str, Any], items: list[dict[str, Any]]) -> str:
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", **feed, "items": items})


def _seeds(number: int, vector: str) -> Hostile:
    """A folder with Markdown, HTML and text files."""
    line = " ".join(vector.split())
    attribute = escape(vector)
    said = json.dumps({"@type": "NewsArticle", "headline": vector, "author": {"name": vector, "url": vector}})
    files = {
        "text.md": f"# Heading\n\nBefore\n\n{vector}\n\nand {line} after\n",
        "heading.md": f"# {line}\n\nBody\n",
        "links.md": f"# Heading\n\n[{line}]({line}) [a](<{line}>) ![{line}](<{line}> '{line}')\n\n<{line}>\n\n"
        f'[r]\n\n[r]: <{line}> "{line}"\n\n`{line}`\n\n| {line} |\n|---|\n| {line} |\n\nnote[^1]\n\n[^1]: {line}\n',
        "code.md": f"# Heading\n\n```{line}\n{vector}\n```\n",
        "front-matter.md": "\n".join(["---", *(f"{key}: {json.dumps(line)}" for key in FRONT_MATTER), "---", "Body"]),
        "fragment.html": f"<h1>Heading</h1><p>Before</p>{vector}<p>After</p>",
        "page.html": f"<!doctype html><html><head><title>T</title></head><body><article><h1>Heading</h1><p>Before</p>"
        f"{vector}<p>After</p></article></body></html>",
        "head.html": f'<html lang="{attribute}"><head><title>{vector}</title><base href="{attribute}">'
        + "".join(
            f'<meta {kind}="{name}" content="{attribute}">'
            for kind, names in {
                "name": ("author", "description", "keywords", "date"),
                "property": ("og:title", "og:url", "og:image", "og:description", "article:author", "article:tag"),
            }.items()
            for name in names
        )
        + f'<link rel="canonical" href="{attribute}"><link rel="license" href="{attribute}">'
        f'<script type="application/ld+json">{said.replace("<", chr(92) + "u003c")}</script></head>'
        f'<body><article><h1>{vector}</h1><p>Body</p><img src="{attribute}" alt="{attribute}"></article></body></html>',
        "text.txt": f"Headline\n\nBy Ann Author\n\nBERLIN (AP) — Before.\n\n{vector}\n\n{line} after.\n",
        "first-line.txt": f"{line}\n\nBy {line}\n\nBERLIN ({line}) — Body.\n",
    }
    folder = Path(f"/seeds/{number}")
    documents = tuple(
        Document(body=text.encode("utf-8", "surrogatepass"), url=f"file://{folder}/{name}", name=name)
        for name, text in files.items()
    )
    return Hostile("seeds", Source(id=f"seeds-{number}", folder=folder), documents, len(documents))
