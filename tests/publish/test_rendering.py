"""The documents, read back by programs that did not write them: feedparser, lxml's RELAX NG, the json module."""

from __future__ import annotations

import io
import json
import locale
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import feedparser
import lxml.html
import pytest
from lxml import etree

from aggregator.model import Category, ClientCertificate, Enclosure, FeedInfo, Link, Output, Person, Site, Source
from aggregator.publish import FORMATS, documents, opml, style

ATOM = {"a": "http://www.w3.org/2005/Atom"}
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def rich(article):
    """An article that has everything."""
    return article(
        1,
        title="Fish & <chips> – «ü»",
        summary="1 < 2 & so on",
        content_html='<p>R&amp;D <a href="https://blog.example/x?a=1&amp;b=2">here</a></p>',
        updated=NOON + timedelta(hours=5),
        authors=(Person(name="Ann", email="ann@blog.example", url="https://blog.example/ann"), Person(name="Bob")),
        contributors=(Person(name="Carl"),),
        tags=(Category(term="food", scheme="https://blog.example/tags", label="Food & drink"),),
        enclosures=(
            Enclosure(url="https://blog.example/a.mp3", type="audio/mpeg", length=1234, title="Sound"),
            Enclosure(url="https://blog.example/b.mp4"),
        ),
        comments="https://blog.example/1#comments",
        links=(Link(rel="via", href="https://other.example/", hreflang="de", title="Seen at"),),
        image="https://blog.example/1.png",
        rights="CC BY <4.0>",
        language="de",
    )


def parsed(name, feed):
    return feedparser.parse(io.BytesIO(FORMATS[name].render(feed)), sanitize_html=False)


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_articles_give_the_same_bytes(name, feed, article, rich):
    """O4: two builds are byte-identical."""
    assert FORMATS[name].render(feed(rich, article(2))) == FORMATS[name].render(feed(article(2), rich))


def test_atom_satisfies_the_schema(shared, feed, article, rich):
    schema = etree.RelaxNG(etree.parse(shared / "atom.rng"))
    bare = article(3, url=None, summary=None, content_html=None, published=None, language=None, source="seeds")
    for made in (feed(), feed(rich, article(2), bare)):
        schema.assertValid(etree.fromstring(FORMATS["atom"].render(made)))


def test_atom_says_everything_that_feedgen_alone_would_lose(feed, rich):
    root = etree.fromstring(FORMATS["atom"].render(feed(rich)))
    entry = root.find("a:entry", ATOM)
    assert [dict(link.attrib) for link in entry.findall("a:link", ATOM)] == [
        {"rel": "alternate", "href": "https://blog.example/1"},
        {
            "rel": "enclosure",
            "href": "https://blog.example/a.mp3",
            "type": "audio/mpeg",
            "length": "1234",
            "title": "Sound",
        },
        {"rel": "enclosure", "href": "https://blog.example/b.mp4"},
        {"rel": "replies", "href": "https://blog.example/1#comments", "type": "text/html"},
        {"rel": "via", "href": "https://other.example/", "hreflang": "de", "title": "Seen at"},
    ]
    assert entry.get("{http://www.w3.org/XML/1998/namespace}lang") == "de"
    assert [
        (e.tag.split("}")[1], e.get("type")) for e in entry if e.get("type") and e.tag != f"{{{ATOM['a']}}}link"
    ] == [
        ("title", "text"),
        ("content", "html"),
        ("summary", "text"),
        ("rights", "text"),
    ]
    assert entry.findtext("a:updated", namespaces=ATOM) == "2026-11-01T17:00:00+00:00"
    assert entry.findtext("a:published", namespaces=ATOM) == "2026-11-01T12:01:00+00:00"
    people = [e.findtext("a:name", namespaces=ATOM) for e in entry if e.tag.endswith(("}author", "}contributor"))]
    assert people == ["Ann", "Bob", "Carl"]


