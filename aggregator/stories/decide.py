"""Which story an article is in, among the few articles that share a key with it; and what else is like it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.model import Placed
from aggregator.stories.evidence import evidence
from aggregator.stories.match import likeness, match

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from aggregator.model import Candidate, Signature

CONTRADICTED = 0.1
"""A likeness below this to one article of a story keeps another out of it: stories do not drift."""
ALIKE = 0.15
"""The least likeness of what is offered as related."""


def decide(
    own: Signature,
    candidates: Sequence[Candidate],
    publishers: Mapping[str, Collection[str]],
    common: Mapping[str, float] | None = None,
) -> Placed:
    """The stories and articles that tell the same as the article signed ``own``, best first.

    ``publishers`` are those of each story among the candidates. A story has one article of each publisher: who writes
    a second one writes of something else, or goes on. So two stories are one only where they share no publisher.
    """
    found = [
        (same, each)
        for each in candidates
        if each.signature.publisher != own.publisher and (same := match(own, each.signature, common)) is not None
    ]
    found.sort(key=lambda pair: (-pair[0].score, pair[1].key))
    said_by = {own.publisher}
    stories: list[str] = []
    others: list[str] = []
    why: str | None = None
    for same, each in found:
        new = {each.signature.publisher} if each.story is None else set(publishers[each.story])
        if each.story in stories or new & said_by or (each.story and _contradicted(own, each.story, candidates)):
            continue
        said_by |= new
        why = why or same.why
        if each.story is None:
            others.append(each.key)
        else:
            stories.append(each.story)
    return Placed(stories=tuple(stories), others=tuple(others), why=why)


def _contradicted(own: Signature, story: str, candidates: Sequence[Candidate]) -> bool:
    return any(likeness(evidence(own, each.signature)) < CONTRADICTED for each in candidates if each.story == story)


def related(
    own: Signature, candidates: Sequence[Candidate], limit: int = 5, common: Mapping[str, float] | None = None
) -> tuple[str, ...]:
    """Keys of the articles most like the one signed ``own``, best first, whenever they are from."""
    ranked = sorted(((likeness(evidence(own, each.signature, common)), each.key) for each in candidates), reverse=True)
    return tuple(key for score, key in ranked[:limit] if score >= ALIKE)
