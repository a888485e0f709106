"""What a service does again and again: where the store fails, that is told and it is done again the next time."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from aggregator.beats import Beat, beats
from aggregator.config import load
from aggregator.errors import StoreError
from aggregator.pipeline import publish
from aggregator.wiring import open_app

CONFIG = """
site: {title: T, url: 'http://127.0.0.1/'}
sources: [{id: a, url: 'https://a.example/feed', enabled: false}]
retention: {content: 30d}
"""


async def test_each_beat_of_the_table_can_be_done(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG, encoding="utf-8")
    app = await open_app(load(tmp_path / "config.yaml", os.environ))
    try:
        await publish(app)  # texts go when every output was asked about all that is stored
        table = beats(app, lambda: False)
        with capture_logs() as told:
            for beat in table:
                await beat.turn()
        assert [each for each in told if each["log_level"] == "error"] == []
        assert {beat.what for beat in table} == {"prune", "ask for pages", "ask for the text of pages"}
        assert app.store.setting("last pruned") is not None
    finally:
        await app.close()


async def test_a_beat_whose_store_fails_says_what_and_when_it_is_tried_again_and_turns_again() -> None:
    done: list[str] = []

    async def do() -> None:
        done.append("begun")
        if len(done) == 1:
            raise StoreError("the disk is full")

    beat = Beat(seconds=10, do=do, what="sweep", advice="tried again soon")
    with capture_logs() as told:
        await beat.turn()
        await beat.turn()
    assert done == ["begun", "begun"]
    assert told == [
        {"event": "cannot sweep", "error": "the disk is full", "advice": "tried again soon", "log_level": "error"}
    ]


async def test_a_bug_in_a_beat_is_not_taken_for_a_store_that_fails() -> None:
    async def do() -> None:
        raise LookupError("a bug")

    with pytest.raises(LookupError):
        await Beat(seconds=1, do=do, what="sweep", advice="soon").turn()
