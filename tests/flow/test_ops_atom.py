"""A source breaks and is repaired, before a real process: what the operator reads of it, and what readers do (N20)."""

from __future__ import annotations

import json
import signal
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import feedparser
from feedserver import FeedServer, rss
from lxml import etree
from validator import atom
from waiting import until

if TYPE_CHECKING:
    from pathlib import Path


def ops(place: Any, **headers: str) -> list[str]:
    status, _, body = place.get("/ops.atom", **headers)
    assert status == 200
    return [each.title for each in feedparser.parse(body).entries]


def is_valid(body: bytes, location: str, shared: Path) -> None:
    grammar = etree.RelaxNG(etree.parse(str(shared / "atom.rng")))
    assert grammar.validate(etree.fromstring(body)), grammar.error_log
    assert atom(body, location, datetime.now(UTC)) == []


def stop(process: Any) -> None:
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0


def test_a_break_and_its_repair_are_two_entries_for_the_operator_and_none_for_readers(
    place: Any, service: Any, server: FeedServer, shared: Path
) -> None:
    server.documents["/feed"] = rss("Alpha", [("a1", "One")])
    place.seed("a.md", "# Seed\n\nText.\n")
    token = "abcdefghijklmnopqrst"
    place.configure(
        f"{{id: alpha, url: '{server.url}/feed'}}",
        "seeds",
        server=f"{{host: 127.0.0.1, port: {place.port}, status_token: {token}}}",
    )
    place.run("once", "--all")
    before = place.published["feed.atom"]
    running = service()
    bearer = {"Authorization": f"Bearer {token}"}
    assert place.get("/ops.atom")[0] == 401
    assert ops(place, **bearer) == []
    is_valid(place.get("/ops.atom", **bearer)[2], f"http://127.0.0.1:{place.port}/ops.atom", shared)
    stop(running)

    server.answers["/feed"] = (503, None)
    place.run("once", "alpha", expect=1)
    del server.answers["/feed"]
    place.run("once", "alpha")

    running = service()
    status, headers, body = place.get("/ops.atom", **bearer)
    assert status == 200
    broke, repaired = reversed(feedparser.parse(body).entries)
    assert broke.title.startswith("alpha has been failing since ")
    assert repaired.title.startswith("alpha is well again; it was failing since ")
    assert "503" in broke.content[0].value
    is_valid(body, f"http://127.0.0.1:{place.port}/ops.atom", shared)
    assert headers["cache-control"] == "private, max-age=0"
    assert place.get("/ops.atom", **bearer, **{"If-None-Match": headers["etag"]})[0] == 304
    assert place.get("/ops.atom", **bearer)[2] == body
    stop(running)
    assert place.published["feed.atom"] == before
    assert not [path for path, document in place.published.items() if b"is well again" in document]

    [newest, oldest] = json.loads(place.run("alerts", "list", "--json").stdout)["changes"]
    assert (oldest["word"], newest["says"]) == ("failing", repaired.title)


def test_the_running_service_writes_down_what_it_sees_and_tells_it(place: Any, service: Any) -> None:
    place.seed("a.md", "# Seed\n\nText.\n")
    config = place.folder / "config.yaml"
    place.configure(
        "seeds",
        alerts="[{id: file, command: [sh, -c, 'cat > told-$AGGREGATOR_EVENT.json'], on: [publish]}]",
    )
    running = service()
    told = place.folder / "told-publish.json"
    until(lambda: told.exists() and told.stat().st_size > 0, running)
    assert [each["title"] for each in json.loads(told.read_text())["entries"]] == ["Seed"]
    config.write_text(config.read_text() + "nonsense: 1\n")
    running.send_signal(signal.SIGHUP)
    until(lambda: ops(place), running)
    [title] = ops(place)
    assert title.startswith("The configuration is refused")
    stop(running)
