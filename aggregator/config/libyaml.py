"""YAML in a tenth of the time: libyaml reads, and what comes out are the nodes that ruamel.yaml would give.

ruamel.yaml takes 60 us a value, 11 s for 10,000 sources of ten keys. libyaml is in C and for YAML 1.1, so whatever it
might read in another way, and every mistake, is left to ruamel.yaml, which has the words for it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.resolver import VersionedResolver
from ruamel.yaml.tag import Tag

if TYPE_CHECKING:
    from collections.abc import Callable

_UNSURE = re.compile("[\t\x85\u2028\u2029\ufeff]|^%|^---|^\\.\\.\\.|[|>][^\n]*\n *\r?\n", re.MULTILINE)
"""What versions 1.1 and 1.2 of YAML, or the two libraries, do not see alike: tabs, line breaks beyond ASCII,
directives, more than one document, blocks that begin with an empty line. Where a collection without brackets ends they
see differently too, but nobody asks."""

_IMPLICIT = VersionedResolver().versioned_resolver
"""By first character: what a text without quotes may be besides a text, by the core schema of YAML 1.2."""

_TAG = "tag:yaml.org,2002:"
_TAGS = {name: Tag(suffix=_TAG + name) for name in ("str", "seq", "map")}


class Unsure(Exception):
    """Only ruamel.yaml can tell."""


class TooMany(Exception):
    """More values than there may be; holds line and column of the first of them, counted from 1."""

    def __init__(self, line: int, column: int) -> None:
        self.place = (line, column)
        super().__init__(line, column)


def compose(text: str, most_nodes: int, most_depth: int) -> Node:
    """The document's root. Raises TooMany, and Unsure where it cannot be told here, which is every mistake too."""
    if not yaml.__with_libyaml__ or _UNSURE.search(text):
        raise Unsure
    try:
        loader = yaml.CBaseLoader(text)
        try:
            return _Composer(loader.get_event, most_nodes, most_depth).root()
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        raise Unsure from error


class _Composer:
    """Events to nodes, once."""

    def __init__(self, event: Callable[[], Any], most_nodes: int, most_depth: int) -> None:
        self._event = event
        self._left = most_nodes
        self._most_depth = most_depth
        self._anchors: dict[str, Node] = {}
        self._tags = dict(_TAGS)

    def root(self) -> Node:
        self._event()  # the stream begins
        if not isinstance(self._event(), yaml.DocumentStartEvent):
            raise Unsure
        root = self._node(self._event(), 1)
        if isinstance(root, ScalarNode):
            raise Unsure
        self._event()  # the document ends
        if not isinstance(self._event(), yaml.StreamEndEvent):
            raise Unsure
        return root

    def _node(self, event: Any, depth: int) -> Node:
        self._left -= 1
        if self._left < 0:
            raise TooMany(event.start_mark.line + 1, event.start_mark.column + 1)
        if depth > self._most_depth or getattr(event, "tag", None) is not None:
            raise Unsure
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:
                raise Unsure
            return self._anchors[event.anchor]
        start, end = event.start_mark, event.end_mark
        node: Node
        if isinstance(event, yaml.ScalarEvent):
            if start.index == end.index:
                raise Unsure  # where a value that is left out would be, the two see at different places
            tag = self._tag(event.value) if event.implicit[0] else self._tags["str"]
            node = ScalarNode(tag, event.value, start, end, style=event.style or None, anchor=event.anchor)
            if event.anchor is not None:
                self._anchors[event.anchor] = node
            return node
        made = MappingNode if isinstance(event, yaml.MappingStartEvent) else SequenceNode
        tag = self._tags["map" if made is MappingNode else "seq"]
        node = made(tag, [], start, None, flow_style=event.flow_style, anchor=event.anchor)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        following = self._event()
        while not isinstance(following, yaml.CollectionEndEvent):
            one = self._node(following, depth + 1)
            node.value.append(one if made is SequenceNode else (one, self._node(self._event(), depth + 1)))
            following = self._event()
        node.end_mark = following.end_mark
        return node

    def _tag(self, plain: str) -> Tag:
        """What a text without quotes is."""
        for name, form in _IMPLICIT.get(plain[:1], ()):
            if form.match(plain):
                return self._tags.setdefault(name, Tag(suffix=name))
        return self._tags["str"]
