"""Rules for documents, one by one, that no other page of tests has for its subject."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import feedparser
import lxml.html
import pytest
import validator
from lxml import etree

from aggregator.model import Category, Enclosure, FeedInfo, Link, Output, Person, Replies, Site, Source, Tombstone
from aggregator.publish import FORMATS, opml
from aggregator.publish.assemble import with_entries
from aggregator.publish.html import article_page
from aggregator.serve.documents import MEDIA_TYPES

A = "{http://www.w3.org/2005/Atom}"
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
SITE = Site(title="Planet & Co", url="https://planet.example/", id="tag:planet.example,2026:planet", language="en")


def test_o11_content_is_html_and_titles_are_plain_text(feed, article) -> None:
    """No xhtml, which five of nineteen readers lose; no ``CDATA`` as a media type."""
    root = etree.fromstring(FORMATS["atom"].render(feed(article(title="a <b> & c"), article(2, summary=None))))
    assert {each.get("type") for each in root.iter(f"{A}content")} == {"html"}
    assert {each.get("type") for each in root.iter(f"{A}title")} == {"text"}
    assert "a <b> & c" in {each.text for each in root.iter(f"{A}title")}


@pytest.mark.parametrize(
    ("form", "media_type"),
    [
        ("atom", "application/atom+xml; charset=utf-8"),
        ("rss", "application/rss+xml; charset=utf-8"),
        ("json", "application/feed+json; charset=utf-8"),
        ("html", "text/html; charset=utf-8"),
    ],
)
def test_o23_a_document_has_its_own_media_type(form, media_type) -> None:
    """RFC 4287 section 7, RFC 7303: as it is made, and as it is served."""
    assert (FORMATS[form].media_type, MEDIA_TYPES[FORMATS[form].extension]) == (media_type, media_type)


def test_o23_a_list_of_sources_is_text_x_opml() -> None:
    made = opml.render([], {}, SITE)
    assert (made.media_type, MEDIA_TYPES["opml.xml"]) == ("text/x-opml; charset=utf-8", "text/x-opml; charset=utf-8")


@pytest.mark.parametrize("form", ["atom", "rss", "html"])
def test_o22_there_is_no_style_sheet_in_a_document_for_programs(form, feed, article) -> None:
    """Browsers stop running XSLT (Chrome 155), and show a warning above it until then; people have an HTML page."""
    body = FORMATS[form].render(feed(article()))
    assert b"xml-stylesheet" not in body
    assert b"text/xsl" not in body


def test_o30_pages_offer_the_feeds_of_the_site_the_main_one_first(feed, article) -> None:
    """HTML Standard 4.6.7.1: absolute, in the head, never under ``feed:``."""
    made = feed(article(slug="one-0123456789", url=None))
    pages = (FORMATS["html"].render(made), article_page(made.entries[0], SITE, made).body)
    for page in pages:
        offers = lxml.html.document_fromstring(page).xpath("//head/link[@rel='alternate']")
        assert [each.get("href") for each in offers] == [
            "https://planet.example/feed.atom",
            "https://planet.example/feed.rss",
            "https://planet.example/feed.json",
        ]
        assert all(each.get("title") and each.get("type") for each in offers)
        assert b'"feed:' not in page


@pytest.mark.parametrize("form", ["atom", "rss"])
def test_o32_names_of_atom_have_no_prefix_and_no_prefix_is_made_up(form, feed, article) -> None:
    """As ``ns0:source`` feedparser-rs and gofeed lose it; under any prefix six of nineteen read nothing."""
    rich = article(
        enclosures=(Enclosure(url="https://a.example/a.mp3", duration=5),),
        replies=Replies(count=1, feed="https://a.example/replies"),
        licence="https://a.example/licence",
    )
    body = FORMATS[form].render(feed(rich))
    assert not re.search(rb"<ns\d+:", body)
    root = etree.fromstring(body)
    assert root.prefix is None
    if form == "atom":
        assert all(each.prefix is None for each in root.iter(f"{A}*"))
    assert not any(prefix and prefix.startswith("ns") for prefix in root.nsmap)


def test_o27_the_siblings_of_a_json_feed_are_in_a_member_of_our_own(feed, article) -> None:
    """JSON Feed 1.1 has no word for them; ``next_url`` must not be used for anything else."""
    made = json.loads(FORMATS["json"].render(feed(article())))
    assert [each["url"] for each in made["_alternates"]] == [
        "https://planet.example/feed.atom",
        "https://planet.example/feed.rss",
    ]
    assert "next_url" not in made
    assert "author" not in made


@pytest.mark.parametrize("form", ["atom", "rss"])
def test_a_feed_names_its_siblings_and_no_second_page(form, feed, article) -> None:
    root = etree.fromstring(FORMATS[form].render(feed(article())))
    head = root if form == "atom" else root.find("channel")
    links = {(each.get("rel"), each.get("href"), each.get("type")) for each in head.findall(f"{A}link")}
    for other, media_type in (("atom", "application/atom+xml"), ("rss", "application/rss+xml")):
        named = ("related", f"https://planet.example/feed.{other}", media_type)
        assert (named in links) == (other != form)
    assert ("related", "https://planet.example/feed.json", "application/feed+json") in links


def test_a_feed_names_only_siblings_that_there_are(assembled, article) -> None:
    made = assembled([article()], output=Output(id="main", formats=("atom", "html")), first=True)
    assert b"related" not in FORMATS["atom"].render(made)


def test_o29_a_list_of_sources_says_what_was_put_in() -> None:
    """Round trip: addresses, titles, pages and tags, each address once."""
    sources = [
        Source(id="a", url="https://a.example/feed?x=1&y=2", title='A <&> "quoted" – ü', tags=("news", "x")),
        Source(id="b", url="https://b.example/feed"),
        Source(id="c", url="https://b.example/feed"),
    ]
    infos = {"a": FeedInfo(url="https://a.example/"), "b": FeedInfo(title="Bee", url="https://b.example/?q=ü")}
    body = opml.render(sources, infos, SITE).body
    assert validator.opml(body) == []
    found = [dict(each.attrib) for each in etree.fromstring(body).iter("outline")]
    assert [(each["xmlUrl"], each["title"], each["htmlUrl"], each.get("category")) for each in found] == [
        ("https://a.example/feed?x=1&y=2", 'A <&> "quoted" – ü', "https://a.example/", "news,x"),
        ("https://b.example/feed", "Bee", "https://b.example/?q=ü", None),
    ]
    assert all(each["text"] == each["title"] for each in found)


# ---- feedgen 1.0.0: what it lacks is supplied, and read back here


def read_back(feed, *articles):
    made = feed(*articles)
    atom = etree.fromstring(FORMATS["atom"].render(made))
    rss = etree.fromstring(FORMATS["rss"].render(made))
    return atom, rss


def test_feedgen_entry_links_keep_relation_type_language_title_and_length(feed, article) -> None:
    """python-feedgen issues 135 and 143: the loop variable is overwritten."""
    told = Link(rel="via", href="https://v.example/", type="text/html", hreflang="de", title="V")
    file = Enclosure(url="https://a.example/a.mp3", type="audio/mpeg", length=5, title="A")
    atom, _ = read_back(feed, article(links=(told,), enclosures=(file,)))
    assert [dict(each.attrib) for each in atom.iterfind(f"{A}entry/{A}link")][1:] == [
        {"rel": "enclosure", "href": file.url, "type": "audio/mpeg", "length": "5", "title": "A"},
        {"rel": "via", "href": "https://v.example/", "type": "text/html", "hreflang": "de", "title": "V"},
    ]


def test_feedgen_entries_may_have_relations_beyond_its_five(feed, article) -> None:
    """Pull request 138."""
    links = (Link(rel="license", href="https://l.example/"), Link(rel="replies", href="https://r.example/"))
    atom, _ = read_back(feed, article(links=links))
    assert [each.get("rel") for each in atom.iterfind(f"{A}entry/{A}link")] == ["alternate", "license", "replies"]


def test_feedgen_source_is_whole_and_last(feed, article) -> None:
    """Issue 79 and pull request 80: title and link only."""
    atom, _ = read_back(feed, article())
    source = atom.find(f"{A}entry")[-1]
    assert [etree.QName(each).localname for each in source] == [
        "id", "title", "updated", "link", "link", "author", "rights", "icon",
    ]  # fmt: skip


def test_feedgen_entries_have_a_language(feed, article) -> None:
    atom, _ = read_back(feed, article(language="de"))
    assert atom.find(f"{A}entry").get("{http://www.w3.org/XML/1998/namespace}lang") == "de"


def test_feedgen_titles_and_rights_have_a_type_and_may_look_empty(feed, article) -> None:
    """Issues 36 and 64: it refuses an empty title, and loses the entry."""
    atom, _ = read_back(feed, article(title=" ", rights="(c)"))
    assert atom.find(f"{A}entry/{A}title").text.strip()
    assert [atom.find(f"{A}entry/{A}{each}").get("type") for each in ("title", "rights")] == ["text", "text"]


def test_feedgen_content_has_a_type_that_is_none_of_its_own(feed, article) -> None:
    """Pull request 123: ``CDATA`` is written as if it were a media type; xhtml it wants well-formed."""
    atom, _ = read_back(feed, article(content_html="<p>not <b>well-formed</p>"))
    content = atom.find(f"{A}entry/{A}content")
    assert (content.get("type"), content.get("src"), content.text) == ("html", None, "<p>not <b>well-formed</p>")


def test_feedgen_people_always_have_names(feed, article) -> None:
    authors = (Person(email="a@a.example"), Person(name="Ann", url="https://a.example/"))
    atom, _ = read_back(feed, article(authors=authors, contributors=(Person(name="Bob"), Person(url="https://b/"))))
    entry = atom.find(f"{A}entry")
    assert [each.findtext(f"{A}name") for each in entry.iterfind(f"{A}author")] == ["Ann"]
    assert [each.findtext(f"{A}name") for each in entry.iterfind(f"{A}contributor")] == ["Bob"]


def test_o4_feedgen_dates_are_never_those_of_the_build(feed, article) -> None:
    """Both ``updated`` are those of now, where it is told nothing."""
    atom, rss = read_back(feed, article(published=None, updated=None, first_seen=NOON))
    dates = [each.text for each in (*atom.iter(f"{A}updated"), *atom.iter(f"{A}published"))]
    assert set(dates) == {"2026-11-01T12:00:00+00:00"}
    assert {each.text for each in (*rss.iter("pubDate"), *rss.iter("lastBuildDate"))} == {
        "Sun, 01 Nov 2026 12:00:00 +0000"
    }


def test_feedgen_entries_keep_their_order(feed, article) -> None:
    """Pull requests 55 and 70: ``add_entry`` puts the last one first."""
    atom, rss = read_back(feed, *(article(number) for number in range(3)))
    titles = ["Article 2", "Article 1", "Article 0"]
    assert [each.findtext(f"{A}title") for each in atom.iterfind(f"{A}entry")] == titles
    assert [each.findtext("title") for each in rss.iter("item")] == titles


def test_feedgen_has_tombstones_and_threads(feed, article) -> None:
    made = feed(article(replies=Replies(count=2)))
    grave = Tombstone(ref="urn:gone", when=NOON)
    made = with_entries(type(made)(**{**_fields(made), "tombstones": (grave,)}), made.entries)
    atom = etree.fromstring(FORMATS["atom"].render(made))
    assert [each.get("ref") for each in atom.iter("{http://purl.org/atompub/tombstones/1.0}deleted-entry")] == [
        "urn:gone"
    ]
    assert atom.findtext(f"{A}entry/{{http://purl.org/syndication/thread/1.0}}total") == "2"


def _fields(value):
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def test_o31_feedgen_one_media_file_is_no_group(feed, article) -> None:
    """Its Media RSS groups all under ``default``."""
    file = Enclosure(url="https://a.example/a.mp4", medium="video")
    for root in read_back(feed, article(enclosures=(file,))):
        assert [each.getparent().tag for each in root.iter("{http://search.yahoo.com/mrss/}content")] == [
            f"{A}entry" if root.tag == f"{A}feed" else "item"
        ]


def test_o28_feedgen_the_channel_links_to_the_site_and_not_to_itself(feed, article) -> None:
    """The last link it is told becomes the channel's, ``self`` included."""
    _, rss = read_back(feed, article())
    assert rss.findtext("channel/link") == "https://planet.example/"


