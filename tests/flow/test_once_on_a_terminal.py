"""What ``aggregator once`` shows on a terminal: how far it is, who is waited for, then a table."""

from __future__ import annotations

import re
import socket

from feedserver import rss
from terminal import ESCAPES, Terminal


def test_progress_names_who_is_waited_for_and_a_table_follows(place, server) -> None:
    server.documents = {"/a": rss("Alpha", [("a1", "One"), ("a2", "Two")])}
    with socket.create_server(("127.0.0.1", 0)) as slow:
        port = slow.getsockname()[1]
        place.configure(
            f"{{id: alpha, url: '{server.url}/a'}}",
            f"{{id: nowhere, url: '{server.url}/none'}}",
            f"{{id: sloth, url: 'http://127.0.0.1:{port}/'}}",
            polling="{per_host: 3}",
        )
        terminal = Terminal(place.folder, "once", "--all")
        terminal.read_until(lambda shown: "waiting for sloth" in shown)
        assert "2/3" in terminal.shown
        with slow.accept()[0] as asked:
            asked.recv(65536)
            asked.sendall(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")
            assert terminal.ended() == 0
    lines = [line.rstrip() for line in ESCAPES.sub("", terminal.shown).replace("\r", "\n").splitlines()]
    start = next(number for number, line in enumerate(lines) if line.startswith("SOURCE "))
    assert lines[start].split() == ["SOURCE", "CODE", "NEW", "UPDATED", "MS", "BYTES", "WHAT"]
    table = [line.split() for line in lines[start + 1 :] if line]
    assert table[0][:3] == ["alpha", "ok", "2"]
    assert table[1][:2] == ["nowhere", "http_4xx"] or table[2][:2] == ["nowhere", "http_4xx"], "failures come last"
    whole = "\n".join(lines)
    assert "3 sources polled (" in whole
    assert "2 new, 0 changed, 0 withdrawn articles" in whole
    assert re.search(r"\d+ of \d+ documents written to ", whole)


def test_a_narrow_terminal_gets_lines_that_fit(place) -> None:
    place.configure("seeds")
    place.seed("a.md", "# A\n\nText.\n")
    terminal = Terminal(place.folder, "once", columns=60)
    assert terminal.ended() == 0
    lines = [line.rstrip() for line in ESCAPES.sub("", terminal.shown).replace("\r", "\n").splitlines()]
    start = next(number for number, line in enumerate(lines) if line.startswith("SOURCE "))
    assert lines[start].split() == ["SOURCE", "CODE", "NEW", "UPD", "WHAT"]


def test_what_is_no_terminal_gets_plain_lines(place) -> None:
    place.configure("seeds")
    place.seed("a.md", "# A\n\nText.\n")
    out = place.run("once").stdout
    assert "seeds: ok: 1 new" in out.splitlines()
    assert "\x1b" not in out
    assert "SOURCE" not in out
