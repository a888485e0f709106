"""WebSub through the whole program: what a subscriber finds, is asked and gets, and what outlives a kill."""

from __future__ import annotations

import re
import signal
import urllib.request
from typing import Any
from urllib.parse import urlencode

from subscriber import Subscriber
from waiting import until


def discovered(place: Any, path: str) -> tuple[list[str], list[str]]:
    """The self and hub addresses of a document, by its headers; what the document itself says has to agree."""
    _, headers, body = place.get(path)
    links = re.findall(r'<([^>]*)>; rel="(self|hub)"', headers["link"])
    found: tuple[list[str], list[str]] = ([], [])
    for address, relation in links:
        found[relation == "hub"].append(address)
        assert address.encode() in body
    return found


def subscribe(hub: str, topic: str, callback: str) -> int:
    form = {"hub.mode": "subscribe", "hub.topic": topic, "hub.callback": callback, "hub.lease_seconds": "7200"}
    with urllib.request.urlopen(urllib.request.Request(hub, urlencode(form).encode()), timeout=10) as answer:
        return int(answer.status)


def test_who_finds_a_hub_and_subscribes_there_gets_what_is_new(place: Any, service: Any) -> None:
    place.configure("{folder: seeds, interval: 10s}")
    place.seed("a.md", "# A\n\nText.\n")
    with Subscriber() as subscriber:
        process = service()
        until(lambda: b">A<" in place.get("/feed.atom")[2], process)
        paths = ("/feed.atom", "/feed.rss", "/feed.json", "/")
        for path in paths:
            own, hubs = discovered(place, path)
            assert own == [f"http://127.0.0.1:{place.port}{path}"]
            assert hubs == [f"http://127.0.0.1:{place.port}/hub"]
            assert subscribe(hubs[0], own[0], subscriber.url(f"/cb{path}")) == 202
        for path in paths:
            until(lambda path=path: subscriber.asked(f"/cb{path}"), process)
            (asked,) = subscriber.asked(f"/cb{path}")
            assert asked.said["hub.lease_seconds"] == "7200"
        until(lambda: place.log.count("subscribed") == 4, process)

        place.seed("b.md", "# Brand new\n\nText.\n")
        for path in paths:
            until(lambda path=path: subscriber.deliveries(f"/cb{path}"), process)
            (came,) = subscriber.deliveries(f"/cb{path}")
            assert b"Brand new" in came.body
            _, headers, body = place.get(path)
            assert (came.body, came.headers["link"]) == (body, headers["link"])
            assert came.headers["content-type"] == headers["content-type"]
        until(lambda: b'"subscriptions":1' in place.get("/status.json")[2], process)


def test_what_was_asked_for_and_what_is_due_outlives_a_kill(place: Any, service: Any) -> None:
    place.configure("{folder: seeds, interval: 10s}")
    place.seed("a.md", "# A\n\nText.\n")
    topic = f"http://127.0.0.1:{place.port}/feed.atom"
    with Subscriber() as subscriber:
        process = service()
        until(lambda: b">A<" in place.get("/feed.atom")[2], process)
        assert subscribe(f"http://127.0.0.1:{place.port}/hub", topic, subscriber.url("/cb")) == 202
        until(lambda: "subscribed" in place.log, process)
        subscriber.answers["/cb"] = lambda call: (503, {}, b"")
        subscriber.dripping.add("/late")
        place.seed("b.md", "# Missed\n\nText.\n")
        until(lambda: subscriber.deliveries("/cb"), process)
        assert subscribe(f"http://127.0.0.1:{place.port}/hub", topic, subscriber.url("/late")) == 202
        until(lambda: subscriber.asked("/late"), process)
        until(lambda: "not delivered" in place.log, process)
        process.send_signal(signal.SIGKILL)
        process.wait()
        before = len(subscriber.deliveries("/cb"))
        subscriber.answers.clear()
        subscriber.dripping.clear()

        process = service()
        until(lambda: len(subscriber.deliveries("/cb")) > before, process)
        assert b"Missed" in subscriber.deliveries("/cb")[-1].body
        until(lambda: len(subscriber.asked("/late")) == 2, process)
        until(lambda: place.log.count("subscribed") == 2, process)
        place.seed("c.md", "# Third\n\nText.\n")
        until(lambda: subscriber.deliveries("/late"), process)
        until(lambda: len(subscriber.deliveries("/cb")) > before + 1, process)
        bodies = [b"Third" in each.body for each in subscriber.deliveries("/cb")[before:]]
        assert bodies == [False, True], "a version came twice"


def test_once_tells_other_hubs_and_ends_though_one_is_dead(place: Any, make_place: Any, tmp_path: Any) -> None:
    with Subscriber() as hub:
        dead = f"http://127.0.0.1:{make_place(tmp_path).port}/"
        place.configure("seeds", websub=f"{{hub: false, hubs: ['{dead}', '{hub.url('/hub')}']}}")
        place.seed("a.md", "# A\n\nText.\n")
        place.run("once")
        assert len(hub.deliveries("/hub")) == 4
        place.run("once", "--all")
        assert len(hub.deliveries("/hub")) == 4
        assert 'rel="hub" href="' + hub.url("/hub") in place.published["index.html"].decode()
        assert f"http://127.0.0.1:{place.port}/hub" not in place.published["index.html"].decode()
        (row,) = [each for each in place.json_lines("status")[0]["websub"]["hubs"] if each["failures"]]
        assert row["url"] == dead
