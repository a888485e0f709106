"""A real Chromium for tests, spoken to over a pipe (chromedevtools.github.io/devtools-protocol). No driver is needed.

Nothing leaves the machine: every request is answered from what the test publishes, or refused and written down.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome", "headless_shell")
_FLAGS = (
    "--headless",
    "--no-sandbox",  # it refuses to start as root otherwise; what it shows is our own
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--remote-debugging-pipe",
)
_WAIT = 60.0
"""Seconds for one answer; nothing asked here takes a tenth of it."""


def installed() -> str | None:
    """The program, from ``AGGREGATOR_CHROMIUM`` or the path; ``None`` where there is none."""
    return os.environ.get("AGGREGATOR_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


class Chromium:
    """One browser with one tab."""

    def __init__(self, program: str, folder: Path) -> None:
        self.pages: dict[str, tuple[str, bytes]] = {}
        """What there is on the web: address -> media type and body."""
        self.asked: list[tuple[str, str]] = []
        """What was asked for and is not ours: its kind (``Image``, ``Script``...) and address, ``data:`` included."""
        self.own: set[str] = set()
        """Pictures in ``data:`` that the browser itself uses, such as those of its player."""
        self.dialogs: list[str] = []
        self.opened: list[str] = []
        """Addresses of windows that a page opened, and of pages that a tab or frame went to by itself."""
        self._last = 0
        self._unread = b""
        ours_out, theirs_in = _above_ten(os.pipe())
        theirs_out, ours_in = _above_ten(os.pipe())
        self._from, self._to = theirs_out, theirs_in

        def fourth_and_fifth() -> None:
            os.dup2(ours_out, 3)
            os.dup2(ours_in, 4)

        self._process = subprocess.Popen(
            [program, *_FLAGS, f"--user-data-dir={folder}", "about:blank"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            close_fds=False,
            preexec_fn=fourth_and_fifth,
        )
        os.close(ours_out)
        os.close(ours_in)
        self._session: str | None = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._target = target
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.call("Page.enable")
        self.call("Network.enable")
        self.call("Fetch.enable", patterns=[{"urlPattern": "*"}])

    def close(self) -> None:
        """End the browser."""
        self._session = None
        try:
            self.call("Browser.close")
            self._process.wait(10)
        except (OSError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        os.close(self._from)
        os.close(self._to)

    def open(self, address: str) -> None:
        """Show a page of :attr:`pages`, and wait for its ``load``."""
        self._loaded = False
        self.call("Page.navigate", url=address)
        deadline = time.monotonic() + _WAIT
        while not self._loaded:
            self._take(deadline)

    def forget(self) -> None:
        """Start anew with what was asked, said and opened."""
        self.asked, self.dialogs, self.opened = [], [], []

    def run(self, script: str) -> Any:
        """The value of a script in the page; promises are waited for. Raises RuntimeError with what it threw."""
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(json.dumps(answer["exceptionDetails"])[:2000])
        return answer["result"].get("value")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Ask the browser one thing and wait for its answer."""
        number = self._send(method, parameters)
        deadline = time.monotonic() + _WAIT
        while True:
            message = self._take(deadline)
            if message.get("id") == number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                result: dict[str, Any] = message["result"]
                return result

    def _send(self, method: str, parameters: dict[str, Any]) -> int:
        self._last += 1
        message: dict[str, Any] = {"id": self._last, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        unsent = json.dumps(message).encode() + b"\0"
        while unsent:
            unsent = unsent[os.write(self._to, unsent) :]
        return self._last

    def _take(self, deadline: float) -> dict[str, Any]:
        """The next message; events are dealt with on the way."""
        while b"\0" not in self._unread:
            if not select.select([self._from], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise TimeoutError("Chromium does not answer")
            piece = os.read(self._from, 1 << 20)
            if not piece:
                raise ConnectionError("Chromium has ended")
            self._unread += piece
        line, _, self._unread = self._unread.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        if "method" in message:
            self._happened(message["method"], message.get("params", {}))
        return message

    def _happened(self, event: str, said: dict[str, Any]) -> None:
        if event == "Fetch.requestPaused":
            self._answer(said)
        elif event == "Network.requestWillBeSent" and said["request"]["url"].startswith(("data:", "blob:")):
            self.asked.append((said.get("type", "Other"), said["request"]["url"][:200]))
        elif event == "Page.javascriptDialogOpening":
            self.dialogs.append(said["message"])
            self._send("Page.handleJavaScriptDialog", {"accept": False})
        elif event == "Page.windowOpen":
            self.opened.append(said["url"])
        elif event == "Page.frameNavigated" and said["frame"]["url"] not in (
            "about:blank",
            "about:srcdoc",
            *self.pages,
        ):
            self.opened.append(said["frame"]["url"])
        elif event == "Page.loadEventFired":
            self._loaded = True

    def _answer(self, paused: dict[str, Any]) -> None:
        url = paused["request"]["url"]
        request = paused["requestId"]
        page = self.pages.get(url)
        if page is None:
            self.asked.append((paused["resourceType"], url))
            self._send("Fetch.failRequest", {"requestId": request, "errorReason": "NameNotResolved"})
            return
        headers = [{"name": "Content-Type", "value": page[0]}]
        body = base64.b64encode(page[1]).decode()
        self._send(
            "Fetch.fulfillRequest",
            {"requestId": request, "responseCode": 200, "responseHeaders": headers, "body": body},
        )


def _above_ten(pipe: tuple[int, int]) -> tuple[int, int]:
    """The pipe at descriptors that are not those the browser wants for itself."""
    moved = tuple(fcntl.fcntl(each, fcntl.F_DUPFD_CLOEXEC, 10) for each in pipe)
    for each in pipe:
        os.close(each)
    return moved[0], moved[1]
