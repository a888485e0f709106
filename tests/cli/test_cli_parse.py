"""``aggregator parse``: what it shows of a document, to people and to machines."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from aggregator.cli import app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FEED = """<rss version="2.0" xmlns:podcast="https://podcastindex.org/namespace/1.0"
 xmlns:psc="http://podlove.org/simple-chapters" xmlns:at="http://purl.org/atompub/tombstones/1.0">
<channel><title>Night \x9b31mTrains</title><link>https://trains.example/</link><item><title>Nightjet</title>
<guid isPermaLink="false">nt-35</guid><link>/35</link><pubDate>Tue, 10 Nov 2026 06:00:00 +0100</pubDate>
<description>Over the Alps.</description><enclosure url="/35.mp3" type="audio/mpeg" length="31415926"/>
<podcast:episode>3.5</podcast:episode><podcast:person role="guest">Bo</podcast:person>
<psc:chapters><psc:chapter start="90" title="Snow"/></psc:chapters></item>
<item><title>No date</title></item></channel>
<at:deleted-entry ref="nt-1" when="2026-11-01T00:00:00Z"/></rss>"""


def run(*words: str, expect: int = 0) -> tuple[str, str]:
    found = CliRunner().invoke(app, ["parse", *words])
    assert found.exit_code == expect, found.output
    return found.stdout, found.stderr


def shape(*words: str, expect: int = 0) -> Any:
    return json.loads(run(*words, "--json", expect=expect)[0])


@pytest.fixture
def feed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)  # where no config.yaml is
    (tmp_path / "feed.xml").write_text(FEED, encoding="utf-8")
    return "feed.xml"


@pytest.fixture
def server() -> Iterator[str]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/rss+xml; charset=iso-8859-1")
            self.end_headers()
            self.wfile.write(FEED.encode())

        def log_message(self, *args: Any) -> None:
            """Nothing on the terminal."""

    with HTTPServer(("127.0.0.1", 0), Answer) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}/feed"
        listening.shutdown()
        thread.join()


def test_people_see_the_normalised_articles_the_road_and_the_warnings(feed: str) -> None:
    said, _ = run(feed, "--base", "https://trains.example/feed")
    assert said.startswith("Night ›31mTrains: 2 articles (rss20, read by ")
    for line in (
        "  warning   control characters that mean letters of Windows-1252 were read as those",
        "  deleted   nt-1",
        "Nightjet\n  date      2026-11-10T05:00:00Z\n",
        "  page      https://trains.example/35\n",
        "  text      Over the Alps. (",
        "  file      https://trains.example/35.mp3 (audio/mpeg, 31,415,926 bytes)\n",
        "  episode   number 3.5, 1 chapter, Bo (guest)\n",
        "No date\n  date      none: it counts as new when it is first seen\n",
    ):
        assert line in said
    assert "\x9b" not in said


def test_machines_get_all_of_it_and_what_the_source_claims(feed: str) -> None:
    found = shape(feed, "--base", "https://trains.example/feed")
    first = found["articles"][0]
    assert first["claimed"] == {
        "id": "nt-35",
        "permalink": False,
        "links": [{"rel": "alternate", "url": "https://trains.example/35", "type": None}],
        "published": "2026-11-10T05:00:00Z",
        "updated": None,
    }
    assert first["episode"]["marks"][0]["title"] == "Snow"
    assert first["episode"]["credits"][0]["role"] == "guest"
    assert (found["problem"], found["deleted"]) == (None, [{"ref": "nt-1", "when": "2026-11-01T00:00:00Z"}])
    assert found["road"] in ("fast", "feedparser")


def test_a_broken_feed_is_shown_as_far_as_it_goes_and_says_what_to_do(feed: str, tmp_path: Path) -> None:
    (tmp_path / feed).write_text(FEED[: FEED.index("<title>No date")], encoding="utf-8")
    said, wrong = run(feed, expect=1)
    assert "Nightjet" in said
    assert wrong.startswith("feed.xml: xml: not well-formed at line ")
    assert wrong.endswith("1 entry read\nThe feed is broken; what could be read was kept. Tell its publisher.\n")
    assert shape(feed, expect=1)["problem"]["code"] == "xml"


def test_a_page_in_place_of_a_feed_names_the_feed(feed: str, tmp_path: Path) -> None:
    page = '<!doctype html><title>A</title><link rel="alternate" type="application/atom+xml" href="/f">'
    (tmp_path / "page").write_text(page, encoding="utf-8")
    said, wrong = run("page", "--base", "https://a.example/", expect=1)
    assert (said, wrong.splitlines()[0]) == (
        "",
        'page: not_a_feed: HTML page, not a feed (title: "A"); it names this one: https://a.example/f',
    )


def test_an_article_and_a_folder_of_articles_are_read(feed: str, tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    for name in ("a", "b"):
        (tmp_path / "seeds" / f"{name}.md").write_text(f"# Article {name}\n\nWords.\n", encoding="utf-8")
    said, _ = run("seeds/a.md")
    assert "1 article (folder, read by folder)" in said
    assert "\nArticle a\n" in said
    assert [each["title"] for each in shape("seeds")["articles"]] == ["Article a", "Article b"]


def test_a_private_address_needs_a_configuration_and_the_advice_says_so(feed: str, server: str, tmp_path: Path) -> None:
    _, wrong = run(server, expect=1)
    assert "blocked_addr" in wrong
    assert "name it in network.allow" in wrong
    (tmp_path / "config.yaml").write_text(
        "site: {title: T, url: 'http://127.0.0.1:1/', id: 'tag:t.example,2026:t'}\nnetwork: {allow: ['127.0.0.1']}\n"
        "sources:\n  - {id: a, url: 'https://a.example/feed'}\n",
        encoding="utf-8",
    )
    found = shape(server)
    assert found["articles"][0]["url"] == server.replace("/feed", "/35")
    assert "served as iso-8859-1 but it is UTF-8" in found["warnings"]


def test_a_file_that_is_not_there_is_a_mistake_of_the_command_line(feed: str) -> None:
    found = CliRunner().invoke(app, ["parse", "nothing.xml"])
    assert "name a file that can be read" in str(found.exception)
