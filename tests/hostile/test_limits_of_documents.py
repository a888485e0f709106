"""What is read of one document and kept of one entry: every stated limit met, and gone beyond by one (fetching.md)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from aggregator.articles import identify, normalise
from aggregator.model import Article, Code, Document, Source
from aggregator.parse import parse

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SOURCE = Source(id="s", url="https://a.example/feed")
HALF_A_MEBIBYTE = 512 * 1024


def read(body: str) -> Any:
    return parse((Document(body=body.encode(), url="https://a.example/feed"),), SOURCE, NOW)


def article(entry: str) -> Article:
    feed = read(rss(f"<item><guid isPermaLink='false'>1</guid>{entry}</item>"))
    assert feed.problem is None
    (made,) = normalise(identify(feed, SOURCE), feed.info, SOURCE, NOW)
    return made


def rss(items: str) -> str:
    return (
        "<rss version='2.0' xmlns:media='http://search.yahoo.com/mrss/' xmlns:dc='http://purl.org/dc/elements/1.1/'>"
        f"<channel><title>T</title>{items}</channel></rss>"
    )


def deep(levels: int) -> str:
    within = levels - 2  # rss, channel
    return rss("<x>" * within + "</x>" * within)


def crowded(count: int) -> str:
    return rss("<item {}><title>t</title></item>".format(" ".join(f"a{n}='1'" for n in range(count))))


@pytest.mark.parametrize(("make", "most"), [(deep, 100), (crowded, 200)], ids=["depth", "attributes of an element"])
def test_a_document_beyond_a_limit_is_not_read(make: Callable[[int], str], most: int) -> None:
    assert read(make(most)).problem is None
    problem = read(make(most + 1)).problem
    assert problem.code == Code.XML_LIMIT
    assert str(most) in problem.detail


def test_of_more_entries_than_are_read_the_rest_is_told() -> None:
    item = "<item><guid isPermaLink='false'>{}</guid></item>"
    for count in (2000, 2001):
        feed = read(rss("".join(item.format(n) for n in range(count))))
        assert len(feed.entries) == 2000
        assert any("2,000 of 2,001" in each for each in feed.warnings) == (count > 2000)


@pytest.mark.parametrize("kind", ["", " SYSTEM 'http://127.0.0.1:9/x.dtd'", " PUBLIC '-//x' 'http://127.0.0.1:9/x'"])
def test_a_doctype_is_allowed_and_an_entity_in_it_is_not(kind: str) -> None:
    item = rss("<item><title>t</title></item>")
    assert len(read(f"<!DOCTYPE rss{kind}>{item}").entries) == 1
    assert read(f"<!DOCTYPE rss{kind} [<!ENTITY x 'y'>]>{item}").problem.code == Code.XML_FORBIDDEN


@dataclass(frozen=True)
class Part:
    """One thing an entry has: how much of it is kept, how to write that much, and how much there is afterwards."""

    most: int
    write: Callable[[int], str]
    kept: Callable[[Article], int]


PARTS = {
    "bytes of a title": Part(1024, lambda n: f"<title>{'x' * n}</title>", lambda a: len(a.title.encode())),
    "authors": Part(
        20, lambda n: "".join(f"<dc:creator>p{k}</dc:creator>" for k in range(n)), lambda a: len(a.authors)
    ),
    "categories": Part(50, lambda n: "".join(f"<category>c{k}</category>" for k in range(n)), lambda a: len(a.tags)),
    "enclosures": Part(
        20,
        lambda n: "".join(f"<media:content url='https://a.example/{k}.mp3' type='audio/mpeg'/>" for k in range(n)),
        lambda a: len(a.enclosures),
    ),
    "bytes of content": Part(
        HALF_A_MEBIBYTE,
        lambda n: f"<description>&lt;p&gt;{'x' * (n - 7)}&lt;/p&gt;</description>",
        lambda a: len((a.content_html or "").encode()),
    ),
}


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
def test_of_more_than_is_kept_of_an_entry_the_rest_is_left_out(part: Part) -> None:
    assert part.kept(article(part.write(part.most))) == part.most
    assert 0 < part.kept(article(part.write(part.most + 1))) <= part.most


def test_an_id_over_two_kibibytes_is_hashed() -> None:
    def claimed(size: int) -> str | None:
        long = "urn:x:" + "y" * (size - 6)
        (found,) = identify(read(rss(f"<item><guid isPermaLink='false'>{long}</guid></item>")), SOURCE)
        assert len(found.key) == 32
        return found.claimed_id

    assert len(claimed(2048) or "") == 2048
    assert claimed(2049) is None


def test_a_link_over_four_kibibytes_is_none() -> None:
    def url(size: int) -> str | None:
        base = "https://a.example/"
        return article(f"<link>{base + 'x' * (size - len(base))}</link>").url

    assert len(url(4096) or "") == 4096
    assert url(4097) is None
