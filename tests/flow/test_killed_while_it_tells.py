"""kill -9 in the middle of a delivery: it is told again after the next start, under the same ids (alerts.md)."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from feedserver import FeedServer, rss
from told import Listener
from waiting import until


class Hanging:
    """Takes what is posted and never answers, as long as it is entered."""

    def __enter__(self) -> Hanging:
        self.ids: list[str] = []
        self._over = threading.Event()
        hanging = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                hanging.ids.append(self.headers["webhook-id"])
                hanging._over.wait()

            def log_message(self, *_args: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()


def test_what_was_being_told_when_it_was_killed_is_told_again_under_the_same_ids(
    place: Any, server: FeedServer
) -> None:
    server.documents["/feed"] = rss("Alpha", [("a1", "One")])
    with Hanging() as hanging:
        place.configure(
            f"{{id: alpha, url: '{server.url}/feed'}}",
            alerts=f"[{{id: desk, webhook: 'http://127.0.0.1:{hanging.port}/hook', on: [publish]}}]",
        )
        place.run("once", "--all")  # what is there at the beginning is told to nobody
        server.documents["/feed"] = rss("Alpha", [("a1", "One"), ("a2", "Two")])
        process = place.start("once", "--all")
        until(lambda: hanging.ids or process.poll() is not None)
        process.kill()
        process.wait()
    [interrupted] = hanging.ids
    with Listener(port=hanging.port) as listener:
        place.run("once", "--all")
    [told] = listener.posted
    assert told.headers["webhook-id"] == told.json["id"] == interrupted
    assert [each["title"] for each in told.json["entries"]] == ["Two"]
