"""Which element says what: the tables, and the functions for elements that hold others or are the same everywhere.

The words are those of RSS 0.9 to 2.0, Atom 0.3 and 1.0, Dublin Core, Media RSS and iTunes. Which of several elements
counts is feedparser's decision (6.0.14), so that an entry reads the same on either road. A name that feedparser knows
and we have no rule for is ``unsure``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aggregator.parse.extensions import WORDS
from aggregator.parse.fast import of_entries, of_feeds, persons
from aggregator.parse.fast.reader import Said, skip, unsure
from aggregator.parse.fast.texts import PLAIN, resolved
from aggregator.parse.fast.unsure import Unsure
from aggregator.parse.fast.values import given

if TYPE_CHECKING:
    from lxml import etree

    from aggregator.parse.fast.reader import Attributes, Handler, Reader

_REFERENCE = re.compile(r"&([A-Za-z0-9_]+);")


def _title(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    title = _shown_title(reader, said, element, attributes, depth)
    if title:
        reader.title_depth = depth


def _shown_title(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> bool:
    """Whether the title says something; it counts unless one as high came before it."""
    title = reader.text(element, attributes, PLAIN, said.base)
    if not -1 < reader.title_depth <= depth:
        if title is None and said.title is not None:
            raise Unsure("an empty title after another")
        said.title = title
    return title is not None


def _media_title(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    _shown_title(reader, said, element, attributes, depth)


def _link(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    if "url" in attributes or "uri" in attributes:
        raise Unsure("a link with an unusual attribute")
    if attributes.get("rel", "alternate") not in ("alternate", "self"):
        said.extended = True
    link = attributes
    if "href" in attributes:
        link["href"] = resolved(reader.base, attributes["href"])
    elif url := reader.address(element):
        url = url.replace("&amp;", "&") if said.kind == "entry" else url
        url = _REFERENCE.sub(r"&\1", url) if "&" in url else url
        link = {**attributes, "href": url}
    said.links.append(link)


def _rights(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    said.rights = reader.text(element, attributes, PLAIN, said.base)


def _language(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    said.language = reader.plain(element)


def _published(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    said.published = reader.plain(element)


def _updated(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    said.updated = reader.plain(element)


def _created(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    said.created = reader.plain(element)


def entry(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    if "href" in attributes or "lastmod" in attributes:
        raise Unsure("an entry of CDF")
    found = reader.begin(element)
    found.id = attributes.get("rdf:about")
    found.extended = bool(attributes)
    reader.children(found, element, ENTRY, depth + 1)
    found.extended = found.extended or not WORDS.isdisjoint(found.named)
    reader.entries.take(found)
    reader.has_content = False


def _holder(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    """Media RSS around titles, descriptions and categories that feedparser takes for the entry's own."""
    reader.children(said, element, _MEDIA, depth + 1)


