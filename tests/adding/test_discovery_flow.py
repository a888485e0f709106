"""``add`` against a server with pages and feeds: what it finds, asks for, takes and says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from feedserver import FeedServer, rss
from terminal import Terminal
from typer.testing import CliRunner

from aggregator.cli import app
from aggregator.config import load

LONG = "<p>" + "word " * 500 + "</p>"


def atom(items: list[str], text: str) -> bytes:
    entries = "".join(
        f"<entry><title>{each}</title><link href='https://s.example/{each}'/><id>urn:{each}</id>"
        f"<updated>2026-11-02T10:00:00Z</updated><content type='html'><![CDATA[{text}]]></content></entry>"
        for each in items
    )
    head = "<title>Whole</title><id>urn:x</id><updated>2026-11-02T10:00:00Z</updated>"
    return f"<feed xmlns='http://www.w3.org/2005/Atom'>{head}{entries}</feed>".encode()


@pytest.fixture
def site() -> Iterator[FeedServer]:
    with FeedServer() as server:
        server.documents |= {
            "/short.xml": rss("Short", [("a", "One"), ("b", "Two")], link="https://s.example/"),
            "/atom": atom(["a", "b"], LONG),
            "/comments/feed": rss("Comments on Short", [("c", "Re: One")]),
            "/other.rss": rss("Other\x9b31m".replace("\x9b", "&#155;"), [("o", "Else")]),
            "/one": b"<html><link rel=alternate type='application/rss+xml' href='/short.xml'></html>",
            "/wp": b"<html><link rel=alternate type='application/rss+xml' href='/short.xml'>"
            b"<link rel=alternate type='application/atom+xml' href='/atom'>"
            b"<link rel=alternate type='application/rss+xml' href='/comments/feed'></html>",
            "/two": b"<html><link rel=feed href='/short.xml'><a href='/other.rss'>x</a></html>",
            "/plain/": b"<html>nothing</html>",
            "/empty/": b"<html>nothing</html>",
            "/empty/rss.xml": rss("Guessed", [("g", "One")]),
            "/wall": b"<html><title>Just a moment...</title></html>",
        }
        server.answers |= {"/moved": (301, "/short.xml")}
        yield server


@pytest.fixture
def folder(tmp_path: Path, site: FeedServer) -> Path:
    (tmp_path / "config.yaml").write_text(
        "site: {title: P, url: 'https://p.example/'}\n"
        f"network: {{allow: ['127.0.0.1:{site.port}']}}\n"
        "sources:\n  - https://x.example/ # mine\n"
    )
    return tmp_path


def add(folder: Path, url: str, *words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["add", url, "--config", str(folder / "config.yaml"), *words])
    problem = result.exception if not isinstance(result.exception, SystemExit | None) else ""
    return result.exit_code, f"{result.output}{problem}"


def asked(site: FeedServer) -> list[str]:
    return [each.path for each in site.requests]


def test_the_only_feed_of_a_page_is_written_and_asked_for_once(folder: Path, site: FeedServer) -> None:
    code, said = add(folder, f"{site.url}/one", "--tag", "news", "--id", "one", "--title", "The ${One}")
    assert code == 0, said
    assert asked(site) == ["/one", "/short.xml"]
    text = (folder / "config.yaml").read_text()
    assert "  - https://x.example/ # mine\n  # Short\n  - id: one\n" in text
    source = load(folder / "config.yaml", {}).sources[-1]
    assert (source.url, source.title, source.tags) == (f"{site.url}/short.xml", "The ${One}", ("news",))
    assert "SIGHUP" in said


def test_of_the_same_articles_the_whole_texts_lead_and_comments_come_last(folder: Path, site: FeedServer) -> None:
    code, said = add(folder, f"{site.url}/wp", "--json", "--dry-run")
    report = json.loads(said.splitlines()[-1])
    feeds = [(each["url"].removeprefix(site.url), each["text"], each["same_as"]) for each in report["feeds"]]
    assert feeds == [
        ("/atom", "full text", None),
        ("/short.xml", "summaries", 1),
        ("/comments/feed", "summaries", None),
    ]
    assert report["feeds"][0]["validators"] == ["ETag"]
    # The same articles again, and comments, are no choice: it is clear which is meant.
    assert (code, report["added"]["url"]) == (0, f"{site.url}/atom")


def test_of_several_none_is_taken_unless_it_is_said_which(folder: Path, site: FeedServer) -> None:
    before = (folder / "config.yaml").read_bytes()
    code, said = add(folder, f"{site.url}/two")
    assert (code, "--pick" in said, "--yes" in said) == (1, True, True)
    assert "\x9b" not in said
    assert (folder / "config.yaml").read_bytes() == before
    assert add(folder, f"{site.url}/two", "--pick", "2")[0] == 0
    assert load(folder / "config.yaml", {}).sources[-1].url == f"{site.url}/other.rss"


def test_on_a_terminal_it_asks_which_is_meant_until_one_of_them_is_said(folder: Path, site: FeedServer) -> None:
    terminal = Terminal(folder, "add", f"{site.url}/two")
    terminal.read_until(lambda shown: "Which one?" in shown)
    terminal.type("7\n2\n")
    assert terminal.ended() == 0, terminal.shown
    assert terminal.shown.count("Which one?") == 2
    assert load(folder / "config.yaml", {}).sources[-1].url == f"{site.url}/other.rss"


@pytest.mark.parametrize(("typed", "said"), [("0\n", "Nothing is written.\r\n"), ("\x03", "Aborted!\r\n")])
def test_who_wants_none_of_them_gets_none(typed: str, said: str, folder: Path, site: FeedServer) -> None:
    before = (folder / "config.yaml").read_bytes()
    terminal = Terminal(folder, "add", f"{site.url}/two")
    terminal.read_until(lambda shown: "Which one?" in shown)
    terminal.type(typed)
    assert (terminal.ended(), terminal.shown.endswith(said)) == (1, True), terminal.shown
    assert (folder / "config.yaml").read_bytes() == before


def test_a_password_in_the_address_stays_with_its_server(folder: Path, site: FeedServer) -> None:
    other = site.url.replace("127.0.0.1", "localhost")
    site.documents["/kept"] = f"<html><link rel=feed href='/short.xml'><link rel=feed href='{other}/atom'>".encode()
    code, said = add(folder, site.url.replace("//", "//me:p%24%7Bw@") + "/kept", "--yes")
    assert code == 0, said
    assert "p%24" not in said
    assert [("Authorization" in each.headers) for each in site.requests] == [True] * len(site.requests)
    source = load(folder / "config.yaml", {}).sources[-1]
    assert (source.url, source.basic_auth) == (f"{site.url}/short.xml", ("me", "p${w"))


def test_the_final_address_is_written(folder: Path, site: FeedServer) -> None:
    assert add(folder, f"{site.url}/moved")[0] == 0
    assert load(folder / "config.yaml", {}).sources[-1].url == f"{site.url}/short.xml"


def test_what_is_configured_already_is_said(folder: Path, site: FeedServer) -> None:
    assert add(folder, f"{site.url}/short.xml")[0] == 0
    before = (folder / "config.yaml").read_bytes()
    code, said = add(folder, f"{site.url}/one")
    assert (code, "configured already" in said) == (1, True)
    assert (folder / "config.yaml").read_bytes() == before


def test_usual_addresses_are_asked_for_last_and_until_one_is_a_feed(folder: Path, site: FeedServer) -> None:
    assert add(folder, f"{site.url}/empty/")[0] == 0
    assert asked(site) == ["/empty/", "/", "/empty/feed", "/empty/rss", "/empty/feed.xml", "/empty/rss.xml"]


def test_where_there_is_none_it_says_what_was_tried(folder: Path, site: FeedServer) -> None:
    code, said = add(folder, f"{site.url}/plain/")
    assert code == 1
    assert "/plain/feed" in said
    assert "scrape:" in said
    assert len(site.requests) <= 12


def test_a_wall_is_called_a_wall_and_not_climbed(folder: Path, site: FeedServer) -> None:
    code, said = add(folder, f"{site.url}/wall")
    assert (code, "Cloudflare" in said, "No feed was found" in said) == (1, True, False)
    assert asked(site) == ["/wall"]


def test_a_page_does_not_have_us_ask_our_own_network(folder: Path, site: FeedServer) -> None:
    with FeedServer() as inner:
        (folder / "config.yaml").write_text(
            (folder / "config.yaml").read_text().replace("allow: [", f"allow: ['127.0.0.1:{inner.port}', ")
        )
        inner.documents["/feed"] = rss("Inner", [("i", "Secret")])
        site.documents["/ssrf"] = f"<html><link rel=feed href='{inner.url}/feed'></html>".encode()
        code, said = add(folder, f"{site.url}/ssrf")
        assert (code, "refused" in said, inner.requests) == (1, True, [])


def test_a_wrong_address_is_said(folder: Path) -> None:
    assert "no address of the web" in add(folder, "javascript:1")[1]
