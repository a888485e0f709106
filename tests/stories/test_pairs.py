"""How well stories are told: pairs of articles labelled by hand, half of them kept apart from what was learnt from."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from aggregator.stories import match, signature

if TYPE_CHECKING:
    from collections.abc import Callable

    from aggregator.model import Article

PAIRS: list[dict[str, Any]] = [
    json.loads(line) for line in Path(__file__).with_name("pairs.jsonl").read_text(encoding="utf-8").splitlines()
]
HALVES = ("tune", "held")


def found(pair: dict[str, Any], article: Callable[..., Article]) -> bool:
    a, b = (signature(article(**pair[side], source=side)) for side in "ab")
    assert (match(a, b) is None) == (match(b, a) is None), "it matters which of the two comes first"
    return match(a, b) is not None


def precision_and_recall(half: str, article: Callable[..., Article]) -> tuple[float, float]:
    counts = Counter((pair["same"], found(pair, article)) for pair in PAIRS if pair["half"] == half)
    right, wrong, missed = counts[True, True], counts[False, True], counts[True, False]
    return right / (right + wrong), right / (right + missed)


def test_there_are_pairs_of_every_kind_in_both_halves() -> None:
    for half in HALVES:
        kinds = Counter(pair["kind"] for pair in PAIRS if pair["half"] == half)
        assert set(kinds) == {"rewritten", "translated", "other event"}
        assert kinds["other event"] > kinds["rewritten"] + kinds["translated"]
        languages = {pair[side]["language"] for pair in PAIRS if pair["half"] == half for side in "ab"}
        assert languages >= {"en", "de", "fr", "es", "ja", "zh"}
    assert not {p["family"] for p in PAIRS if p["half"] == "tune"} & {p["family"] for p in PAIRS if p["half"] == "held"}


@pytest.mark.parametrize("half", HALVES)
def test_nineteen_of_twenty_are_right_and_four_of_five_are_found(half: str, article: Callable[..., Article]) -> None:
    precision, recall = precision_and_recall(half, article)
    assert precision >= 0.95
    assert recall >= 0.8
