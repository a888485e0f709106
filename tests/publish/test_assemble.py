"""Which entries an output has, in which order, and what is said of each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from aggregator.model import Category, Enclosure, FeedInfo, Link, Output, Person, Source
from aggregator.publish import valid
from aggregator.publish.assemble import EMPTY_SINCE

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
MAIN = Output(id="main")


def one(feed, article):
    """The only entry of a feed of this article."""
    (entry,) = feed(article).entries
    return entry


def test_entries_are_newest_first_and_ties_are_ordered_by_id(feed, article):
    """O5."""
    articles = [article(1), article(2), article(3, id="urn:b", sort_at=NOON), article(4, id="urn:a", sort_at=NOON)]
    for order in permutations(articles):
        assert [entry.title for entry in feed(*order).entries] == ["Article 2", "Article 1", "Article 4", "Article 3"]


def test_only_the_newest_up_to_the_limit_are_taken(feed, article):
    shown = feed(*(article(n) for n in range(5)), limit=2)
    assert [entry.title for entry in shown.entries] == ["Article 4", "Article 3"]


def test_nothing_was_updated_before_it_was_published(feed, article):
    ahead = one(feed, article(published=NOON, updated=NOON - timedelta(days=9), sort_at=NOON))
    assert (ahead.published, ahead.updated) == (NOON, NOON)
    third = article(published=NOON, updated=NOON - timedelta(days=9), sort_at=NOON - timedelta(microseconds=2))
    assert one(feed, third).updated == NOON


def test_of_two_articles_with_one_id_the_later_updated_is_shown(feed, article):
    old = article(1, id="urn:x", updated=NOON)
    new = article(2, id="urn:x", updated=NOON + timedelta(days=1))
    for order in permutations([old, new]):
        assert [entry.title for entry in feed(*order).entries] == ["Article 2"]


def test_articles_left_out_by_a_rule_are_not_shown(feed, article):
    shown = feed(article(1), article(2, left_out="drop: ads"))
    assert [entry.title for entry in shown.entries] == ["Article 1"]


def test_an_entry_is_dated_by_its_source_and_else_by_the_first_sight_of_it(feed, article):
    """O4: never by the clock."""
    later = NOON + timedelta(days=2)
    assert one(feed, article(updated=later)).updated == later
    assert one(feed, article(published=later)).updated == later
    assert one(feed, article(published=None, first_seen=later)).updated == later
    assert one(feed, article(published=None)).published is None


def test_the_feed_is_as_new_as_its_newest_entry_and_an_empty_one_has_a_fixed_early_date(feed, article):
    """O5."""
    assert feed(article(1, updated=NOON + timedelta(days=9)), article(2)).updated == NOON + timedelta(days=9)
    assert feed().updated == EMPTY_SINCE


def test_the_first_output_has_the_id_of_the_site_and_others_a_stable_one_of_their_own(assembled):
    first, cars, boats = (
        assembled([], output=Output(id=name), first=name == "main") for name in ("main", "cars", "boats")
    )
    assert first.id == "tag:planet.example,2026:planet"
    assert len({first.id, cars.id, boats.id}) == 3
    assert cars.id == assembled([], output=Output(id="cars", title="Other"), first=False).id
    assert valid.iri(cars.id)


def test_every_document_says_the_one_address_it_is_canonical_at(assembled):
    assert dict(assembled([], output=MAIN, first=True).self_urls) == {
        "atom": "https://planet.example/feed.atom",
        "rss": "https://planet.example/feed.rss",
        "json": "https://planet.example/feed.json",
        "html": "https://planet.example/",
    }
    cars = assembled([], output=Output(id="cars", formats=("atom", "html")), first=False)
    assert dict(cars.self_urls) == {
        "atom": "https://planet.example/cars.atom",
        "html": "https://planet.example/cars.html",
    }
    assert cars.site_url == "https://planet.example/cars.html"
    assert assembled([], output=Output(id="x", formats=("atom",)), first=False).site_url == "https://planet.example/"


def test_the_source_of_an_entry_is_complete(feed, article):
    source = one(feed, article(source_updated=NOON)).source
    assert source.id == "tag:blog.example,2020:feed"
    assert source.title == "The Blog"
    assert source.updated == NOON
    assert (source.url, source.self_url) == ("https://blog.example/", "https://blog.example/feed.xml")
    assert source.authors == (Person(name="Ann Author"),)
    assert (source.rights, source.icon, source.language) == ("CC BY", "https://blog.example/icon.png", "en")


def test_a_source_without_a_date_is_as_new_as_the_entry(feed, article):
    entry = one(feed, article())
    assert entry.source.updated == entry.updated


def test_the_id_of_a_source_is_an_iri_whatever_its_feed_says(assembled, article):
    def source_of(info, url="https://blog.example/feed.xml"):
        configured = {"blog": Source(id="blog", url=url)}
        made = assembled([article()], output=MAIN, first=True, infos={"blog": info}, sources=configured)
        return made.entries[0].source

    assert source_of(FeedInfo(id="not an iri")).id == "https://blog.example/feed.xml"
    assert source_of(FeedInfo(self_url="https://blog.example/self")).id == "https://blog.example/self"
    assert source_of(FeedInfo(), url="https://me:secret@blog.example/f").id == "https://blog.example/f"


def test_a_password_in_a_configured_address_is_never_published(assembled, article):
    configured = {"blog": Source(id="blog", url="https://me:secret@blog.example/f")}
    made = assembled([article()], output=MAIN, first=True, infos={}, sources=configured)
    assert "secret" not in repr(made)


def test_a_folder_of_local_articles_has_a_stable_source_id_below_the_site(feed, article):
    first, second = (one(feed, article(n, source="seeds", url=None)).source for n in (1, 2))
    assert first.id == second.id
    assert valid.iri(first.id)
    assert first.title == "Local news"
    assert first.id != one(feed, article(source="other folder")).source.id


def test_an_entry_that_came_through_another_feed_keeps_its_own_source(feed, article):
    origin = FeedInfo(id="tag:far.example,2020:feed", title="Far away", updated=NOON, self_url="https://far.example/f")
    source = one(feed, article(origin=origin, source_updated=NOON + timedelta(days=1))).source
    assert (source.id, source.title, source.updated) == (origin.id, "Far away", NOON)
    assert source.authors == ()  # the authors of the feed in between did not write it
    assert source.rights is None


def test_an_incomplete_origin_is_completed_but_not_from_the_feed_in_between(feed, article):
    entry = one(feed, article(origin=FeedInfo(url="https://far.example/")))
    assert entry.source.id == "https://far.example/"
    assert entry.source.title == "far.example"
    assert entry.source.updated == entry.updated
    assert valid.iri(one(feed, article(origin=FeedInfo(title="Only a name"))).source.id)


def test_an_entry_of_a_source_that_was_removed_is_still_whole(feed, article):
    source = one(feed, article(source="gone")).source
    assert valid.iri(source.id)
    assert source.title == "gone"


def test_links_are_in_order_with_the_alternate_first(feed, article):
    entry = one(
        feed,
        article(
            enclosures=(Enclosure(url="https://blog.example/a.mp3", type="audio/mpeg", length=7),),
            comments="https://blog.example/1#comments",
            links=(Link(rel="via", href="https://other.example/"),),
        ),
    )
    assert [(link.rel, link.href) for link in entry.links] == [
        ("alternate", "https://blog.example/1"),
        ("enclosure", "https://blog.example/a.mp3"),
        ("replies", "https://blog.example/1#comments"),
        ("via", "https://other.example/"),
    ]
    assert entry.enclosures[0] == Link(rel="enclosure", href="https://blog.example/a.mp3", type="audio/mpeg", length=7)


def test_a_second_alternate_of_the_same_kind_becomes_related_and_of_another_kind_stays(feed, article):
    more = (
        Link(href="https://blog.example/1?print"),
        Link(href="https://blog.example/1.pdf", type="application/pdf"),
        Link(href="https://blog.example/fr/1", hreflang="fr"),
        Link(href="https://blog.example/1"),
    )
    entry = one(feed, article(links=more))
    assert [(link.rel, link.href) for link in entry.links] == [
        ("alternate", "https://blog.example/1"),
        ("alternate", "https://blog.example/1.pdf"),
        ("alternate", "https://blog.example/fr/1"),
        ("related", "https://blog.example/1?print"),
    ]


def test_an_alternate_among_the_links_comes_first_where_there_is_no_page(feed, article):
    entry = one(
        feed,
        article(
            url=None,
            enclosures=(Enclosure(url="https://blog.example/a.mp3"),),
            links=(Link(href="https://blog.example/1.pdf", type="application/pdf"),),
        ),
    )
    assert [link.rel for link in entry.links] == ["alternate", "enclosure"]


@pytest.mark.parametrize(
    "link",
    [
        Link(rel="standout", href="https://blog.example/1"),
        Link(rel="self", href="https://blog.example/1.atom"),
        Link(rel="related", href="javascript:alert(1)"),
        Link(rel="related", href="/relative"),
        Link(rel="related", href="https://[::1"),
        Link(rel="via", href="file:///etc/passwd"),
    ],
)
def test_links_that_would_not_be_valid_or_safe_are_left_out(feed, article, link):
    assert [each.rel for each in one(feed, article(links=(link,))).links] == ["alternate"]


def test_an_entry_without_text_gets_its_title_as_summary(feed, article):
    entry = one(feed, article(summary=None, content_html=None))
    assert (entry.summary, entry.content_html) == ("Article 1", None)


def test_an_entry_without_page_and_content_gets_its_text_as_content(feed, article):
    entry = one(feed, article(url=None, summary="1 < 2 & 3", content_html=None))
    assert entry.content_html == "<p>1 &lt; 2 &amp; 3</p>"
    assert one(feed, article(url=None, summary=None, content_html=None)).content_html == "<p>Article 1</p>"


def test_an_entry_whose_people_have_no_names_is_by_its_source(feed, article):
    assert one(feed, article(authors=(Person(email="a@blog.example"),))).authors == (Person(name="The Blog"),)


def test_what_machines_compare_is_valid_or_absent(feed, article):
    entry = one(
        feed,
        article(
            language="en_US",
            image="data:image/png;base64,xx",
            authors=(Person(name="Ann", email="hidden", url="about:me"), Person(name="Bob", email="b@blog.example")),
            tags=(
                Category(term="a", scheme="AccessClassName"),
                Category(term="a"),
                Category(term=""),
                Category(term="b", scheme="https://blog.example/tags", label=""),
            ),
            enclosures=(Enclosure(url="https://blog.example/a b.mp3", type="audio", length=-1),),
        ),
    )
    assert entry.language == "en-US"
    assert entry.image is None
    assert entry.authors == (Person(name="Ann"), Person(name="Bob", email="b@blog.example"))
    assert entry.categories == (Category(term="a"), Category(term="b", scheme="https://blog.example/tags"))
    assert entry.enclosures == (Link(rel="enclosure", href="https://blog.example/a%20b.mp3"),)


def test_an_id_is_published_character_for_character(feed, article):
    odd = "tag:https://blog.example,2020:É?a=1&b=2"
    assert one(feed, article(id=odd)).id == odd


@pytest.mark.parametrize(
    ("given", "published"),
    [
        ("https://a.example/x y", "https://a.example/x%20y"),
        ("https://a.example/%7Ex?q=[1]&r=ü#f", "https://a.example/%7Ex?q=[1]&r=ü#f"),
        ("https://a.example/%zz|", "https://a.example/%25zz%7C"),
        ("HTTPS://A.example/", "https://A.example/"),
        ("http://u:p@a.example:8080/", "http://a.example:8080/"),
        (" https://a.example/ ", "https://a.example/"),
        ("https://a.example?x", "https://a.example?x"),
        ("https:///nohost", None),
        ("ftp://a.example/", None),
        ("", None),
        (None, None),
    ],
)
def test_addresses_are_made_valid_or_left_out(given, published):
    assert valid.web_address(given) == published


@pytest.mark.parametrize(
    ("claimed", "published"),
    [
        ("https://a.example/Shot at 2.27\u202fPM.png", "https://a.example/Shot%20at%202.27%E2%80%AFPM.png"),
        ("https://a.example/x\u200fy", "https://a.example/x%E2%80%8Fy"),
        ("https://bücher.example/ü?a=ü", "https://bücher.example/ü?a=ü"),
        ("https://a.example/\ud800", "https://a.example/"),
    ],
    ids=ascii,
)
def test_what_cannot_be_seen_in_an_address_is_written_in_percent(claimed, published):
    """time.com has U+202F in the addresses of its screenshots (2025-11); RFC 3987 4.1 forbids direction marks."""
    assert valid.web_address(claimed) == published
