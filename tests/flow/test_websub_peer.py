"""A subscriber nobody here wrote, against our hub: Flask-WebSub 0.4.1."""

from __future__ import annotations

import importlib.util
import json
import queue
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from waiting import PATIENCE, until

PEER = Path(__file__).parents[1] / "support" / "flask_subscriber.py"


class Peer:
    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-W", "ignore", str(PEER), str(folder)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.told: queue.Queue[dict[str, Any]] = queue.Queue()
        self.reading = threading.Thread(target=self._read)
        self.reading.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.told.put(json.loads(line))

    def do(self, **what: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()

    def next(self, word: str) -> dict[str, Any]:
        """The next thing of this kind that it tells."""
        while word not in (told := self.told.get(timeout=PATIENCE)):
            pass
        return told

    def end(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait()
        self.reading.join()
        self.process.stdout.close()


@pytest.mark.skipif(
    importlib.util.find_spec("flask_websub") is None,
    reason="Flask-WebSub is not installed; pip install '.[test]' does that",
)
def test_flask_websub_discovers_subscribes_and_checks_what_it_gets(place: Any, service: Any, tmp_path: Path) -> None:
    place.configure("{folder: seeds, interval: 10s}")
    place.seed("a.md", "# A\n\nText.\n")
    peer = Peer(tmp_path)
    try:
        process = service()
        until(lambda: b">A<" in place.get("/feed.rss")[2], process)
        base = f"http://127.0.0.1:{place.port}/"
        peer.do(subscribe=f"{base}main.rss")
        found = peer.next("discovered")
        assert found["discovered"] == {"topic_url": f"{base}feed.rss", "hub_url": f"{base}hub"}
        assert peer.next("confirmed")["confirmed"] == "subscribe"
        until(lambda: "subscribed" in place.log, process)

        place.seed("b.md", "# Brand new\n\nText.\n")
        came = peer.next("came")  # told only where the signature was right
        assert "Brand new" in came["came"]
        assert came["topic"] == f"{base}feed.rss"

        peer.do(unsubscribe=found["id"])
        assert peer.next("confirmed")["confirmed"] == "unsubscribe"
        until(lambda: "unsubscribed" in place.log, process)
        place.seed("c.md", "# Later\n\nText.\n")
        until(lambda: b"Later" in place.get("/feed.rss")[2], process)
        until(lambda: b'"topics":[]' in place.get("/status.json")[2], process)
    finally:
        peer.end()
    assert peer.told.empty()
