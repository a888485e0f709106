"""Pages without a feed, read by selectors."""

from __future__ import annotations

from datetime import UTC, datetime

from aggregator.model import Code, Document, ParsedFeed, Scrape, Source
from aggregator.parse import parse

NOW = datetime(2026, 11, 2, tzinfo=UTC)
URL = "https://club.example/news/"
PAGE = """<!doctype html><html lang="de"><head><title>News of the club</title></head><body>
<nav><a href="/">Home</a></nav>
<div class="item"><h3>First <em>game</em></h3><time datetime="2026-10-30T18:00:00Z">Friday</time>
  <p class="sum">We <b>won</b>. <img src="a.jpg"></p><span class="by">Ann</span><a href="first#top">more</a></div>
<div class="item"><h3>Second game</h3><time>24.10.2026</time><p class="sum">We lost.</p><a href="/second">more</a></div>
<div class="item"><h3>No link</h3></div>
<div class="item"><h3>First again</h3><a href="first">more</a></div>
</body></html>"""


def read(text: str = PAGE, **selectors: str) -> ParsedFeed:
    scrape = Scrape(**({"items": ".item"} | selectors))
    document = Document(body=text.encode(), url=URL, media_type="text/html; charset=utf-8")
    return parse((document,), Source(id="club", url=URL, scrape=scrape), NOW)


def test_what_is_not_said_has_a_good_default() -> None:
    feed = read()
    assert feed.problem is None
    assert (feed.info.title, feed.info.language, feed.info.format) == ("News of the club", "de", "page")
    first, second = feed.entries
    assert (first.raw_id, first.title.value if first.title else None) == (f"{URL}first", "First game")
    assert first.published == datetime(2026, 10, 30, 18, tzinfo=UTC)
    assert second.published == datetime(2026, 10, 24, tzinfo=UTC)
    assert first.image == f"{URL}a.jpg"
    assert second.links[0].href == "https://club.example/second"
    assert first.summary is None
    assert (first.position, second.position) == (0, 1)


def test_every_part_can_be_selected() -> None:
    first, _ = read(title=".sum b", summary=".sum", author=".by", link="a", date="time", image="img").entries
    assert first.title is not None
    assert first.title.value == "won"
    assert first.summary is not None
    assert "<b>won</b>" in first.summary.value
    assert first.authors[0].name == "Ann"


def test_the_item_itself_may_be_the_link() -> None:
    feed = read("<ul><li><a class=n href=/a>One</a><li><a class=n href=/b>Two</a></ul>", items="a.n")
    assert [each.title.value for each in feed.entries if each.title] == ["One", "Two"]


def test_selectors_that_find_nothing_are_a_failure_with_words_for_it() -> None:
    feed = read(items=".entry")
    assert feed.entries == ()
    assert feed.problem is not None
    assert feed.problem.code is Code.NO_ITEMS
    assert feed.problem.detail == "selector items '.entry' matches nothing on the page; the page may have changed"
    feed = read(link=".permalink")
    assert feed.problem is not None
    assert "none of them has link '.permalink' in it" in feed.problem.detail


def test_a_selector_that_matches_in_no_entry_is_told() -> None:
    assert read(author=".writer").warnings == ("selector author '.writer' matches in no entry",)


def test_a_date_that_cannot_be_read_is_told_and_missing() -> None:
    feed = read("<div class=item><a href=a>A</a><time>yesterday or so</time></div>")
    assert feed.entries[0].published is None
    assert "yesterday" in feed.warnings[0]


def test_an_entry_is_known_again_by_its_link_and_its_words() -> None:
    before, after = read().entries[0], read(PAGE.replace("Home", "Start")).entries[0]
    assert before.raw_hash == after.raw_hash
    assert read(PAGE.replace("First <em>game", "The <em>game")).entries[0].raw_hash != before.raw_hash


def test_only_web_addresses_are_links() -> None:
    feed = read("<p class=item><a href='javascript:x()'>A</a></p><p class=item><a href='http://['>B</a></p>")
    assert feed.problem is not None


def test_a_page_of_thousands_is_cut() -> None:
    feed = read("".join(f"<p class=item><a href={n}>N{n}</a></p>" for n in range(1200)))
    assert len(feed.entries) == 500
    assert "matches 1200 times" in feed.warnings[0]
