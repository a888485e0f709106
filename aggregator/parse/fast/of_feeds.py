"""What elements of feeds, and of the sources of entries, say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.parse.fast.reader import skip
from aggregator.parse.fast.texts import HTML, PLAIN
from aggregator.parse.fast.unsure import Unsure

if TYPE_CHECKING:
    from lxml import etree

    from aggregator.parse.fast.reader import Attributes, Reader, Said


def feed_id(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    said.given["id"] = reader.address(element)
    reader.permalinks.setdefault(reader.plain(element), False)


def summary(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    """Not the subtitle; what follows it is lost to feedparser, which takes it for the body of the feed."""
    reader.text(element, attributes, PLAIN, said.base)
    reader.has_content = reader.has_content or said.captioned
    said.captioned = True


def description(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    subtitle = reader.text(element, attributes, HTML, said.base)
    if said.captioned and not reader.has_content:
        reader.has_content = True
    else:
        said.summary = subtitle


def subtitle(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    said.summary = reader.text(element, attributes, PLAIN, said.base)


def generator(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    said.given["generator"] = reader.plain(element)


def icon(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    if not attributes:
        said.given["icon"] = reader.address(element)


def logo(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    if not attributes:
        said.given["logo"] = reader.address(element)


def ttl(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    said.given["ttl"] = None if attributes else reader.plain(element)


def image_url(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    said.given["image"] = {"href": reader.address(element)}


def image_title(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    if reader.plain(element):
        reader.title_depth = depth


def hours(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    skip(element, depth + 1)
    reader.hours.append(element)


def days(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    skip(element, depth + 1)
    reader.days.append(element)


def tombstone(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    skip(element, depth + 1)
    reader.tombstones.append(element)


def picture(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    if len(element):
        raise Unsure("elements within a picture")
    if url := attributes.get("href") or attributes.get("url"):
        said.given["image"] = {"href": url}
