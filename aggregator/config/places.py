"""Where in the file a character of a value stands: behind quotes, escapes, and lines that YAML joins.

What a scalar says is read again with the place of each character. That is only believed where it gives just what the
YAML library gave; where it does not, it cannot be told.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ruamel.yaml.nodes import ScalarNode

    Placed = list[tuple[str, int]]
    """Characters, each with its index in the file."""

_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)*")
_HEADER = re.compile(r"[|>][0-9+-]*[^\n]*\n")
_BREAK = re.compile(r"[ \t]*\r?\n[ \t]*")
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL)
_ESCAPED = {"0": "\0", "a": "\a", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r"} | {
    "e": "\x1b", " ": " ", '"': '"', "/": "/", "\\": "\\", "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029"
}  # fmt: skip
"""YAML 1.2.2 section 5.7."""


def place_in(text: str, node: ScalarNode, offset: int) -> tuple[int, int] | None:
    """Line and column, counted from 1, of the character at ``offset`` of what the scalar says; just behind its last one
    for an offset at its end. ``text`` is the whole file. ``None`` where it cannot be told."""
    start, end = node.start_mark.index, node.end_mark.index
    found = _PROPERTIES.match(text, start, end)
    start = found.end() if found is not None else start
    placed = _READERS.get(node.style or "", _plain)(text, start, end)
    if placed is None or "".join(each for each, _ in placed).rstrip("\n") != node.value.rstrip("\n"):
        return None
    ends = placed[-1][1] + 1 if placed else start
    at = placed[offset][1] if offset < len(placed) else ends
    line = text.count("\n", 0, at)
    return line + 1, at - (text.rfind("\n", 0, at) + 1) + 1


def _plain(text: str, start: int, end: int) -> Placed:
    return list(_joined(text, start, end, lambda at: (text[at], at + 1)))


def _single(text: str, start: int, end: int) -> Placed:
    """``''`` stands for a quote."""
    return list(_joined(text, start + 1, end - 1, lambda at: (text[at], at + (2 if text[at] == "'" else 1))))


def _double(text: str, start: int, end: int) -> Placed:
    def read(at: int) -> tuple[str, int]:
        found = _ESCAPE.match(text, at, end)
        if found is None:
            return text[at], at + 1
        if found[4] is None:
            return chr(int(found[1] or found[2] or found[3], 16)), found.end()
        if found[4] in "\r\n":  # the line goes on, without the white space the next one begins with
            following = _BREAK.match(text, at + 1, end)
            return "", following.end() if following is not None else found.end()
        return _ESCAPED.get(found[4], found[4]), found.end()

    return list(_joined(text, start + 1, end - 1, read))


def _joined(text: str, start: int, end: int, read: Callable[[int], tuple[str, int]]) -> Iterator[tuple[str, int]]:
    """One line end becomes a space, each further one a line end (YAML 1.2.2 section 6.5)."""
    at = start
    while at < end:
        first = _BREAK.match(text, at, end)
        if first is None:
            said, following = read(at)
            if said:
                yield said, at
            at = following
            continue
        breaks = [first]
        while (another := _BREAK.match(text, breaks[-1].end(), end)) is not None:
            breaks.append(another)
        yield from ((("\n", each.start()) for each in breaks[1:]) if breaks[1:] else [(" ", at)])
        at = breaks[-1].end()


def _lines(text: str, start: int, end: int) -> list[Placed] | None:
    header = _HEADER.match(text, start, end)
    if header is None:
        return None
    at, rows = header.end(), text[header.end() : end].split("\n")
    indents = [len(row) - len(row.lstrip(" ")) for row in rows if row.strip(" ")]
    indent = min(indents, default=0)
    lines = []
    for row in rows:
        lines.append([(each, at + place) for place, each in enumerate(row) if place >= indent])
        at += len(row) + 1
    return lines


def _literal(text: str, start: int, end: int) -> Placed | None:
    lines = _lines(text, start, end)
    if lines is None:
        return None
    ended = ([*each, ("\n", each[-1][1] + 1 if each else start)] for each in lines)
    return [each for line in ended for each in line]


def _folded(text: str, start: int, end: int) -> Placed | None:
    """Lines that are indented more than the first one stay lines; that is not told."""
    lines = _lines(text, start, end)
    if lines is None or any(each and each[0][0] in " \t" for each in lines):
        return None
    placed: Placed = []
    empty = 0
    for line in lines:
        if not line:
            empty += 1
            continue
        if placed:
            at = placed[-1][1] + 1
            placed += [("\n", at)] * empty if empty else [(" ", at)]
        elif empty:
            return None
        placed += line
        empty = 0
    return placed


_READERS: dict[str, Callable[[str, int, int], Placed | None]] = {
    "'": _single,
    '"': _double,
    "|": _literal,
    ">": _folded,
}
