"""What is told of a look, without the secrets that a server may have thrown back."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

from aggregator.model import Failed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aggregator.model import Outcome

End = TypeVar("End", bound="Outcome")

_SHORTEST = 6
"""Characters of a value that can be told from ordinary words."""


def masked(outcome: End, secrets: Iterable[str]) -> End:
    """The outcome with ``***`` in its words and addresses for each of the secrets, whatever their case and spelling.

    A gateway that writes the token it was given into a redirect is enough to have it in every log.
    """
    values = {spelled for each in secrets if len(each) >= _SHORTEST for spelled in (each, quote(each, safe=""))}
    if not values:
        return outcome
    longest_first = "|".join(map(re.escape, sorted(values, key=len, reverse=True)))
    pattern = re.compile(longest_first, re.IGNORECASE)
    asked = tuple(
        each if each.host == outcome.asked[0].host else replace(each, host=pattern.sub("***", each.host))
        for each in outcome.asked  # the first is the one the configuration names
    )
    if isinstance(outcome, Failed):
        final_url = outcome.final_url and pattern.sub("***", outcome.final_url)
        return replace(outcome, detail=pattern.sub("***", outcome.detail), final_url=final_url, asked=asked)
    if not outcome.redirected:  # then it ended where the configuration says
        return outcome
    moved_to = outcome.moved_to and pattern.sub("***", outcome.moved_to)
    return replace(outcome, final_url=pattern.sub("***", outcome.final_url), moved_to=moved_to, asked=asked)
