"""The article on a page, and whether it is the one that the feed tells of."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from aggregator.articles import full_text
from aggregator.model import Article, Document, FullText, PageText, Person
from aggregator.parse.page import article as on_page
from aggregator.parse.page import check_selector

NOW = datetime(2026, 11, 2, tzinfo=UTC)
URL = "https://paper.example/2026/harbour"
TEASER = "A long report about the harbour, its cranes and the people who work there."
REPORT = "".join(
    f"<p>Sentence {n} of a long report about the harbour, its cranes, its ships and the people who work there.</p>"
    for n in range(12)
)
WORDS = (
    "anchor",
    "barge",
    "canal",
    "derrick",
    "estuary",
    "ferry",
    "gangway",
    "hawser",
    "island",
    "jetty",
    "keel",
    "lock",
)


def varied(text: str) -> str:
    """Paragraphs that say nearly the same; a library that reads pages leaves those out that say it twice."""
    return "".join(f"<p>{text} {word.capitalize()} number {n}.</p>" for n, word in enumerate(WORDS))


PAID = '<script type="application/ld+json">{"@type": "NewsArticle", "isAccessibleForFree": false}</script>'


def page(
    body: str = REPORT, head: str = "", served: str = "text/html; charset=utf-8", encoding: str = "utf-8"
) -> Document:
    menu = "".join(f"<li><a href='/{n}'>Section {n}</a></li>" for n in range(8))
    text = (
        f"<html lang=en><head><title>The harbour | The Paper</title>{head}</head><body><nav><ul>{menu}</ul></nav>"
        f"<article><h1>The harbour</h1>{body}<p><a href='more'>More</a> <img src='/crane.jpg' alt=crane></p></article>"
        "<footer>All rights reserved. Imprint.</footer></body></html>"
    )
    return Document(body=text.encode(encoding), url=URL, media_type=served)


def entry(content: str | None = f"<p>{TEASER}</p>", words: int = 14, **fields: str) -> Article:
    return Article(
        key="0" * 32, id="a", source="s", raw_hash=b"", fingerprint=b"", title="The harbour", url=URL,
        content_html=content, words=words, authors=(Person(name="A"),), first_seen=NOW, sort_at=NOW, **fields,
    )  # fmt: skip


def read(document: Document, article: Article | None = None, **wanted: str) -> PageText | str:
    found = on_page(document, FullText(**wanted), "aggregator")
    return full_text(found.html, found.base, article or entry()) if found.html is not None else found.why or ""


def test_the_article_is_told_from_what_surrounds_it() -> None:
    found = read(page())
    assert isinstance(found, PageText)
    assert "Sentence 11" in found.html
    assert "Imprint" not in found.html
    assert "Section 3" not in found.html
    assert "<h1>" not in found.html
    assert found.words > 200
    assert found.summary == TEASER


def test_references_start_from_the_page() -> None:
    found = read(page())
    assert isinstance(found, PageText)
    assert 'href="https://paper.example/2026/more"' in found.html
    assert found.image == "https://paper.example/crane.jpg"
    based = read(page(head="<base href='https://cdn.example/x/'>"))
    assert isinstance(based, PageText)
    assert 'href="https://cdn.example/x/more"' in based.html


def test_nothing_that_runs_gets_through() -> None:
    found = read(page(REPORT + "<p onclick='x()'>Click <script>alert(1)</script><a href='javascript:x()'>here</a></p>"))
    assert isinstance(found, PageText)
    assert not any(word in found.html for word in ("onclick", "alert", "javascript:"))


@pytest.mark.parametrize(
    ("served", "encoding"), [("text/html; charset=windows-1251", "windows-1251"), ("text/html", "utf-8")]
)
def test_a_page_is_read_in_the_encoding_it_is_served_in(served: str, encoding: str) -> None:
    found = read(page(REPORT + "<p>Гавань и её краны на рассвете.</p>", served=served, encoding=encoding))
    assert isinstance(found, PageText)
    assert "Гавань" in found.html


@pytest.mark.parametrize(
    ("document", "article", "why"),
    [
        (page("<p>Short.</p>"), entry(), "words were found"),
        (page("<p>" + TEASER * 3 + "</p>"), entry(REPORT, 220), "no more than the feed"),
        (page(head="<meta name=robots content='index, NoArchive'>"), entry(), "meta robots"),
        (page(head="<meta name=aggregator content=noindex>"), entry(), "meta robots"),
        (page(head=PAID), entry(), "only subscribers"),
        (page(varied("Our recipe is to boil potatoes, carrots, onions, garlic and butter.")), entry(), "else"),
        (page("<p>We use cookies to give you the best experience of the harbour, its cranes, people and work. "
              + "Please choose what you like. " * 8 + "</p>"), entry(), "wall"),
        (page(f"<p>{TEASER} It begins on a Monday morning at five.</p><p>Log in to continue.</p>"),
         entry(), "wall"),
        (Document(body=bytes(range(256)) * 40, url=URL, media_type="text/html"), entry(), "no text"),
    ],
)  # fmt: skip
def test_in_doubt_the_feed_is_believed(document: Document, article: Article, why: str) -> None:
    found = read(document, article)
    assert isinstance(found, str)
    assert why in found


def test_a_report_about_cookies_is_no_wall() -> None:
    text = varied("We use cookies, the minister said, and you have to accept cookies on most sites of the harbour.")
    assert isinstance(read(page(text), entry("<p>The minister said on cookies and the harbour</p>", 8)), PageText)


def test_another_robots_name_is_not_ours() -> None:
    assert isinstance(read(page(head="<meta name=googlebot content=noindex>")), PageText)


def test_a_selector_finds_the_text_and_another_takes_out_of_it() -> None:
    body = f"<div class=text>{REPORT}<p class=ad>Buy a boat</p></div><div>Other stories</div>"
    found = read(page(body), select=".text", remove=".ad")
    assert isinstance(found, PageText)
    assert "Sentence 11" in found.html
    assert "boat" not in found.html
    assert "Other" not in found.html


def test_a_selector_that_matches_nothing_is_told() -> None:
    assert "matches nothing" in str(read(page(), select=".texts"))


def test_what_is_no_selector_is_refused() -> None:
    check_selector("article > .text:not(.ad)")
    for wrong in ("div..a", "[", "", "a:foo("):
        with pytest.raises(ValueError, match="no CSS selector"):
            check_selector(wrong)


def test_a_page_nested_a_thousand_deep_is_read_in_time() -> None:
    found = read(page("<div>" * 1000 + REPORT))
    assert isinstance(found, PageText)
