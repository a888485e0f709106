"""Which element says what: the tables, and a function for each kind of element.

The words are those of RSS 0.9 to 2.0, Atom 0.3 and 1.0, Dublin Core, Media RSS and iTunes. Which of several elements
counts is feedparser's decision (6.0.14), so that an entry reads the same on either road. A name that feedparser knows
and we have no rule for is ``_unsure``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aggregator.parse import dates
from aggregator.parse.fast.reader import Reader, Said, attributes_of, skip
from aggregator.parse.fast.texts import HTML, PLAIN, resolved
from aggregator.parse.fast.unsure import Unsure

if TYPE_CHECKING:
    from datetime import datetime

    from lxml import etree

    from aggregator.parse.fast.reader import Attributes, Handler

_NAME_LIMIT = 200
"""Longer words in names are cut on the other road (see quirks.endless_names)."""
_MAIL = r"(?P<email>[\w.+-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,4})"
_MAILBOX = re.compile(_MAIL + r"(?:\s*\((?P<name>[^()<>@\"']*)\))?", re.ASCII)
"""``mail@host (Name)``, RSS 2.0's way of naming people."""
_NAMED_MAILBOX = re.compile(r"(?P<name>[^()<>@\"'&]*)<" + _MAIL + ">", re.ASCII)
"""``Name <mail@host>``, RFC 822's."""
_REFERENCE = re.compile(r"&([A-Za-z0-9_]+);")


# ---- of entries, feeds and sources alike ----


