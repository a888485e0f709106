"""What is said of an article and an output whose entries are days or weeks."""

from __future__ import annotations

import pytest

from aggregator.operate import InOutput
from aggregator.operate.steps import in_output


@pytest.mark.parametrize(
    ("digest", "visible", "taken", "said"),
    [
        (("22 November 2026", True), True, True, "listed in the entry of 22 November 2026"),
        (("23 November 2026", False), True, True, "it will be listed in the entry of 23 November 2026"),
        (("22 November 2026", True), False, True, "no"),
        (None, True, False, "no: its query 'tag = \"x\"' is not true of it"),
    ],
)
def test_which_day_lists_it_or_why_none_does(
    digest: tuple[str, bool] | None, visible: bool, taken: bool, said: str
) -> None:
    output = InOutput(
        id="daily",
        place=None,
        taken=taken,
        query='tag = "x"',
        limit=90,
        per_source=None,
        entries=0,
        oldest=None,
        digest=digest,
    )
    assert in_output(output, visible=visible) == said
