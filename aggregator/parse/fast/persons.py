"""Authors and contributors: in elements of their own (Atom) or in one text (RSS, Dublin Core, iTunes)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aggregator.parse.fast.reader import attributes_of
from aggregator.parse.fast.texts import resolved
from aggregator.parse.fast.unsure import Unsure

if TYPE_CHECKING:
    from lxml import etree

    from aggregator.parse.fast.reader import Attributes, Reader, Said

_ENDLESS = re.compile(r"[\w.+&#;-]{200}", re.ASCII)
"""Words that the other road cuts (see quirks.endless_names)."""
_MAIL = r"(?P<email>[\w.+-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,63})"
_MAILBOX = re.compile(_MAIL + r"(?:\s*\((?P<name>[^()<>@\"']*)\))?", re.ASCII)
"""``mail@host (Name)``, RSS 2.0's way of naming people."""
_NAMED_MAILBOX = re.compile(r"(?P<name>[^()<>@\"'&]*)<" + _MAIL + ">", re.ASCII)
"""``Name <mail@host>``, RFC 822's."""
_HAS_MAIL = re.compile(r"[\w.+-]@[A-Za-z0-9\[-]", re.ASCII)
"""Not so ``@sam``, as Discourse has it."""


def authors(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    """One author. Of several, feedparser gives the parts of one to another (its ``_sync_author_detail``): a second one
    without an address gets the first's, a text before ``atom:author`` becomes its name. Ours stay as written."""
    person: dict[str, str] = {}
    said.authors.append(person)
    if len(element):
        _person(reader, person, element)
        if len(said.authors) > 1 and not person.get("name"):
            raise Unsure("a second author without a name")
    elif name := reader.plain(element):
        if _ENDLESS.search(name):
            raise Unsure("an endless name")
        if "@" not in name or not _HAS_MAIL.search(name):
            person["name"] = name
        elif found := _MAILBOX.fullmatch(name) or _NAMED_MAILBOX.fullmatch(name):
            person.update({part: text.strip() for part, text in found.groupdict("").items()})
        else:
            raise Unsure("a name with a mail address in it")


def contributor(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    person: dict[str, str] = {}
    said.contributors.append(person)
    _person(reader, person, element)


def contributor_name(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    name = (element.text or "").strip()
    if len(element) or _ENDLESS.search(name):
        raise Unsure("elements in a contributor, or an endless name")
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
        if _ENDLESS.search(text) or (child.tail or "").strip() or name in person:
            raise Unsure("a person said twice, or without end")
        if name == "href":
            person[name] = resolved(base, text) if text else ""
        elif name:
            person[name] = text


_PERSON = {"name": "name", "email": "email", "uri": "href", "url": "href", "homepage": "href"}


def owner(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    """``itunes:owner``: whom to write to about a feed, its author only where nobody else is named. feedparser writes
    it over the last author."""
    said.owner = {}
    _person(reader, said.owner, element)
