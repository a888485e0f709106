"""The checker of published documents finds each mistake it is there for (O1): its silence elsewhere means something."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import validator

from aggregator.model import Category, Enclosure, Episode, Person, Reference, Site, Source
from aggregator.publish import FORMATS, opml

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def healthy(feed, article):
    """Format -> a document of two entries."""
    rich = article(
        1,
        authors=(Person(name="Ann", email="ann@blog.example", url="https://blog.example/ann"),),
        tags=(Category(term="food", scheme="https://blog.example/tags"),),
        enclosures=(
            Enclosure(url="https://blog.example/a.mp3", type="audio/mpeg", length=12, medium="audio", width=5),
            Enclosure(url="https://blog.example/a.ogg", rendition_of="https://blog.example/a.mp3"),
        ),
        episode=Episode(season=2, explicit=False, kind="full"),
        in_reply_to=(Reference(ref="urn:x:1"),),
        language="de",
    )
    made = feed(rich, article(2))
    return {name: FORMATS[name].render(made) for name in ("atom", "rss", "json")}


def findings(name, body):
    ask = {"atom": validator.atom, "rss": validator.rss, "json": validator.json_feed}[name]
    return ask(body, f"https://planet.example/feed.{name}", NOW)


@pytest.mark.parametrize("name", ["atom", "rss", "json"])
def test_o1_nothing_is_found_in_a_healthy_document(name, healthy):
    assert findings(name, healthy[name]) == []


ID = b"<id>tag:blog.example,2026:1</id>"
CONTENT = b'<content type="html">&lt;p&gt;Text of article 1.&lt;/p&gt;</content>'
SUMMARY = b'<summary type="text">What article 1 is about.</summary>'
LINK = b'<link rel="alternate" href="https://blog.example/1"/>'
ANN = b"<author><name>Ann</name><uri>https://blog.example/ann</uri><email>ann@blog.example</email></author>"
WRONG_ATOM = {
    "EncodingMismatch": (b"encoding='UTF-8'", b"encoding='ISO-8859-1'"),
    "ObsoleteNamespace": (b"<feed", b"<!DOCTYPE feed><feed"),
    "UnknownNamespace": (b"<at:x/>", b""),
    "BadCharacters": (b"Article 1<", "Article \x93<".encode()),
    "ValidatorLimit": (b"Text of article 1.", b"x" * 5_000_000),
    "RelativeSelf": (b'href="https://hub.example/"', b'href="/hub"'),
    "MissingSelf": (b'rel="self"', b'rel="via"'),
    "SelfDoesntMatchLocation": (b"https://planet.example/feed.atom", b"https://planet.example/other.atom"),
    "DuplicateAtomLink": (LINK, LINK + LINK),
    "alternate not first": (LINK, b'<link rel="via" href="https://blog.example/v"/>' + LINK),
    "MissingHref": (LINK, b'<link rel="alternate"/>'),
    "InvalidUriChar": (b'href="https://blog.example/1"', b'href="https://blog.example/a b"'),
    "UnregisteredAtomLinkRel": (LINK, LINK + b'<link rel="standout" href="https://blog.example/s"/>'),
    "FeedHistoryRelInEntry": (LINK, LINK + b'<link rel="prev-archive" href="https://blog.example/s"/>'),
    "InvalidMIMEType": (b'type="audio/mpeg" length', b'type="audio" length'),
    "InvalidNonNegativeInteger": (b'length="12"', b'length="-12"'),
    "InvalidLanguage": (b'xml:lang="de"', b'xml:lang="klingon_!"'),
    "InvalidFullLink": (ID, b"<id>3f2a-bare-hex</id>"),
    "UnexpectedWhitespace": (ID, b"<id>urn:x:1\n</id>"),
    "DuplicateEntries": (b"<id>tag:blog.example,2026:2</id>", ID),
    "DuplicateElement": (SUMMARY, SUMMARY + SUMMARY),
    "InvalidRFC3339Date": (b"<updated>2026-11-01T12:01:00+00:00", b"<updated>1 Nov 2026"),
    "ImplausibleDate": (b"<updated>2026-11-01T12:01:00+00:00", b"<updated>0001-01-01T00:00:00+00:00"),
    "MissingElement": (ANN, b""),
    "InvalidAddrSpec": (b"ann@blog.example", b"hidden"),
    "InvalidURI": (b"<uri>https://blog.example/ann", b"<uri>/ann"),
    "NotBlank": (b"<title type=\"text\">Article 1</title>", b'<title type="text"> </title>'),
    "ContainsHTML": (b"Article 1<", b"&lt;b&gt;Article&lt;/b&gt; 1<"),
    "title type": (b"<title type=\"text\">Article 1</title>", b'<title type="html">Article 1</title>'),
    "MissingTextualContent": (CONTENT + SUMMARY, b""),
    "SecurityRisk": (b"&lt;p&gt;Text of article 1", b"&lt;script&gt;"),
    "DangerousStyleAttr": (b"&lt;p&gt;Text of article 1", b"&lt;p style='x'&gt;"),
    "ContainsRelRef": (b"&lt;p&gt;Text of article 1", b"&lt;a href='/x'&gt;"),
    "content type": (b'<content type="html">', b'<content type="CDATA">'),
    "AttrNotBlank": (b'term="food"', b'term=""'),
    "MissingSourceElement": (b"<title type=\"text\">The Blog</title>", b""),
    "MediaGroupWithoutAlternatives": (b'<media:content url="https://blog.example/a.ogg"/>', b""),
    "InvalidMediaMedium": (b'medium="audio"', b'medium="hologram"'),
    "InvalidMIMEAttribute": (b'type="audio/mpeg" medium', b'type="audio" medium'),
    "InvalidPositiveInteger": (b'width="5"', b'width="0"'),
    "InvalidTrueFalse": (b"<itunes:explicit>false", b"<itunes:explicit>clean"),
    "InvalidItunesEpisodeType": (b"<itunes:episodeType>full", b"<itunes:episodeType>special"),
    "feed author": (b"<generator", b"<author><name>x</name></author><generator"),
}  # fmt: skip


def broken(body, was, now):
    if not now and was == b"<at:x/>":  # something that is not there yet
        return body.replace(b"<generator", b'<x:y xmlns:x="urn:x"/><generator', 1)
    assert was in body, was
    return body.replace(was, now, 1)


@pytest.mark.parametrize("kind", WRONG_ATOM)
def test_o1_each_mistake_in_atom_is_found(kind, healthy):
    found = findings("atom", broken(healthy["atom"], *WRONG_ATOM[kind]))
    assert kind in {each.partition(":")[0] for each in found}


GUID = b'<guid isPermaLink="false">tag:blog.example,2026:1</guid>'
WRONG_RSS = {
    "ObsoleteVersion": (b'version="2.0"', b'version="0.91"'),
    "MissingElement": (b"<description>Planet &amp; Co</description>", b""),
    "MissingAtomSelfLink": (b'rel="self"', b'rel="via"'),
    "SelfDoesntMatchLocation": (b"https://planet.example/feed.rss", b"https://planet.example/other.rss"),
    "InvalidLanguage": (b"<language>en", b"<language>e!"),
    "InvalidRFC2822Date": (b"<pubDate>Sun, 01 Nov 2026", b"<pubDate>Sun, 01 Nov 26"),
    "IncorrectDOW": (b"<pubDate>Sun, ", b"<pubDate>Mon, "),
    "MissingGuid": (GUID, b""),
    "DuplicateValue": (b">tag:blog.example,2026:2</guid>", b">tag:blog.example,2026:1</guid>"),
    "InvalidBooleanAttribute": (b'isPermaLink="false"', b'isPermaLink="no"'),
    "InvalidHttpGUID": (b'isPermaLink="false"', b'isPermaLink="true"'),
    "DuplicateElement": (GUID, GUID + GUID),
    "NotBlank": (b"<title>Article 1</title>", b"<title> </title>"),
    "InvalidFullLink": (b"<link>https://blog.example/1</link>", b"<link>/1</link>"),
    "InvalidContact": (GUID, GUID + b"<author>Ann</author>"),
    "MissingDescription": (b"<description>What article 1 is about.</description>", b""),
    "ContainsRelRef": (b"What article 1 is about.", b"&lt;img src='x.png'&gt;"),
    "DuplicateEnclosure": (GUID, GUID + b'<enclosure url="https://a.example/" length="0" type="a/b"/>'),
    "InvalidNonNegativeInteger": (b'length="12"', b'length=""'),
    "InvalidMIMEType": (b'type="audio/mpeg"/>', b'type="audio"/>'),
    "MediaGroupWithoutAlternatives": (b'<media:content url="https://blog.example/a.ogg"/>', b""),
}


@pytest.mark.parametrize("kind", WRONG_RSS)
def test_o28_each_mistake_in_rss_is_found(kind, healthy):
    found = findings("rss", broken(healthy["rss"], *WRONG_RSS[kind]))
    assert kind in {each.partition(":")[0] for each in found}


WRONG_JSON = {
    "version": (b"version/1.1", b"version/1"),
    "feed_url": (b"planet.example/feed.json", b"planet.example/other.json"),
    "next_url": (b'"language":"en"', b'"next_url":"https://planet.example/feed.json","x":"y"'),
    "author": (b'"language":"en"', b'"author":{"name":"x"}'),
    "unknown": (b'"language":"en"', b'"lang":"en"'),
    "hub": (b'"type":"WebSub",', b""),
    "id twice": (b'"tag:blog.example,2026:2"', b'"tag:blog.example,2026:1"'),
    "id": (b'"id":"tag:blog.example,2026:1"', b'"id":1'),
    "url": (b'"url":"https://blog.example/1"', b'"url":"/1"'),
    "InvalidRFC3339Date": (b'"date_modified":"2026-11-01T12:01:00+00:00"', b'"date_modified":"today"'),
    "attachments": (b'"mime_type":"audio/mpeg",', b""),
    "nothing": (b'"language":"de"', b'"language":""'),
    "authors": (b'"authors":[{"name":"Ann","url":"https://blog.example/ann"}]', b'"authors":[{}]'),
}


@pytest.mark.parametrize("kind", WRONG_JSON)
def test_o27_each_mistake_in_json_is_found(kind, healthy):
    found = findings("json", broken(healthy["json"], *WRONG_JSON[kind]))
    assert kind in {each.partition(":")[0] for each in found}


@pytest.fixture
def outlines():
    sources = [Source(id=each, url=f"https://{each}.example/feed", title=each) for each in ("a", "b")]
    return opml.render(sources, {}, Site(title="Planet", url="https://planet.example/", id="urn:x")).body


WRONG_OPML = {
    "InvalidOPMLVersion": (b'version="2.0"', b'version="3.0"'),
    "InvalidRFC2822Date": (b"</title>", b"</title><dateModified>2026-11-01</dateModified>"),
    "MissingElement": (b"<title>Planet</title>", b""),
    "DuplicateValue": (b"https://b.example/feed", b"https://a.example/feed"),
    "MissingAttribute": (b'text="a"', b'text=""'),
    "InvalidOutlineType": (b'type="rss"', b'type="atom"'),
    "MissingXmlURL": (b'xmlUrl="https://a.example/feed"', b""),
    "MissingTitleAttr": (b'title="a"', b""),
}


def test_o29_nothing_is_found_in_our_list_of_sources(outlines):
    assert validator.opml(outlines) == []


@pytest.mark.parametrize("kind", WRONG_OPML)
def test_o29_each_mistake_in_opml_is_found(kind, outlines):
    assert kind in {each.partition(":")[0] for each in validator.opml(broken(outlines, *WRONG_OPML[kind]))}
