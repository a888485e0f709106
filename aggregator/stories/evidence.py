"""What two articles have in common, and what sets them apart."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from math import exp
from typing import TYPE_CHECKING

from aggregator.stories.terms import is_east

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aggregator.model import Signature


@dataclass(frozen=True, slots=True)
class Evidence:
    """What two signatures have in common and what not; shares are of the weights of terms, 0 to 1."""

    across: bool
    """Whether they are in different languages: then only what is written alike in both counts."""
    less: float
    """Share of a title's terms that the other article has too: of the title with the smaller share."""
    more: float
    """And of the other title."""
    firm: float
    """Share of the names, places and numbers that both have."""
    mass: float
    """How much there is in both, whatever the share; across languages only of these."""
    body: float
    """Share of all terms that both have, common words too: of the article with fewer terms."""
    detail: float
    """How much both have that stands in neither title: four terms are all one can ask for."""
    headline: bool
    """Whether the titles are all but the same, and long enough to be no name of a column."""
    swapped: bool
    """Whether the titles are one but for words that only one of the articles has: one pattern, two events."""
    clash: bool
    """Whether both titles name kinds of events, and the other article none of them."""
    stray: int
    """How many kinds of event and large numbers stand in one title and nowhere in the other article."""
    subjects: float
    """Share of the names and places in the titles that the other article has not: the smaller one."""
    rivals: float
    """The same share of what is capitalised."""
    apart: tuple[str, ...]
    """Numbers in the same place that are not the same: iOS 26.1 and 26.2."""
    text: float
    """How alike the texts are, word by word."""
    pages: tuple[str, ...]
    media: tuple[str, ...]
    shared: tuple[str, ...]
    """The words of the first title that are in the other article."""


def evidence(a: Signature, b: Signature, common: Mapping[str, float] | None = None) -> Evidence:
    """What speaks for the two being on the same event. ``common`` is how common a term is just now, 0 to 1."""
    across = a.language != b.language and a.language is not None and b.language is not None
    names = {*a.names, *b.names}
    usual = common or {}

    def weight(terms: Iterable[str]) -> float:
        return sum(_weight(term, names) * (1 - 0.7 * usual.get(term, 0.0)) for term in terms)

    all_a, all_b = {*a.title, *a.lead}, {*b.title, *b.lead}
    title_a = _comparable(a, b, all_b) if across else set(a.title)
    title_b = _comparable(b, a, all_a) if across else set(b.title)
    shares = (
        _share(weight(title_a & all_b), weight(title_a) + _LITTLE),
        _share(weight(title_b & all_a), weight(title_b) + _LITTLE),
    )
    both = all_a & all_b
    firm_a, firm_b = _firm(all_a, names), _firm(all_b, names)
    firm = {each for each in both if each[0] != "="} if across else firm_a & firm_b
    order, swapped = (0.0, False) if across else _order(a.title, b.title, all_a, all_b)
    events_a, events_b = _events(title_a), _events(title_b)
    same = (events_a & all_b) | (events_b & all_a)
    return Evidence(
        across=across,
        less=min(shares),
        more=max(shares),
        firm=_share(weight(firm), min(weight(firm_a | firm), weight(firm_b | firm))),
        mass=1 - exp(-weight(firm if across else both) / 6),
        body=_share(weight(both), min(weight(all_a), weight(all_b))),
        detail=min(4, len(set(a.lead).intersection(b.lead))) / 4,
        headline=order >= _SAME and not swapped and min(len(a.title), len(b.title)) >= _LONG,
        swapped=swapped,
        clash=bool(events_a and events_b and not same),
        stray=len((events_a - all_b) | (events_b - all_a)) + _unlike(a, all_b) + _unlike(b, all_a),
        subjects=_subjects(title_a, title_b, all_a, all_b, names),
        rivals=_subjects(title_a, title_b, all_a, all_b, {*names, *a.capitals, *b.capitals}),
        apart=tuple(_apart(a, b, all_a, all_b)),
        text=_resemblance(a.sketch, b.sketch),
        pages=tuple(each for each in a.references if each in b.references and each.startswith("page ")),
        media=tuple(each for each in a.references if each in b.references and not each.startswith("page ")),
        shared=tuple(word for term, word in zip(a.title, a.words, strict=True) if term in all_b),
    )


_LITTLE = 1.0
"""Added to the weight of a title, so that one of two words ("Hello World") says less when both are found elsewhere."""


def _comparable(of: Signature, other: Signature, its: set[str]) -> set[str]:
    """The terms of a title that another language could write alike: no common words."""
    east = of.language in _EAST and other.language in _EAST
    may = {*of.names, *of.capitals}
    return {
        each
        for each in of.title
        if each in its or each[0] in "@=" or each[0].isdigit() or each in may or (east and is_east(each))
    }


_EAST = ("ja", "zh")


