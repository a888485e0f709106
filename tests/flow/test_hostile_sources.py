"""Sources that send what hangs, swells or crashes a parser, beside one that is well: real sockets, real processes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from feedserver import rss
from hostile_documents import ENDLESS, HOSTILE

from aggregator.articles import compile_rule
from aggregator.config import load
from aggregator.model import Code
from aggregator.pipeline import publish_if_due
from aggregator.polls import Polls
from aggregator.wiring import open_app

if TYPE_CHECKING:
    from collections.abc import Collection

    from aggregator.model import PollPlan


async def test_a_healthy_source_is_published_while_hostile_ones_are_read_and_each_of_those_ends_in_its_code(
    place, server
) -> None:
    documents = {name: make() for name, (make, _) in HOSTILE.items()} | {name: make() for name, make in ENDLESS.items()}
    server.documents = {f"/{name}": body for name, body in documents.items()} | {"/well": rss("Well", [("w", "One")])}
    place.configure(
        *(f"{{id: {name}, url: '{server.url}/{name}'}}" for name in (*documents, "well")),
        polling="{per_host: 16}",
    )
    app = await open_app(load(place.folder / "config.yaml", {}, check_rule=compile_rule))
    codes: dict[str, Code | None] = {}

    def report(decided: PollPlan, _seconds: float) -> None:
        codes[decided.source] = decided.state.code

    polls = Polls(app, report)

    async def finish(names: Collection[str]) -> None:
        left = set(names)
        while not codes.keys() >= set(names):
            left.difference_update(await polls.start(only=left))
            assert len(polls), "a poll ended without a report"
            await polls.wait()

    try:
        await polls.start(only=ENDLESS)
        while len(server.requests) < len(ENDLESS):  # noqa: ASYNC110 - the server is another thread
            await asyncio.sleep(0.01)
        await finish(["well"])
        await publish_if_due(app)
        assert place.titles() == ["One"]
        assert codes == {"well": Code.OK}  # those two go on for seconds

        await finish(HOSTILE)
        await finish(ENDLESS)
        await publish_if_due(app)
    finally:
        await app.close()
    assert {name: codes[name] for name in ENDLESS} == dict.fromkeys(ENDLESS, Code.PARSE_TIMEOUT)
    assert {name: codes[name] for name, (_, expected) in HOSTILE.items() if codes[name] not in expected} == {}
    assert "One" in place.titles()