def test_the_source_of_an_atom_entry_is_its_last_child_and_complete(feed, rich):
    entry = etree.fromstring(FORMATS["atom"].render(feed(rich))).find("a:entry", ATOM)
    source = entry[-1]
    assert source.tag == f"{{{ATOM['a']}}}source"
    assert source.findtext("a:id", namespaces=ATOM) == "tag:blog.example,2020:feed"
    assert source.findtext("a:title", namespaces=ATOM) == "The Blog"
    assert source.findtext("a:updated", namespaces=ATOM) == "2026-11-01T17:00:00+00:00"
    assert {link.get("rel"): link.get("href") for link in source.findall("a:link", ATOM)} == {
        "alternate": "https://blog.example/",
        "self": "https://blog.example/feed.xml",
    }
    assert source.findtext("a:author/a:name", namespaces=ATOM) == "Ann Author"
    assert source.findtext("a:rights", namespaces=ATOM) == "CC BY"
    assert source.findtext("a:icon", namespaces=ATOM) == "https://blog.example/icon.png"


def test_the_atom_head_has_one_self_one_alternate_its_siblings_the_hubs_and_no_author(feed, article):
    """O13, O9."""
    root = etree.fromstring(FORMATS["atom"].render(feed(article())))
    assert [(link.get("rel"), link.get("href")) for link in root.findall("a:link", ATOM)] == [
        ("alternate", "https://planet.example/"),
        ("self", "https://planet.example/feed.atom"),
        ("related", "https://planet.example/feed.rss"),
        ("related", "https://planet.example/feed.json"),
        ("hub", "https://hub.example/"),
    ]
    assert root.find("a:author", ATOM) is None
    assert root.findtext("a:generator", namespaces=ATOM) == "aggregator"
    assert root.find("a:title", ATOM).get("type") == "text"
    assert root.findtext("a:updated", namespaces=ATOM) == "2026-11-01T12:01:00+00:00"


@pytest.mark.parametrize("name", ["atom", "rss"])
def test_xml_has_no_invented_prefixes_no_doctype_and_no_stylesheet(name, feed, rich):
    """O32, O22, O12."""
    body = FORMATS[name].render(feed(rich))
    assert not any(mark in body for mark in (b"ns0", b"<!DOCTYPE", b"<?xml-stylesheet", b"feedgen"))
    assert body.count(b"xmlns") == body.partition(b"<title")[0].count(b"xmlns")


@pytest.mark.parametrize("name", ["atom", "rss"])
def test_feedparser_reads_what_was_meant(name, feed, article, rich):
    made = feed(rich, article(2))
    read = parsed(name, made)
    assert not read.bozo
    assert [entry.id for entry in read.entries] == [entry.id for entry in made.entries]
    entry = read.entries[1]
    assert entry.title == "Fish & <chips> – «ü»"
    assert entry.link == "https://blog.example/1"
    assert entry.content[0].value == rich.content_html
    assert [author.name for author in entry.authors][:1] == ["Ann"]
    assert entry.enclosures[0] == {"href": "https://blog.example/a.mp3", "type": "audio/mpeg", "length": "1234"} | {
        key: value for key, value in entry.enclosures[0].items() if key in ("rel", "title")
    }
    assert entry.published == ("2026-11-01T12:01:00+00:00" if name == "atom" else "Sun, 01 Nov 2026 12:01:00 +0000")
    assert entry.source.title == "The Blog"
    assert read.feed.title == "Planet & Co"
    assert read.feed.link == "https://planet.example/"


def test_rss_follows_the_profile(feed, rich, article):
    root = etree.fromstring(FORMATS["rss"].render(feed(rich, article(2, id="https://blog.example/2"))))
    second, item = root.findall("channel/item")
    assert (item.find("guid").get("isPermaLink"), second.find("guid").get("isPermaLink")) == ("false", "true")
    assert item.findtext("description") == "1 &lt; 2 &amp; so on"
    assert item.findtext("{http://purl.org/rss/1.0/modules/content/}encoded") == rich.content_html
    assert [each.text for each in item.findall("{http://purl.org/dc/elements/1.1/}creator")] == ["Ann", "Bob"]
    assert item.find("author") is None
    assert item.findtext("pubDate") == "Sun, 01 Nov 2026 12:01:00 +0000"
    assert [dict(each.attrib) for each in item.findall("enclosure")] == [
        {"url": "https://blog.example/a.mp3", "length": "1234", "type": "audio/mpeg"}
    ]
    assert (item.find("source").get("url"), item.findtext("source")) == ("https://blog.example/feed.xml", "The Blog")
    assert item.findtext("comments") == "https://blog.example/1#comments"
    assert (item.findtext("category"), item.find("category").get("domain")) == (
        "Food & drink",
        "https://blog.example/tags",
    )
    channel = root.find("channel")
    assert channel.findtext("link") == "https://planet.example/"
    assert channel.findtext("lastBuildDate") == "Sun, 01 Nov 2026 17:00:00 +0000"
    assert [(each.get("rel"), each.get("href")) for each in channel.findall("{http://www.w3.org/2005/Atom}link")] == [
        ("self", "https://planet.example/feed.rss"),
        ("related", "https://planet.example/feed.atom"),
        ("related", "https://planet.example/feed.json"),
        ("hub", "https://hub.example/"),
    ]