def _events(title: set[str]) -> set[str]:
    return {each for each in title if each[0] == "="}


def _firm(terms: set[str], names: set[str]) -> set[str]:
    return {each for each in terms if each[0] == "@" or each[0].isdigit() or each in names or is_east(each)}


def _weight(term: str, names: set[str]) -> float:
    first = term[0]
    if first.isdigit():
        if len(term) == 4 and term[:2] in ("19", "20"):
            return 0.3
        return 0.6 if len(term) < 3 else 1.5
    if term in names:
        return 2.0
    if first == "@":
        return 1.2
    if first == "=":
        return 0.9
    if is_east(term):
        return 1.5 if len(term) > 2 else 0.6
    return 1.0 if len(term) > 3 else 0.6


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _resemblance(a: tuple[int, ...], b: tuple[int, ...]) -> float:
    """Estimate of the share of shingles that both texts have."""
    if not a or not b:
        return 0.0
    size = min(len(a), len(b))
    least = sorted({*a, *b})[:size]
    return sum(each in a and each in b for each in least) / size


def _apart(a: Signature, b: Signature, all_a: set[str], all_b: set[str]) -> Iterable[str]:
    """Numbers behind the same word (iOS 26.1 and iOS 26.2, Day 3 and Day 4), and results of games."""
    slots_a, slots_b = _slots(a, b.title, all_b), _slots(b, a.title, all_a)
    for slot, number in slots_a.items():
        other = slots_b.get(slot)
        if other is not None:
            yield f"{number} and {other}"
    early_a, early_b = _early(a.title), _early(b.title)
    if early_a != early_b:
        yield f"{' '.join(early_a) or 'a release'} and {' '.join(early_b) or 'a release'}"
    amounts_a, amounts_b = _amounts(a.title), _amounts(b.title)
    if _unlike(a, all_b) and _unlike(b, all_a) and len(amounts_a) == len(amounts_b) == 1:
        yield f"{amounts_a[0]:.0f} and {amounts_b[0]:.0f}"


def _early(title: tuple[str, ...]) -> list[str]:
    """Versions that are none yet: 6.18-rc7."""
    return [each for each in title if each[0].isdigit() and ("rc" in each or "alpha" in each or "beta" in each)]


def _amounts(terms: Iterable[str]) -> list[float]:
    """Large numbers that are no years."""
    found = [float(each) for each in terms if each.isdigit() and len(each) > 3]
    return [each for each in found if not 1900 <= each < 2100]


def _unlike(of: Signature, elsewhere: set[str]) -> int:
    """How many large numbers of a title the other article has not, not even about: 2.95 and 3 billion are one."""
    others = _amounts(elsewhere)
    return sum(all(abs(each - other) > 0.1 * max(each, other) for other in others) for each in _amounts(of.title))


def _slots(of: Signature, other_title: tuple[str, ...], elsewhere: set[str]) -> dict[str, str]:
    """The numbers of a title that the other article has not, by what stands before them.

    Of a version it does not count that the other one speaks of it: what is new in 5.2 is told against 5.1.
    """
    found: dict[str, str] = {}
    for before, term in zip(("", *of.title), of.title, strict=False):
        if not term[0].isdigit() or term in (other_title if "." in term else elsewhere):
            continue
        if "-" in term:
            found.setdefault("score", term)
        elif term.endswith("th"):
            found.setdefault("ordinal", term)
        elif before and not before[0].isdigit():
            found[before] = term
        if "." in term and term not in elsewhere:
            found.setdefault("version", term)
    return found


def _order(title_a: tuple[str, ...], title_b: tuple[str, ...], all_a: set[str], all_b: set[str]) -> tuple[float, bool]:
    """How alike two titles are in their words and their order, and whether they are of one pattern in which one has a
    word where the other has another that it has nowhere: Melbourne Cup, Caulfield Cup."""
    pattern = SequenceMatcher(None, title_a, title_b, autojunk=False)
    alike = pattern.ratio()
    swapped = alike >= _PATTERN and any(
        kind == "replace" and not all_b.intersection(title_a[i:j]) and not all_a.intersection(title_b[k:m])
        for kind, i, j, k, m in pattern.get_opcodes()
    )
    return alike, swapped


_SAME, _LONG = 0.85, 5
_PATTERN = 0.5
"""Titles that are alike to this degree, in this order, are of one pattern."""


def _subjects(title_a: set[str], title_b: set[str], all_a: set[str], all_b: set[str], names: set[str]) -> float:
    """How much the titles are on other names and places: the smaller of the two shares."""
    of_a = {each for each in title_a if each[0] == "@" or each in names}
    of_b = {each for each in title_b if each[0] == "@" or each in names}
    if not of_a or not of_b:
        return 0.0
    return min(len(of_a - all_b) / len(of_a), len(of_b - all_a) / len(of_b))
