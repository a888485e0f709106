"""Whether two articles tell of the same event: evidence for, evidence against, and what it adds up to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from math import exp
from typing import TYPE_CHECKING

from aggregator.stories.evidence import Evidence, evidence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aggregator.model import Signature

WINDOW = timedelta(hours=72)
"""Articles on one event are rarely further apart; the same words later are the next event."""


@dataclass(frozen=True, slots=True)
class Match:
    """Two articles that tell the same. ``score`` is between 0 and 1."""

    score: float
    why: str
    """The evidence, in words."""


def match(a: Signature, b: Signature, common: Mapping[str, float] | None = None) -> Match | None:
    """Whether the two tell of the same event; ``None`` where they do not, or are too far apart in time.

    ``common`` is how common a term is just now, 0 to 1; what it does not name is rare.
    """
    if abs(a.at - b.at) > WINDOW or not _have_something(a, b):
        return None
    found = evidence(a, b, common)
    score = likeness(found)
    return Match(score, _in_words(found)) if score >= THRESHOLD else None


def _have_something(a: Signature, b: Signature) -> bool:
    """Whether it is worth weighing: two terms, a page, a picture or some text in common. Most candidates have not."""
    shared = {*a.title, *a.lead}.intersection((*b.title, *b.lead))
    return len(shared) > 1 or not set(a.references).isdisjoint(b.references) or not set(a.sketch).isdisjoint(b.sketch)


def likeness(found: Evidence) -> float:
    """What the evidence adds up to, 0 to 1. The weights are of a logistic regression over the half of
    ``tests/stories/pairs.jsonl`` that is there to learn from, rounded; see docs/decisions/0009-stories.md."""
    weights = _ACROSS if found.across else _WITHIN
    if not found.mass:
        return 0.0
    total = (
        weights.base
        + weights.less * found.less
        + weights.more * found.more
        + weights.firm * found.firm
        + weights.mass * found.mass
        + weights.body * found.body
        + weights.detail * found.detail
        - weights.swapped * found.swapped
        - weights.clash * found.clash
        - weights.stray * min(3, found.stray)
        - weights.apart * bool(found.apart)
        - weights.subjects * found.subjects
        - weights.rivals * found.rivals
        + _TEXT * max(0.0, found.text - 0.2)
        + _PAGE * bool(found.pages)
        + _MEDIA * bool(found.media)
        + _HEADLINE * found.headline
    )
    return 1 / (1 + exp(-total))


@dataclass(frozen=True, slots=True)
class _Weights:
    base: float
    less: float
    more: float
    firm: float
    mass: float
    body: float
    detail: float
    swapped: float
    clash: float
    stray: float
    apart: float
    subjects: float
    rivals: float


THRESHOLD = 0.8
_WITHIN = _Weights(
    base=-6.1, less=0.1, more=2.2, firm=2.4, mass=3.7, body=1.9, detail=0.9,
    swapped=3.2, clash=0.5, stray=0.5, apart=4.0, subjects=0.0, rivals=2.5,
)  # fmt: skip
_ACROSS = _Weights(
    base=-2.3, less=2.2, more=1.6, firm=2.2, mass=0.0, body=2.4, detail=3.2,
    swapped=0.0, clash=2.4, stray=0.3, apart=4.5, subjects=2.0, rivals=1.9,
)  # fmt: skip
_TEXT, _PAGE, _MEDIA, _HEADLINE = 8.0, 1.5, 2.5, 2.0
"""What the same words, a page both point to, a media file or picture both have, and the same headline add: too rare
among the pairs to be learnt."""


def _in_words(found: Evidence) -> str:
    parts = []
    if found.shared:
        parts.append("both have " + ", ".join(found.shared[:6]))
    if found.text >= 0.3:
        parts.append(f"{round(100 * found.text)} % of the text is the same")
    if found.pages:
        parts.append(f"both point to {found.pages[0].partition(' ')[2]}")
    if found.media:
        parts.append(f"both have the {found.media[0]}")
    return "; ".join(parts)
