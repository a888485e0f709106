"""What became of an article, and which step decided it. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from aggregator.model import ABSENT, ABSORBED, DENIED, DROPPED, EARLIER, FLOOD, OPERATOR
from aggregator.operate.facts import TAKEN_BACK
from aggregator.operate.shapes import rfc3339
from aggregator.operate.steps import in_output

if TYPE_CHECKING:
    from collections.abc import Callable

    from aggregator.model import Article
    from aggregator.operate.facts import Facts

    Verdict = tuple["Fate", str] | None


class Fate(StrEnum):
    """What became of it."""

    SHOWN = "shown"
    UNPUBLISHED = "not published yet"
    RETRACTED = "retracted"
    WITHDRAWN = "withdrawn"
    HIDDEN = "hidden"
    REMOVED = "source removed"
    DENIED = "not to be published again"
    DROPPED = "dropped by a rule"
    NOT_KEPT = "not kept by a rule"
    FOLDED = "folded"
    HELD = "held"
    NEVER_SHOWN = "taken in silently"
    EARLIER = "there before the source was added"
    DUPLICATE = "duplicate"
    NOT_YET = "not yet"
    PRUNED = "pruned"
    NOT_TAKEN = "taken by no output"
    COVERED = "told in a story"
    EXPIRED = "left the window"
    UNKNOWN = "unknown"


def _is_shown(facts: Facts, article: Article) -> Verdict:
    shown = [each.id for each in facts.outputs if each.place is not None]
    if not shown:
        return None
    if facts.pending and (facts.published_at is None or facts.published_at < article.first_seen):
        return Fate.UNPUBLISHED, f"the next publish has it in {', '.join(shown)}"
    since = max(each for each in (article.first_seen, article.not_before) if each is not None)
    return Fate.SHOWN, f"in {', '.join(shown)}, since {rfc3339(since)}"


def _is_retracted(_facts: Facts, article: Article) -> Verdict:
    if article.deleted_by != OPERATOR:
        return None
    return Fate.RETRACTED, f"{_taken(article)}; 'aggregator retract --undo' shows it again"


def _is_withdrawn(_facts: Facts, article: Article) -> Verdict:
    return None if article.deleted_at is None else (Fate.WITHDRAWN, _taken(article))


def _taken(article: Article) -> str:
    return f"{TAKEN_BACK[article.deleted_by or ABSENT]}, {rfc3339(article.deleted_at)}"


def _is_hidden(_facts: Facts, article: Article) -> Verdict:
    if article.hidden_at is None:
        return None
    return Fate.HIDDEN, f"by the operator, {rfc3339(article.hidden_at)}; 'aggregator hide --undo' shows it again"


def _is_removed(facts: Facts, article: Article) -> Verdict:
    if facts.removed_at is None or facts.on_remove == "keep":
        return None
    text = f"{article.source} is not configured since {rfc3339(facts.removed_at)}, and its on_remove is"
    return Fate.REMOVED, f"{text} {facts.on_remove}"


def _is_left_out(_facts: Facts, article: Article) -> Verdict:
    if article.left_out is None:
        return None
    if article.left_out == DENIED:
        return Fate.DENIED, article.left_out
    return Fate.NOT_KEPT if article.left_out.startswith("keep") else Fate.DROPPED, article.left_out


def _is_held(facts: Facts, article: Article) -> Verdict:
    match article.held:
        case None:
            return None
        case "folded":
            told = f'"{facts.told_in}" lists it' if facts.told_in is not None else "the entry of that day lists it"
            return Fate.FOLDED, f"{article.source} had said enough on {article.sort_at.date().isoformat()}; {told}"
        case _ if article.held == EARLIER:
            return Fate.EARLIER, f"it is {EARLIER}, and not among the newest that were taken ('first')"
        case _ if article.held == ABSORBED:
            return Fate.NEVER_SHOWN, "released silently by the operator: known, and never to be shown"
        case _ if article.held == DROPPED:
            return Fate.NEVER_SHOWN, "refused by the operator: never to be shown"
    why = article.held.removeprefix(FLOOD) if article.held.startswith(FLOOD) else article.held
    return Fate.HELD, f"{why}; 'aggregator release {article.source}' lets it go"


def _is_duplicate(facts: Facts, article: Article) -> Verdict:
    if article.duplicate_of is None or facts.visible:
        return None
    original = facts.original
    if original is None:
        return Fate.DUPLICATE, f"of the article {article.duplicate_of}"
    return (
        Fate.DUPLICATE,
        f"of \"{original.title}\" of {original.source}; 'aggregator explain {original.id}' tells of it",
    )


def _is_not_yet(facts: Facts, article: Article) -> Verdict:
    if article.not_before is None or article.not_before <= facts.now:
        return None
    return Fate.NOT_YET, f"it is shown from {rfc3339(article.not_before)} on"


def _is_pruned(facts: Facts, _article: Article) -> Verdict:
    if facts.pruned_at is None:
        return None
    return Fate.PRUNED, f"its text is not kept since {rfc3339(facts.pruned_at)}; see 'retention' in the configuration"


def _is_not_taken(facts: Facts, _article: Article) -> Verdict:
    if any(each.taken for each in facts.outputs):
        return None
    return Fate.NOT_TAKEN, "the query of no output is true of it"


def _is_covered(facts: Facts, article: Article) -> Verdict:
    full = any(each.taken and each.entries >= each.limit for each in facts.outputs)
    members = facts.story.members if facts.story is not None else ()
    first = next((each.article for each in members if each.shown and each.article.key != article.key), None)
    if first is None or full:
        return None
    return Fate.COVERED, f'"{first.title}" of {first.source} stands for its story'


DECIDING: tuple[Callable[[Facts, Article], Verdict], ...] = (
    _is_shown,
    _is_retracted,
    _is_withdrawn,
    _is_hidden,
    _is_removed,
    _is_left_out,
    _is_held,
    _is_duplicate,
    _is_not_yet,
    _is_pruned,
    _is_not_taken,
    _is_covered,
)
"""The first that has something to say decides: what a person did, then what a rule did, then what a poll did."""


def left_the_window(facts: Facts, article: Article) -> tuple[Fate, str]:
    """Of one that nothing else keeps out."""
    taken = [f"{each.id}: {in_output(each, visible=True).removeprefix('no: ')}" for each in facts.outputs if each.taken]
    return Fate.EXPIRED, f"it stands at {rfc3339(article.sort_at)}; {'; '.join(taken)}"