def test_o28_feedgen_authors_without_an_address_are_named(feed, article) -> None:
    """It writes an RSS author only with an e-mail address: 153 of 893 items had one."""
    _, rss = read_back(feed, article(authors=(Person(name="Ann"),)))
    assert rss.findtext("channel/item/{http://purl.org/dc/elements/1.1/}creator") == "Ann"
    assert feedparser.parse(FORMATS["rss"].render(feed(article()))).entries[0].author == "Ann Author"


def test_o28_feedgen_an_item_always_has_a_date_and_says_whether_its_guid_is_a_link(feed, article) -> None:
    """It takes pubDate from ``published`` alone, and every guid for no link."""
    here = article(1, id="https://blog.example/1", published=None, updated=NOON + timedelta(hours=1))
    _, rss = read_back(feed, here, article(2))
    second, first = rss.iter("item")
    assert parsedate_to_datetime(first.findtext("pubDate")) == NOON + timedelta(hours=1)
    assert [each.find("guid").get("isPermaLink") for each in (first, second)] == ["true", "false"]


def test_o13_a_category_and_a_link_are_there_once(feed, article) -> None:
    link, tag = Link(rel="via", href="https://v.example/"), Category(term="x", scheme="https://s.example/")
    atom, _ = read_back(feed, article(links=(link, link), tags=(tag, tag)))
    assert len(atom.findall(f"{A}entry/{A}link[@rel='via']")) == 1
    assert len(atom.findall(f"{A}entry/{A}category")) == 1


@pytest.mark.parametrize("form", ["atom", "rss"])
def test_o16_o17_no_document_claims_to_be_all_there_is_nor_is_a_page_of_many(form, feed, article) -> None:
    """RFC 5005 sections 2 and 3: what ``fh:complete`` lacks counts as deleted, and paged feeds lose entries."""
    made = replace(feed(article(), limit=1), history=(Link(rel="prev-archive", href="https://planet.example/1"),))
    root = etree.fromstring(FORMATS[form].render(made))
    assert root.find(".//{http://purl.org/syndication/history/1.0}complete") is None
    relations = {each.get("rel") for each in root.iter(f"{A}link")}
    assert relations.isdisjoint({"first", "previous", "next", "last"})
