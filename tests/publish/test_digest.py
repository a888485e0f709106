"""One entry for each day or week: its dates, its list, its id, and what moves it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from aggregator.model import Article, Enclosure, FeedInfo, Output, Site
from aggregator.publish import assemble, documents
from aggregator.publish.digest import KEPT, RELATED, Period, Told, digest, id_of, listed_in, period_of, periods

SITE = Site(title="Planet", url="https://planet.example/", id="tag:planet.example,2026:planet")
DAILY, WEEKLY = Output(id="daily", digest="daily"), Output(id="weekly", digest="weekly")
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)
TODAY = period_of("daily", NOON)


def article(n: int, source: str = "a", **fields: Any) -> Article:
    given: dict[str, Any] = {
        "key": f"{n:032x}",
        "id": f"urn:article:{n}",
        "source": source,
        "raw_hash": b"",
        "fingerprint": b"",
        "title": f"Article {n}",
        "url": f"https://{source}.example/{n}",
        "first_seen": NOON,
        "sort_at": NOON,
    }
    return Article(**(given | fields))


def told(*articles: Article, more: int = 0, left_at: datetime | None = None) -> Told:
    return Told(articles=articles, count=len(articles) + more, left_at=left_at)


def made(what: Told, period: Period = TODAY, output: Output = DAILY, **names: str) -> Article:
    entry = digest(what, period, names, SITE, output)
    assert entry is not None
    return entry


@pytest.mark.parametrize(
    ("kind", "moment", "start", "end", "title"),
    [
        ("daily", "2026-11-23T00:00:00+00:00", "2026-11-23", "2026-11-24", "23 November 2026"),
        ("daily", "2026-11-23T23:59:59.999999+00:00", "2026-11-23", "2026-11-24", "23 November 2026"),
        ("daily", "2026-11-24T00:30:00+01:00", "2026-11-23", "2026-11-24", "23 November 2026"),
        ("weekly", "2026-11-23T00:00:00+00:00", "2026-11-23", "2026-11-30", "23 to 29 November 2026"),
        ("weekly", "2026-11-22T23:59:59+00:00", "2026-11-16", "2026-11-23", "16 to 22 November 2026"),
        ("weekly", "2026-12-31T12:00:00+00:00", "2026-12-28", "2027-01-04", "28 December to 3 January 2027"),
    ],
)
def test_a_period_is_a_day_or_an_iso_week_in_utc(kind: str, moment: str, start: str, end: str, title: str) -> None:
    period = period_of(kind, datetime.fromisoformat(moment))
    assert (period.start.date().isoformat(), period.end.date().isoformat(), period.title) == (start, end, title)


@pytest.mark.parametrize("kind", KEPT)
def test_the_periods_told_of_are_over_and_without_a_gap(kind: str) -> None:
    found = list(periods(kind, NOON))
    assert len(found) == KEPT[kind]
    assert found[0].end == period_of(kind, NOON).start
    assert all(later.start == earlier.end for later, earlier in pairwise(found))
    assert found[0] == next(periods(kind, found[0].end)), "it is told of as soon as it is over"
    assert found[0] != next(periods(kind, found[0].end - timedelta(microseconds=1))), "and never before"


def test_an_entry_is_dated_at_the_end_of_its_period_and_stays_so() -> None:
    entry = made(told(article(1, updated=NOON + 9 * DAY)))
    assert entry.published == entry.sort_at == entry.first_seen == TODAY.end
    assert entry.updated is None
    assert entry.title == "Planet: 23 November 2026"


def test_its_id_is_of_output_and_period_alone() -> None:
    ids = {
        id_of(SITE, DAILY, TODAY),
        id_of(SITE, Output(id="other", digest="daily"), TODAY),
        id_of(SITE, DAILY, period_of("daily", NOON - DAY)),
        id_of(SITE, Output(id="daily", digest="weekly"), period_of("weekly", NOON)),
    }
    assert len(ids) == 4
    assert made(told(article(1))).id == made(told(article(2), article(3)), a="A").id in ids


def test_nothing_is_told_of_nothing() -> None:
    assert digest(Told(), TODAY, {}, SITE, DAILY) is None


def test_what_is_taken_back_once_it_was_told_of_moves_it_and_before_that_does_not() -> None:
    assert made(told(article(1), left_at=TODAY.end - DAY / 2)).updated is None
    assert made(told(article(1), left_at=TODAY.end + DAY)).updated == TODAY.end + DAY
    assert made(told(article(1), left_at=TODAY.end + DAY)).deleted_at is None


def test_of_what_is_taken_back_whole_nothing_is_left_but_that_it_was() -> None:
    entry = made(told(left_at=TODAY.end + DAY))
    assert entry.deleted_at == TODAY.end + DAY
    feed = assemble((), {}, {}, SITE, DAILY, first=False, withdrawn=(entry,))
    assert [each.ref for each in feed.tombstones] == [entry.id]


def test_articles_stand_under_their_sources_names_with_a_line_each() -> None:
    summary = "A & <b> word " * 40
    some = (article(3, "b"), article(2, "a", title="1 < 2", summary=summary), article(1, "a", summary="Article 1"))
    content = made(told(*some), a="Zed & Co", b="Bee").content_html
    assert content is not None
    assert re.findall("<h2>(.*?)</h2>", content) == ["Bee", "Zed &amp; Co"]
    assert [(href, title, name) for href, title, _, name in listed_in(content)] == [
        ("https://b.example/3", "Article 3", "Bee"),
        ("https://a.example/2", "1 < 2", "Zed & Co"),
        ("https://a.example/1", "Article 1", "Zed & Co"),
    ]
    summaries = [each for _, _, each, _ in listed_in(content)]
    assert summaries[0] is summaries[2] is None, "a summary that is the title again says nothing"
    assert summaries[1] is not None
    assert summaries[1].startswith("A & <b> word A")
    assert len(summaries[1]) <= 201
    assert summaries[1].endswith("…")


def test_an_article_without_a_page_is_named_and_one_with_a_file_leads_to_that() -> None:
    file = Enclosure(url="https://a.example/1.mp3")
    content = made(told(article(1, url=None), article(2, url="javascript:x", enclosures=(file,)))).content_html or ""
    assert "<li>Article 1</li>" in content
    assert '<li><a href="https://a.example/1.mp3">Article 2</a></li>' in content


def test_of_more_articles_than_are_listed_it_says_how_many() -> None:
    assert "<p>And 1,234 more.</p>" in (made(told(article(1), more=1234)).content_html or "")
    assert "more." not in (made(told(article(1))).content_html or "")


def test_the_first_of_them_are_links() -> None:
    links = made(told(*(article(n) for n in range(99)))).links
    assert [each.href for each in links] == [f"https://a.example/{n}" for n in range(RELATED)]
    assert {each.rel for each in links} == {"related"}


def test_a_source_without_a_name_has_that_which_its_articles_brought() -> None:
    content = made(told(article(1, origin=FeedInfo(title="Told before")))).content_html or ""
    assert "<h2>Told before</h2>" in content
    assert "<h2>a</h2>" in (made(told(article(1))).content_html or "")


def test_it_is_published_in_every_format_as_the_sites_own(tmp_path: object) -> None:
    nasty = article(1, title='<script>alert("1")</script>', summary="]]> & <img src=x onerror=alert(1)>")
    entry = made(told(nasty), a="</h2><script>x</script>")
    feed = assemble((entry,), {}, {}, SITE, DAILY, first=True)
    publication = documents(feed, first=True)
    assert not publication.problems
    (shown,) = publication.feed.entries
    assert (shown.source.id, shown.source.title, shown.url) == (SITE.id, "Planet", None)
    assert [each.name for each in shown.authors] == ["Planet"]
    assert "<script" not in (shown.content_html or "")


def test_a_local_article_leads_to_its_page_here_unless_only_some_may_read_of_it() -> None:
    own = article(1, url=None, slug="a-title-0123456789")
    assert 'href="https://planet.example/a/a-title-0123456789"' in (made(told(own)).content_html or "")
    private = Output(id="daily", digest="daily", tokens=())
    assert "href" not in (made(told(own), output=private).content_html or "")
