"""What elements of entries say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.parse.fast.reader import unsure
from aggregator.parse.fast.texts import HTML, PLAIN, resolvable
from aggregator.parse.fast.unsure import Unsure

if TYPE_CHECKING:
    from lxml import etree

    from aggregator.parse.fast.reader import Attributes, Handler, Reader, Said


def guid(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    value = reader.plain(element)
    if "id" in said.given:
        raise Unsure("a second id")
    said.given["id"] = said.id = value
    if not value:
        return
    if ":///" in value or not resolvable(reader.base, value):
        raise Unsure("an id that is no good address")
    guid = element.tag.rpartition("}")[2].lower() == "guid"
    permalink = guid and (element.get("isPermaLink") or "true").strip().lower() == "true"
    said.permalink = reader.permalinks.setdefault(value, permalink)
    if said.permalink != permalink:
        raise Unsure("one id twice, an address and none")


def description(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    _summarised(reader, said, element, attributes, HTML)


def summary(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    _summarised(reader, said, element, attributes, PLAIN)


def _summarised(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, kind: str) -> None:
    """The summary; the second one, where there is no content, is taken for it."""
    if said.captioned and not reader.has_content:
        content(reader, said, element, attributes, 0)
    else:
        said.captioned = True
        said.summary = reader.text(element, attributes, kind, said.base)


def content(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    reader.has_content = True
    said.contents.append(reader.text(element, attributes, PLAIN, said.base))


def encoded(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    reader.has_content = True
    said.contents.append(reader.text(element, attributes, HTML, said.base))


def category(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    _tag(said, attributes.get("term"), attributes.get("scheme", attributes.get("domain")), attributes.get("label"))
    _tag_text(said, reader.plain(element))


def media_category(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    category(reader, said, element, {"scheme": "http://search.yahoo.com/mrss/category_schema", **attributes}, depth)


def itunes_category(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    _tag(said, attributes.get("text"), "http://www.itunes.com/", None)
    if not len(element):
        _tag_text(said, reader.plain(element))
    elif (element.text or "").strip():
        raise Unsure("text beside elements in a category")
    else:
        reader.children(said, element, _CATEGORIES, depth + 1)


def _tag(said: Said, term: str | None, scheme: str | None, label: str | None) -> None:
    tag = term, scheme, label
    if (term or scheme or label) and tag not in said.tagged:
        said.tagged.add(tag)
        said.tags.append(tag)


def _tag_text(said: Said, term: str) -> None:
    """The text of a category is the term of the one before it, if that has none."""
    if term and said.tags and not said.tags[-1][0]:
        said.tagged.remove(said.tags[-1])
        said.tags[-1] = (term, *said.tags[-1][1:])
        said.tagged.add(said.tags[-1])
    elif term:
        _tag(said, term, None, None)


def keywords(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    if attributes:
        raise Unsure("keywords with attributes")
    for term in reader.plain(element).split(","):
        _tag(said, term.strip(), None, None)


def itunes_keywords(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    if attributes:
        raise Unsure("keywords with attributes")
    for term in reader.plain(element).split(","):
        if term.strip():
            _tag(said, term.strip(), "http://www.itunes.com/", None)


def comments(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    if attributes:
        raise Unsure("comments with attributes")
    said.comments = reader.address(element)


def licence(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    said.links.append({"rel": "license", "href": attributes.get("rdf:resource") or ""})


def licence_text(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    said.links.append({"rel": "license", "href": reader.plain(element)})


_CATEGORIES: dict[str, Handler] = {"": unsure, "itunes:category": itunes_category}
