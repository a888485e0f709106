"""The one door to YAML: bytes -> nodes with positions -> plain values.

Limits come before everything else: a configuration of 1 KiB can unfold to gigabytes by aliases, and can be nested
deeper than Python's stack. They leave room for 10,000 sources with all their keys.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer, ComposerError, MaxDepthExceededError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from aggregator.config import libyaml
from aggregator.config.environment import substitute
from aggregator.config.places import place_in

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LIMIT_BYTES = 16 * 1024 * 1024
LIMIT_NODES = 500_000
"""10,000 sources of ten keys each, with three tags and two headers, are 290,000."""
LIMIT_DEPTH = 32
"""The deepest setting lies at 6; beyond this nobody meant it."""

_TAG = "tag:yaml.org,2002:"
_MAPPING = frozenset({_TAG + "map"})
_SEQUENCE = frozenset({_TAG + "seq"})
_SCALAR = frozenset(_TAG + name for name in ("null", "bool", "int", "float", "str", "timestamp", "merge", "value"))
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,18})")
_FLOAT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,3})?")

Location = tuple[int | str, ...]
"""Keys and indexes from the top of the document, such as ``("sources", 3, "url")``."""


class Mistake(NamedTuple):
    """One thing that is wrong. ``line`` and ``column`` count from 1."""

    line: int
    column: int
    text: str


class Unreadable(Exception):
    """The document cannot be read further; holds the one mistake that stopped it."""

    def __init__(self, text: str, line: int = 1, column: int = 1) -> None:
        self.mistake = Mistake(line, column, text)
        super().__init__(text)


class Empty(Unreadable):
    """There is nothing in it."""


class _CountingComposer(Composer):
    """Gives up while composing: a list of 500,000 commas would take the library ten seconds and 500 MB."""

    nodes = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        self.nodes += 1
        if self.nodes > LIMIT_NODES:
            mark = self.parser.peek_event().start_mark
            raise Unreadable(_TOO_MANY, mark.line + 1, mark.column + 1)
        return super().compose_node(parent, index)


_TOO_MANY = f"more than {LIMIT_NODES:,} values (aliases counted each time they are used); use fewer"
_TOO_DEEP = f"nested deeper than {LIMIT_DEPTH} levels (an alias inside itself counts too); flatten it"


@dataclass(frozen=True, slots=True)
class Document:
    """A configuration as plain values, with the way back to lines and columns.

    ``taken`` maps each value that came from the environment to the name of its variable.
    """

    value: Any
    root: Node
    mistakes: tuple[Mistake, ...]
    taken: Mapping[str, str]
    text: str = field(default="", repr=False)
    """The whole file."""
    index: dict[int, dict[int | str, tuple[Node, Node]]] = field(default_factory=dict, repr=False)

    def find(self, location: Location) -> tuple[Node | None, Node]:
        """The key (if it is a mapping's) and the value at ``location``, or the nearest that exists above it."""
        key: Node | None = None
        node = self.root
        for part in location:
            if isinstance(node, MappingNode):
                key, node = self._pairs(node).get(part, (key, node))
            elif isinstance(node, SequenceNode) and isinstance(part, int) and part < len(node.value):
                key, node = None, node.value[part]
        return key, node

    def _pairs(self, node: MappingNode) -> dict[int | str, tuple[Node, Node]]:
        """Its keys, collected once: a mapping may hold thousands of wrong ones. The first of two equal keys counts."""
        if id(node) not in self.index:
            self.index[id(node)] = {
                key.value: (key, value) for key, value in reversed(node.value) if isinstance(key, ScalarNode)
            }
        return self.index[id(node)]

    def mistake(self, location: Location, text: str, *, at_key: bool = False) -> Mistake:
        """``text`` with the line and column of the value (or key) at ``location``.

        A text that gives away part of what a variable holds is replaced by one that names the variable.
        """
        key, node = self.find(location)
        if at_key and key is not None:
            return Mistake(*position(key), text)
        for value, name in self.taken.items() if isinstance(node, ScalarNode) else ():
            if f"${{{name}" in node.value and _shares(value, text):
                setting = next((part for part in reversed(location) if isinstance(part, str)), "value")
                text = f"{setting}: what ${{{name}}} holds (always a text) does not fit here; correct the variable"
        return Mistake(*position(node), text)

    def place(self, location: Location, offset: int) -> tuple[int, int] | None:
        """Line and column of one character of the text at ``location``; ``None`` where that cannot be told, as where a
        variable is in it."""
        _, node = self.find(location)
        if not isinstance(node, ScalarNode) or "${" in node.value:
            return None
        return place_in(self.text, node, offset)


def _shares(secret: str, text: str) -> bool:
    """Whether any six characters of ``secret`` in a row stand in ``text``, in whatever case."""
    secret, text = secret.lower(), text.lower()
    return any(secret[start : start + 6] in text for start in range(max(1, len(secret) - 5)))


def position(node: Node) -> tuple[int, int]:
    """Line and column of a node, counted from 1."""
    return node.start_mark.line + 1, node.start_mark.column + 1


def read(path: Path) -> str:
    """The text of the configuration file. Raises Unreadable where it is no readable UTF-8 text of at most 16 MiB."""
    try:
        if path.is_dir():
            raise Unreadable("is a directory; give the path of a configuration file")
        if path.exists() and not path.is_file():
            raise Unreadable("is not a regular file; give the path of a configuration file")
        with path.open("rb") as stream:
            data = stream.read(LIMIT_BYTES + 1)
    except FileNotFoundError:
        raise Unreadable("there is no such file; create it or name another with --config") from None
    except (OSError, ValueError) as error:
        raise Unreadable(
            f"cannot be read ({getattr(error, 'strerror', None) or error}); check its permissions"
        ) from None
    if len(data) > LIMIT_BYTES:
        raise Unreadable("is larger than 16 MiB; a configuration is text of at most 16 MiB")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or data[:2].count(0) == 1:
        raise Unreadable("is UTF-16; save it as UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        column = len(before) - (before.rfind(b"\n") + 1) + 1
        raise Unreadable("is not UTF-8 text; save it as UTF-8", before.count(b"\n") + 1, column) from None


def parse(text: str, environ: Mapping[str, str]) -> Document:
    """The document as plain values, ``${NAME}`` replaced in its texts.

    Duplicate keys, unset variables and tags are collected in ``Document.mistakes``. Raises Unreadable at the first
    place that is not YAML, or where a limit is passed.
    """
    root = _compose(text)
    if root is None:
        raise Empty("is empty; it needs at least site and sources")
    reader = _Reader(environ)
    return Document(reader.value(root, 0), root, tuple(reader.mistakes), reader.taken, text)


def dump(value: Any) -> str:
    """Plain values as YAML text, keys in the order given."""
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # annotated as None by the library
    yaml.allow_unicode = True
    yaml.width = 120
    stream = io.StringIO()
    yaml.dump(value, stream)
    return stream.getvalue()


def _compose(text: str) -> Node | None:
    try:
        return libyaml.compose(text, LIMIT_NODES, LIMIT_DEPTH)
    except libyaml.TooMany as error:
        raise Unreadable(_TOO_MANY, *error.place) from None
    except libyaml.Unsure:
        return _compose_slowly(text)


def _compose_slowly(text: str) -> Node | None:
    # typ="safe": the round-trip loader would keep comments we do not need and takes twice as long.
    yaml = YAML(typ="safe", pure=True)
    yaml.Composer = _CountingComposer
    yaml.max_depth = LIMIT_DEPTH
    yaml.composer.warn_double_anchors = False  # reusing an anchor's name is legal YAML; the warning would be an error
    try:
        return yaml.compose(text)  # type: ignore[no-any-return]  # the library's annotation is Any
    except MaxDepthExceededError as error:
        raise _unreadable(error, _TOO_DEEP) from None
    except MarkedYAMLError as error:
        raise _unreadable(error, _words(error)) from None
    except ReaderError as error:
        before = text[: error.position]
        line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
        raise Unreadable("a control character, which YAML does not allow; remove it", line, column) from None
    except (YAMLError, ValueError, AssertionError) as error:
        raise Unreadable(f"not YAML: {type(error).__name__}; check the syntax") from error


def _unreadable(error: Any, words: str) -> Unreadable:
    """Points at where an unfinished key, quote or bracket began, else at where reading stopped."""
    unfinished = re.search("simple key|quoted scalar|flow", str(error.context))
    mark = (error.context_mark if unfinished else None) or error.problem_mark or error.context_mark
    return Unreadable(words, mark.line + 1, mark.column + 1) if mark else Unreadable(words)


def _words(error: MarkedYAMLError) -> str:
    """What is wrong, without repeating names from the text: an unquoted password may look like an alias."""
    problem = str(error.problem or error.context or "cannot be understood")
    if isinstance(error, ComposerError):
        if "alias" in problem:
            return "an alias (*name) without its anchor (&name); put a text that starts with * in quotes"
        return "a second document (---) begins; a configuration is one document"
    if "'\\t'" in problem:
        return "a tab; YAML indents with spaces only"
    if "cannot start any token" in problem:
        return "a character that cannot start a value; put the value in quotes"
    if "mapping values are not allowed" in problem:
        return "a colon where none is allowed; put a text with ': ' in quotes, or check the indentation"
    if "expected ':'" in problem:
        return "a key without its colon; write 'key: value'"
    if "expected <block end>" in problem:
        return "does not fit the lines above; check the indentation, and quote texts that hold quotes"
    if "escape" in problem:
        return "a backslash in double quotes begins an escape; put the text in 'single quotes', where it is a backslash"
    if "quoted scalar" in str(error.context):
        return "a quoted text that does not end; close its quotes"
    if "flow" in str(error.context):
        return "a [list] or {mapping} that does not end, or misses a comma; check its brackets"
    return f"not YAML ({re.sub(r'[^ a-z<>:,-]+', ' ', problem)[:80].strip()}); check the syntax"


class _Reader:
    """One walk over the nodes; aliases are followed, so the count of nodes is that of the unfolded document."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.mistakes: list[Mistake] = []
        self.taken: dict[str, str] = {}
        self.nodes = 0

    def value(self, node: Node, depth: int) -> Any:
        self.nodes += 1
        if self.nodes > LIMIT_NODES:
            raise Unreadable(_TOO_MANY, *position(node))
        if depth > LIMIT_DEPTH:
            raise Unreadable(_TOO_DEEP, *position(node))
        if isinstance(node, MappingNode):
            self._check_tag(node, _MAPPING)
            return self._mapping(node.value, depth)
        if isinstance(node, SequenceNode):
            self._check_tag(node, _SEQUENCE)
            return [self.value(each, depth + 1) for each in node.value]
        self._check_tag(node, _SCALAR)
        return self._scalar(node)

    def _check_tag(self, node: Node, allowed: frozenset[str]) -> None:
        if str(node.ctag) not in allowed:
            self._wrong(node, "a tag (!...) is not supported; remove it, or put a text that starts with ! in quotes")

    def _mapping(self, pairs: list[tuple[Node, Node]], depth: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        lines: dict[str, int] = {}
        for key, node in pairs:
            if not isinstance(key, ScalarNode):
                self._wrong(key, "a key must be one word; write 'key: value'")
                continue
            if key.value in result:
                self._wrong(key, f"duplicate key {key.value!r} (first in line {lines[key.value]}); keep one of them")
                continue
            lines[key.value] = position(key)[0]
            result[key.value] = self.value(node, depth + 1)
        return result

    def _scalar(self, node: Node) -> Any:
        """A text, or where it is written plainly, null, true, false or a number as in YAML 1.2's core schema.

        Stricter than the library, where ``1_000`` is a number and ``012`` is 12: those stay text, and are then
        refused where a number is wanted.
        """
        kind, text = str(node.ctag).removeprefix(_TAG), node.value
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() == "true" if text.lower() in ("true", "false") else text
        if kind == "int" and _INT.fullmatch(text):
            return int(text)
        if kind in ("int", "float") and _FLOAT.fullmatch(text):
            return float(text)
        try:
            result, taken = substitute(text, self.environ)
        except ValueError as error:
            self._wrong(node, str(error))
            return text
        self.taken |= taken
        return result

    def _wrong(self, node: Node, text: str) -> None:
        mistake = Mistake(*position(node), text)
        if mistake not in self.mistakes:  # the same node may be met again through an alias
            self.mistakes.append(mistake)
