"""Front matter of a local article: YAML between two ``---`` lines at its top, or TOML between two ``+++`` lines.

What is wrong is a warning that names file and line, and what is good still counts. YAML that cannot be read as a
whole is read line by line, so that ``title: Aftermath: a year on`` loses nothing. TOML, which Hugo writes, fills the
same keys.

Two keys are careful instead: an unreadable ``draft`` or ``publish_at`` holds the article back, because an article
published too early cannot be taken back from the readers who have it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from aggregator.model import Category, Person
from aggregator.parse import frontmatter_toml as toml
from aggregator.parse.captured_bytes import shown
from aggregator.parse.captured_dates import stated

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

_LONGEST = 16 * 1024
"""Characters of front matter that are read; a page of keys has fewer than 2,000."""
_DEEPEST = 4
"""Levels of nesting: a list of authors, each a mapping, is three."""
_MOST_TAGS = 100
_MOST_LINES = 50
"""Keys at most that are read line by line."""
_FENCE = re.compile(r"-{3}[ \t]*\Z")
_END = re.compile(r"(?:-{3}|\.{3})[ \t]*\Z")
_KEY = re.compile(r"[A-Za-z_][\w -]{0,40}:(?:\s|\Z)")
_CAREFUL = ("draft", "publish_at")
_ADDRESS = re.compile(r"(?P<name>[^<>]*?)\s*<(?P<where>[^<>\s]+)>\s*\Z")

_MEANT = {
    name: key
    for key, *names in (
        ("summary", "description", "subtitle", "excerpt"),
        ("date", "published", "datetime", "created"),
        ("updated", "lastmod", "modified", "last_modified_at"),
        ("tags", "category", "categories", "keywords"),
        ("language", "lang", "locale"),
        ("link", "url", "permalink", "canonical"),
        ("image", "cover", "thumbnail"),
        ("id", "guid", "uuid"),
        ("source", "via", "agency"),
        ("author", "byline", "by"),
        ("publish_at", "embargo"),
        ("title", "headline", "name"),
    )
    for name in names
}
"""What other publishing programs call our keys, for the hint in a warning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontMatter:
    """What the author set by hand. ``None`` and ``()`` where nothing, or nothing readable, was set."""

    title: str | None = None
    summary: str | None = None
    date: datetime | None = None
    updated: datetime | None = None
    authors: tuple[Person, ...] = ()
    tags: tuple[Category, ...] = ()
    link: str | None = None
    source: str | None = None
    language: str | None = None
    id: str | None = None
    slug: str | None = None
    image: str | None = None
    publish_at: datetime | None = None
    draft: bool = False
    held_back: bool = False
    """``draft`` or ``publish_at`` is there and cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A file taken apart: front matter, the text under it, and warnings."""

    front: FrontMatter = field(default_factory=FrontMatter)
    body: str
    warnings: tuple[str, ...] = ()


def split(text: str, name: str) -> Split:
    """Takes the front matter off a decoded file. ``name`` is the file's, for warnings. Nothing is raised.

    A ``---`` line at the top that no ``key:`` follows is a rule drawn by the author, and part of the text.
    """
    lines = text.lstrip("\n").split("\n")
    above = len(text) - len(text.lstrip("\n"))
    is_toml = toml.FENCE.match(lines[0]) is not None
    if not is_toml and not _FENCE.match(lines[0]):
        return Split(body=text)
    fence, key_line = (toml.FENCE, toml.KEY) if is_toml else (_END, _KEY)
    end = next((number for number, each in enumerate(lines) if number and fence.match(each)), None)
    inside = [each for each in lines[1:end] if each.strip() and not each.lstrip().startswith("#")]
    if inside and not key_line.match(inside[0]):
        return Split(body=text)
    where = shown(name)
    if end is None:
        return _not_closed(text, lines, f"{where}:{above + 1}") if inside else Split(body=text)
    body = "\n".join(lines[end + 1 :])
    reading = _Reading(where, above + 2)
    block = "\n".join(lines[1:end])
    front = reading.front(reading.toml(block) if is_toml else reading.pairs(block))
    return Split(front=front, body=body, warnings=tuple(reading.warnings))


def _not_closed(text: str, lines: list[str], where: str) -> Split:
    """The block is text, but its author's wish to wait still counts."""
    said = (re.split("[:=]", each)[0] for each in takewhile(str.strip, lines[1:]))
    held_back = any(_spelt(each) in _CAREFUL for each in said)
    note = f"{where}: the front matter is not closed, so it is read as text; close it with a line {lines[0].strip()}"
    return Split(front=FrontMatter(held_back=held_back), body=text, warnings=(note,))


