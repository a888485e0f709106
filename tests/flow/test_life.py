"""The life of an article and of the service, where things go wrong: each case was a bug once."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from feedserver import FeedServer, rss
from waiting import until

from aggregator.articles import compile_rule
from aggregator.config import load
from aggregator.pipeline import publish
from aggregator.polls import poll_round
from aggregator.wiring import open_app


def _source(server: Any, name: str, more: str = "") -> str:
    return f'{{id: {name}, url: "{server.url}/{name}.xml"{more}}}'


def test_a_correction_of_a_seed_counts_while_another_file_cannot_be_read_yet(place) -> None:
    place.configure("seeds")
    place.seed("a.md", "---\ntitle: A\ntags: [old]\n---\nText.\n")
    place.run("once", "--all")
    place.seed("a.md", "---\ntitle: A\ntags: [new]\n---\nText.\n")
    place.seed("b.md", "")
    place.run("once", "--all")
    place.seed("b.md", "# B\n\nText.\n")
    place.run("once", "--all")
    assert b'"new"' in place.published["feed.json"]


def test_a_markdown_seed_without_a_heading_keeps_its_id_when_it_is_renamed(place) -> None:
    place.configure("seeds")
    place.seed("keep.md", "# Keep\n\nText.\n")
    place.seed("a.md", "Words of the article, and no heading.\n")
    place.run("once", "--all")
    before = sorted(entry.id for entry in place.feed().entries)
    (place.folder / "seeds" / "a.md").rename(place.folder / "seeds" / "b.md")
    place.run("once", "--all")
    assert sorted(entry.id for entry in place.feed().entries) == before


def test_what_an_older_version_read_is_made_again_and_does_not_come_back_as_new(place, server) -> None:
    """F13: validators are forgotten once."""
    place.configure(_source(server, "a"))
    server.documents["/a.xml"] = rss("T", [("g", "one")])
    place.run("once", "--all")
    before = place.feed().entries[0]
    with sqlite3.connect(place.folder / "var" / "aggregator.db") as store:
        store.execute("update source_state set parser_version = 1")
        store.execute("update articles set fingerprint = x'00'")
        store.execute("update article_bodies set content_html = 'as it was read once'")
    place.run("once", "--all")
    after = place.feed().entries[0]
    assert "About one." in store.execute("select content_html from article_bodies").fetchone()[0]
    store.close()
    assert "About one." in after.content[0].value
    assert (after.id, after.updated, after.published) == (before.id, before.updated, before.published)


def test_an_edit_of_tags_and_links_is_published(place, server) -> None:
    place.configure(_source(server, "a"))
    item = "<a href='http://e.org/{0}'>here</a>".replace("<", "&lt;")
    for address in ("wrong", "right"):
        body = rss("T", [("g", "one")]).replace(b"About one.", item.format(address).encode())
        server.documents["/a.xml"] = body.replace(b"<guid", f"<category>{address}</category><guid".encode())
        place.run("once", "--all")
    assert b"e.org/right" in place.published["feed.atom"]


def test_a_seed_that_becomes_unreadable_is_not_withdrawn(place) -> None:
    place.configure("seeds")
    for name in "abc":
        place.seed(f"{name}.md", f"# {name.upper()}\n\nText {name}.\n")
    place.run("once", "--all")
    place.seed("b.md", "---\ntitle: {{{\n---\n")
    place.run("once", "--all")
    assert place.titles() == ["A", "B", "C"]


def test_a_feed_file_cut_short_withdraws_nothing(place) -> None:
    place.configure("seeds")
    whole = rss("T", [("g1", "one"), ("g2", "two"), ("g3", "three")]).decode()
    place.seed("feed.xml", whole)
    place.run("once", "--all")
    place.seed("feed.xml", whole[: whole.index("three")])
    place.run("once", "--all")
    assert place.titles() == ["one", "three", "two"]


def test_a_source_that_gets_another_id_loses_no_article(place, server) -> None:
    server.documents["/old.xml"] = rss("T", [("tag:e.org,2026:1", "one")])
    place.configure(_source(server, "old", ", on_remove: drop"))
    place.run("once", "--all")
    place.configure(f'{{id: new, url: "{server.url}/old.xml"}}')
    place.run("once", "--all")
    assert place.titles() == ["one"]


def test_what_another_source_leaves_out_is_still_shown_from_this_one(place, server) -> None:
    for name in "ab":
        server.documents[f"/{name}.xml"] = rss("T", [("tag:e.org,2026:1", "one")])
    place.configure(_source(server, "a", ", drop: 'title ~ /one/'"), _source(server, "b"))
    place.run("once", "a")
    place.run("once", "b")
    assert place.titles() == ["one"]


def test_a_rule_taken_while_a_source_is_polled_holds_for_what_the_poll_brings(place, service) -> None:
    asked, answer = threading.Event(), threading.Event()

    class Slow(dict[str, bytes]):
        def get(self, path: str, default: Any = None) -> bytes:
            asked.set()
            answer.wait(60)
            return rss("T", [("g", "spam"), ("h", "good")])

    with FeedServer(documents=Slow()) as server:
        place.configure(_source(server, "a"))
        process = service()
        until(asked.is_set, process)
        place.configure(_source(server, "a", ", drop: 'title ~ /spam/'"))
        process.send_signal(signal.SIGHUP)
        until(lambda: "configuration taken" in place.log, process)
        answer.set()
        until(lambda: '"polled"' in place.log and place.titles(), process)
    assert place.titles() == ["good"]


def test_a_reload_that_the_store_refuses_leaves_the_old_configuration_in_force(place, server, service) -> None:
    server.documents |= {"/a.xml": rss("T", [("g", "one")]), "/b.xml": rss("T", [("h", "two")])}
    place.configure(_source(server, "a"))
    process = service()
    until(lambda: '"polled"' in place.log, process)
    other = sqlite3.connect(place.folder / "var" / "aggregator.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    place.configure(_source(server, "b"))
    process.send_signal(signal.SIGHUP)
    until(lambda: "configuration not taken" in place.log, process)
    other.execute("ROLLBACK")
    other.execute("UPDATE source_state SET run_at = 0, next_poll_at = 0")
    other.execute("UPDATE hosts SET next_at = 0, free_at = 0")
    other.close()
    until(lambda: "KeyError" in place.log or place.log.count('"polled"') > 1, process)
    assert "KeyError" not in place.log


def test_a_clock_that_was_wrong_once_stops_nothing_for_years(place, server) -> None:
    server.documents["/a.xml"] = rss("T", [("g", "one")])
    place.configure(_source(server, "a"))

    async def round_at(now: datetime) -> list[str]:
        config = load(place.folder / "config.yaml", {}, check_rule=compile_rule)
        began, polled = time.monotonic(), []
        app = await open_app(config, now=lambda: now + timedelta(seconds=time.monotonic() - began))
        try:
            await poll_round(app, None, lambda decided, _seconds: polled.append(decided.source))
        finally:
            await app.close()
        return polled

    today = datetime.now(UTC)
    asyncio.run(round_at(today + timedelta(days=4 * 365)))
    assert asyncio.run(round_at(today + timedelta(days=30))) == ["a"]


def test_a_lost_database_does_not_empty_the_published_feed(place, server) -> None:
    server.documents["/a.xml"] = rss("T", [("g", "one")])
    place.configure(_source(server, "a"))
    place.run("once", "--all")
    for each in (place.folder / "var").iterdir():
        each.unlink()
    server.documents.clear()
    place.run("once", "--all")
    assert place.titles() == ["one"]


def test_a_reader_of_the_progress_that_leaves_costs_no_poll_and_no_publish(place, server) -> None:
    names = [f"s{number}" for number in range(6)]
    server.documents = {f"/{name}.xml": rss("T", [(name, name)]) for name in names}
    place.configure(*(_source(server, name) for name in names))
    command = f"{sys.executable} -m aggregator once --all | true"
    subprocess.run(["bash", "-c", command], cwd=place.folder, capture_output=True, timeout=120, check=False)
    assert place.published
    assert place.titles() == names


def test_a_public_folder_that_cannot_be_written_is_told_in_words(place) -> None:
    place.configure("seeds")
    place.seed("a.md", "# A\n\nText.\n")
    (place.folder / "feeds").write_text("a file where the folder should be")
    place.run("publish", expect=1)


def test_a_released_seed_is_new_when_it_is_released(place) -> None:
    async def once(now: datetime) -> None:
        app = await open_app(load(place.folder / "config.yaml", {}, check_rule=compile_rule), now=lambda: now)
        try:
            await poll_round(app, None, lambda _decided, _seconds: None)
            await publish(app)
        finally:
            await app.close()

    place.configure("seeds", outputs="[{id: main, limit: 1}]")
    begin = datetime(2026, 11, 1, 12, tzinfo=UTC)
    place.seed("held.md", f"---\ntitle: Held\npublish_at: {(begin + timedelta(hours=2)).isoformat()}\n---\nText.\n")
    asyncio.run(once(begin))
    assert place.titles() == []
    place.seed("other.md", "# Other\n\nText.\n")
    asyncio.run(once(begin + timedelta(hours=1)))
    assert place.titles() == ["Other"]
    asyncio.run(once(begin + timedelta(hours=3)))
    assert place.titles() == ["Held"]
