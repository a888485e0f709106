"""A small honest web server of feeds: strong ETags, 304, and a log of who asked for what."""

from __future__ import annotations

import sys
import threading
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(slots=True)
class Request:
    """One request as it came in."""

    path: str
    headers: dict[str, str]
    status: int


@dataclass
class FeedServer:
    """Serves ``documents`` (path -> body) on a free loopback port while it is entered."""

    documents: dict[str, bytes] = field(default_factory=dict)
    answers: dict[str, tuple[int, str | None]] = field(default_factory=dict)
    """Path -> a status to answer with instead, and where that leads to."""
    headers: dict[str, dict[str, str]] = field(default_factory=dict)
    """Path -> header fields of its answers, besides the usual ones or in their place."""
    requests: list[Request] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def statuses(self) -> list[int]:
        return [each.status for each in self.requests]

    def __enter__(self) -> FeedServer:
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                body = site.documents.get(self.path)
                etag = f'"{sha256(body).hexdigest()[:16]}"' if body is not None else ""
                instead = site.answers.get(self.path)
                if instead is not None:
                    status, etag, body = instead[0], "", b"not the feed"
                elif body is None:
                    status, body = 404, b"nothing here"
                elif self.headers.get("If-None-Match") == etag:
                    status, body = 304, b""
                else:
                    status = 200
                site.requests.append(Request(self.path, dict(self.headers), status))
                self.send_response(status)
                if etag:
                    self.send_header("ETag", etag)
                if instead is not None and instead[1] is not None:
                    self.send_header("Location", instead[1])
                for name, value in ({"Content-Type": "application/xml"} | site.headers.get(self.path, {})).items():
                    self.send_header(name, value)
                if status != 304:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args: object) -> None:
                return

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: object, client_address: object) -> None:
                """A client that is gone before its answer is nothing to tell of."""
                if not isinstance(sys.exception(), ConnectionError):
                    super().handle_error(request, client_address)

        self._server = Server(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def rss(title: str, items: list[tuple[str, str]], link: str = "https://example.org/") -> bytes:
    """A small RSS 2.0 feed; ``items`` are (guid, title)."""
    entries = "".join(
        f"<item><title>{name}</title><link>{link}{guid}</link><guid isPermaLink='false'>{guid}</guid>"
        f"<pubDate>Mon, 02 Nov 2026 10:00:{index:02d} GMT</pubDate><description>About {name}.</description></item>"
        for index, (guid, name) in enumerate(items)
    )
    return (
        f"<?xml version='1.0' encoding='UTF-8'?><rss version='2.0'><channel><title>{title}</title>"
        f"<link>{link}</link><description>{title}</description>{entries}</channel></rss>"
    ).encode()
