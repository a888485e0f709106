"""What is wrong with one source, before it is written into a configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aggregator.config import explain
from aggregator.config.across import clashes
from aggregator.config.environment import substitute
from aggregator.config.schema import SourceShape, Surroundings, ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


def substituted(value: Any, environ: Mapping[str, str]) -> Any:
    """A plain value with its variables replaced. Raises ValueError for one that is not set."""
    if isinstance(value, dict):
        return {key: substituted(each, environ) for key, each in value.items()}
    if isinstance(value, list):
        return [substituted(each, environ) for each in value]
    return substitute(value, environ)[0] if isinstance(value, str) else value


def wrong_keys(
    source: Mapping[str, Any], base: Path, environ: Mapping[str, str], check_rule: Callable[[str], object] | None = None
) -> dict[str, str]:
    """The keys of a source, as it is written, that cannot be so, each with the reason; ``""`` is the source as a whole.
    ``base`` is the folder of the configuration."""
    wrong: dict[str, str] = {}
    given: dict[str, Any] = {}
    for key, value in source.items():
        try:
            given[key] = substituted(value, environ)
        except ValueError as error:
            wrong[key] = str(error)
    source = given
    try:
        SourceShape.model_validate(dict(source), context=Surroundings(base, check_rule))
    except ValidationError as error:
        for each in error.errors(include_url=False):
            key = next((part for part in each["loc"] if isinstance(part, str)), "")
            wrong.setdefault(key, explain.explain({**each, "loc": ("sources", 0, *each["loc"])}))
    for clash in clashes({"sources": [dict(source)]}, base):
        wrong.setdefault(str(clash.location[2]) if len(clash.location) > 2 else "", clash.text)
    return wrong
