"""A source breaks and is repaired, before a real process: what the operator reads of it, and what readers do (N20)."""

from __future__ import annotations

import json
import signal
from datetime import UTC, datetime
from typing import Any

import feedparser
from feedserver import FeedServer, rss
from validator import atom


def test_a_break_and_its_repair_are_two_entries_for_the_operator_and_none_for_readers(
    place: Any, service: Any, server: FeedServer
) -> None:
    server.documents["/feed"] = rss("Alpha", [("a1", "One")])
    token = "abcdefghijklmnopqrst"
    place.configure(
        f"{{id: alpha, url: '{server.url}/feed'}}",
        server=f"{{host: 127.0.0.1, port: {place.port}, status_token: {token}}}",
        alerts="[{id: file, command: [sh, -c, 'cat > told.json'], on: [publish]}]",
    )
    place.run("once", "--all")
    server.answers["/feed"] = (503, None)
    place.run("once", "alpha", expect=1)
    del server.answers["/feed"]
    server.documents["/feed"] = rss("Alpha", [("a1", "One"), ("a2", "Two")])
    place.run("once", "alpha")
    told = json.loads((place.folder / "told.json").read_text())
    assert [each["title"] for each in told["entries"]] == ["Two"]

    running = service()
    bearer = {"Authorization": f"Bearer {token}"}
    assert place.get("/ops.atom")[0] == 401
    status, headers, body = place.get("/ops.atom", **bearer)
    assert status == 200
    broke, repaired = reversed(feedparser.parse(body).entries)
    assert broke.title.startswith("alpha has been failing since ")
    assert repaired.title.startswith("alpha is well again; it had been failing since ")
    assert "503" in broke.content[0].value
    assert atom(body, f"http://127.0.0.1:{place.port}/ops.atom", datetime.now(UTC)) == []
    assert headers["cache-control"] == "private, max-age=0"
    assert place.get("/ops.atom", **bearer, **{"If-None-Match": headers["etag"]})[0] == 304
    assert place.get("/ops.atom", **bearer)[2] == body
    running.send_signal(signal.SIGTERM)
    assert running.wait(30) == 0
    assert sorted(place.titles()) == ["One", "Two"]
    assert not [path for path, document in place.published.items() if b"is well again" in document]