class _Reading:
    """One reading of one block of front matter; collects its warnings."""

    def __init__(self, where: str, first_line: int) -> None:
        self.where = where
        self.first_line = first_line
        self.warnings: list[str] = []

    def warn(self, line: int, text: str) -> None:
        """A warning about a line of the block, counted from 0."""
        self.warnings.append(f"{self.where}:{self.first_line + line}: {text}")

    def pairs(self, block: str) -> list[tuple[Node, Node]]:
        """Keys and values of the block; of each line alone where the whole cannot be read."""
        try:
            node = _composed(block)
        except _Refused as error:
            self.warn(error.line, f"{error}; each line is read alone")
            return _line_by_line(block[:_LONGEST])
        return node.value if isinstance(node, MappingNode) else []

    def toml(self, block: str) -> list[tuple[Node, Node]]:
        """The same of a block of TOML; of one that cannot be read, only whether its author wants to wait."""
        try:
            return toml.pairs(block, _LONGEST)
        except (ValueError, RecursionError) as error:
            self.warn(0, f"not valid TOML, so nothing of it counts: {shown(str(error))}")
            unsure = ScalarNode(toml.STRING, "?")
            return [(key, unsure) for key in toml.keys(block) if _spelt(key.value) in _CAREFUL]

    def front(self, pairs: list[tuple[Node, Node]]) -> FrontMatter:
        """The values of the keys we know; a warning for each other key and each value of a wrong kind."""
        values: dict[str, Any] = {}
        for key_node, node in pairs:
            written = str(key_node.value) if isinstance(key_node, ScalarNode) else "?"
            key = _spelt(written)
            if key not in _READERS:
                self.warn(key_node.start_mark.line, _unknown(written))
                continue
            name, read, wanted = _READERS[key]
            if name in values:
                self.warn(key_node.start_mark.line, f"{key} is set twice; the first counts")
            elif not _is_null(node):
                try:
                    values[name] = read(node)
                except _PartlyRead as error:
                    values[name] = error.value
                    self.warn(key_node.start_mark.line, f"{key}: {error}")
                except ValueError as error:
                    careful = key in _CAREFUL
                    held = "; the article is held back" if careful else ""
                    self.warn(key_node.start_mark.line, f"{key} {str(error) or wanted + _but(node)}{held}")
                    if careful:
                        values["held_back"] = True
        return FrontMatter(**values)


def _line_by_line(block: str) -> list[tuple[Node, Node]]:
    """What each line says by itself, as far as it is ``key: value``; the first of each counts."""
    found: dict[str, tuple[Node, Node]] = {}
    for number, line in enumerate(block.split("\n")):
        key, _, value = (part.strip() for part in line.partition(":"))
        if not _KEY.match(line) or not value or _spelt(key) in found or len(found) == _MOST_LINES:
            continue
        try:
            node = _composed(value)
        except _Refused:
            node = None
        if value[0] not in "[{" and not isinstance(node, ScalarNode):
            node = ScalarNode(toml.STRING, value)  # "title: Aftermath: a year on", "title: *Important* news"
        if node is None:
            continue  # a list or mapping that is broken
        found[_spelt(key)] = (ScalarNode(toml.STRING, key, toml.Line(number)), node)
    return list(found.values())


def _spelt(key: str) -> str:
    """``Publish-At`` is ``publish_at``."""
    return key.strip().casefold().replace("-", "_")


def _unknown(written: str) -> str:
    key = _spelt(written)
    near = _MEANT.get(key) or next(iter(get_close_matches(key, _READERS, 1)), None)
    hint = f"did you mean {near}?" if near else f"the keys are {', '.join(_READERS)}"
    return f"unknown key {shown(written, 40)} has no effect; {hint}"


class _PartlyRead(ValueError):
    """A list of which some items cannot be read; ``value`` are the others."""

    def __init__(self, value: Any, text: str) -> None:
        super().__init__(text)
        self.value = value


