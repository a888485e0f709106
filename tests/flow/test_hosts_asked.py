"""The ledger of hosts says what the publishers' own logs say."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from typing import Any

from feedserver import FeedServer, rss
from waiting import until

from aggregator.articles import compile_rule
from aggregator.config import load
from aggregator.model import Code, Failed
from aggregator.pipeline import poll
from aggregator.wiring import open_app


def _ledger(place: Any) -> dict[str, dict[str, Any]]:
    return {each["host"]: each for each in place.json_lines("status")[0]["hosts"]}


def _as_logged(server: FeedServer) -> dict[str, int]:
    conditional = sum("If-None-Match" in each.headers for each in server.requests)
    statuses = Counter(server.statuses())
    redirects = statuses[301] + statuses[302]
    return {
        "requests": len(server.requests),
        "redirects": redirects,
        "unconditional": len(server.requests) - conditional - redirects,
        "not_modified": statuses[304],
        "rate_limited": statuses[429] + statuses[503],
    }


def test_every_host_is_on_record_with_what_its_own_log_has(place, server) -> None:
    with FeedServer() as other:
        server.documents = {"/fine": rss("Fine", [("a", "One")]), "/broken": b"<html><title>Log in</title></html>"}
        server.answers = {"/away": (302, f"{other.url}/feed"), "/gone": (404, None), "/busy": (429, None)}
        other.documents = {"/feed": rss("Other", [("b", "Two")])}
        place.configure(*(f"{server.url}/{name}" for name in ("fine", "broken", "away", "gone", "busy")))
        place.run("once", "--all")
        place.run("once", "--all")
        ledger = _ledger(place)
        assert len(server.requests) == 9  # who asked for a pause was left alone
        for site in (server, other):
            logged = _as_logged(site)
            row = ledger[f"127.0.0.1:{site.port}"]
            assert {name: row[name] for name in logged} == logged
        assert ledger[f"127.0.0.1:{server.port}"]["early_polls"] == 4
        assert ledger[f"127.0.0.1:{server.port}"]["score"] == 55
        assert ledger[f"127.0.0.1:{other.port}"]["score"] == 100
        assert ledger[f"127.0.0.1:{server.port}"]["bytes"] > 5 * len("HTTP/1.1 200 OK")


def test_a_folder_has_no_host(place) -> None:
    place.configure("seeds")
    place.seed("hello.md", "# Hello\n\nA first article of our own.\n")
    place.run("once")
    assert _ledger(place) == {}


def test_the_running_service_tells_the_same(place, server, service) -> None:
    server.documents = {"/fine": rss("Fine", [("a", "One")])}
    place.configure(f"{server.url}/fine")
    service()
    until(lambda: json.loads(place.get("/status.json")[2])["hosts"] != [])
    (row,) = json.loads(place.get("/status.json")[2])["hosts"]
    assert (row["host"], row["requests"], row["score"]) == (f"127.0.0.1:{server.port}", 1, 100)


async def test_articles_that_cannot_be_cleaned_were_asked_for_all_the_same(place, server, monkeypatch) -> None:
    async def broken(*_given: Any) -> Failed:
        return Failed(code=Code.PARSE_CRASH, detail="parser died (signal 11)")

    server.documents = {"/feed": rss("Alpha", [("a", "One")])}
    place.configure(f"{server.url}/feed")
    app = await open_app(load(place.folder / "config.yaml", {}, check_rule=compile_rule))
    try:
        monkeypatch.setattr(app.reading, "normalise", broken)
        (claim,) = app.store.queue.claim(
            app.now(), 1, timedelta(minutes=1), only=[source.id for source in app.config.sources]
        )
        decided = await poll(app, claim, lambda _outcome: None)
        assert decided is not None
        assert (decided.state.code, decided.state.status) == (Code.PARSE_CRASH, 200)
        (ledger,) = app.store.polls.ledger()
        assert (ledger.requests, ledger.bytes) == (1, decided.state.bytes)
        assert ledger.bytes > len(server.documents["/feed"])
    finally:
        await app.close()


async def test_a_look_whose_failure_is_not_held_against_its_source_was_a_request_all_the_same(place, server) -> None:
    server.answers = {"/feed": (503, None)}
    place.configure(f"{server.url}/feed")
    app = await open_app(load(place.folder / "config.yaml", {}, check_rule=compile_rule))
    try:
        (claim,) = app.store.queue.claim(
            app.now(), 1, timedelta(minutes=1), only=[source.id for source in app.config.sources]
        )
        await poll(app, claim, lambda _outcome: claim.state)
        assert [(each.requests, each.rate_limited) for each in app.store.polls.ledger()] == [(1, 1)]
        assert app.store.polls.state(claim.source) == claim.state
    finally:
        await app.close()
