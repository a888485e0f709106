"""One walk over the tree: which function reads an element, and what is in force where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from aggregator.model import Text
from aggregator.parse.fast import texts
from aggregator.parse.fast.names import RDF, XML, name_of
from aggregator.parse.fast.unsure import Unsure
from aggregator.parse.fast.values import Entries
from aggregator.parse.names import common
from aggregator.parse.newest import ENTRIES
from aggregator.parse.outline import ATTRIBUTES, DEPTH

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lxml import etree

    from aggregator.parse.names import Named

    Attributes = dict[str, str]
    Tag = tuple[str | None, str | None, str | None]
    Handler = Callable[["Reader", "Said", etree._Element, Attributes, int], None]  # noqa: SLF001 - its only name

_READ = frozenset(
    {"href", "url", "uri", "rel", "type", "length", "hreflang", "title", "term", "scheme", "domain", "label"}
    | {"base", "lang", "ispermalink"}
)
"""Attributes that mean something; feedparser takes one of a namespace it does not know for the plain one."""
BASE, BASE_DEPTH = 512, 50
"""Characters and slashes of an address that others are joined to, which takes time in both, for every link."""
_SCOPED = frozenset({"xml:base", "base", "xml:lang", "lang"})
_NONE: Attributes = {}


class Said:
    """What a feed, an entry or a source says, gathered while its children are read; lists in feedparser's shape."""

    extended = False
    """Whether there is more than RSS and Atom themselves say."""
    id: str | None = None
    permalink = False
    title: Text | None = None
    summary: Text | None = None
    captioned = False
    """Whether there was a summary: the next one is then taken for content."""
    published = updated = created = ""
    rights: Text | None = None
    language: str | None = None
    comments: str | None = None
    source: dict[str, Any] | None = None

    def __init__(self, element: etree._Element, base: str, kind: Literal["feed", "entry", "source"]) -> None:
        self.element = element
        self.named: Named = {}
        """The children that were read, as :class:`~aggregator.parse.names.Children` has them."""
        self.kind = kind
        self.base = base
        self.contents: list[Text | None] = []
        self.links: list[dict[str, str]] = []
        self.authors: list[dict[str, str]] = []
        self.owner: dict[str, str] = {}
        self.contributors: list[dict[str, str]] = []
        self.tags: list[Tag] = []
        self.tagged: set[Tag] = set()
        """The same, for finding one: some feeds have thousands."""
        self.given: dict[str, Any] = {}
        """What only some say, under feedparser's names."""


