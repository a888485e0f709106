"""Sources that are pages: robots.txt is obeyed, and a page that changes takes nothing back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from feedserver import FeedServer

from aggregator.articles import compile_rule
from aggregator.config import load
from aggregator.model import Code
from aggregator.pipeline import publish_if_due
from aggregator.polls import poll_round
from aggregator.wiring import open_app

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


async def test_a_page_is_a_source_like_others(tmp_path: Path) -> None:
    now = NOW
    with FeedServer() as server:
        news = "".join(f"<li><a href='/{n}'>News {n}</a> <time>{n} October 2026</time></li>" for n in (1, 2))
        server.documents["/news"] = f"<title>Club</title><ul>{news}</ul>".encode()
        server.headers["/news"] = {"Content-Type": "text/html"}
        (tmp_path / "config.yaml").write_text(
            "site: {title: T, url: 'http://127.0.0.1:8080/', id: 'tag:t.example,2026:t'}\n"
            "network: {allow: ['127.0.0.1']}\noutputs: [{id: main, formats: [atom], archive: false}]\n"
            f"sources:\n  - {{id: club, url: '{server.url}/news', scrape: {{items: li}}}}\n"
        )
        app = await open_app(load(tmp_path / "config.yaml", {}, compile_rule), now=lambda: now)

        async def look() -> tuple[Code | None, list[str], list[str]]:
            """Its code, what is published, and what was asked for."""
            before = len(server.requests)
            await poll_round(app, {"club"}, lambda _decided, _seconds: None, force=True)
            await publish_if_due(app)
            state = app.store.polls.state("club")
            assert state is not None
            titles = [each.title for each in app.store.articles.newest(9, now=now)]
            return state.code, titles, [f"{each.path} {each.status}" for each in server.requests[before:]]

        try:
            assert await look() == (Code.OK, ["News 2", "News 1"], ["/robots.txt 404", "/news 200"])
            assert server.requests[-1].headers["Accept"].startswith("text/html")
            now += timedelta(hours=4)
            assert await look() == (Code.NOT_MODIFIED, ["News 2", "News 1"], ["/news 304"])
            server.documents["/news"] = b"<title>Club</title><div class=new>All is new here</div>"
            now += timedelta(hours=4)
            assert await look() == (Code.NO_ITEMS, ["News 2", "News 1"], ["/news 200"])
            server.documents["/robots.txt"] = b"User-agent: *\nDisallow: /news"
            now += timedelta(hours=24)
            assert await look() == (Code.ROBOTS, ["News 2", "News 1"], ["/robots.txt 200"])
            server.documents["/robots.txt"] = b"User-agent: *\nDisallow:"
            now += timedelta(hours=25)
            server.documents["/news"] = b"<li><a href=/3>News 3</a> <time>3 October 2026</time></li>"
            code, titles, asked = await look()
            assert (code, titles) == (Code.OK, ["News 3", "News 2", "News 1"])
            assert asked == ["/robots.txt 200", "/news 200"]
            row = app.store.polls.ledger()[0]
            assert row.requests == len(server.requests)
        finally:
            await app.close()