def test_an_rss_item_without_summary_has_its_text_as_description(feed, article):
    item = etree.fromstring(FORMATS["rss"].render(feed(article(summary=None)))).find("channel/item")
    assert item.findtext("description") == "<p>Text of article 1.</p>"
    assert item.find("{http://purl.org/rss/1.0/modules/content/}encoded") is None


def test_rss_titles_are_written_as_plain_text_in_the_way_of_the_profile(feed, rich):
    body = FORMATS["rss"].render(feed(rich))
    assert "<title>Fish &#x26; &#x3C;chips&gt; – «ü»</title>".encode() in body
    assert b"<title>Planet &#x26; Co</title>" in body


def test_rss_dates_do_not_depend_on_the_locale(feed, article):
    expected = FORMATS["rss"].render(feed(article()))
    before = locale.setlocale(locale.LC_ALL)
    try:
        locale.setlocale(locale.LC_ALL, "C.UTF-8")
        assert FORMATS["rss"].render(feed(article())) == expected
    finally:
        locale.setlocale(locale.LC_ALL, before)


def test_json_feed_has_the_shape_of_version_1_1(feed, rich, article):
    made = json.loads(FORMATS["json"].render(feed(rich, article(2, content_html=None, enclosures=()))))
    second, item = made.pop("items")
    assert made == {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Planet & Co",
        "home_page_url": "https://planet.example/",
        "feed_url": "https://planet.example/feed.json",
        "language": "en",
        "hubs": [{"type": "WebSub", "url": "https://hub.example/"}],
        "_alternates": [
            {"type": "application/atom+xml", "url": "https://planet.example/feed.atom"},
            {"type": "application/rss+xml", "url": "https://planet.example/feed.rss"},
        ],
    }
    assert item == {
        "id": "tag:blog.example,2026:1",
        "url": "https://blog.example/1",
        "title": "Fish & <chips> – «ü»",
        "content_html": rich.content_html,
        "summary": "1 < 2 & so on",
        "image": "https://blog.example/1.png",
        "date_published": "2026-11-01T12:01:00+00:00",
        "date_modified": "2026-11-01T17:00:00+00:00",
        "authors": [{"name": "Ann", "url": "https://blog.example/ann"}, {"name": "Bob"}],
        "tags": ["Food & drink"],
        "language": "de",
        "attachments": [
            {
                "url": "https://blog.example/a.mp3",
                "mime_type": "audio/mpeg",
                "title": "Sound",
                "size_in_bytes": 1234,
            },
            {"url": "https://blog.example/b.mp4", "mime_type": "application/octet-stream"},
        ],
        "_source": {
            "id": "tag:blog.example,2020:feed",
            "title": "The Blog",
            "home_page_url": "https://blog.example/",
            "feed_url": "https://blog.example/feed.xml",
            "authors": [{"name": "Ann Author"}],
            "rights": "CC BY",
        },
    }
    assert second["content_text"] == "What article 2 is about."


def test_the_page_offers_its_feeds_to_readers_atom_first(feed, article):
    """O30."""
    page = lxml.html.document_fromstring(FORMATS["html"].render(feed(article())))
    offers = page.xpath("//head/link[@rel='alternate']")
    assert [(each.get("type"), each.get("href")) for each in offers] == [
        ("application/atom+xml", "https://planet.example/feed.atom"),
        ("application/rss+xml", "https://planet.example/feed.rss"),
        ("application/feed+json", "https://planet.example/feed.json"),
    ]
    assert page.xpath("string(//head/link[@rel='canonical']/@href)") == "https://planet.example/"