class _Refused(Exception):
    """YAML that cannot be read; ``line`` counts from 0 within the block."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(text)
        self.line = line


def _composed(block: str) -> Node | None:
    """The node tree of a block; nothing in it is constructed, so no tag can make an object.

    Aliases and deep nesting are refused before a tree is made: a few lines of them stand for gigabytes.
    """
    if len(block) > _LONGEST:
        raise _Refused(0, f"front matter of {len(block)} characters; only the first {_LONGEST} are read")
    try:
        depth = 0
        for event in YAML(typ="safe", pure=True).parse(block):
            if isinstance(event, AliasEvent):
                raise _Refused(event.start_mark.line, "aliases (*name) are not allowed in front matter")
            depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
            if depth > _DEEPEST:
                raise _Refused(event.start_mark.line, f"lists and mappings more than {_DEEPEST} deep are not read")
        node: Node | None = YAML(typ="safe", pure=True).compose(block)
    except MarkedYAMLError as error:
        line = error.problem_mark.line if error.problem_mark is not None else 0
        raise _Refused(line, f"not valid YAML: {shown(error.problem or 'it cannot be read')}") from error
    except (YAMLError, ValueError, RecursionError) as error:
        raise _Refused(0, f"not valid YAML: {shown(str(error)).strip()}") from error
    return node


def _is_null(node: Node) -> bool:
    return isinstance(node, ScalarNode) and (node.tag == "tag:yaml.org,2002:null" or not node.value.strip())


def _but(node: Node) -> str:
    if isinstance(node, ScalarNode):
        return f", not {shown(repr(str(node.value)), 60)}"
    return ", not a list" if isinstance(node, SequenceNode) else ", not a mapping"


def _text(node: Node) -> str:
    """The words as written: ``title: 2026`` and ``title: 1.10`` mean what they show."""
    if not isinstance(node, ScalarNode):
        raise ValueError  # noqa: TRY004 - one error for every unfit value of front matter, answered in one place
    return " ".join(str(node.value).split())


def _one_word(node: Node) -> str:
    text = _text(node)
    if " " in text:
        raise ValueError
    return text


def _moment(node: Node) -> datetime:
    found = stated(_text(node))
    if found is None:
        raise ValueError
    return found


def _truth(node: Node) -> bool:
    said = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
    answer = said.get(_text(node).casefold())
    if answer is None:
        raise ValueError
    return answer


def _items(node: Node) -> list[Node]:
    return list(node.value) if isinstance(node, SequenceNode) else [node]


def _tags(node: Node) -> tuple[Category, ...]:
    if isinstance(node, ScalarNode):
        terms = [" ".join(each.split()) for each in str(node.value).split(",")]
    else:
        terms = [_text(each) for each in _items(node) if isinstance(each, ScalarNode)]
    kept = tuple(Category(term=each) for each in dict.fromkeys(each.lstrip("#") for each in terms) if each)
    if len(kept) > _MOST_TAGS:
        raise _PartlyRead(kept[:_MOST_TAGS], f"{len(kept)} tags are too many; the first {_MOST_TAGS} are read")
    unfit = len(_items(node)) - len(terms) if not isinstance(node, ScalarNode) else 0
    if unfit and kept:
        raise _PartlyRead(kept, f"{_several(unfit)} no word and left out; a colon in a tag wants quotes around it")
    if unfit:
        raise ValueError
    return kept


def _people(node: Node) -> tuple[Person, ...]:
    found: list[Person] = []
    unfit = 0
    for each in _items(node):
        try:
            found += [] if _is_null(each) else [_person(each)]
        except ValueError:
            unfit += 1  # told below, once for all of them
    if unfit and not found:
        raise ValueError
    if unfit:
        raise _PartlyRead(tuple(found), f"{_several(unfit)} no name and left out")
    return tuple(found)


def _several(count: int) -> str:
    return "1 item is" if count == 1 else f"{count} items are"


def _person(node: Node) -> Person:
    """``Jane Doe``, ``Jane Doe <jane@example.org>``, or a mapping of name, url and email."""
    if isinstance(node, MappingNode):
        given = {_text(key): _text(value) for key, value in node.value if not _is_null(value)}
        if not given or set(given) - {"name", "url", "email"}:
            raise ValueError
        return Person(**given)
    text = _text(node)
    found = _ADDRESS.match(text)
    if found is None:
        return Person(name=text)
    where = found["where"]
    name = found["name"].strip(" \"'") or None
    return Person(name=name, email=where) if "@" in where and "/" not in where else Person(name=name, url=where)


_DATE = "wants a date such as 2026-11-15 or 2026-11-15T14:30:00+01:00"
_PERSON = "wants a name, a mapping of name, url and email, or a list of these"
_READERS: dict[str, tuple[str, Callable[[Node], Any], str]] = {
    "title": ("title", _text, "wants text"),
    "summary": ("summary", _text, "wants text"),
    "date": ("date", _moment, _DATE),
    "updated": ("updated", _moment, _DATE),
    "author": ("authors", _people, _PERSON),
    "authors": ("authors", _people, _PERSON),
    "tags": ("tags", _tags, "wants a list of words, or words with commas between them"),
    "link": ("link", _one_word, "wants one address"),
    "source": ("source", _text, "wants the name of who reported it"),
    "language": ("language", _one_word, "wants a language code such as en or pt-BR"),
    "id": ("id", _text, "wants text"),
    "publish_at": ("publish_at", _moment, _DATE),
    "draft": ("draft", _truth, "wants true or false"),
    "image": ("image", _one_word, "wants one address"),
    "slug": ("slug", _one_word, "wants one word"),
}
"""Key -> the field it fills, how its value is read, and what it wants."""

KEYS = tuple(_READERS)
"""The keys front matter may have."""
