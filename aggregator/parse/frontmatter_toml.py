"""TOML between two ``+++`` lines, which Hugo writes, as the nodes that YAML would have for it."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

STRING = "tag:yaml.org,2002:str"
FENCE = re.compile(r"\+{3}[ \t]*\Z")
KEY = re.compile(r"""\s*(?:["']?([A-Za-z_][\w-]{0,40})["']?\s*=|\[+\s*["']?([\w-]{1,40}))""")


@dataclass(frozen=True, slots=True)
class Line:
    """Where a node stands, for nodes that no parser of YAML made."""

    line: int


def pairs(block: str, longest: int) -> list[tuple[Node, Node]]:
    """Keys and values of the block. Raises ValueError or RecursionError where it cannot be read, or is longer than
    ``longest`` characters."""
    if len(block) > longest:
        raise ValueError(f"it has {len(block)} characters, more than {longest}")
    starts = {key.value: key for key in keys(block)}
    said = tomllib.loads(block)
    return [(starts.get(key) or ScalarNode(STRING, key, Line(0)), _node(each)) for key, each in said.items()]


def keys(block: str) -> list[ScalarNode]:
    """The keys that lines of the block begin with, each once, with the line; of a block that cannot be read, too."""
    starts: dict[str, int] = {}
    for number, each in enumerate(block.split("\n")):
        if (found := KEY.match(each)) is not None:
            starts.setdefault(found[1] or found[2], number)
    return [ScalarNode(STRING, key, Line(line)) for key, line in starts.items()]


def _node(value: Any) -> Node:
    if isinstance(value, dict):
        return MappingNode("", [(ScalarNode(STRING, key, Line(0)), _node(each)) for key, each in value.items()])
    if isinstance(value, list):
        return SequenceNode("", [_node(each) for each in value])
    text = value.isoformat() if isinstance(value, date | datetime | time) else str(value)
    return ScalarNode(STRING, text.lower() if isinstance(value, bool) else text, Line(0))