def test_the_page_has_what_a_reader_needs_and_no_script(feed, rich):
    body = FORMATS["html"].render(feed(rich))
    page = lxml.html.document_fromstring(body)
    assert page.get("lang") == "en"
    assert page.xpath("//article/@lang") == ["de"]
    assert page.xpath("string(//article/h2/a)") == "Fish & <chips> – «ü»"
    assert page.xpath("string(//article/h2/a/@href)") == "https://blog.example/1"
    assert page.xpath("string(//article//time/@datetime)") == "2026-11-01T12:01:00+00:00"
    assert page.xpath("string(//article/p[@class='summary'])") == "1 < 2 & so on"
    assert page.xpath("string(//article//div[@class='content'])") == "R&D here"
    assert page.xpath("//meta[@name='viewport']")
    assert not page.xpath("//script | //style | //*[@style]")


@pytest.mark.parametrize(("words", "said"), [(0, ""), (124, ""), (125, "1 min"), (1000, "4 min")])
def test_the_page_says_how_long_an_article_takes_to_read(feed, article, words, said):
    page = lxml.html.document_fromstring(FORMATS["html"].render(feed(article(words=words))))
    assert page.xpath("string(//article/p[@class='about']/span[last()][not(@dir)])") == said.replace(" ", "\u00a0")


XSS = '"><script>alert(1)</script>{{ 7*7 }}<!-- entries -->'


def test_the_page_escapes_everything_but_the_cleaned_text(article, assembled):
    hostile = article(
        title=XSS,
        summary=XSS,
        url="https://blog.example/?" + XSS,
        authors=(Person(name=XSS),),
        enclosures=(Enclosure(url="https://blog.example/?" + XSS, title=XSS),),
        origin=FeedInfo(title=XSS, url="https://blog.example/?" + XSS),
        id=XSS,
        content_html="<p>fine</p>",
    )
    output = Output(id="main", title=XSS)
    page = FORMATS["html"].render(assembled([hostile], output=output, first=True))
    assert b"<script" not in page
    assert b"49" not in page
    assert page.count(b"{{ 7*7 }}") >= 5
    assert page.count(b"<!-- entries -->") == 0
    assert lxml.html.document_fromstring(page).xpath("//article/@data-id") == [XSS]


def test_an_empty_feed_is_a_whole_document_in_every_format(feed):
    publication = documents(feed(), first=True)
    assert len(publication.documents) == 8
    assert b"No articles yet." in FORMATS["html"].render(feed())
    for digest, words in (("daily", b"the first comes after midnight"), ("weekly", b"the first comes on Monday")):
        page = FORMATS["html"].render(replace(feed(), digest=digest))
        assert words in page
        assert b"No articles yet." not in page


def test_opml_lists_the_sources_others_can_subscribe_to(article):
    sources = [
        Source(id="a", url="https://u:secret@a.example/feed", tags=("news", "a,b")),
        Source(id="b", url="https://b.example/feed", title="Bees & co"),
        Source(id="again", url="https://b.example/feed"),
        Source(id="off", url="https://off.example/feed", enabled=False),
        Source(id="private", url="https://private.example/feed", bearer="secret"),
        Source(id="paid", url="https://paid.example/feed", basic_auth=("me", "secret")),
        Source(id="known", url="https://known.example/feed", client_cert=ClientCertificate(cert=Path("me.pem"))),
        Source(id="keyed", url="https://keyed.example/feed", headers=(("X-Key", "secret"),)),
        Source(id="seeds", folder="seeds"),  # type: ignore[arg-type]  # any path
    ]
    infos = {"a": FeedInfo(title="A <b>", url="https://a.example/")}
    site = Site(title="Planet", url="https://planet.example/", id="urn:x", author="Eds")
    made = opml.render(sources, infos, site)
    root = etree.fromstring(made.body)
    assert (root.get("version"), root.findtext("head/title"), root.findtext("head/ownerName")) == (
        "2.0",
        "Planet",
        "Eds",
    )
    assert [dict(each.attrib) for each in root.findall("body/outline")] == [
        {
            "type": "rss",
            "text": "A <b>",
            "title": "A <b>",
            "xmlUrl": "https://a.example/feed",
            "htmlUrl": "https://a.example/",
            "category": "news,a b",
        },
        {"type": "rss", "text": "Bees & co", "title": "Bees & co", "xmlUrl": "https://b.example/feed"},
    ]
    assert b"secret" not in made.body


def test_the_style_sheet_asks_for_nothing_from_elsewhere():
    sheet = style()
    assert sheet.path == "style.css"
    assert b"url(" not in sheet.body
    assert b"@import" not in sheet.body
