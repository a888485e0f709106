"""For how many people are sources asked? From the readers of our feeds to the requests we send."""

from __future__ import annotations

import json
import signal
from datetime import datetime, timedelta

from feedserver import rss
from waiting import until

from aggregator import __version__
from aggregator.store import Store
from aggregator.wiring import TOLD

SERVICES = (
    "Feedly/1.0 (+http://www.feedly.com/fetcher.html; 462 subscribers; like FeedFetcher-Google)",
    "Feedbin feed-id:1697787 - 102 subscribers",
    'NewsBlur Feed Fetcher - 27 subscribers - https://www.newsblur.com/site/77/x ("Mozilla/5.0 Safari/605.1.15")',
)


def stop(process) -> None:
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 0


def an_hour_later(place) -> None:
    """Sources were told an hour earlier than they were."""
    with Store.open(f"sqlite:///{place.folder}/var/aggregator.db") as store:
        number, at = json.loads(store.setting(TOLD))
        store.set_setting(TOLD, json.dumps([number, (datetime.fromisoformat(at) - timedelta(hours=1)).isoformat()]))


def test_what_readers_announce_is_passed_up_to_the_sources(place, server, service) -> None:
    for name in "abc":
        server.documents[f"/{name}"] = rss(name, [(f"{name}1", "One")])
    nobody = f"aggregator/{__version__} (+http://127.0.0.1:{place.port}/)"
    place.configure(f"{server.url}/a")
    process = service()
    until(lambda: place.get("/feed.atom")[0] == 200, process)
    assert server.requests[-1].headers["User-Agent"] == nobody

    for agent in (*SERVICES, *(f"Reader-{n}/1.0" for n in range(20))):
        for path in ("/feed.atom", "/main.rss"):
            assert place.get(path, **{"User-Agent": agent})[0] == 200
    place.get("/feed.atom", **{"User-Agent": "Mozilla/5.0 (X11; rv:130.0) Gecko/20100101 Firefox/130.0"})
    assert json.loads(place.get("/status.json")[2])["subscribers"] == {"total": 611}
    stop(process)

    place.configure(f"{server.url}/a", f"{server.url}/b")  # a restart, but no hour: sources are told what they were
    process = service()
    until(lambda: len(server.requests) == 2, process)
    assert server.requests[-1].headers["User-Agent"] == nobody
    stop(process)

    an_hour_later(place)
    own = f"{{url: '{server.url}/c', user_agent: Own/1.0}}"
    server.documents["/d"] = rss("d", [("d1", "One")])
    place.configure(f"{server.url}/a", f"{server.url}/b", own, f"{server.url}/d")
    process = service()
    until(lambda: len(server.requests) == 4, process)
    stop(process)
    assert {each.path: each.headers["User-Agent"] for each in server.requests[2:]} == {
        "/c": "Own/1.0",
        "/d": f"aggregator/{__version__} (+http://127.0.0.1:{place.port}/; 611 subscribers)",
    }
    others = [{k: v for k, v in each.headers.items() if k != "User-Agent"} for each in server.requests]
    assert all(each == others[0] for each in others)

    (told,) = place.json_lines("status")
    assert {key: told["subscribers"][key] for key in ("total", "announced", "bare")} == {
        "total": 611, "announced": 591, "bare": 20,
    }  # fmt: skip
    assert {"service": "feedly", "output": "main", "subscribers": 462} in told["subscribers"]["services"]
    assert "611 subscribers" in place.run("status").stdout
