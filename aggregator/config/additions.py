"""New sources in the text of a configuration, behind those that are there, in the way these are written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ruamel.yaml.nodes import MappingNode, SequenceNode

from aggregator.config import document
from aggregator.config.edits import Unfit, edited, ending, line_end, says, written

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ruamel.yaml.nodes import Node

    from aggregator.config.edits import Edit

INDENT = 2
_BY_HAND = "the file is written in a way that cannot be added to; write the sources into it by hand"
_NOTHING_OR_COMMENT = re.compile(r"[ \t]*(?:#.*)?\r?$")


def added(text: str, sources: Sequence[Mapping[str, Any]], environ: Mapping[str, str], note: str | None = None) -> str:
    """The text of a configuration with these sources behind those it has.

    What they hold is written as it is: a variable (``${NAME}``) in it is one. ``note`` is a comment above the first of
    them, where the list is written in lines. The result was read again: it says what the text said, and these. Raises
    Unfit where no way to write it does, and Unreadable where the text is no YAML.
    """
    before = document.parse(text, environ)
    if not isinstance(before.value, dict) or before.mistakes:
        raise Unfit(_BY_HAND)
    listed = before.value.get("sources")
    if listed is not None and not isinstance(listed, list):
        raise Unfit("'sources' is no list; correct that first")
    more = document.parse("\n".join(_lines(sources, 0, None)) or "[]", environ)
    if more.mistakes:
        raise Unfit(more.mistakes[0].text)
    expected = {**before.value, "sources": [*(listed or []), *more.value]}
    for edits in _ways(text, before.root, sources, note):
        after = edited(text, edits)
        if says(after, expected, environ):
            return after
    raise Unfit(_BY_HAND)


def without_sources(text: str) -> bool:
    """Whether a configuration has no list of sources yet."""
    value = document.parse(text, _Anything()).value
    return isinstance(value, dict) and value.get("sources") is None


class _Anything(dict[str, str]):
    """Variables that all are set."""

    def get(self, key: str, default: Any = None) -> Any:
        return default if default is not None else f"value of {key}"


def _ways(text: str, root: Node, sources: Sequence[Mapping[str, Any]], note: str | None) -> Iterator[list[Edit]]:
    """Edits that may do it, the likeliest first."""
    assert isinstance(root, MappingNode)  # noqa: S101 - its value is a dict
    pairs = {key.value: (key, value) for key, value in root.value}
    key, listed = pairs.get("sources", (None, None))
    if key is None:
        yield from _as_new_key(text, root, sources, note)
    elif isinstance(listed, SequenceNode) and listed.value:
        if listed.flow_style:
            yield _in_brackets(text, listed, sources)
        else:
            lines = _lines(sources, listed.start_mark.column, note, _inside(listed))
            before = [""] if _has_gaps(text, listed) else []
            yield from ([_after(text, place, [*before, *lines])] for place in _ends(text, listed))
    elif root.flow_style:
        yield [_between(text, listed, sources)] if listed is not None else []
    else:
        yield from _as_first(text, key, listed, sources, note)


def _lines(sources: Sequence[Mapping[str, Any]], column: int, note: str | None, inside: int = INDENT) -> list[str]:
    """These sources as lines of a list that begins at this column."""
    margin = " " * column
    lines = [f"{margin}# {note}"] if note else []
    for source in sources:
        for place, (key, value) in enumerate(source.items()):
            lines.append(margin + ("-".ljust(inside) if place == 0 else " " * inside) + f"{key}: {written(value)}")
    return lines


def _after(text: str, place: int, lines: Sequence[str]) -> Edit:
    """Whole lines after the one that ends at ``place``."""
    return place, place, "".join(ending(text) + each for each in lines)


def _inside(listed: SequenceNode) -> int:
    """How far the keys of a source stand behind its dash."""
    first = next((each for each in listed.value if isinstance(each, MappingNode) and not each.flow_style), None)
    return max(INDENT, first.start_mark.column - listed.start_mark.column) if first is not None else INDENT


def _has_gaps(text: str, listed: SequenceNode) -> bool:
    """Whether a blank line stands between the last two sources."""
    if len(listed.value) < 2:
        return False
    last = text.rfind("\n", 0, listed.value[-1].start_mark.index)
    between = text[listed.value[-2].start_mark.index : last]
    return any(not line.strip() for line in between.split("\n")[1:])


def _ends(text: str, listed: SequenceNode) -> Iterator[int]:
    """Where the last line of the list may end: before blank lines and comments that follow it, but behind comments that
    stand further in than its dashes. Where its last line looks like a comment, and is none, it ends further down."""
    column = listed.start_mark.column
    start, end = listed.start_mark.index, listed.end_mark.index
    if text[text.rfind("\n", 0, end) + 1 : end].strip() == "":  # it ends where the next thing begins
        end = max(start, text.rfind("\n", 0, end))
    lines = [(found.start(), found[0]) for found in re.compile(r"[^\n]+|(?<=\n)(?=\n)").finditer(text, start, end)]
    last = len(lines) - 1
    while last > 0 and _NOTHING_OR_COMMENT.fullmatch(lines[last][1]):
        last -= 1
    further = last
    while further + 1 < len(lines) and re.match(rf" {{{column + 1},}}#", lines[further + 1][1]):
        further += 1
    yield from dict.fromkeys(line_end(text, lines[place][0]) for place in (further, last, len(lines) - 1))


def _in_brackets(text: str, listed: SequenceNode, sources: Sequence[Mapping[str, Any]]) -> list[Edit]:
    """Behind the last source of a list in brackets; on lines of their own, where the sources are."""
    last = listed.value[-1]
    comma = re.compile(r"\s*,").match(text, last.end_mark.index, listed.end_mark.index)
    end = comma.end() if comma is not None else last.end_mark.index
    starts = text.rfind("\n", listed.start_mark.index, last.start_mark.index)
    if starts < 0:
        inside = ", ".join(written(dict(each)) for each in sources)
        return [(end, end, f" {inside}" if comma is not None else f", {inside}")]
    margin = ending(text) + " " * last.start_mark.column
    inside = ",".join(margin + written(dict(each)) for each in sources)
    line = min(line_end(text, end), listed.end_mark.index - 1)
    before, behind = ("", ",") if comma is not None else (",", "")
    return [(end, line, before + text[end:line] + inside + behind)]


def _between(text: str, listed: Node, sources: Sequence[Mapping[str, Any]]) -> Edit:
    inside = ", ".join(written(dict(each)) for each in sources)
    start, end = listed.start_mark.index, listed.end_mark.index
    return start, end, f"{'' if text[start - 1 : start] == ' ' else ' '}[{inside}]"


def _as_first(
    text: str, key: Node, listed: Node | None, sources: Sequence[Mapping[str, Any]], note: str | None
) -> Iterator[list[Edit]]:
    """Below the key, whose list is empty or is not there yet."""
    column = key.start_mark.column + INDENT
    at = key.end_mark.index
    colon = re.compile(r"[\"']?\s*:").match(text, at)
    value = re.compile(r"[ \t]*(?:\[\s*\]|~|null|Null|NULL)").match(text, colon.end() if colon else at)
    gone: list[Edit] = [(value.start(), value.end(), "")] if value is not None else []
    end = line_end(text, value.end() if value is not None else at)
    yield [*gone, _after(text, end, _lines(sources, column, note))]


def _as_new_key(
    text: str, root: MappingNode, sources: Sequence[Mapping[str, Any]], note: str | None
) -> Iterator[list[Edit]]:
    """As the last key of the document."""
    if root.flow_style:
        end = root.value[-1][1].end_mark.index if root.value else root.start_mark.index + 1
        inside = ", ".join(written(dict(each)) for each in sources)
        yield [(end, end, f"{', ' if root.value else ''}sources: [{inside}]")]
        return
    margin = " " * root.start_mark.column
    lines = ["", f"{margin}sources:", *_lines(sources, root.start_mark.column + INDENT, note)]
    end = len(text[: root.end_mark.index].rstrip())
    yield [_after(text, end, lines)]
    yield [_after(text, line_end(text, end), lines)]
    yield [_after(text, len(text.rstrip()), lines)]