def _ignored(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    """A word nobody knows. feedparser would still read what stands inside of it, and takes the text of one that has
    attributes for text of what it stands in."""
    if attributes and said.kind == "source" and (element.text or "").strip():
        raise Unsure("unknown words in a source")
    if len(element):
        reader.children(said, element, _WITHIN_UNKNOWN, depth + 1)


def _skipped(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    skip(element, depth + 1)


def _unsure(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    raise Unsure(f"<{element.tag}> here")


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
        link = {**attributes, "href": _REFERENCE.sub(r"&\1", url)}
    said.links.append(link)


def _authors(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    """One author. Of several, feedparser gives the parts of one to another (its ``_sync_author_detail``): a second one
    without an address gets the first's, a text before ``atom:author`` becomes its name. Ours stay as written."""
    person: dict[str, str] = {}
    said.authors.append(person)
    if len(element):
        _person(reader, person, element)
        if len(said.authors) > 1 and not person.get("name"):
            raise Unsure("a second author without a name")
    elif name := reader.plain(element):
        if len(name) > _NAME_LIMIT:
            raise Unsure("a long name")
        if "@" not in name:
            person["name"] = name
        elif found := _MAILBOX.fullmatch(name) or _NAMED_MAILBOX.fullmatch(name):
            person.update({part: text.strip() for part, text in found.groupdict("").items()})
        else:
            raise Unsure("a name with a mail address in it")


def _contributor(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    person: dict[str, str] = {}
    said.contributors.append(person)
    _person(reader, person, element)


def _contributor_name(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    if len(element) or len(name := (element.text or "").strip()) > _NAME_LIMIT:
        raise Unsure("a contributor said at length")
    said.contributors.append({"name": name})


def _person(reader: Reader, person: dict[str, str], element: etree._Element) -> None:
    """``name``, ``uri`` and ``email`` inside an author; feedparser mends none but the address."""
    if len(element) and (element.text or "").strip():
        raise Unsure("text beside elements in a person")
    for child in element:
        if len(child):
            raise Unsure("elements within a person's")
        base = reader.base
        if items := child.items():
            outer = reader.base, reader.language
            reader.enter(attributes_of(items))
            base = reader.base
            reader.base, reader.language = outer
        name = _PERSON.get(child.tag.rpartition("}")[2].lower())
        text = (child.text or "").strip()
        if len(text) > _NAME_LIMIT or (child.tail or "").strip() or name in person:
            raise Unsure("a person said at length")
        if name == "href":
            person[name] = resolved(base, text) if text else ""
        elif name:
            person[name] = text


_PERSON = {"name": "name", "email": "email", "uri": "href", "url": "href", "homepage": "href"}


def _owner(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    """``itunes:owner``: feedparser writes it over the last author."""
    if not said.authors:
        said.authors.append({})
    _person(reader, said.authors[-1], element)


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


# ---- of entries ----


def entry(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    if "href" in attributes or "lastmod" in attributes:
        raise Unsure("an entry of CDF")
    found = reader.begin(element)
    found.id = attributes.get("rdf:about")
    found.extended = bool(attributes)
    reader.children(found, element, ENTRY, depth + 1)
    reader.has_content = False


def _id(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    value = reader.plain(element)
    if "id" in said.given or (not value and attributes.get("ispermalink", "true") == "true"):
        raise Unsure("a second id, or one that is empty")
    said.given["id"] = said.id = value
    if not value:
        return
    if ":///" in value or not resolved(reader.base, value):
        raise Unsure("an id that is no good address")
    guid = element.tag.rpartition("}")[2].lower() == "guid"
    permalink = guid and (element.get("isPermaLink") or "true").strip().lower() == "true"
    said.permalink = reader.permalinks.setdefault(value, permalink)


def _media_title(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    _shown_title(reader, said, element, attributes, depth)


def _description(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    _summarised(reader, said, element, attributes, HTML)


def _summary(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    _summarised(reader, said, element, attributes, PLAIN)


def _summarised(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, kind: str) -> None:
    """The summary; the second one, where there is no content, is taken for it."""
    if said.captioned and not reader.has_content:
        _content(reader, said, element, attributes, 0)
    else:
        said.captioned = True
        said.summary = reader.text(element, attributes, kind, said.base)


def _content(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    reader.has_content = True
    said.contents.append(reader.text(element, attributes, PLAIN, said.base))


def _encoded(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    reader.has_content = True
    said.contents.append(reader.text(element, attributes, HTML, said.base))


def _category(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    _tag(said, attributes.get("term"), attributes.get("scheme", attributes.get("domain")), attributes.get("label"))
    _tag_text(said, reader.plain(element))


def _media_category(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    _category(reader, said, element, {"scheme": "http://search.yahoo.com/mrss/category_schema", **attributes}, depth)


def _itunes_category(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    _tag(said, attributes.get("text"), "http://www.itunes.com/", None)
    if not len(element):
        _tag_text(said, reader.plain(element))
    elif (element.text or "").strip():
        raise Unsure("text beside elements in a category")
    else:
        reader.children(said, element, _CATEGORIES, depth + 1)


def _tag(said: Said, term: str | None, scheme: str | None, label: str | None) -> None:
    if (term or scheme or label) and (term, scheme, label) not in said.tags:
        said.tags.append((term, scheme, label))


def _tag_text(said: Said, term: str) -> None:
    """The text of a category is the term of the one before it, if that has none."""
    if term and said.tags and not said.tags[-1][0]:
        said.tags[-1] = (term, *said.tags[-1][1:])
    elif term:
        _tag(said, term, None, None)


def _keywords(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    if attributes:
        raise Unsure("keywords with attributes")
    for term in reader.plain(element).split(","):
        _tag(said, term.strip(), None, None)


def _itunes_keywords(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    if attributes:
        raise Unsure("keywords with attributes")
    for term in reader.plain(element).split(","):
        if term.strip():
            _tag(said, term.strip(), "http://www.itunes.com/", None)


def _comments(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    if attributes:
        raise Unsure("comments with attributes")
    said.comments = reader.address(element)


def _holder(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    """Media RSS around titles, descriptions and categories that feedparser takes for the entry's own."""
    reader.children(said, element, ENTRY, depth + 1)


def _licence(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    said.links.append({"rel": "license", "href": attributes.get("rdf:resource") or ""})


def _licence_text(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    said.links.append({"rel": "license", "href": reader.plain(element)})


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


# ---- of feeds and sources ----


def given(said: Said) -> dict[str, object]:
    """What a feed or source says, in feedparser's shape."""
    found: dict[str, object] = {
        **said.given,
        "links": [typed(each) for each in said.links],
        "authors": said.authors,
        "contributors": said.contributors,
        "tags": [{"term": term, "scheme": scheme, "label": label} for term, scheme, label in said.tags],
        "updated": said.updated,
        "published": said.published,
        "language": said.language,
    }
    for name, written in (("updated", said.updated), ("published", said.published)):
        date(name, written, [])
    for name, text in (("title", said.title), ("subtitle", said.summary), ("rights", said.rights)):
        if text is not None:
            found[name] = text.value
            found[f"{name}_detail"] = {"type": text.type}
    return found


def date(name: str, written: str, warnings: list[str]) -> datetime | None:
    """The time that is meant; ``None``, with a warning, for one that nobody can mean.

    Raises Unsure for what we cannot read: feedparser may know better.
    """
    found = dates.read(written) if written else None
    if found is None and written:
        if not dates.impossible(written):
            raise Unsure("a date that cannot be read")
        warnings.append(dates.unread(name, written))
    return found


def typed(link: dict[str, str]) -> dict[str, str]:
    """A link to the feed itself is to Atom unless it says otherwise."""
    return {"type": "application/atom+xml", **link} if link.get("rel") == "self" else link


def _feed_id(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    said.given["id"] = reader.address(element)


def _feed_summary(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    """Not the subtitle; what follows it is lost to feedparser, which takes it for the body of the feed."""
    reader.text(element, attributes, PLAIN, said.base)
    reader.has_content = reader.has_content or said.captioned
    said.captioned = True


def _feed_description(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    subtitle = reader.text(element, attributes, HTML, said.base)
    if said.captioned and not reader.has_content:
        reader.has_content = True
    else:
        said.summary = subtitle


def _subtitle(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    said.summary = reader.text(element, attributes, PLAIN, said.base)


def _generator(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    said.given["generator"] = reader.plain(element)


def _icon(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    if not attributes:
        said.given["icon"] = reader.address(element)


def _logo(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    if not attributes:
        said.given["logo"] = reader.address(element)


def _ttl(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    said.given["ttl"] = None if attributes else reader.plain(element)


def _image(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    reader.title_depth = -1
    reader.children(said, element, _IMAGE, depth + 1)


def _text_input(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    reader.title_depth = -1
    reader.children(said, element, _TEXT_INPUT, depth + 1)


def _image_url(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    said.given["image"] = {"href": reader.address(element)}


def _image_title(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    if reader.plain(element):
        reader.title_depth = depth


def _hours(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    skip(element, depth + 1)
    reader.hours.append(element)


def _days(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    skip(element, depth + 1)
    reader.days.append(element)


def _channel(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    if "href" in attributes or "lastmod" in attributes or said.element is not element.getparent():
        raise Unsure("a channel of CDF, or a second one")
    said.element = element
    reader.children(said, element, FEED, depth + 1)


def _tombstone(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    skip(element, depth + 1)
    reader.tombstones.append(element)


def _feed_picture(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    if len(element):
        raise Unsure("elements within a picture")
    if url := attributes.get("href") or attributes.get("url"):
        said.given["image"] = {"href": url}


# ---- the tables ----

_NOT_OURS = (
    *("abstract", "body", "channel", "content:body", "entry", "feed", "fullitem", "item", "itunes:link", "rdf:rdf"),
    *("rss", "source", "tags", "textinput", "xhtml:body"),
    *("authors", "author_detail", "contributors", "guidislink", "links", "media_content", "media_thumbnail"),
    *("itunes_duration", "rights_detail", "subtitle_detail", "summary_detail", "title_detail"),
)
"""Elements that feedparser has a rule for and we have none, and keys of its own that an element would overwrite."""

_ANYWHERE: dict[str, Handler] = {
    "": _ignored,
    "author": _authors,
    "managingeditor": _authors,
    "dc:author": _authors,
    "dc:creator": _authors,
    "itunes:author": _authors,
    "itunes:owner": _owner,
    "contributor": _contributor,
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
    "category": _category,
    "keywords": _category,
    "dc:subject": _category,
    "dc:contributor": _contributor_name,
    "media:category": _media_category,
    "itunes:category": _itunes_category,
    "itunes:keywords": _itunes_keywords,
    "media:keywords": _keywords,
    "cc:license": _licence,
    "creativecommons:license": _licence_text,
    **dict.fromkeys(_NOT_OURS, _unsure),
}

ENTRY: dict[str, Handler] = {
    **_ANYWHERE,
    "id": _id,
    "guid": _id,
    "media:title": _media_title,
    "description": _description,
    "dc:description": _description,
    "media:description": _description,
    "summary": _summary,
    "itunes:summary": _summary,
    "content": _content,
    "content:encoded": _encoded,
    "created": _created,
    "dcterms:created": _created,
    "comments": _comments,
    "media:content": _holder,
    "media:group": _holder,
    "image": _unsure,
    "source": _source,
}

SOURCE: dict[str, Handler] = {
    **_ANYWHERE,
    "id": _feed_id,
    "guid": _feed_id,
    "summary": _feed_summary,
    "itunes:summary": _feed_summary,
    "description": _feed_description,
    "dc:description": _feed_description,
    "subtitle": _subtitle,
    "tagline": _subtitle,
    "itunes:subtitle": _subtitle,
    "generator": _generator,
    "icon": _icon,
    "logo": _logo,
    "ttl": _ttl,
    "image": _unsure,
    "itunes:image": _feed_picture,
    **dict.fromkeys(("content", "content:encoded", "media:title", "media:description", "media:content"), _unsure),
    "media:group": _unsure,
}

FEED: dict[str, Handler] = {
    **SOURCE,
    "image": _image,
    "textinput": _text_input,
    "skiphours": _hours,
    "skipdays": _days,
    "?:deleted-entry": _tombstone,
    "item": entry,
    "entry": entry,
}

ROOTS: dict[str, dict[str, Handler]] = {
    "feed": FEED,
    "rss": {"": _unsure, "channel": _channel},
    "rdf:rdf": {"": _unsure, "channel": _channel, "item": entry, "image": _skipped, "textinput": _skipped},
}

_CATEGORIES: dict[str, Handler] = {"": _unsure, "itunes:category": _itunes_category}

_IMAGE: dict[str, Handler] = {
    "": _unsure,
    "url": _image_url,
    "title": _image_title,
    **dict.fromkeys(("link", "description", "width", "height"), _skipped),
}

_TEXT_INPUT: dict[str, Handler] = {
    "": _unsure,
    "title": _image_title,
    **dict.fromkeys(("link", "description", "name"), _skipped),
}

_KNOWN = {name for table in (ENTRY, FEED) for name in table if name}
_WITHIN_UNKNOWN: dict[str, Handler] = {"": _ignored, **dict.fromkeys(_KNOWN, _unsure)}
