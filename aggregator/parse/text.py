"""Local articles in plain text: notes, and captured pages read as a person reads them.

A paragraph of the body is either kept whole or left out whole: agency tags and datelines are read and stay where they
are. Left out are the title, the summary, the byline, repeated captions and the furniture at the end, whose facts
(votes) are kept as data.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING

from aggregator.model import Person
from aggregator.parse import captured_dates as dates
from aggregator.parse.captured_blocks import Block, blocks, columns, sentences
from aggregator.parse.captured_bytes import LONGEST, decode, shown
from aggregator.parse.captured_caption import caption
from aggregator.parse.captured_dateline import Byline, Dateline, byline, credit, dateline, is_name, reporting
from aggregator.parse.captured_entry import Said, assemble, name_of
from aggregator.parse.captured_furniture import body_length, furniture, is_label
from aggregator.parse.frontmatter import split
from aggregator.parse.seed import SeedResult

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from aggregator.model import Document, Rating

_TITLE = 200
_SUMMARY = 320
_MADE_TITLE = 100
_CAPTION = 300
"""Characters at most of a title, a summary, a title made from a first sentence, and a caption."""
_MOST_ABOVE = 4
"""Lines above a title."""
_MARKED = 3
"""Paragraphs of the body in which an agency or dateline is looked for: a line of another kind may stand first."""
_OPENING = 400
"""Characters in which an opening sentence is looked for."""
_SHORTEST_CAPTION = 24
"""Columns: "Yes." may well be said twice in a text, and is no caption."""
_ALIKE = 0.6
"""Share of words a repeated caption has in common with the title where it is a paraphrase of it. In the
captured page of the tests it is 0.70."""
_WORD = re.compile(r"[\w'-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    """What stands above the body; ``length`` blocks of it are no body."""

    title: str | None
    summary: str | None = None
    byline: Byline | None = None
    day: dates.Day | None = None
    dateline: Dateline
    length: int
    captions: tuple[str, ...] = ()


def parse_seed(document: Document, first_seen: datetime) -> SeedResult:
    """One article from a plain text file, with or without front matter.

    ``first_seen`` (aware UTC) only dates a text that names a day without its year. Nothing is raised: what cannot be
    read is a warning that names file and line.
    """
    name = name_of(document)
    text, warnings = decode(document.body, name, longest=LONGEST)
    if text is None:
        return SeedResult(warnings=warnings)
    parts = split(text, name)
    said = read(parts.body, first_seen, title=parts.front.title)
    if (written := two_ways(parts.body)) is not None and parts.front.date is None:
        note = f"{shown(name)}: {shown(written, 40)} may be two days, so it dates nothing; set date: to be sure"
        warnings = (*warnings, note)
    return assemble(document, parts.front, said, (*warnings, *parts.warnings))


def two_ways(text: str) -> str | None:
    """The line above a text whose date is one day in one country and another in the next, if there is one."""
    lines = (each.strip() for each in text[:_OPENING].split("\n")[:12])
    return next((each for each in lines if dates.two_ways(each)), None)


def read(text: str, first_seen: datetime, *, title: str | None = None) -> Said:
    """What a plain text says; ``title`` is the one it was given in front matter, if any."""
    found = blocks(text)
    if not found or (len(found) > 1 and all(furniture(each.text) for each in found)):
        return Said()
    body, rating = _without_furniture(found)
    above, body = _above_title(body)
    head = _head(body, title, furnished=len(body) < len(found))
    by = head.byline or above.byline
    last: Byline | None = None
    if by is None and len(body) > head.length + 1:
        last = byline(body[-1].text)
        body = body[:-1] if last is not None else body
    paragraphs = _body(body[head.length :], head)
    signed = [each.names for each in (by, last, head.dateline) if each is not None]
    names = next(filter(None, [*signed, *(reporting(each.text) for each in body[-3:])]), ())
    head = replace(head, day=head.day or above.day)
    return Said(
        title=head.title,
        summary=head.summary,
        html="\n".join(paragraphs) or None,
        authors=tuple(Person(name=each) for each in names),
        mentioned=_mentioned(head, body, first_seen),
        attribution=head.dateline.agency,
        rating=rating,
    )


def _without_furniture(found: tuple[Block, ...]) -> tuple[list[Block], Rating | None]:
    texts = [each.text for each in found]
    kept = body_length(texts)
    votes = (piece.rating for each in texts[kept:] if (piece := furniture(each)) is not None)
    above = 0  # buttons above the title
    while above + 1 < kept and furniture(texts[above]) is not None:
        above += 1
    return list(found[above:kept]), next((each for each in votes if each is not None), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Above:
    """What was said above the title."""

    byline: Byline | None = None
    day: dates.Day | None = None


def _above_title(body: list[Block]) -> tuple[_Above, list[Block]]:
    """Takes off what stands above a title: a byline, a date, the name of a section."""
    by, day, start = None, None, 0
    while start + 2 < len(body) and start < _MOST_ABOVE:
        text = body[start].text
        if by is None and (named := byline(text)) is not None:
            by = named
        elif day is None and (dated := dates.line(text)) is not None:
            day = dated
        elif not (is_label(text) and not _is_prose(body[start + 1].text, alone=False)):
            break
        start += 1
    return _Above(byline=by, day=day or (by.day if by is not None else None)), body[start:]


def _head(body: list[Block], given: str | None, *, furnished: bool) -> _Head:
    """Title, summary, byline and date line, in whatever order they stand above the body.

    ``furnished`` says that page furniture stood around it, so that it was captured.
    """
    first = body[0].text
    news = dateline(first)
    title, index = None, 0
    if given is not None:
        index = int(_key(first) == _key(given) or _is_title_line(body, furnished=furnished))
    elif (
        body[0].is_list
        or _is_prose(first, alone=len(body) == 1)
        or (news.day is not None and len(sentences(first)) > 1)
    ):
        title = _made_title(first)
    else:
        title, index = first, 1
    captions: list[str] = []
    lines, by, day = 0, None, None
    summary, credited = None, Dateline()
    while index < len(body):
        text = body[index].text
        if lines < 4 and furniture(text) is not None and index + 1 < len(body):
            pass  # buttons between the title and the text
        elif by is None and (named := byline(text)) is not None:
            by, day = named, day or named.day
        elif day is None and (dated := dates.line(text)) is not None:
            day = dated
        elif by is None and day is not None and index + 1 < len(body) and is_name(text):
            by = Byline(names=(text,))  # a name alone, under the date
        elif dates.two_ways(text) or (is_label(text) and index + 1 < len(body)):
            pass
        elif caption(text) and index + 1 < len(body):
            captions.append(text)
        elif not credited and (named_agency := credit(text)) is not None:
            credited = named_agency
        elif summary is None and index and _is_summary(body, index):
            summary = text
        elif index == 1 and title is not None and _key(text) == _key(title):
            pass  # the title twice
        else:
            break
        index, lines = index + 1, lines + 1
    opening = [each.text for each in body[index : index + _MARKED]] or [first]
    marks = (dateline(each) for each in (*opening, summary or ""))
    marked = credited or next(filter(None, marks), Dateline())
    return _Head(
        title=title, summary=summary, byline=by, day=day, dateline=marked, length=index, captions=tuple(captions)
    )


def _is_prose(first: str, *, alone: bool) -> bool:
    """Whether a first paragraph is text and not a title: a note of one paragraph has no title over it."""
    long = len(first) > _MADE_TITLE
    return len(first) > _TITLE or (long and (alone or len(sentences(first)) > 1))


def _is_title_line(body: list[Block], *, furnished: bool) -> bool:
    """Whether the first paragraph of a text that was given another title is the title of the page it was saved from.

    It is where a byline, a credit or a dateline comes under it, and it has none itself; or, with furniture around the
    text, where it ends in no full stop. What a person wrote under a title of their own is text.
    """
    first = body[0]
    if first.is_list or len(body) < 2 or len(first.text) > _TITLE or dateline(first.text) or byline(first.text):
        return False
    under = [each.text for each in body[1:4]]
    marked = any(byline(each) or credit(each) or dateline(each) or dates.line(each) for each in under)
    return marked or (furnished and not first.text.endswith((".", "!", "。", "！", "…", ":", "：")))


def _is_summary(body: list[Block], index: int) -> bool:
    """A short paragraph of one or two sentences over a body that is longer, or that opens with a dateline."""
    block = body[index]
    if (
        block.is_list
        or block.text.endswith((":", "："))
        or len(block.text) > _SUMMARY
        or len(sentences(block.text)) > 2
        or dateline(block.text)
    ):
        return False
    under = [each.text for each in body[index + 1 : index + 6]]
    if any(credit(each) for each in under[:2]):
        return True
    rest = [each for each in under if byline(each) is None and dates.line(each) is None]
    return bool(rest) and (bool(dateline(rest[0])) or len(rest[0]) > len(block.text))


def _made_title(paragraph: str) -> str:
    """The first sentence, shortened at a word where it is long."""
    first = sentences(paragraph)[0]
    if len(first) <= _MADE_TITLE:
        return first
    start = first[: _MADE_TITLE - 1]
    end = max(start.rfind(each) for each in " ，、；")
    return (start[:end] if end > 0 else start).rstrip(" ,;:，、；：-–—") + "…"


def _body(found: Sequence[Block], head: _Head) -> list[str]:
    """HTML of the body: a caption that stands in it repeatedly is shown once, and not at all if it says the title."""
    said = {_key(each) for each in (head.title, head.summary) if each}
    keys = [_key(each.text) for each in found]
    times = Counter(keys)
    known: set[str] = set()
    html = [_figure(each) for each in head.captions]
    while found and found[-1].is_rule:
        found, keys = found[:-1], keys[:-1]
    for block, key in zip(found, keys, strict=True):
        text = block.text
        if block.is_list or not key:
            html.append(block.html)
        elif key in said and len(text) <= _CAPTION and len(found) > 1:
            continue
        elif times[key] > 1 and len(text) <= _CAPTION and columns(text) >= _SHORTEST_CAPTION:
            if key not in known and _alike(text, head.title) < _ALIKE:
                html.append(_figure(text))
            known.add(key)
        elif caption(text):
            html.append(_figure(text))
        else:
            html.append(block.html)
    return html


def _figure(text: str) -> str:
    return f"<figure><figcaption>{escape(text, quote=False)}</figcaption></figure>"


def _mentioned(head: _Head, body: list[Block], first_seen: datetime) -> dates.Dated | None:
    """When it was written, by a date line, the dateline, or an opening sentence, in this order."""
    for day in (head.day, head.dateline.day):
        if day is not None and (dated := dates.settle(day, first_seen, news=True)) is not None:
            return dated
    for opening in (body[head.length].text if head.length < len(body) else "", head.summary or ""):
        day = dates.find(next(iter(sentences(opening[:_OPENING])), ""))
        if day is not None and (dated := dates.settle(day, first_seen, news=bool(head.dateline))) is not None:
            return dated
    return None


def _key(text: str) -> str:
    """The words of a text, to tell a repetition whatever its quotes, case and punctuation."""
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", text).replace("’", "'").casefold()))


def _alike(text: str, other: str | None) -> float:
    """Share of words two texts have in common, 0 to 1; of characters where words are not parted by spaces."""
    one, two = (set(key.split() if " " in key else key) for key in (_key(text), _key(other or "")))
    return len(one & two) / len(one | two) if one | two else 0.0
