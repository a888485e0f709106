"""What is looked at when somebody asks: with a real store, how often, and for whose eyes."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from emptystore import empty_store
from starlette.applications import Starlette

from aggregator.config import load
from aggregator.errors import StoreError
from aggregator.instruments import Instruments
from aggregator.model import Asked, Code, PollPlan
from aggregator.polls import Polls
from aggregator.serve import Subscribers
from aggregator.serve.guard import Guard
from aggregator.serve.metrics import metrics
from aggregator.websub import Limit
from aggregator.wiring import App, open_app

CONFIG = """
site: {title: T, url: "http://127.0.0.1/"}
server: {metrics: %s}
sources:
  - {id: a, url: "https://a.example/feed"}
  - {id: b, url: "https://b.example/feed", enabled: false}
"""


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    empty_store(tmp_path)
    (tmp_path / "config.yaml").write_text(CONFIG % "sources", encoding="utf-8")
    opened = await open_app(load(tmp_path / "config.yaml", os.environ))
    yield opened
    await opened.close()


def instruments(app: App, *, trusted: bool = False) -> Instruments:
    subscribers = Subscribers(datetime.now(UTC))
    return Instruments(app, Polls(app), subscribers, problems=list, trusted=lambda: trusted)


def poll(app: App, source: str = "a", code: Code = Code.TIMEOUT, failures: int = 1) -> PollPlan:
    """Records a poll as the pipeline does."""
    now = app.now()
    (claim,) = app.store.queue.claim(now + timedelta(days=1), 1, timedelta(minutes=1), only=[source], force=True)
    state = replace(claim.state, code=code, failures=failures, last_poll=now, next_poll_at=now + timedelta(hours=1))
    asked = Asked(host="a.example:443", at=now, took=timedelta(0), conditional=False, status=None)
    decided = PollPlan(source=source, state=state, asked=(asked,))
    app.store.polls.record(decided, claim, now)
    return decided


async def test_the_states_of_the_sources_are_those_of_the_board(app: App) -> None:
    poll(app)
    looked = await instruments(app).look()
    assert {name: n for name, n in looked.states.items() if n} == {"failing": 1, "disabled": 1}
    assert (looked.hosts, looked.store_kind, looked.store_bytes > 0) == (1, "sqlite", True)


async def test_between_two_looks_nothing_is_read_and_then_polls_have_told_how_their_sources_are(app: App) -> None:
    of = instruments(app)
    first = await of.look()
    assert first.states["new"] == 1
    of.polled(poll(app))
    assert await of.look() is first
    of._at -= 15
    assert (await of.look()).states["failing"] == 1


async def test_another_configuration_is_seen_at_once(app: App, tmp_path: Path) -> None:
    of = instruments(app)
    assert len((await of.look()).sources) == 2
    (tmp_path / "config.yaml").write_text(CONFIG % "totals", encoding="utf-8")
    await app.use(load(tmp_path / "config.yaml", os.environ))
    assert (await of.look()).sources == ()


async def test_each_source_has_its_figures_where_that_is_asked_for(app: App) -> None:
    poll(app)
    a, b = (await instruments(app).look()).sources
    assert (a.id, a.state, a.failures, a.last_success) == ("a", "failing", 1, None)
    assert a.next_poll is not None
    assert (b.id, b.state, b.next_poll) == ("b", "disabled", None)


async def test_the_line_for_systemd_tells_states_and_publishing(app: App) -> None:
    poll(app)
    assert await instruments(app).line() == "2 sources (1 failing, 1 disabled); nothing published yet"


async def ask(of: Instruments, client: str = "127.0.0.1", **headers: str) -> httpx.Response:
    guard = Guard(tuple, Limit(burst=9, a_minute=9), unlocked="local")
    transport = httpx.ASGITransport(Starlette(routes=[metrics(of.exposition, guard)]), client=(client, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as http:
        return await http.get("/metrics", headers=headers)


async def test_metrics_are_for_this_machine(app: App) -> None:
    of = instruments(app)
    own = await ask(of)
    assert (own.status_code, own.headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert (own.headers["cache-control"], own.headers["vary"]) == ("no-store", "accept")
    assert (await ask(of, client="192.0.2.1")).status_code == 403
    assert (await ask(of, **{"X-Forwarded-For": "192.0.2.1"})).status_code == 403
    modern = await ask(of, accept="application/openmetrics-text; version=1.0.0")
    assert modern.headers["content-type"].startswith("application/openmetrics-text")


async def test_metrics_that_nobody_wants_are_not_there(app: App, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG % '"off"', encoding="utf-8")
    await app.use(load(tmp_path / "config.yaml", os.environ))
    assert (await ask(instruments(app))).status_code == 404


async def test_a_store_that_cannot_be_read_is_503(app: App) -> None:
    of = instruments(app)

    def broken() -> None:
        raise StoreError("the disk is gone; mount it")

    app.store.polls.states = broken  # type: ignore[method-assign,assignment]
    answer = await ask(of)
    assert (answer.status_code, answer.text) == (503, "The store cannot be read: the disk is gone; mount it\n")


async def test_private_outputs_are_named_only_to_who_may_know_of_them(app: App, tmp_path: Path) -> None:
    outputs = "outputs: [{id: main}, {id: mine, tokens: {me: 0123456789abcdef}}]\n"
    (tmp_path / "config.yaml").write_text(CONFIG % "totals" + outputs, encoding="utf-8")
    await app.use(load(tmp_path / "config.yaml", os.environ))
    from aggregator.pipeline import publish

    await publish(app)
    assert [each.id for each in (await instruments(app).look()).outputs] == ["main"]
    assert [each.id for each in (await instruments(app, trusted=True).look()).outputs] == ["main", "mine"]
