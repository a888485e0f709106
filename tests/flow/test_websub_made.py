"""Documents that are made when they are asked for can be subscribed to like all that name the hub."""

from __future__ import annotations

from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from subscriber import Subscriber
from waiting import until


def test_a_tag_is_a_topic_and_a_search_is_none(place: Any, service: Any) -> None:
    place.configure("{folder: seeds, interval: 10s}")
    place.seed("a.md", "---\ntags: [Ä tag]\n---\n# A\n\nText.\n")
    hub = f"http://127.0.0.1:{place.port}/hub"
    with Subscriber() as subscriber:
        process = service()
        path = "/tags/%C3%A4%20tag.atom"
        until(
            lambda: b"/a/" in place.get(path)[2], process
        )  # its article has a page by now: nothing is to come of that
        headers = place.get(path)[1]["link"]
        assert f'<{hub}>; rel="hub"' in headers
        own = headers.partition('>; rel="self"')[0].rpartition("<")[2]
        form = {"hub.mode": "subscribe", "hub.topic": own, "hub.callback": subscriber.url("/cb")}
        with urlopen(Request(hub, urlencode(form).encode()), timeout=10) as answer:
            assert answer.status == 202
        until(lambda: "subscribed" in place.log, process)

        search = form | {"hub.topic": f"http://127.0.0.1:{place.port}/search.atom?q=text"}
        with pytest.raises(HTTPError, match="404"):
            urlopen(Request(hub, urlencode(search).encode()), timeout=10)

        place.seed("b.md", "---\ntags: [Ä tag]\n---\n# Brand new\n\nText.\n")
        until(lambda: subscriber.deliveries("/cb"), process)
        (came,) = subscriber.deliveries("/cb")
        assert b"Brand new" in came.body
        assert came.headers["content-type"].startswith("application/atom+xml")
        assert f'<{own}>; rel="self"' in came.headers["link"]
