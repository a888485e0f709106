"""Feeds that move: over days of a clock of our own, from redirects on the wire to a patch that is applied."""

from __future__ import annotations

import asyncio
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from feedserver import rss

from aggregator.articles import compile_rule
from aggregator.config import load
from aggregator.polls import poll_round
from aggregator.wiring import open_app

START = datetime(2026, 11, 1, 12, tzinfo=UTC)


class Site:
    """Answers as it is told at the time: a body with an ETag, or a status with a Location."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes | tuple[int, str]] = {}
        self.asked: list[tuple[str, int]] = []

    @contextmanager
    def running(self) -> Iterator[str]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                answer = site.answers[self.path]
                if isinstance(answer, tuple):
                    status, body, headers = answer[0], b"", {"Location": answer[1]}
                else:
                    status, body, headers = 200, answer, {"ETag": f'"{len(answer)}"'}
                    if self.headers.get("If-None-Match") == headers["ETag"]:
                        status, body = 304, b""
                site.asked.append((self.path, status))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if status != 304:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args: object) -> None:
                return

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


def look(place: Any, day: float) -> None:
    """One look at every source that is switched on, so many days after the start."""

    async def once() -> None:
        config = load(place.folder / "config.yaml", {}, check_rule=compile_rule)
        app = await open_app(config, now=lambda: START + timedelta(days=day))
        try:
            await poll_round(app, [each.id for each in config.sources if each.enabled], lambda *_: None)
        finally:
            await app.close()

    asyncio.run(once())


def test_a_confirmed_move_is_offered_applied_and_followed(place) -> None:
    feed, other = rss("T", [("g", "one")]), rss("U", [("h", "two")])
    site = Site()
    with site.running() as url:
        site.answers = {"/a": (301, "/a1"), "/a1": (308, "/a2"), "/a2": feed}  # moved
        site.answers |= {"/b": (301, "/b1"), "/b1": (302, "/b2"), "/b2": other}  # lent
        site.answers |= {"/c": (301, "/home"), "/home": b"<!doctype html><title>Home</title><p>Welcome.</p>"}
        site.answers |= {"/d": rss("D", [("i", "three")]), "/d2": rss("D", [("i", "three")])}  # flips
        site.answers |= {"/e": (410, "/")}
        place.configure(*(f"{{id: {name}, url: {url}/{name}}}  # about {name}" for name in "abcde"))
        for day, flipped in ((0, True), (4, False), (6.9, True), (8, True)):
            if flipped:
                site.answers["/d"] = (301, "/d2")
            else:
                site.answers["/d"] = site.answers["/d2"]
            look(place, day)
            if day < 6:
                continue
            told = {each["id"]: each["advice"] for each in place.json_lines("status")[0]["sources"]}
            patched = place.run("status", "--patch").stdout
            assert (f"url: {url}/a2" in patched) == ("; confirmed: " in told["a"]) == (day == 8)
        assert told["a"].startswith(f"The feed has moved to {url}/a2, seen 4 times since 2026-11-01;")
        assert told["b"] is None
        assert "moved" not in told["c"]
        assert told["d"].startswith(f"The feed has moved to {url}/d2, seen 2 times since 2026-11-08;")
        assert "not yet" in told["d"]
        assert ("/a2", 304) in site.asked, "a 304 counts"
        assert site.asked.count(("/a", 301)) == 4, "the old address is asked until it is changed"

        assert place.run("status", "b", "--patch").stdout == "# nothing to change\n"
        before = (place.folder / "config.yaml").read_text()
        done = subprocess.run(
            ["patch", "-p1"], input=patched, text=True, cwd=place.folder, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stdout
        after = before.replace(f"{url}/a}}", f"{url}/a2}}").replace(f"{url}/e}}", f"{url}/e, enabled: false}}")
        assert (place.folder / "config.yaml").read_text() == after
        place.run("check")

        site.asked.clear()
        look(place, 9)
        assert ("/a2", 200) in site.asked
        assert not {"/a", "/a1", "/e"} & {path for path, _ in site.asked}
        assert place.run("status", "--patch").stdout == "# nothing to change\n"
        rows = {each["id"]: each for each in place.json_lines("status")[0]["sources"]}
        assert (rows["a"]["articles"], rows["a"]["advice"]) == (1, None)


def test_a_patch_is_no_json(place) -> None:
    place.configure("seeds")
    place.seed("a.md", "# A\n\nText.\n")
    assert "--json" in place.run("status", "--patch", "--json", expect=2).stderr
