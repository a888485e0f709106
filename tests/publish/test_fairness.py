"""What a source says beyond its ``limit_per_day`` is one entry of the day, in every format."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest

from aggregator.model import FOLDED, Article, Enclosure, FeedInfo, Output, Site, Source
from aggregator.publish import assemble, documents, folded_days
from aggregator.publish.fairness import LISTED, RELATED, listed_in

if TYPE_CHECKING:
    from collections.abc import Callable

DAY = datetime(2026, 11, 1, tzinfo=UTC)
SITE = Site(title="Planet & Co", url="https://planet.example/", id="tag:planet.example,2026:planet")
SOURCES = {"blog": Source(id="blog", url="https://blog.example/feed.xml")}
INFOS = {"blog": FeedInfo(title="The <Blog>", url="https://blog.example/")}
MAIN = Output(id="main")


@pytest.fixture
def folded(article: Callable[..., Article]) -> Callable[..., Article]:
    """``folded(number, **said)``: a minute apart from each other, all of one day."""

    def make(number: int, **said: Any) -> Article:
        at = DAY + timedelta(hours=1, minutes=number)
        return article(number, **{"held": FOLDED, "sort_at": at, "first_seen": at, "published": at, **said})

    return make


def told(*articles: Article, output: Output = MAIN) -> tuple[Article, ...]:
    return folded_days(articles, INFOS, SOURCES, SITE, output)


def test_each_source_and_day_has_an_entry(folded: Callable[..., Article]) -> None:
    other = folded(4, source="else")
    tomorrow = folded(3, sort_at=DAY + timedelta(days=1))
    found = told(folded(1), folded(2), tomorrow, other)
    titles = [(each.source, each.title, each.published) for each in found]
    assert titles == [
        ("blog", "2 more from The <Blog>", DAY),
        ("blog", "1 more from The <Blog>", DAY + timedelta(days=1)),
        ("else", "1 more from else", DAY),
    ]
    assert len({each.id for each in found}) == 3


def test_every_article_is_listed_and_the_first_are_links(folded: Callable[..., Article]) -> None:
    (entry,) = told(*(folded(each) for each in range(200)))
    assert entry.content_html is not None
    assert entry.content_html.count("<li>") == 200
    assert all(f'<a href="https://blog.example/{each}">Article {each}</a>' in entry.content_html for each in range(200))
    assert entry.content_html.index("Article 1<") < entry.content_html.index("Article 2<")
    assert [each.href for each in entry.links] == [f"https://blog.example/{each}" for each in range(RELATED)]
    assert {each.rel for each in entry.links} == {"related"}


def test_what_a_stranger_calls_his_articles_stays_text(folded: Callable[..., Article]) -> None:
    (entry,) = told(
        folded(1, title='</a><script>alert("x")</script>', url="javascript:alert(1)"),
        folded(2, title="& co", url='https://blog.example/"><b>'),
    )
    assert entry.content_html is not None
    assert "<script" not in entry.content_html
    assert "javascript:" not in entry.content_html
    assert '"><b>' not in entry.content_html
    assert "&amp; co" in entry.content_html
    assert "The &lt;Blog&gt;" in entry.content_html


def test_more_than_a_thousand_are_counted(folded: Callable[..., Article]) -> None:
    (entry,) = told(*(folded(each, title="x") for each in range(LISTED + 5)))
    assert entry.title == f"{LISTED + 5} more from The <Blog>"
    assert entry.content_html is not None
    assert entry.content_html.count("<li>") == LISTED
    assert entry.content_html.endswith("<p>And 5 more.</p>")


def test_the_id_is_of_source_day_and_query_and_of_nothing_else(folded: Callable[..., Article]) -> None:
    one, two = folded(1), folded(2)
    ids = {told(one)[0].id, told(two, one)[0].id, told(two, output=Output(id="other"))[0].id}
    assert ids == {told(one)[0].id}
    assert told(one, output=Output(id="cars", query="title ~ /1/"))[0].id not in ids


@pytest.mark.parametrize("gone", ["deleted_at", "hidden_at", "left_out"])
def test_what_is_not_to_be_shown_is_not_listed(folded: Callable[..., Article], gone: str) -> None:
    value: Any = DAY + timedelta(days=3) if gone.endswith("_at") else "0" * 32
    (entry,) = told(folded(1), folded(2, **{gone: value}))
    assert entry.title.startswith("1 more")
    assert entry.content_html is not None
    assert "Article 2" not in entry.content_html
    assert told(folded(2, **{gone: value})) == ()


def test_updated_moves_when_one_joins_or_leaves_and_never_goes_back(folded: Callable[..., Article]) -> None:
    one, two = folded(1), folded(2)
    late = folded(3, sort_at=DAY + timedelta(minutes=1), first_seen=DAY + timedelta(days=2))
    edited = folded(2, title="Another", updated=DAY + timedelta(days=2))
    gone = folded(2, deleted_at=DAY + timedelta(days=3))
    held_back = folded(2, not_before=DAY + timedelta(days=4))
    assert told(one)[0].updated == one.first_seen
    assert told(one, two)[0].updated == told(one, edited)[0].updated == two.first_seen
    assert told(one, two, late)[0].updated == late.first_seen
    assert told(one, gone)[0].updated == gone.deleted_at
    assert told(one, held_back)[0].updated == held_back.not_before


def test_it_stands_where_the_newest_of_them_would(folded: Callable[..., Article]) -> None:
    assert told(folded(1), folded(9), folded(3))[0].sort_at == folded(9).sort_at


def test_it_is_in_every_format(folded: Callable[..., Article], article: Callable[..., Article]) -> None:
    entries = (article(1), *told(*(folded(each) for each in range(10, 13))))
    feed = assemble(entries, INFOS, SOURCES, SITE, MAIN, first=False)
    made = documents(feed, first=False)
    assert made.problems == ()
    bodies = {each.path: each.body.decode() for each in made.documents}
    for path in ("main.atom", "main.rss", "main.json", "main.html"):
        assert "3 more from The" in bodies[path], path
        assert "https://blog.example/12" in bodies[path], path
    atom = "{http://www.w3.org/2005/Atom}"
    entry = next(
        each
        for each in ElementTree.fromstring(bodies["main.atom"]).iter(f"{atom}entry")
        if "more from" in (each.findtext(f"{atom}title") or "")
    )
    assert entry.findtext(f"{atom}author/{atom}name") == "The <Blog>"
    assert entry.findtext(f"{atom}source/{atom}title") == "The <Blog>"
    assert entry.findtext(f"{atom}published") == "2026-11-01T00:00:00+00:00"


def test_it_is_named_for_its_source_and_not_for_whom_that_repeats(
    folded: Callable[..., Article],
) -> None:
    (entry,) = told(folded(1, origin=FeedInfo(title="An original")))
    assert (entry.title, entry.origin) == ("1 more from The <Blog>", None)


def test_what_has_no_page_is_listed_with_its_file(folded: Callable[..., Article]) -> None:
    episode = folded(1, url=None, enclosures=(Enclosure(url="https://blog.example/1.mp3"),))
    (entry,) = told(episode)
    assert '<a href="https://blog.example/1.mp3">Article 1</a>' in (entry.content_html or "")
    assert [each.href for each in entry.links] == ["https://blog.example/1.mp3"]


def test_what_it_lists_can_be_read_back(folded: Callable[..., Article]) -> None:
    (entry,) = told(folded(1, title='<One> & "co"', url="https://blog.example/?a=1&b='2'"), folded(2))
    assert listed_in(entry.content_html or "") == (
        ("https://blog.example/?a=1&b='2'", '<One> & "co"'),
        ("https://blog.example/2", "Article 2"),
    )
