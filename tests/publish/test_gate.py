"""The gate: every rule of the profile can be broken, and a document made of sound entries is read no further."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from aggregator.errors import PublishError
from aggregator.model import (
    Category,
    Chapter,
    Credit,
    Enclosure,
    Episode,
    Link,
    Place,
    Reference,
    Rendered,
    Replies,
    Tombstone,
)
from aggregator.publish import FORMATS, documents, gate, opml
from aggregator.publish.profile import Unsound

# ---- entries


@pytest.fixture
def full(article):
    """An article that says all there is to say."""
    return article(
        1,
        enclosures=(
            Enclosure(url="https://blog.example/a.mp3", type="audio/mpeg", length=5, duration=60, medium="audio"),
            Enclosure(
                url="https://blog.example/a.ogg", type="audio/ogg", title="A", rendition_of="https://blog.example/a.mp3"
            ),
        ),
        episode=Episode(
            season=1,
            season_name="First",
            number="2",
            kind="full",
            explicit=False,
            transcripts=(Link(href="https://blog.example/t.vtt", type="text/vtt", hreflang="en"),),
            chapters=Link(href="https://blog.example/c.json", type="application/json"),
            marks=(Chapter(start=0.0, title="Start", url="https://blog.example/#start"),),
            credits=(Credit(name="Ann", url="https://ann.example/"),),
        ),
        places=(Place(points=((52.5, 13.4),), name="Berlin"),),
        in_reply_to=(Reference(ref="tag:other.example,2026:1", href="https://other.example/1", type="text/html"),),
        replies=Replies(count=3, feed="https://blog.example/1/comments.atom", post_to="https://blog.example/1/post"),
        comments="https://blog.example/1#comments",
        image="https://blog.example/picture.png",
        tags=(Category(term="x", scheme="https://blog.example/tags", label="X"),),
        rights="CC BY",
    )


@pytest.mark.parametrize("name", FORMATS)
def test_an_entry_that_says_everything_is_sound(name, feed, full):
    (entry,) = feed(full).entries
    gate.check_entry(name, FORMATS[name].entry(entry), entry)


def test_numbers_below_nothing_cost_no_entry(feed, full):
    odd = replace(
        full, episode=replace(full.episode, season=-1), enclosures=(replace(full.enclosures[0], duration=-5),)
    )
    publication = documents(feed(odd), first=True)
    assert publication.problems == ()


BROKEN = {
    "atom": [
        ("no author", r"<author>.*?</author>(?=.*<source)", "", "author"),
        ("source first", r"(<entry[^>]*>)(.*)(<source.*</source>)", r"\1\3\2", "source"),
        ("no source", r"<source.*</source>", "", "source"),
        ("source without an id", r"(<source[^>]*>)<id>.*?</id>", r"\1", "id"),
        ("two titles", r"(<title.*?</title>)", r"\1\1", "title"),
        ("xhtml", r'<content type="html">.*?</content>', '<content type="xhtml"><div/></content>', "content"),
        ("empty title", r'(<title type="text">)[^<]*', r"\1", "title"),
        ("a date that is none", r"<updated>[^<]*", "<updated>2026-02-30T10:00:00Z", "dateTime"),
        ("a date without a zone", r"<updated>[^<]*", "<updated>2026-02-03T10:00:00", "dateTime"),
        ("relative link", r'href="https://blog.example/1"', 'href="/1"', "link"),
        ("unregistered relation", r'rel="replies"', 'rel="standout"', "link"),
        ("self", r'rel="replies" href="https://blog.example/1#', 'rel="self" href="https://blog.example/1#', "feed"),
        ("page last", r'(<link rel="alternate"[^>]*/>)(.*?)(<author)', r"\2\1\3", "podcastparser"),
        ("two pages", r'(<link rel="alternate"[^>]*/>)', r"\1\1", "one type and language"),
        ("a media type that is none", r'type="audio/mpeg"', 'type="audio"', "link"),
        ("length below nothing", r'length="5"', 'length="-5"', "link"),
        ("strange element", r"(<source)", r'<x xmlns="urn:x"/>\1', "in it"),
        ("a prefix of its own", r"(<source)", r'<n:x xmlns:n="urn:x"/>\1', "in it"),
        ("a group of one", r"<media:content[^>]*/>(?=<media:content)", "", "group"),
        ("an answer to nothing", r'(in-reply-to )ref="[^"]*"', r"\1", "in-reply-to"),
        ("a place that is none", r"52.5", "north", "decimal"),
        ("another date", r"<updated>2026[^<]*", "<updated>2020-01-01T00:00:00+00:00", "another date"),
    ],
    "rss": [
        ("no guid", r"<guid.*?</guid>", "", "under its id"),
        ("no author", r"<dc:creator>.*?</dc:creator>", "", "creator"),
        ("no description", r"<description>.*?</description>", "", "description"),
        ("two enclosures", r"(<enclosure[^>]*/>)", r"\1\1", "enclosure"),
        ("an enclosure without length", r' length="5"', "", "enclosure"),
        (
            "a year of two digits",
            r"<pubDate>.*?</pubDate>",
            "<pubDate>Sun, 01 Nov 26 12:00:00 GMT</pubDate>",
            "pubDate",
        ),
        ("guid that is no page", r'isPermaLink="false"', 'isPermaLink="true"', "guid"),
        ("source without address", r"<source url=[^>]*>", "<source>", "source"),
        ("another page", r"<link>https://blog.example/1</link>", "<link>https://blog.example/2</link>", "another page"),
        ("relative comments", r"<comments>https://blog.example", "<comments>", "comments"),
    ],
    "json": [
        ("null", r'"language":"en"', '"language":null', "null"),
        ("no authors", r'"authors":\[.*?\],', '"authors":[],', "no authors"),
        ("author in 1.0", r'"authors"', '"author"', "no 'author'"),
        ("a name that is empty", r'"name":"Ann Author"', '"name":" "', "name is empty"),
        ("two contents", r'("content_html")', r'"content_text":"x",\1', "no content, or two"),
        ("no content", r'"content_html":"[^"]*",', "", "no content, or two"),
        ("relative url", r'"url":"https://blog.example/1"', '"url":"/1"', "url is no address"),
        ("a date", r'"date_published":"[^"]*"', '"date_published":"yesterday"', "RFC 3339"),
        ("a date there is not", r'"date_published":"[^"]*"', '"date_published":"2026-02-30T10:00:00Z"', "day"),
        ("attachment without type", r'"mime_type":"audio/mpeg",', "", "no type"),
        ("a length in words", r'"size_in_bytes":5', '"size_in_bytes":"5"', "size_in_bytes"),
        ("tags", r'"tags":\["X"\]', '"tags":[1]', "tags"),
        ("language", r'"language":"en"', '"language":"english_!"', "language"),
        ("title", r'"title":"Article 1"', '"title":""', "title is empty"),
    ],
    "html": [
        ("script", r"</h2>", "</h2><script>1</script>", "<script>"),
        ("handler", r"<h2", '<h2 onclick="x"', "script"),
        ("address that runs", r'href="https://blog.example/"', 'href=" JavaScript:x"', "href"),
        ("an open comment", r"</h2>", "</h2><!-- ", "under its id"),
        ("an open element", r"</article>", "", "beside each other"),
        ("a second article", r"</article>", '</article><article data-id="x"></article>', "under its id"),
        ("another page", r'(<h2[^>]*><a href=)"[^"]*"', r'\1"https://evil.example/"', "elsewhere"),
        ("no heading", r"<h2.*?</h2>", "", "heading"),
    ],
}


@pytest.mark.parametrize(
    ("name", "pattern", "instead", "said"),
    [pytest.param(name, *rest, id=f"{name}: {why}") for name, cases in BROKEN.items() for why, *rest in cases],
)
def test_an_entry_that_breaks_a_rule_is_refused_and_the_rule_is_named(name, pattern, instead, said, feed, full):
    (entry,) = feed(full).entries
    piece = FORMATS[name].entry(entry).decode()
    broken, count = re.subn(pattern, instead, piece, count=1, flags=re.DOTALL)
    assert count
    assert broken != piece
    with pytest.raises(ValueError, match=re.escape(said)):
        gate.check_entry(name, broken.encode(), entry)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("rubbish", [b"", b"<", b"]]>", b"{}", b"null", b"<entry/>", b"\xff\xfe", b'","x":"'])
def test_rubbish_is_no_entry(name, rubbish, feed, article):
    (entry,) = feed(article()).entries
    with pytest.raises(Unsound, match=f"^as {name}, "):
        gate.check_entry(name, rubbish, entry)


@pytest.mark.parametrize("name", FORMATS)
def test_an_entry_under_another_id_and_two_in_one_are_refused(name, feed, article):
    one, two = feed(article(1), article(2)).entries
    pieces = [FORMATS[name].entry(each) for each in (one, two)]
    gate.check_entry(name, pieces[0], one)
    between = b"," if name == "json" else b""
    for wrong in (pieces[1], between.join(pieces), between.join([pieces[0]] * 2)):
        with pytest.raises(Unsound, match="not one entry under its id"):
            gate.check_entry(name, wrong, one)


@pytest.mark.parametrize("name", FORMATS)
def test_a_renderer_that_writes_rubbish_costs_its_entry_only(name, feed, article, monkeypatch):
    good = FORMATS[name].entry

    def bad(entry):
        return good(entry)[:-9] if entry.title == "Article 2" else good(entry)

    monkeypatch.setattr("aggregator.publish.FORMATS", {**FORMATS, name: replace(FORMATS[name], entry=bad)})
    publication = documents(feed(article(1), article(2), article(3)), first=True)
    assert [each.title for each in publication.feed.entries] == ["Article 3", "Article 1"]
    (left_out,) = publication.left_out
    assert (left_out.id, left_out.source) == ("tag:blog.example,2026:2", "The Blog")
    assert left_out.reason.startswith(f"as {name}, ")
    for each in publication.documents:
        gate.check(each, publication.feed)


# ---- frames and whole documents


def composed(made, name):
    """A document of a feed with its parts."""
    frame, pieces = FORMATS[name].frame(made), [FORMATS[name].entry(each) for each in made.entries]
    path = f"{made.output}.{name}"
    return Rendered(path=path, media_type="", body=frame.filled(pieces), updated=made.updated), frame, pieces


@pytest.mark.parametrize("name", FORMATS)
def test_a_sound_document_passes_whole_and_in_parts(name, feed, article):
    for articles in ([], [article(1)], [article(1), article(2)]):
        made = feed(*articles)
        rendered, frame, pieces = composed(made, name)
        gate.check(rendered, made)
        gate.check_composed(rendered, made, frame, pieces)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    "harm", ["cut", "swapped", "one less", "one twice", "nothing", "rubbish", "more", "six megabytes", "other bytes"]
)
def test_a_document_that_is_not_what_was_rendered_is_refused(name, harm, feed, article):
    made = feed(article(1), article(2), article(3))
    rendered, frame, pieces = composed(made, name)
    body = {
        "cut": rendered.body[:-40],
        "swapped": frame.filled([pieces[1], pieces[0], pieces[2]]),
        "one less": frame.filled(pieces[:2]),
        "one twice": frame.filled([*pieces, pieces[0]]),
        "nothing": b"",
        "rubbish": b"\x00\xff" * 500,
        "more": rendered.body + b"x",
        "six megabytes": rendered.body + b" " * 6_000_000,
        "other bytes": rendered.body.replace(b"article 2", b"article 9"),
    }[harm]
    with pytest.raises(PublishError, match="the last good one stays"):
        gate.check_composed(replace(rendered, body=body), made, frame, pieces)


HEADS = {
    "atom": [
        (b'rel="self"', b'rel="related"', "no address"),
        (b"feed.atom", b"other.atom", "says of itself"),
        (b"<id>tag:planet", b"<id>tag:plonet", "another id"),
        (b'<title type="text">', b'<title type="html">', "title"),
        (b"</title>", b"</title><author><name>Us</name></author>", "atom.rng"),
        (b'rel="hub"', b'rel="related"', "hubs"),
        (b'https://planet.example/"', b'https://other.example/"', "page"),
        (b' xmlns:thr="http://purl.org/syndication/thread/1.0"', b"", "thr"),
        (b"<updated>2026", b"<updated>26", "dateTime"),
    ],
    "rss": [
        (b'rel="self"', b'rel="related"', "no address"),
        (b"feed.rss", b"other.rss", "says of itself"),
        (b"<link>https://planet.example/", b"<link>https://other.example/", "page of the feed"),
        (b'version="2.0"', b'version="0.91"', "rss"),
        (b'rel="hub"', b'rel="related"', "hubs"),
        (b' xmlns:dc="http://purl.org/dc/elements/1.1/"', b"", "dc"),
    ],
    "json": [
        (b"version/1.1", b"version/1", "version"),
        (b"feed.json", b"other.json", "says of itself"),
        (b'"title":"Planet & Co"', b'"title":""', "title"),
        (b'"WebSub"', b'""', "hubs"),
        (b'"language":"en"', b'"language":"?"', "language"),
        (b'"title"', b'"tilte"', "tilte"),
    ],
    "html": [
        (b'rel="canonical"', b'rel="x"', "canonical"),
        (b'rel="hub"', b'rel="x"', "hub"),
        (b"<title>", b"<title></title><p>", "title"),
    ],
}


@pytest.mark.parametrize(
    ("name", "part", "instead", "said"),
    [pytest.param(name, *case, id=f"{name}: {case[0].decode()}") for name, cases in HEADS.items() for case in cases],
)
def test_a_frame_that_breaks_a_rule_is_refused(name, part, instead, said, feed, article):
    made = feed(article())
    rendered, frame, pieces = composed(made, name)
    assert part in frame.before
    broken = replace(frame, before=frame.before.replace(part, instead))
    body = broken.filled(pieces)
    with pytest.raises(PublishError, match=re.escape(said)):
        gate.check_composed(replace(rendered, body=body), made, broken, pieces)
    with pytest.raises(PublishError):
        gate.check(replace(rendered, body=body), made)


@pytest.mark.parametrize("name", FORMATS)
def test_a_frame_that_ends_too_early_is_refused(name, feed, article):
    made = feed(article())
    rendered, frame, pieces = composed(made, name)
    broken = replace(frame, before=frame.before + frame.after, after=b"")
    with pytest.raises(PublishError):
        gate.check_composed(replace(rendered, body=broken.filled(pieces)), made, broken, pieces)


def test_tombstones_stand_before_the_entries(feed, article):
    made = replace(feed(article()), tombstones=(Tombstone(ref="urn:gone", when=article().sort_at, comment="gone"),))
    rendered, frame, pieces = composed(made, "atom")
    gate.check_composed(rendered, made, frame, pieces)
    grave = re.search(rb"<at:deleted-entry.*?</at:deleted-entry>", frame.before)
    assert grave is not None
    moved = replace(frame, before=frame.before.replace(grave[0], b""), after=grave[0] + frame.after)
    with pytest.raises(PublishError, match="among the entries"):
        gate.check_composed(replace(rendered, body=moved.filled(pieces)), made, moved, pieces)


def test_what_did_not_change_is_not_read_again(feed, article, monkeypatch):
    first = documents(feed(article(1), article(2)), first=True)
    read = []
    check = gate.check_entry
    monkeypatch.setattr(
        gate, "check_entry", lambda name, piece, entry: (read.append(entry.id), check(name, piece, entry))
    )
    documents(feed(article(1), article(2), article(3)), first=True, previous=first)
    assert set(read) == {"tag:blog.example,2026:3"}


# ---- the standard's own schema, and real feeds


def test_what_our_grammar_takes_the_schema_of_the_standard_takes(shared, feed, full, article):
    standard = etree.RelaxNG(etree.parse(shared / "atom.rng"))
    made = feed(full, article(2), article(3, url=None, summary=None))
    for extra in ((), (Tombstone(ref="urn:gone", when=full.sort_at),)):
        rendered, *_ = composed(replace(made, tombstones=extra), "atom")
        gate.check(rendered, replace(made, tombstones=extra))
        standard.assertValid(etree.fromstring(rendered.body))


def test_no_real_feed_is_as_strict_as_ours_and_none_passes_that_the_standard_refuses(corpus, shared):
    """The grammar is of what we write: author, source, one kind of text. It must never be wider than RFC 4287."""
    standard = etree.RelaxNG(etree.parse(shared / "atom.rng"))
    entries = 0
    for each in corpus:
        try:
            root = etree.parse(each["path"]).getroot()
        except etree.XMLSyntaxError:
            continue
        for entry in root.iter("{http://www.w3.org/2005/Atom}entry"):
            entries += 1
            if gate.violation("atom", entry) is None:
                assert standard.validate(entry), each["file"]
    assert entries > 100


# ---- documents of no output


def test_the_subscriptions_are_read_back(assembled, article):
    made = opml.render([], {}, _site())
    gate.check_other(made)
    for wrong in (made.body[:-5], made.body.replace(b"2.0", b"1.0"), made.body.replace(b"title", b"tilte")):
        with pytest.raises(PublishError, match=r"opml\.xml was not published"):
            gate.check_other(replace(made, body=wrong))


def test_a_document_without_a_grammar_is_taken_as_it_is():
    gate.check_other(Rendered(path="style.css", media_type="text/css", body=b"p {}", updated=_site_date()))


def test_the_grammars_are_in_the_package():
    import aggregator.publish.profile as profile

    there = {each.stem for each in Path(profile.__file__).parent.glob("*.rng")}
    assert there == {"atom", "rss", "opml", "sitemap", "values", "extensions"}


def _site():
    from aggregator.model import Site

    return Site(title="Planet", url="https://planet.example/", id="tag:planet.example,2026:planet")


def _site_date():
    from datetime import UTC, datetime

    return datetime(2026, 11, 1, tzinfo=UTC)


def test_json_that_is_no_feed_is_refused(feed, article):
    made = feed(article())
    for body in (b"[]", b"1", json.dumps({"items": {}}).encode(), json.dumps({"items": [1]}).encode()):
        with pytest.raises(PublishError):
            gate.check(Rendered(path="main.json", media_type="", body=body, updated=made.updated), made)
