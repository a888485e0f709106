"""The waits of the whole program: polls by name, pauses, and a clock that is set."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from feedserver import rss

from aggregator.articles import compile_rule
from aggregator.config import load
from aggregator.service import Service
from aggregator.wiring import open_app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FEED = rss("T", [("g", "one")])


class Publisher(ThreadingHTTPServer):
    """Gives the next of ``answers`` (status and header fields), the last one for ever."""

    daemon_threads = True

    def __init__(self) -> None:
        publisher = self
        self.answers: list[tuple[int, dict[str, str]]] = [(200, {"ETag": '"1"'})]
        self.conditions: list[str | None] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                publisher.conditions.append(self.headers.get("If-None-Match"))
                status, fields = publisher.answers.pop(0) if len(publisher.answers) > 1 else publisher.answers[0]
                body = FEED if status == 200 else b""
                self.send_response(status)
                for name, value in (fields | {"Content-Length": str(len(body))}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def source(self) -> str:
        return f'{{id: a, url: "http://127.0.0.1:{self.server_port}/a.xml"}}'


async def until(true: Callable[[], bool], running: asyncio.Task[None]) -> None:
    """Waits for what the service does in its own time."""
    async with asyncio.timeout(60):
        while not true():
            assert not running.done()
            await asyncio.sleep(0.05)


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with Publisher() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def test_a_poll_by_name_is_conditional(place: Any, publisher: Publisher) -> None:
    """F36."""
    place.configure(publisher.source)
    publisher.answers = [(200, {"ETag": '"1"'}), (304, {})]
    place.run("once", "a")
    place.run("once", "a")
    assert publisher.conditions == [None, '"1"']


@pytest.mark.parametrize("status", [429, 503])
def test_a_poll_by_name_is_refused_during_a_pause_unless_forced(place: Any, publisher: Publisher, status: int) -> None:
    """F36, F27: also where the server asked for the pause with 503."""
    place.configure(publisher.source)
    publisher.answers = [(status, {"Retry-After": "7200"}), (200, {})]
    (row, _) = place.json_lines("once", "a", expect=1)
    assert row["code"] == "rate_limited"
    refused = place.run("once", "a", expect=1).stdout
    assert "a was not polled: its server asked to be left alone" in refused
    assert len(publisher.conditions) == 1
    assert place.json_lines("once", "a", "--force")[0]["code"] == "ok"
    assert "aggregator once SOURCE --force" in place.run("once", "--all", "--force", expect=2).stderr


@pytest.mark.parametrize("by", [timedelta(days=1), timedelta(days=-1)])
async def test_a_service_whose_clock_is_set_says_so_and_polls_nothing_for_it(
    place: Any, publisher: Publisher, capsys: Any, by: timedelta
) -> None:
    """F37."""
    place.configure(publisher.source, "seeds")
    place.seed("a.md", "# A\n\nText.\n")
    set_by = timedelta(0)
    app = await open_app(
        load(place.folder / "config.yaml", {}, check_rule=compile_rule), now=lambda: datetime.now(UTC) + set_by
    )
    service = Service(app, lambda: app.config)
    running = asyncio.create_task(service.run())
    try:
        await until(lambda: app.store.polls.state("a").last_poll is not None, running)
        before = app.store.polls.state("a").next_poll_at
        set_by = by
        await until(lambda: app.store.polls.state("a").next_poll_at != before, running)
        assert app.store.polls.state("a").next_poll_at == pytest.approx(before + by, abs=timedelta(seconds=1))
        assert abs(app.now() - (datetime.now(UTC) + by)) < timedelta(seconds=1)
        beats, start = [], service._polls.start

        async def counted(**given: Any) -> Any:
            beats.append(await start(**given))
            return beats[-1]

        service._polls.start = counted  # type: ignore[method-assign]  # it still starts what is due
        await until(lambda: len(beats) >= 2, running)
    finally:
        service._ask_to_stop()
        await running
        await app.close()
    assert publisher.conditions == [None]


async def test_a_beat_that_is_a_day_away_is_brought_back(place: Any) -> None:
    """F37: apscheduler reckons by the wall clock, and would sleep until that has come so far again."""
    place.configure("seeds")
    place.seed("a.md", "# A\n\nText.\n")
    app = await open_app(load(place.folder / "config.yaml", {}, check_rule=compile_rule))
    service = Service(app, lambda: app.config)
    running = asyncio.create_task(service.run())
    try:
        await until(lambda: app.store.polls.state("seeds").last_poll is not None, running)
        ahead = datetime.now(UTC) + timedelta(days=1)
        for job in service._scheduler.get_jobs():
            job.modify(next_run_time=ahead)
        soon = ahead - timedelta(hours=1)
        await until(lambda: all(job.next_run_time < soon for job in service._scheduler.get_jobs()), running)
    finally:
        service._ask_to_stop()
        await running
        await app.close()


def test_the_status_names_the_pause_and_its_end(place: Any, publisher: Publisher) -> None:
    """F25, F26."""
    place.configure(publisher.source)
    publisher.answers = [(429, {"Retry-After": "7200"})]
    place.run("once", "a", expect=1)
    (row,) = json.loads(place.run("status", "--json").stdout)["sources"]
    assert (row["state"], row["reason"]) == ("rate-limited", "429: Retry-After 7200 s")
    assert row["next_poll"]


async def test_at_its_start_the_service_puts_off_what_is_read_anew(place: Any, publisher: Publisher) -> None:
    """F13: what is overdue after an update is not asked at once."""
    place.configure(publisher.source)
    place.run("once", "a")
    with sqlite3.connect(place.folder / "var" / "aggregator.db") as store:
        store.execute("update source_state set parser_version = 1, run_at = 0, next_poll_at = 0")
        store.execute("update hosts set next_at = 0, free_at = 0")
    store.close()
    app = await open_app(load(place.folder / "config.yaml", {}, check_rule=compile_rule))
    service = Service(app, lambda: app.config)
    running = asyncio.create_task(service.run())
    try:
        await until(lambda: app.store.polls.state("a").next_reason.startswith("all feeds are read anew"), running)
        assert datetime.now(UTC) < app.store.polls.state("a").next_poll_at < datetime.now(UTC) + timedelta(hours=1)
    finally:
        service._ask_to_stop()
        await running
        await app.close()
    assert len(publisher.conditions) == 1
