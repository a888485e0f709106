"""What is wrong with one source, before it is written into a configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aggregator.config import explain
from aggregator.config.across import clashes
from aggregator.config.schema import SourceShape, Surroundings, ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


def wrong_keys(
    source: Mapping[str, Any], base: Path, check_rule: Callable[[str], object] | None = None
) -> dict[str, str]:
    """Its keys that cannot be so, each with the reason; ``""`` is the source as a whole. ``base`` is the folder of the
    configuration; variables are taken for texts."""
    wrong: dict[str, str] = {}
    try:
        SourceShape.model_validate(dict(source), context=Surroundings(base, check_rule))
    except ValidationError as error:
        for each in error.errors(include_url=False):
            key = next((part for part in each["loc"] if isinstance(part, str)), "")
            wrong.setdefault(key, explain.explain({**each, "loc": ("sources", 0, *each["loc"])}))
    for clash in clashes({"sources": [dict(source)]}, base):
        wrong.setdefault(str(clash.location[2]) if len(clash.location) > 2 else "", clash.text)
    return wrong
