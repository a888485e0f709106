"""Documents made to hang, swell or crash a parser: each ends in one code, within its limits."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from hostile_documents import HOSTILE

from aggregator.model import Document, Source
from aggregator.reading import Reading

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NOW = datetime(2026, 11, 23, tzinfo=UTC)
URL = "https://example.org/feed"
SOURCE = Source(id="hostile", url=URL)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def reading() -> AsyncIterator[Reading]:
    one = Reading(1)
    yield one
    await one.close()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", HOSTILE)
async def test_it_ends_in_a_code(name: str, reading: Reading) -> None:
    make, expected = HOSTILE[name]
    feed = await reading.parse((Document(body=make(), url=URL),), SOURCE, NOW)
    assert (feed.problem.code.value if feed.problem else "ok") in expected
