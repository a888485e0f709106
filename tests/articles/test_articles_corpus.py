"""The real feeds become articles without a loss."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from aggregator.articles import identify, normalise
from aggregator.articles.clean import clean
from aggregator.model import Article, Document, ParsedFeed, Source
from aggregator.parse import parse

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def read(corpus: list[dict[str, str]]) -> list[tuple[str, ParsedFeed, tuple[Article, ...]]]:
    found = []
    for each in corpus:
        source = Source(id=each["file"], url=each["url"])
        feed = parse((Document(body=Path(each["path"]).read_bytes(), url=each["url"]),), source, NOW)
        found.append((each["url"], feed, normalise(identify(feed, source), feed.info, source, NOW)))
    return found


class References(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.relative: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            places = (value or "").split(", ") if name == "srcset" else [value or ""]
            if name in ("href", "src", "poster", "cite", "srcset"):
                self.relative += [place for place in places if not re.match(r"https?://|mailto:", place, re.IGNORECASE)]


def test_no_entry_is_lost(read: list[tuple[str, ParsedFeed, tuple[Article, ...]]]) -> None:
    assert {url: len(feed.entries) for url, feed, _ in read} == {url: len(articles) for url, _, articles in read}


def test_no_reference_is_relative(read: list[tuple[str, ParsedFeed, tuple[Article, ...]]]) -> None:
    relative = {
        url: found
        for url, _, articles in read
        for a in articles
        if (found := References(a.content_html or "").relative)
    }
    assert not relative


def test_every_article_has_a_title_an_author_and_something_to_read(
    read: list[tuple[str, ParsedFeed, tuple[Article, ...]]],
) -> None:
    for url, _, articles in read:
        for article in articles:
            assert article.title, url
            assert article.authors[0].name, url
            assert article.url or article.content_html, url


def test_keys_are_unique_and_ids_within_a_source_too(
    read: list[tuple[str, ParsedFeed, tuple[Article, ...]]],
) -> None:
    keys = [article.key for _, _, articles in read for article in articles]
    assert len(set(keys)) == len(keys)
    for url, _, articles in read:
        assert len({article.id for article in articles}) == len(articles), url


def test_cleaning_real_content_twice_changes_nothing(
    read: list[tuple[str, ParsedFeed, tuple[Article, ...]]],
) -> None:
    for url, _, articles in read:
        for article in articles[:10]:
            assert clean(article.content_html or "") == (article.content_html or ""), url


def test_the_links_and_pictures_of_the_corpus_survive(
    read: list[tuple[str, ParsedFeed, tuple[Article, ...]]],
) -> None:
    said = made = ""
    for _, feed, articles in read:
        for entry, article in zip(feed.entries, articles, strict=True):
            texts = [*entry.contents, *((entry.summary,) if entry.summary else ())]
            said += max((text.value for text in texts), key=len, default="")
            made += article.content_html or ""
    for pattern, share in ((r"<a [^>]*href=.https?:", 0.99), (r"<img [^>]*src=.https?:", 0.95)):
        before, after = (len(re.findall(pattern, html, re.IGNORECASE)) for html in (said, made))
        assert after >= share * before > 1000, pattern
