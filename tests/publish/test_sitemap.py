"""What search engines are told of: pages that are ours, and news of two days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import validator
from lxml import etree

from aggregator.model import Site
from aggregator.publish import sitemap
from aggregator.publish.assemble import EMPTY_SINCE
from aggregator.publish.sitemap import MAP, NEWS, Page

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SITE = Site(title="Planet & Co", url="https://planet.example/", id="urn:x", language="en")


def page(number: int = 1, **said) -> Page:
    usual = {
        "url": f"https://planet.example/a/{number}",
        "updated": NOW - timedelta(hours=number),
        "published": NOW - timedelta(hours=number),
        "title": f"Article <{number}>",
    }
    return Page(**{**usual, **said})


def test_a_sitemap_says_where_each_page_is_and_since_when() -> None:
    made = sitemap.sitemap([page(1), page(2)])
    root = etree.fromstring(made.body)
    assert [(each.findtext(f"{{{MAP}}}loc"), each.findtext(f"{{{MAP}}}lastmod")) for each in root] == [
        ("https://planet.example/a/1", "2026-11-20T11:00:00+00:00"),
        ("https://planet.example/a/2", "2026-11-20T10:00:00+00:00"),
    ]
    assert (made.path, made.media_type, made.updated) == (
        "sitemap.xml",
        "application/xml; charset=utf-8",
        NOW - timedelta(hours=1),
    )
    assert validator.sitemap(made.body, SITE.url, NOW) == []


def test_a_page_with_nothing_on_it_is_listed_without_a_time() -> None:
    made = sitemap.sitemap([page(1, updated=EMPTY_SINCE)])
    (only,) = etree.fromstring(made.body)
    assert [each.tag for each in only] == [f"{{{MAP}}}loc"]
    assert validator.sitemap(made.body, SITE.url, NOW) == []


def test_a_sitemap_has_50000_pages_at_most() -> None:
    made = sitemap.sitemap([page(number) for number in range(sitemap.MOST_PAGES + 1)])
    assert len(etree.fromstring(made.body)) == 50_000


def test_news_are_of_the_last_two_days_the_newest_first() -> None:
    pages = [page(40), page(1), page(49), page(3, published=None), page(-1)]
    made = sitemap.news(pages, SITE, NOW)
    root = etree.fromstring(made.body)
    assert [each.findtext(f"{{{MAP}}}loc")[-3:] for each in root] == ["a/1", "/40"]
    assert validator.sitemap(made.body, SITE.url, NOW) == []
    (first, _) = root.iter(f"{{{NEWS}}}news")
    assert first.findtext(f"{{{NEWS}}}publication/{{{NEWS}}}name") == "Planet & Co"
    assert first.findtext(f"{{{NEWS}}}title") == "Article <1>"
    assert first.findtext(f"{{{NEWS}}}publication_date") == "2026-11-20T11:00:00+00:00"


def test_without_news_there_is_no_document_for_them() -> None:
    assert sitemap.news([page(49)], SITE, NOW) is None


def test_news_are_1000_at_most() -> None:
    pages = [page(number, published=NOW) for number in range(1_001)]
    assert len(etree.fromstring(sitemap.news(pages, SITE, NOW).body)) == 1_000


@pytest.mark.parametrize(
    ("tag", "said"), [("pt-BR", "pt"), (None, "en"), ("zh-Hant", "zh-tw"), ("zh", "zh-cn"), ("zh-TW", "zh-tw")]
)
def test_the_language_of_news_is_as_google_wants_it(tag, said) -> None:
    root = etree.fromstring(sitemap.news([page(language=tag)], SITE, NOW).body)
    assert [each.text for each in root.iter(f"{{{NEWS}}}language")] == [said]


WRONG = {
    "no urlset": (b"urlset", b"urlsot"),
    "twice": (b"/a/2<", b"/a/1<"),
    "not on this site": (b"https://planet.example/a/1<", b"https://other.example/a/1<"),
    "InvalidRFC3339Date": (b"<lastmod>2026-11-20T11", b"<lastmod>20 Nov 2026 11"),
    "unknown": (b"<lastmod>2026-11-20T11:00:00+00:00</lastmod>", b"<priority>1</priority>"),
    "news without title": (b"<news:title>Article &lt;1&gt;</news:title>", b""),
    "news without publication/language": (b"<news:language>en</news:language>", b""),
    "news of more than two days ago": (b"<news:publication_date>2026-11-20", b"<news:publication_date>2026-11-17"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_each_mistake_in_a_sitemap_is_found(kind) -> None:
    body = sitemap.news([page(1), page(2)], SITE, NOW).body
    was, now = WRONG[kind]
    assert was in body
    assert kind in {each.partition(":")[0] for each in validator.sitemap(body.replace(was, now), SITE.url, NOW)}
