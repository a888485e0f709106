"""The whole story of an article, or of one that is not there, ending with the step that decided. Pure.

``facts.py`` has what :mod:`aggregator.explaining` gathers, ``steps.py`` tells what each step did with it, ``fates.py``
which of them decided.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aggregator.operate.fates import DECIDING, Fate, left_the_window
from aggregator.operate.health import state_of
from aggregator.operate.shapes import rfc3339
from aggregator.operate.steps import OF_A_DAY, STEPS, in_output

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aggregator.operate.facts import Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The story: each step with what it did, and what became of the article."""

    facts: Facts
    steps: tuple[tuple[str, str], ...]
    fate: Fate
    because: str

    @property
    def shown(self) -> bool:
        """Whether subscribers see it."""
        return self.fate is Fate.SHOWN

    def as_json(self) -> dict[str, Any]:
        """For machines: absent facts are null."""
        article = self.facts.article
        return {
            "asked": self.facts.asked,
            "fate": str(self.fate),
            "because": self.because,
            "shown": self.shown,
            "id": article.id if article is not None else None,
            "key": article.key if article is not None else None,
            "source": article.source if article is not None else None,
            "url": article.url if article is not None else None,
            "title": (article.title or None) if article is not None else None,
            "steps": [{"step": name, "text": text} for name, text in self.steps],
            "outputs": [
                {
                    "id": each.id,
                    "shown": each.place is not None,
                    "place": each.place,
                    "text": in_output(each, visible=self.facts.visible),
                }
                for each in self.facts.outputs
            ],
        }


def explain(facts: Facts) -> Explanation:
    """The story that these facts tell."""
    article = facts.article
    if article is None:
        near = tuple(("source", text) for text in _near(facts))
        return Explanation(facts=facts, steps=near, fate=Fate.UNKNOWN, because=_unknown(facts))
    steps = OF_A_DAY if facts.lists else STEPS
    told = tuple((name, text) for name, tell in steps for text in tell(facts, article))
    decided = (decide(facts, article) for decide in DECIDING)
    fate, because = next((each for each in decided if each is not None), left_the_window(facts, article))
    return Explanation(facts=facts, steps=told, fate=fate, because=because)


# ---- what is not known


def _near(facts: Facts) -> Iterator[str]:
    for source, state in facts.near:
        word = state_of(source, state)
        since = f" since {rfc3339(state.since)}" if state is not None and state.since is not None else ""
        said = f": {state.detail}" if state is not None and state.detail else ""
        yield f"{source.id} at {source.location} is {word}{since}{said}"
        if state is not None and state.last_success is not None:
            yield f"its last document, of {rfc3339(state.last_success)}, had {len(state.upstream)} entries without it"
        for each in state.warnings if state is not None else ():
            yield f"{source.id}: {each}"


def _unknown(facts: Facts) -> str:
    """Rules, floods and limits keep what they leave out, and would be named; so it was never read."""
    if facts.host is None:
        return "no article has this id or key; its address may be known"
    if not facts.near:
        return f"no article has this address, and no source is at {facts.host}"
    names = ", ".join(source.id for source, _ in facts.near)
    if all(state is None or state.last_success is None for _, state in facts.near):
        return f"nothing of {names} could be read so far; 'aggregator status {facts.near[0][0].id}' tells why"
    return (
        f"it was in no document of {names} that was read: it had left the feed before, or is not in it yet, or comes "
        "under another address; what a rule, a flood or a limit keeps out would be known"
    )
