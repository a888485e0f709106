"""Plain text -> paragraphs and lists, as a person sees them on the page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

from aggregator.parse import captured_dates as dates
from aggregator.parse.captured_caption import caption
from aggregator.parse.captured_dateline import byline, credit
from aggregator.parse.captured_furniture import furniture, is_loose

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_BULLET = re.compile(r"[-*+•·▪◦‣●○■–]\s+(?=\S)")
_NUMBER = re.compile(r"(\d{1,3})[.)]\s+(?=\S)")
_WIDE = re.compile("[\u2e80-\u312f\u31a0-\u9fff\uf900-\ufaff\uff00-\uffef]")
"""Scripts that put no space between words: a line end inside them is none either. Hangul does put spaces."""
_HEAD = 6
"""Groups of lines among which bylines and dates are looked for."""
_RULE = re.compile(r"(?:[-_*=~#•—–]\s?){3,}")
_NARROWEST_WRAP, _WIDEST_WRAP = 40, 100
"""Columns: text is wrapped by editors and mail programs at 60 to 80; longer lines are whole paragraphs."""
_SENTENCE = re.compile(r"(?<=[.!?…])[\"'”’»)\]]*\s+(?=[\"'“‘«(\[]*[^\W_])|(?<=[。！？])[」』”）]*")
_ABBREVIATION = re.compile(
    r"(?:\b(?:[A-Z]|[a-z]\.[a-z]|Mr|Mrs|Ms|Dr|Prof|St|Sr|Jr|Gen|Col|Lt|Sen|Rep|Gov|No|vs|etc|Inc|Ltd|Co|Corp|Jan|Feb|Mar|Apr|Aug|"
    r"Sept?|Oct|Nov|Dec|Nr|z\.B|bzw|ca|approx|cf|al|Art|Abs|vol|pp)|[A-Z]\.[A-Z]|\b\d{1,2})\.\Z"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A paragraph (one item) or a list (its items). ``first`` is the number a numbered list starts with."""

    items: tuple[str, ...]
    is_list: bool = False
    marked: tuple[str, ...] = ()
    """The items of a list with their dashes or numbers."""
    first: int | None = None

    @property
    def text(self) -> str:
        """Its words on one line; of a list its longest item, by which it is judged."""
        return max(self.items, key=len)

    @property
    def is_rule(self) -> bool:
        """Whether it is a line drawn between two parts: ``___``, ``* * *``."""
        return not self.is_list and _RULE.fullmatch(self.items[0]) is not None

    @property
    def html(self) -> str:
        """Escaped HTML of it: ``<p>``, ``<ul>`` or ``<ol>``."""
        if self.is_rule:
            return "<hr>"
        if not self.is_list:
            return f"<p>{escape(self.items[0], quote=False)}</p>"
        inside = "".join(f"<li>{escape(each, quote=False)}</li>" for each in self.items)
        if self.first is None:
            return f"<ul>{inside}</ul>"
        return f'<ol start="{self.first}">{inside}</ol>' if self.first != 1 else f"<ol>{inside}</ol>"


def blocks(text: str) -> tuple[Block, ...]:
    """Paragraphs and lists of a text, in order, the lines of each joined. Nothing but white space and markers goes.

    An empty line parts paragraphs. In a text that has none, and in the head of any text, a line end is only a wrap
    where the lines have the width of wrapped text and the next word would not have fitted.
    """
    groups = [[line.strip() for line in group] for group in _groups(text)]
    width = max((columns(line) for group in groups for line in group), default=0)
    parted: list[list[str]] = []
    for number, group in enumerate(groups):
        if (number or len(groups) > 1) and _is_of_lines(group, head=0 < number < _HEAD):
            parted += [[line] for line in group]
        elif (number == 0 or len(groups) == 1) and not _starts_list(group):
            parted += _unwrapped(group, width)
        else:
            parted.append(group)
    return tuple(_merged(block for group in parted for block in _blocks(group)))


def _is_of_lines(group: list[str], *, head: bool) -> bool:
    """Whether each line stands for itself: furniture and what hangs on it, or a byline over a photographer's name."""
    if furniture(group[0]) is not None and all(furniture(each) is not None or is_loose(each) for each in group):
        return True
    facts = (byline(each) or credit(each) or dates.line(each) or caption(each) for each in group)
    return head and len(group) > 1 and all(facts)


