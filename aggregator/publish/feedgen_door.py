"""The only door to feedgen, which builds the Atom and RSS documents.

feedgen 1.0.0 writes less than it is given: links of Atom entries lose rel, type and length (python-feedgen issues 135
and 143), a source is a title and a link (pull request 80), there is no ``xml:lang`` on entries, and more. It calls
extensions last, with the finished element. So :mod:`atom` and :mod:`rss` register one function each that puts right
what it made.

Names written into its trees are unqualified where they belong to Atom: feedgen writes ``xmlns`` as a plain attribute,
and a qualified name would come out as ``ns0:source``, which feedparser-rs and gofeed do not read.

RSS dates of the channel are written by feedgen under ``locale.setlocale``, which is process-wide: render RSS in one
thread at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator
from lxml import etree

from aggregator import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Finish = Callable[[Any], None]
    """Puts the finished lxml element right, in place."""

GENERATOR = "aggregator"
"""Our own name: feedgen would put its own into every document."""


class _Extension:
    """What feedgen wants an extension to be; it makes the instance itself, without arguments."""

    finish: Finish
    namespaces: Mapping[str, str] = {}

    def extend_ns(self) -> Mapping[str, str]:
        return self.namespaces

    def extend_atom(self, element: Any) -> Any:
        self.finish(element)
        return element

    extend_rss = extend_atom


def new_feed(finish: Finish, namespaces: Mapping[str, str] | None = None) -> Any:
    """A ``FeedGenerator`` of ours, whose head ``finish`` puts right. ``namespaces`` are declared on its root."""
    feed = FeedGenerator()
    feed.generator(GENERATOR, version=__version__)
    feed.register_extension("finish", _Extension, _Extension)
    feed.finish.finish = finish
    feed.finish.namespaces = namespaces or {}
    return feed


def new_entry(finish: Finish) -> Any:
    """A ``FeedEntry`` that ``finish`` puts right."""
    entry = FeedEntry()
    entry.register_extension("finish", _Extension)
    entry.finish.finish = finish
    return entry


def add(parent: Any, name: str, text: str | None = None, /, **attributes: str | None) -> Any:
    """A new last child; attributes that are None are left out."""
    child = etree.SubElement(parent, name, {key: value for key, value in attributes.items() if value is not None})
    child.text = text
    return child


def serialised(element: Any, namespaces: Mapping[str, str] | None = None) -> bytes:
    """The element as it stands inside a document whose root declares ``namespaces``."""
    root = etree.Element("root", nsmap=dict(namespaces or {}))
    root.append(element)
    text: bytes = etree.tostring(root, encoding="utf-8")
    return text[text.index(b">") + 1 : text.rindex(b"</")]