class Reader:
    """Reads one document. ``base`` and ``language`` are those in force at the element being read."""

    def __init__(self, url: str, version: str, taken: frozenset[str], controls: bool) -> None:
        self.url = url
        self.version = version
        self.rss = not version.startswith("atom")
        self.base = url if url.startswith(("http://", "https://")) else ""
        _hold_short(self.base)
        if self.base and not texts.resolved(url, "/"):
            raise Unsure("the document's address is none")
        self.rebased = False
        """Whether an ``xml:base`` has been seen."""
        self.language: str | None = None
        self.title_depth = -1
        """Depth of the title that was read: one as deep or deeper is none (feedparser's rule)."""
        self.has_content = False
        """Whether the entry has a body; what follows it is its summary."""
        self.entries = Entries(self.rss)
        self.permalinks: dict[str, bool] = {}
        self.tombstones: list[etree._Element] = []
        self.hours: list[etree._Element] = []
        self.days: list[etree._Element] = []
        self._taken = taken
        self._controls = controls
        self._handlers: dict[int, dict[str, tuple[Handler, str]]] = {}
        """Of each table: tag -> function, and the name that :class:`Children` knows it by."""

    def children(self, said: Said, element: etree._Element, table: Mapping[str, Handler], depth: int) -> None:
        """Read the children of an element, each by its function in the table, the others by the one named ``""``."""
        if depth > DEPTH:
            raise Unsure("deep")
        handlers = self._handlers.setdefault(id(table), {})
        named = said.named if element is said.element else {}
        for child in element:
            tag = child.tag
            known = handlers.get(tag)
            if known is None:
                known = handlers[tag] = table.get(name_of(child, self._taken), table[""]), common(tag)
            handler, name = known
            if name in named:
                named[name].append(child)
            else:
                named[name] = [child]
            items = child.items()
            if not items:
                handler(self, said, child, _NONE, depth)
                continue
            attributes = attributes_of(items)
            if _SCOPED.isdisjoint(attributes):
                handler(self, said, child, attributes, depth)
                continue
            outer = self.base, self.language
            self.enter(attributes)
            handler(self, said, child, attributes, depth)
            self.base, self.language = outer

    def enter(self, attributes: Attributes) -> None:
        """Put ``xml:base`` and ``xml:lang`` of an element in force."""
        language = attributes.get("xml:lang", attributes.get("lang"))
        if language is not None:
            self.language = language.replace("_", "-") or None
        self.rebased = self.rebased or "xml:base" in attributes
        if base := attributes.get("xml:base", attributes.get("base")):
            outer, self.base = self.base, texts.resolved(self.base, base)
            if not (outer and self.base.startswith(("http://", "https://"))):  # feedparser keeps what it had, or more
                raise Unsure("a base that is no web address, or of a document that has none")
            _hold_short(self.base)

    def begin(self, element: etree._Element) -> Said:
        """A new entry."""
        if len(self.entries) == ENTRIES:
            raise Unsure("many entries")
        self.title_depth = -1
        return Said(element, (element.base or self.url) if self.rebased else self.url, "entry")

    def plain(self, element: etree._Element) -> str:
        """The text of an element that holds nothing else, ``""`` for none."""
        if len(element):
            raise Unsure(f"elements within <{element.tag}>")
        text = (element.text or "").strip()
        return text if text.isascii() else texts.mended(text, self._controls)

    def address(self, element: etree._Element) -> str:
        """The address an element holds, made absolute; ``""`` for none."""
        if len(element):
            raise Unsure(f"elements within <{element.tag}>")
        text = (element.text or "").strip()
        return texts.mended(texts.resolved(self.base, text), self._controls) if text else ""

    def text(self, element: etree._Element, attributes: Attributes, kind: str, base: str) -> Text | None:
        """A text construct, ``kind`` unless it says otherwise; its base only where that is not ``base``."""
        if attributes:
            kind = texts.TYPES.get(attributes.get("type", kind), "")
            if not kind or attributes.get("mode") == "base64":
                raise Unsure("a text of an unusual type")
        if kind == texts.XHTML_TYPE:
            value = texts.markup(element, self.version == "atom10")
        elif len(element):
            raise Unsure("markup that is not escaped")
        else:
            value = (element.text or "").strip()
            if kind == texts.PLAIN and self.rss and texts.looks_like_html(value):
                kind = texts.HTML
        if not value.isascii():
            value = texts.mended(value, self._controls).strip()
        if not value:
            return None
        own = self.base if self.base and self.base != base else None
        return Text(value=value, type=kind, language=self.language, base=own)


def _hold_short(base: str) -> None:
    if len(base) > BASE or base.count("/") > BASE_DEPTH:
        raise Unsure("a long base")


def attributes_of(items: list[tuple[str, str]]) -> Attributes:
    """Attributes by names in lower case, ``rel`` and ``type`` with values in lower case, as feedparser has them."""
    if len(items) > ATTRIBUTES:
        raise Unsure("many attributes")
    found: Attributes = {}
    for key, value in items:
        if key[0] == "{":
            namespace, _, name = key[1:].partition("}")
            if namespace == XML:
                key = "xml:" + name
            elif namespace == RDF:
                key = "rdf:" + name
            elif name.lower() in _READ:
                raise Unsure(f"attribute {key}")
        key = key.lower()
        found[key] = value.lower() if key in ("rel", "type") else value
    return found


def unsure(reader: Reader, said: Said, element: etree._Element, attributes: Attributes, depth: int) -> None:
    """The function of elements that there is no rule for."""
    raise Unsure(f"<{element.tag}> here")


def skip(element: etree._Element, depth: int) -> None:
    """Nothing in this element is read; it is still held to the limits."""
    if depth > DEPTH:
        raise Unsure("deep")
    for child in element:
        if len(child.attrib) > ATTRIBUTES:
            raise Unsure("many attributes")
        if len(child):
            skip(child, depth + 1)
