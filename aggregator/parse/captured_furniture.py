"""The furniture of a captured page: what stands around an article and is none of it.

The phrases are in ``data/furniture.txt``, a few lines per language. A phrase has to be a whole paragraph; only
paragraphs after the last one of the body go, and whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from aggregator.model import Rating

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST = 320
"""Characters; furniture is short."""
_LOOSE_LINE = 120
"""Characters at most of a line without a full stop (the title of a related article, a button) among furniture."""
_LOOSE_UNDER_HEADING = 20
_LOOSE_BETWEEN = 3
"""How many loose lines go with the heading above them, or with furniture on both sides."""
_SENTENCE_ENDS = tuple('.!?。！？…:：;；"”»」』)）')
_PLAIN = str.maketrans("‘’‛“”„«»\u00a0\u202f\u2009", '\'\'\'"""""   ')
_SIGNED = re.compile(
    r"(?:[A-Z]{2,6}\s+)?[a-z]{2,4}\s?/\s?(?:[a-z]{2,4}\s?/?\s?){1,4}|[(（]?完[)）]?|-30-|###"
    r"|\(*[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,4}(?:;\s*\+?[\d ()-]{6,24})?\)*"
)
"""How agencies end a report: the editors' initials (``cd/mp/ber``), an end mark, the writer's address."""
_EDGES = re.compile(r"^(?!©|\(c\))[\W_]+|[\W_]+$")
_NUMBER = r"\d[\d.,  ']{0,9}"
_NETWORKS = (
    r"(?:(?:on |via |auf |sur |su |en |op |på |na |в )?(?:"
    r"facebook|twitter|x|linkedin|whatsapp|telegram|reddit|pinterest|flipboard|e-?mail|mail|copy link|link|print|weibo|"
    r"wechat|微信|微博|qq|line|vk|ok|bluesky|mastodon|threads|instagram|youtube|tumblr|pocket|xing|viber|messenger"
    r")[\s,|/·•]*)+"
)
_MACROS = {
    "*": ".{0,140}?",
    "{helpful}": f"(?P<helpful>{_NUMBER})",
    "{total}": f"(?P<total>{_NUMBER})",
    "{networks}": _NETWORKS,
}
_MACRO = re.compile("|".join(map(re.escape, _MACROS)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Furniture:
    """A paragraph that is no text: whether it heads others of its kind, and the votes it counts."""

    heading: bool = False
    rating: Rating | None = None


def furniture(paragraph: str) -> Furniture | None:
    """What a whole paragraph is if it is page furniture in one of the languages of the data file; else ``None``."""
    if len(paragraph) > _LONGEST:
        return None
    if _SIGNED.fullmatch(paragraph) is not None:
        return Furniture()
    plain = _plain(paragraph)
    if " " not in plain and paragraph.rstrip().endswith((".", "!", "。", "！")):
        return None  # buttons have no full stop: "Share." is somebody's answer
    headings, phrases, patterns = _phrases()
    if plain in headings or plain in phrases:
        return Furniture(heading=plain in headings)
    found = next(filter(None, (pattern.fullmatch(plain) for pattern in patterns)), None)
    return Furniture(rating=_rating(found.groupdict())) if found is not None else None


def is_label(paragraph: str) -> bool:
    """Whether a line names the section of a page (``Local``, ``Home > News > Local``) or the kind of a release."""
    parts = [_plain(each) for each in re.split(r"\s*[>›»/|]\s*", paragraph)] if len(paragraph) <= _LOOSE_LINE else []
    return bool(parts) and all(each in _labels() for each in parts)


def body_length(paragraphs: Sequence[str]) -> int:
    """How many paragraphs, counted from the first, are left when the furniture at the end is taken off.

    Going up from the end, furniture goes, and with it the loose lines under a heading (``Discover more`` and the
    titles below it) or between two pieces of it. The first paragraph that reads as text stops the walk: nothing
    above it is touched. The first paragraph of all always stays.
    """
    keep = len(paragraphs)
    for index in range(len(paragraphs) - 1, 0, -1):
        found = furniture(paragraphs[index])
        loose = keep - index - 1
        if found is None:
            if not is_loose(paragraphs[index]) or loose >= _LOOSE_UNDER_HEADING:
                break
        elif loose == 0 or (index > 1 and (found.heading or (keep < len(paragraphs) and loose <= _LOOSE_BETWEEN))):
            keep = index
    return keep


def is_loose(paragraph: str) -> bool:
    """Whether it is a short line without a full stop: the title of a related article, a button."""
    return len(paragraph) <= _LOOSE_LINE and not paragraph.rstrip().endswith(_SENTENCE_ENDS)


def _rating(votes: dict[str, str | None]) -> Rating | None:
    helpful, total = (int(re.sub(r"\D", "", votes.get(name) or "") or -1) for name in ("helpful", "total"))
    return Rating(helpful=helpful, total=total) if 0 <= helpful <= total else None


def _plain(text: str) -> str:
    """Lower case, straight quotes, single spaces, no punctuation at either end."""
    return _EDGES.sub("", " ".join(text.translate(_PLAIN).casefold().split()))


@cache
def _labels() -> frozenset[str]:
    rows = files("aggregator.parse").joinpath("data/labels.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(row.strip() for row in rows if row.strip() and not row.startswith("#"))


@cache
def _phrases() -> tuple[frozenset[str], frozenset[str], tuple[re.Pattern[str], ...]]:
    """Headings, other exact phrases, and phrases with a gap or a number in them."""
    rows = files("aggregator.parse").joinpath("data/furniture.txt").read_text(encoding="utf-8").splitlines()
    said = [row.strip().casefold() for row in rows if row.strip() and not row.startswith("#")]
    headings = frozenset(_plain(each) for each in said if each.startswith("> "))
    exact = frozenset(_plain(each) for each in said if not each.startswith("> ") and _MACRO.search(each) is None)
    return headings, exact, tuple(re.compile(_pattern(each)) for each in said if _MACRO.search(each) is not None)


def _pattern(phrase: str) -> str:
    between = _MACRO.split(phrase)
    macros = [*(_MACROS[each] for each in _MACRO.findall(phrase)), ""]
    return "".join(re.escape(text) + macro for text, macro in zip(between, macros, strict=True))
