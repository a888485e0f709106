"""What subscribers see of what sources do, told in sentences: see ``scenarios/*.txt`` and tests/support/scenario.py."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from feedserver import FeedServer
from scenario import Scenario, World, read_scenarios

if TYPE_CHECKING:
    from collections.abc import Iterator

SCENARIOS = [
    pytest.param(each, id=f"{path.stem}: {each.name}")
    for path in sorted((Path(__file__).parent / "scenarios").glob("*.txt"))
    for each in read_scenarios(path)
]


@pytest.fixture(scope="module")
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


@pytest.mark.parametrize("scenario", SCENARIOS)
async def test_scenario(scenario: Scenario, tmp_path: Path, server: FeedServer, request: pytest.FixtureRequest) -> None:
    prefix = str(abs(hash(request.node.name)))
    await World(tmp_path, server, prefix).play(scenario.lines)