def _source(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    reader.title_depth = -1
    found = Said(element, said.base, "source")
    reader.children(found, element, SOURCE, depth + 1)
    said.source = given(found)
    if "url" in attributes:
        said.source["href"] = attributes["url"]
    if (element.text or "").strip():
        if len(element):
            raise Unsure("text beside elements in a source")
        said.source["title"] = reader.plain(element)


def _channel(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    if "href" in attributes or "lastmod" in attributes or said.element is not element.getparent():
        raise Unsure("a channel of CDF, or a second one")
    said.element, said.named = element, {}
    reader.children(said, element, FEED, depth + 1)


def _image(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    reader.title_depth = -1
    reader.children(said, element, _IMAGE, depth + 1)


def _text_input(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    reader.title_depth = -1
    reader.children(said, element, _TEXT_INPUT, depth + 1)


def _ignored(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    """A word nobody knows. feedparser would still read what stands inside of it, and takes the text of one that has
    attributes for text of what it stands in."""
    if attributes and said.kind == "source" and (element.text or "").strip():
        raise Unsure("unknown words in a source")
    if len(element):
        reader.children(said, element, _WITHIN_UNKNOWN, depth + 1)


def _skipped(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    skip(element, depth + 1)


_NOT_OURS = (
    *(
        "abstract",
        "body",
        "channel",
        "content:body",
        "date",
        "entry",
        "feed",
        "fullitem",
        "item",
        "itunes:link",
        "rdf:rdf",
    ),
    *("rss", "source", "tags", "textinput", "xhtml:body"),
    *("authors", "author_detail", "contributors", "guidislink", "links", "media_content", "media_thumbnail"),
    *("itunes_duration", "rights_detail", "subtitle_detail", "summary_detail", "title_detail"),
)
"""Elements that feedparser has a rule for and we have none, and keys of its own that an element would overwrite."""

_ANYWHERE: dict[str, Handler] = {
    "": _ignored,
    "author": persons.authors,
    "managingeditor": persons.authors,
    "dc:author": persons.authors,
    "dc:creator": persons.authors,
    "itunes:author": persons.authors,
    "itunes:owner": persons.owner,
    "contributor": persons.contributor,
    "title": _title,
    "dc:title": _title,
    "link": _link,
    "published": _published,
    "issued": _published,
    "pubdate": _published,
    "dcterms:issued": _published,
    "updated": _updated,
    "modified": _updated,
    "lastbuilddate": _updated,
    "dc:date": _updated,
    "dcterms:modified": _updated,
    "rights": _rights,
    "copyright": _rights,
    "dc:rights": _rights,
    "language": _language,
    "dc:language": _language,
    "category": of_entries.category,
    "keywords": of_entries.category,
    "dc:subject": of_entries.category,
    "dc:contributor": persons.contributor_name,
    "media:category": of_entries.media_category,
    "itunes:category": of_entries.itunes_category,
    "itunes:keywords": of_entries.itunes_keywords,
    "media:keywords": of_entries.keywords,
    "cc:license": of_entries.licence,
    "creativecommons:license": of_entries.licence_text,
    **dict.fromkeys(_NOT_OURS, unsure),
}

ENTRY: dict[str, Handler] = {
    **_ANYWHERE,
    "id": of_entries.guid,
    "guid": of_entries.guid,
    "media:title": _media_title,
    "description": of_entries.description,
    "dc:description": of_entries.description,
    "media:description": of_entries.description,
    "summary": of_entries.summary,
    "itunes:summary": of_entries.summary,
    "content": of_entries.content,
    "content:encoded": of_entries.encoded,
    "created": _created,
    "dcterms:created": _created,
    "comments": of_entries.comments,
    "media:content": _holder,
    "media:group": _holder,
    "image": unsure,
    "source": _source,
}

SOURCE: dict[str, Handler] = {
    **_ANYWHERE,
    "id": of_feeds.feed_id,
    "guid": of_feeds.feed_id,
    "summary": of_feeds.summary,
    "itunes:summary": of_feeds.summary,
    "description": of_feeds.description,
    "dc:description": of_feeds.description,
    "subtitle": of_feeds.subtitle,
    "tagline": of_feeds.subtitle,
    "itunes:subtitle": of_feeds.subtitle,
    "generator": of_feeds.generator,
    "icon": of_feeds.icon,
    "logo": of_feeds.logo,
    "ttl": of_feeds.ttl,
    "image": unsure,
    "itunes:image": of_feeds.picture,
    **dict.fromkeys(("content", "content:encoded", "media:title", "media:description", "media:content"), unsure),
    "media:group": unsure,
}

FEED: dict[str, Handler] = {
    **SOURCE,
    "image": _image,
    "textinput": _text_input,
    "skiphours": of_feeds.hours,
    "skipdays": of_feeds.days,
    "?:deleted-entry": of_feeds.tombstone,
    "item": entry,
    "entry": entry,
}

ROOTS: dict[str, dict[str, Handler]] = {
    "feed": FEED,
    "rss": {"": unsure, "channel": _channel},
    "rdf:rdf": {"": unsure, "channel": _channel, "item": entry, "image": _skipped, "textinput": _skipped},
}

_IMAGE: dict[str, Handler] = {
    "": unsure,
    "url": of_feeds.image_url,
    "title": of_feeds.image_title,
    **dict.fromkeys(("link", "description", "width", "height"), _skipped),
}

_TEXT_INPUT: dict[str, Handler] = {
    "": unsure,
    "title": of_feeds.image_title,
    **dict.fromkeys(("link", "description", "name"), _skipped),
}

_KNOWN = {name for table in (ENTRY, FEED) for name in table if name}
_MEDIA: dict[str, Handler] = {
    "": _ignored,
    **{name: handler if name.startswith("media:") else unsure for name, handler in ENTRY.items() if name},
}
_WITHIN_UNKNOWN: dict[str, Handler] = {"": _ignored, **dict.fromkeys(_KNOWN, unsure)}
