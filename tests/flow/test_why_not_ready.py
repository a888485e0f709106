"""Why /readyz says no: each reason by itself, and that it goes away."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from aggregator.config import load
from aggregator.errors import StoreError
from aggregator.model import Code, PollPlan
from aggregator.service import Service
from aggregator.wiring import open_app

SITE = "site: {title: T, url: 'http://127.0.0.1/'}\n"
CONFIG = SITE + "sources: [{id: a, url: 'https://a.example/feed', enabled: false}]\n"


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG, encoding="utf-8")
    app = await open_app(load(path, os.environ))
    yield Service(app, lambda: load(path, os.environ))
    await app.close()


def polled(service: Service) -> None:
    """A poll was recorded."""
    state = service._app.store.polls.state("a")
    assert state is not None
    service._tell(PollPlan(source="a", state=replace(state, code=Code.OK)), 0.1)


async def test_a_service_whose_beats_turn_is_ready(service: Service) -> None:
    assert service._unready() is None


async def test_one_that_stops_is_not(service: Service) -> None:
    service._ask_to_stop()
    assert service._unready() == "the service is stopping"


async def test_one_that_cannot_write_is_not_until_a_poll_is_recorded_again(service: Service) -> None:
    service._polls.failure = StoreError("the disk is full; make room")
    assert service._unready() == "a poll could not be recorded: the disk is full; make room"
    assert service._problems() == ["a poll could not be recorded: the disk is full; make room"]
    polled(service)
    assert (service._unready(), service._problems()) == (None, [])


async def test_one_whose_beat_stands_still_is_not_until_it_turns(service: Service) -> None:
    service._pulse._turned["poll"] -= 31
    assert "polled for 31 s" in str(service._unready())
    await service._poll_beat()
    assert service._unready() is None


async def test_one_whose_publish_hangs_is_not_until_it_has_ended(service: Service) -> None:
    service._pulse._turned["publish"] -= 301
    assert "publish has been under way for 301 s" in str(service._unready())
    await service._publish_beat()
    assert service._unready() is None


async def test_what_is_published_and_what_fails_is_counted(service: Service, tmp_path: Path) -> None:
    figures = service._app.figures
    await service._publish_if_due()
    assert (figures.publishes, sum(figures.publish.counts)) == ({"ok": 1}, 1)
    assert figures.written > 5
    assert {"choose", "render", "write"} <= figures.steps.keys()
    polled(service)
    assert figures.polls == {"ok": 1}