def sentences(text: str) -> list[str]:
    """The sentences of a paragraph; abbreviations (``Nov. 15``, ``Dr. Roe``, ``U.S.``) end none."""
    found: list[str] = []
    start = 0
    for end in _SENTENCE.finditer(text):
        piece = text[start : end.end()].strip()
        if piece and not _ABBREVIATION.search(text[max(start, end.start() - 12) : end.start()]):
            found.append(piece)
            start = end.end()
    return [*found, text[start:].strip()] if text[start:].strip() else found


def _groups(text: str) -> Iterator[list[str]]:
    group: list[str] = []
    for line in text.split("\n"):
        if line.strip():
            group.append(line)
        elif group:
            yield group
            group = []
    if group:
        yield group


def _starts_list(group: list[str]) -> bool:
    return len(group) > 1 and any(mark.match(group[0]) and mark.match(group[1]) for mark in (_BULLET, _NUMBER))


def columns(text: str) -> int:
    """How wide a text is: two columns for each Chinese, Japanese or Korean character, one for others."""
    return sum(2 if east_asian_width(each) in "WF" else 1 for each in text)


def _unwrapped(group: list[str], width: int) -> list[list[str]]:
    """Parts lines that were ended on purpose: the next word would still have fitted."""
    if not _NARROWEST_WRAP <= width <= _WIDEST_WRAP:
        return [[line] for line in group]
    parted = [[group[0]]]
    for line in group[1:]:
        before = parted[-1][-1]
        word = line[0] if _WIDE.match(line) else line.split(None, 1)[0]
        if columns(before) + 1 + columns(word) <= width:
            parted.append([line])
        else:
            parted[-1].append(line)
    return parted


def _blocks(lines: list[str]) -> Iterator[Block]:
    """A paragraph, or a list, or a paragraph that leads into a list."""
    for mark in (_BULLET, _NUMBER):
        starts = [number for number, line in enumerate(lines) if mark.match(line)]
        if not starts or (mark is _NUMBER and not _counts(lines, starts)):
            continue
        if starts[0] > 0:
            if len(starts) < 2:
                continue  # a wrapped line that happens to begin with a dash or a number
            yield Block(items=(_joined(lines[: starts[0]]),))
        ends = [*starts[1:], len(lines)]
        marked = tuple(_joined(lines[a:b]) for a, b in zip(starts, ends, strict=True))
        items = tuple(mark.sub("", each, count=1) for each in marked)
        number = _NUMBER.match(marked[0])
        yield Block(items=items, is_list=True, marked=marked, first=int(number[1]) if number else None)
        return
    yield Block(items=(_joined(lines),))


def _counts(lines: list[str], starts: list[int]) -> bool:
    numbers = [int(found[1]) for start in starts if (found := _NUMBER.match(lines[start]))]
    return numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def _merged(found: Iterable[Block]) -> Iterator[Block]:
    """Joins list items that empty lines part; one lone "item" is a paragraph that begins with a dash or a number."""
    waiting: list[Block] = []
    for block in found:
        if waiting and not (block.is_list and _follows(waiting[-1], block)):
            yield _list(waiting)
            waiting = []
        if block.is_list:
            waiting.append(block)
        else:
            yield block
    if waiting:
        yield _list(waiting)


def _follows(before: Block, block: Block) -> bool:
    if before.first is None or block.first is None:
        return before.first is block.first
    return before.first + len(before.items) == block.first


def _list(parts: list[Block]) -> Block:
    items = tuple(item for part in parts for item in part.items)
    if len(items) == 1:
        return Block(items=parts[0].marked)
    return Block(items=items, is_list=True, first=parts[0].first)


def _joined(lines: list[str]) -> str:
    text = " ".join(lines[0].split())
    for line in lines[1:]:
        line = " ".join(line.split())
        if text.endswith("\u00ad"):
            text = text[:-1] + line
        elif (text.endswith("-") and text[-2:-1].isalpha() and line[0].islower()) or (
            _WIDE.match(text[-1]) and _WIDE.match(line)
        ):
            text += line
        else:
            text += " " + line
    return text
