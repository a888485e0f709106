"""The background service: real processes, real signals, a real reader."""

from __future__ import annotations

import gzip
import os
import pty
import signal
import socket
import subprocess
import sys
import time

from feedserver import rss
from waiting import until


def test_it_polls_publishes_and_serves(place, server, service) -> None:
    server.documents = {"/a": rss("Alpha", [("a1", "One")])}
    place.configure("seeds", f"{server.url}/a")
    place.seed("own.md", "# Own\n\nText.\n")
    process = service()
    until(lambda: place.get("/readyz")[0] == 200, process)
    until(lambda: all(each in place.get("/feed.atom")[2] for each in (b"One", b"Own")), process)
    _, headers, body = place.get("/feed.atom")
    assert headers["content-type"].startswith("application/atom+xml")
    assert place.get("/feed.atom", **{"If-None-Match": headers["etag"]})[0] == 304
    zipped = place.get("/feed.atom", **{"Accept-Encoding": "gzip"})
    assert zipped[1]["content-encoding"] == "gzip"
    assert gzip.decompress(zipped[2]) == body
    assert b'rel="alternate"' in place.get("/")[2]


def test_a_new_seed_appears_without_a_restart(place, service) -> None:
    place.configure("{folder: seeds, interval: 10s}")
    place.seed("a.md", "# A\n\nText.\n")
    process = service()
    until(lambda: b">A<" in place.get("/feed.atom")[2], process)
    place.seed("b.md", "# B\n\nText.\n")
    until(lambda: b">B<" in place.get("/feed.atom")[2], process)
    place.run("status")


def test_sigterm_drains_and_ends_with_zero(place, server, service) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(16)
        place.configure("seeds", f"http://127.0.0.1:{silent.getsockname()[1]}/never")
        place.seed("a.md", "# A\n\nText.\n")
        process = service()
        until(lambda: b">A<" in place.get("/feed.atom")[2], process)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
        assert time.monotonic() - began < 15
    assert "stopped" in place.log


def test_a_second_sigterm_ends_it_at_once(place, service) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(16)
        place.configure("seeds", f"http://127.0.0.1:{silent.getsockname()[1]}/never")
        place.seed("a.md", "# A\n\nText.\n")
        process = service()
        until(lambda: b">A<" in place.get("/feed.atom")[2], process)
        process.send_signal(signal.SIGTERM)
        until(lambda: "stopping" in place.log)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0


def test_a_second_instance_on_the_same_store_is_refused(place, service) -> None:
    place.configure("seeds")
    place.seed("a.md", "# A\n\nText.\n")
    process = service()
    refused = place.run("once", expect=75)
    assert str(process.pid) in refused.stderr
    process.kill()
    process.wait()
    place.run("once")


def test_a_taken_port_is_told_in_words(place) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", place.port))
        taken.listen()
        place.configure("seeds")
        place.seed("a.md", "# A\n\nText.\n")
        assert str(place.port) in place.run("run", expect=2).stderr


def test_sighup_takes_a_right_configuration_and_refuses_a_wrong_one(place, server, service) -> None:
    server.documents = {"/a": rss("Alpha", [("a1", "One")]), "/b": rss("Beta", [("b1", "Two")])}
    place.configure(f"{server.url}/a")
    process = service()
    until(lambda: b"One" in place.get("/feed.atom")[2], process)

    place.configure(f"{server.url}/a", "not an address")
    process.send_signal(signal.SIGHUP)
    until(lambda: "configuration not taken" in place.log, process)
    assert b"not an address" in place.get("/status.json")[2]
    assert place.get("/readyz")[0] == 200

    place.configure(f"{server.url}/a", f"{server.url}/b")
    process.send_signal(signal.SIGHUP)
    until(lambda: b"Two" in place.get("/feed.atom")[2], process)


def test_sighup_of_a_terminal_that_was_closed_ends_it_and_any_other_reloads(place) -> None:
    place.configure("seeds")
    place.seed("a.md", "# A\n\nText.\n")
    terminal, end = pty.openpty()
    words = [sys.executable, "-m", "aggregator", "run"]
    process = subprocess.Popen(words, cwd=place.folder, stdin=end, stdout=end, stderr=end)
    log = b""
    try:
        os.close(end)
        until(lambda: place.get("/healthz")[0] == 200, process)
        process.send_signal(signal.SIGHUP)
        while b"configuration taken" not in log:
            log += os.read(terminal, 4096)
        os.close(terminal)
        process.send_signal(signal.SIGHUP)
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.wait()


def test_a_restart_polls_nothing_early(place, server, service) -> None:
    server.documents = {"/a": rss("Alpha", [("a1", "One")])}
    place.configure(f"{server.url}/a")
    first = service()
    until(lambda: b"One" in place.get("/feed.atom")[2], first)
    first.send_signal(signal.SIGTERM)
    first.wait()
    second = service()
    until(lambda: b"One" in place.get("/feed.atom")[2], second)
    second.send_signal(signal.SIGTERM)
    second.wait()
    assert server.statuses() == [200]


def test_what_was_recorded_but_not_published_is_published_at_the_next_start(place, server, service) -> None:
    server.documents = {"/a": rss("Alpha", [("a1", "One")])}
    place.configure(f"{server.url}/a")
    place.run("once", "--all")
    (place.folder / "feeds" / "public" / "feed.atom").unlink()
    process = service()
    until(lambda: b"One" in place.get("/feed.atom")[2], process)
