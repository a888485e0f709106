"""Both roads give the same feed: real feeds, the odd cases, and documents made up of everything feeds say."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from aggregator.model import Document, ParsedEntry, ParsedFeed
from aggregator.parse import fast, feed
from aggregator.parse.decode import decode

URL = "https://example.org/blog/feed.xml"
CASES = sorted((Path(__file__).resolve().parent.parent / "corpus").glob("*/input.*"))


def on_both(body: bytes, url: str = URL) -> tuple[ParsedFeed | None, ParsedFeed]:
    document = Document(body=body, url=url, media_type="application/xml")
    text = decode(document).text
    return fast.parse(document, text), feed.parse(document, text)


def differences(one: Any, other: Any) -> dict[str, tuple[Any, Any]]:
    """Field by field, so that a failure says which and how.

    The one difference there is: of several authors feedparser mixes names and addresses (6.0.14: its
    ``_sync_author_detail`` fills a new author from the last one, and writes its parts over the first). Ours are as
    written. The number of authors is not compared either: two that become alike are one.
    """
    pairs = ((each.name, getattr(one, each.name), getattr(other, each.name)) for each in fields(one))
    found = {name: (ours, theirs) for name, ours, theirs in pairs if ours != theirs}
    if "source" in found and all(found["source"]) and not differences(*found["source"]):
        del found["source"]
    if max(len(one.authors), len(other.authors)) > 1:
        found.pop("authors", None)
    return {} if found.keys() == {"raw_hash"} and several(one, other) else found


def several(one: ParsedEntry, other: ParsedEntry) -> bool:
    """Whether the authors of the entry, or of the feed it came from, may be mixed."""
    return any(len(each.authors) > 1 for each in (one, other, one.source, other.source) if each is not None)


def assert_alike(ours: ParsedFeed, theirs: ParsedFeed) -> None:
    assert (ours.road, theirs.road) == ("fast", "feedparser")
    assert differences(ours.info, theirs.info) == {}
    assert len(ours.entries) == len(theirs.entries)
    for one, other in zip(ours.entries, theirs.entries, strict=True):
        assert differences(one, other) == {}  # the raw hash is one of the fields
    assert (ours.tombstones, ours.problem, ours.warnings) == (theirs.tombstones, theirs.problem, theirs.warnings)


def test_real_feeds_are_read_alike_and_take_the_fast_road(corpus: list[dict[str, str]]) -> None:
    well_formed = taken = entries = 0
    for each in corpus:
        body = Path(each["path"]).read_bytes()
        try:
            etree.fromstring(body)
        except etree.XMLSyntaxError:
            continue
        well_formed += 1
        if len(body) > 300_000:  # a tenth of the feeds, half of the bytes; benchmarks/parse.py reads them all
            document = Document(body=body, url=each["url"])
            taken += fast.parse(document, decode(document).text) is not None
            continue
        ours, theirs = on_both(body, each["url"])
        if ours is not None:
            taken += 1
            entries += len(ours.entries)
            assert_alike(ours, theirs)
    assert taken >= 0.97 * well_formed
    assert entries > 1000


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.parent.name)
def test_an_odd_document_is_read_alike_or_left_to_feedparser(case: Path) -> None:
    ours, theirs = on_both(case.read_bytes())
    if ours is not None:
        assert_alike(ours, theirs)


def test_most_well_formed_cases_take_the_fast_road() -> None:
    roads = [json.loads((case.parent / "expected.json").read_text(encoding="utf-8")).get("road") for case in CASES]
    assert roads.count("fast") >= 20


# ---- documents made up ----

NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "media": "http://search.yahoo.com/mrss/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "thr": "http://purl.org/syndication/thread/1.0",
    "cc": "http://web.resource.org/cc/",
    "creativeCommons": "http://backend.userland.com/creativeCommonsRssModule",
    "x": "https://example.org/nobody-knows",
    "at": "http://purl.org/atompub/tombstones/1.0",
    "wfw": "http://wellformedweb.org/CommentAPI/",
    "podcast": "https://podcastindex.org/namespace/1.0",
    "georss": "http://www.georss.org/georss",
    "indexing": "urn:atom-extension:indexing",
}
ODD_NAMESPACES = st.sampled_from(
    [
        "http://search.yahoo.com/mrss",
        "http://www.georss.org/georss/",
        "http://cyber.law.harvard.edu/rss/creativeCommonsRssModule.html",
        "http://PURL.org/dc/terms/",
        "https://example.org/unknown",
        "http://backend.userland.com/RSS2",
    ]
)
"""Bound to a prefix that stands for another, or for the same under a wrong name."""
WORDS = st.sampled_from(
    [
        "",
        " ",
        "plain words",
        "Caf\u00e9 \u2019n\u2019 more",
        "&lt;p&gt;a &amp;amp; b&lt;/p&gt;",
        '<![CDATA[<b>bold</b> &nbsp; <a href="/x">x</a>]]>',
        "a &amp;lt;b&amp;gt; c",
        "&lt;rare&gt;tag&lt;/rare&gt;",
        "caf\u00c3\u00a9",
        "&#150; &#x92;",
        "\u00ef\u00bf\u00bf",
        "line\n  line",
        "\u00a0nbsp\u00a0",
    ]
)
ADDRESSES = st.sampled_from(
    [
        "https://example.org/a",
        "https://example.org/a?b=1&amp;c=2",
        "/relative?x=1",
        "../up",
        " https://example.org/spaces ",
        "HTTP://Example.org/#",
        "http:////example.org//x",
        "http://[",
        "a]b",
        "mailto:ann@example.org",
        "tag:example.org,2026:1",
        "",
        "#",
        "https://example.org/?a=1&amp;amp;b=2",
        "https://ex\u00e4mple.org/\u00fc",
    ]
)
DATES = st.sampled_from(
    [
        "Mon, 05 Jan 2026 10:00:00 +0100",
        "2026-01-05T10:00:00Z",
        "2026-01-05T10:00:00.25-05:00",
        "2026-01-05",
        "05 Jan 2026 10:00:00 GMT",
        "Mon, 01 Jan 0001 00:00:00 +0000",
        "Lun, 05 janv. 2026 10:00:00",
        "yesterday",
        "",
        " 2026-01-05T10:00:00Z ",
    ]
)
PEOPLE = st.sampled_from(
    [
        "Ann",
        "ann@example.org",
        "ann@example.org (Ann)",
        "Ann &lt;ann@example.org&gt;",
        "@ann",
        "",
        "a@b.museum",
        "Zo\u00eb",
    ]
)
TYPES = st.sampled_from(
    [
        "",
        "",
        "",
        ' type="html"',
        ' type="text"',
        ' type="TEXT/HTML"',
        ' type="text/plain"',
        ' type="html"',
        ' type="image/png"',
    ]
)
SCOPES = st.sampled_from(
    ["", "", "", ' xml:lang="de_AT"', ' xml:lang=""', ' xml:base="/sub/"', ' xml:base="https://other.example/"']
)


ABOUT_ENTRIES = st.one_of(SCOPES, st.just(' indexing:index="no"'))


@st.composite
def element(
    draw: st.DrawFn, names: list[str], values: st.SearchStrategy[str], attributes: st.SearchStrategy[str]
) -> str:
    name = draw(st.sampled_from(names))
    return f"<{name}{draw(attributes)}>{draw(values)}</{name}>"


@st.composite
def link(draw: st.DrawFn, name: str) -> str:
    rel = draw(st.sampled_from(["", *(f' rel="{one}"' for one in RELATIONS)]))
    extra = draw(
        st.sampled_from(["", ' type="text/html"', ' type="Audio/MPEG" length="12"', ' hreflang="en" title=" t "'])
    )
    return f'<{name}{rel}{extra} href="{draw(ADDRESSES)}"{draw(SCOPES)}/>'


RELATIONS = [
    "alternate",
    "self",
    "enclosure",
    "via",
    "Replies",
    "hub",
    "license",
    "",
    "http://www.iana.org/assignments/relation/via",
]
NOTHING = st.just("")
XHTML = st.sampled_from(
    [
        '<div xmlns="http://www.w3.org/1999/xhtml"><p class="a&quot;b">x &amp; y<br/></p></div>',
        ' <div xmlns="http://www.w3.org/1999/xhtml">a</div> <div xmlns="http://www.w3.org/1999/xhtml">b</div>',
        '<h:div xmlns:h="http://www.w3.org/1999/xhtml"><h:b>x</h:b> tail</h:div>',
        '<p xmlns="http://www.w3.org/1999/xhtml">p <img src="/a.png" alt=""/></p>',
        "plain &lt;b&gt; text",
    ]
)


def persons(prefix: str) -> st.SearchStrategy[str]:
    inside = st.lists(
        st.one_of(
            element([f"{prefix}name", f"{prefix}email"], PEOPLE, NOTHING),
            element([f"{prefix}uri", f"{prefix}url"], ADDRESSES, SCOPES),
            element(["x:image"], NOTHING, NOTHING),
        ),
        max_size=4,
    ).map("".join)
    return element([f"{prefix}author", f"{prefix}contributor"], inside, SCOPES)


def common(prefix: str) -> list[st.SearchStrategy[str]]:
    """What RSS and Atom elements may hold; ``prefix`` is that of Atom's names."""
    return [
        element([f"{prefix}title", "dc:title", "media:title"], WORDS, TYPES),
        element([f"{prefix}title"], WORDS, SCOPES),
        element(["dc:creator", "itunes:author", f"{prefix}author"], PEOPLE, NOTHING),
        persons(prefix),
        element(["dc:contributor"], PEOPLE, NOTHING),
        element(
            [f"{prefix}published", f"{prefix}updated", "dc:date", "dcterms:modified", "dcterms:issued"], DATES, NOTHING
        ),
        element([f"{prefix}rights", "dc:rights"], WORDS, TYPES),
        element(["dc:language", f"{prefix}language"], st.sampled_from(["en", "", "pt-BR"]), NOTHING),
        element(["dc:subject", f"{prefix}category"], WORDS, NOTHING),
        st.sampled_from(
            [
                f'<{prefix}category term="t" scheme="s" label="l"/>',
                f'<{prefix}category domain="d"/>',
                f'<{prefix}category domain="d">text</{prefix}category>',
                "<media:keywords>a, b,,c</media:keywords>",
                "<itunes:keywords>a, b</itunes:keywords>",
                '<itunes:category text="A"><itunes:category text="B"/></itunes:category>',
                '<cc:license rdf:resource="https://example.org/cc"/>',
                "<creativeCommons:license>https://example.org/cc</creativeCommons:license>",
                '<itunes:image href="https://example.org/i.png"/>',
                "<itunes:owner><itunes:name>Olga</itunes:name><itunes:email>o@example.org</itunes:email></itunes:owner>",
                "<x:unknown>text</x:unknown>",
                '<x:unknown a="b">text<x:deeper/></x:unknown>',
                f"<x:unknown><{prefix}title>inside</{prefix}title></x:unknown>",
                "<!-- comment --><?pi x?>",
            ]
        ),
        link(f"{prefix}link"),
        element(["itunes:summary", "itunes:subtitle", f"{prefix}summary", f"{prefix}subtitle"], WORDS, TYPES),
        element(["dc:description"], WORDS, TYPES),
    ]


def entry_parts(prefix: str) -> st.SearchStrategy[str]:
    media = st.lists(
        st.one_of(
            element(["media:title", "media:description"], WORDS, TYPES),
            st.just('<media:thumbnail url="https://example.org/t.png" width="10"/>'),
            st.just('<media:content url="https://example.org/m.mp4" type="video/mp4" fileSize="9" duration="3"/>'),
        ),
        max_size=3,
    ).map("".join)
    return st.one_of(
        *common(prefix),
        element(
            [f"{prefix}id", "guid"], ADDRESSES, st.sampled_from(["", ' isPermaLink="false"', ' isPermaLink="TRUE"'])
        ),
        element(["content:encoded", f"{prefix}content"], WORDS, SCOPES),
        element([f"{prefix}content", f"{prefix}summary"], WORDS, TYPES),
        element([f"{prefix}content", f"{prefix}summary", f"{prefix}title"], XHTML, st.just(' type="xhtml"')),
        element(["comments", "link", "slash:comments"], ADDRESSES, NOTHING),
        element(["media:group"], media, NOTHING),
        element(["media:content"], media, st.just(' url="https://example.org/p.png" medium="image"')),
        element([f"{prefix}source"], st.lists(st.one_of(*common(prefix)), max_size=3).map("".join), NOTHING),
        st.sampled_from(
            [
                '<enclosure url="https://example.org/e.mp3" type="Audio/MPEG" length="12"/>',
                '<enclosure url="" type="audio/mpeg"/>',
                "<itunes:duration>1:02:03</itunes:duration>",
                "<source url='https://example.org/other'>Other</source>",
                "<source>Only a title</source>",
                "<image>https://example.org/i.png</image>",
                "<media:thumbnail>https://example.org/t.png</media:thumbnail>",
                "<wfw:commentRss>https://example.org/replies</wfw:commentRss>",
                '<thr:in-reply-to ref="tag:x" href="https://example.org/x"/>',
                '<link rel="replies" href="/replies" thr:count="2" type="application/atom+xml"/>',
                "<podcast:season name='One'>1</podcast:season><itunes:explicit>yes</itunes:explicit>",
                "<georss:point>48.2 16.4</georss:point><georss:featurename>Vienna</georss:featurename>",
                "<dcterms:creator>Dora</dcterms:creator>",
                "<dcterms:title>Terms</dcterms:title><dcterms:subject>S</dcterms:subject>",
                "<dcterms:abstract>Abstract</dcterms:abstract>",
                "<itunes:title>Without its number</itunes:title>",
            ]
        ),
    )


def feed_parts(prefix: str) -> st.SearchStrategy[str]:
    return st.one_of(
        *common(prefix),
        element(["generator", "icon", "logo", "ttl", "docs", f"{prefix}id", "link"], ADDRESSES, NOTHING),
        element(["description", "tagline"], WORDS, TYPES),
        st.sampled_from(
            [
                "<image><url>/i.png</url><title>Image</title><link>https://example.org/</link></image>",
                "<image><title/></image>",
                "<textInput><title>Search</title><name>q</name></textInput>",
                "<skipHours><hour>24</hour><hour>3</hour></skipHours><skipDays><day>Sunday</day></skipDays>",
                "<ttl>60</ttl>",
                "<managingEditor>ed@example.org (Ed)</managingEditor>",
                "<webMaster>wm@example.org</webMaster>",
                '<at:deleted-entry ref="tag:x" when="2026-01-05T10:00:00Z"><at:comment/></at:deleted-entry>',
            ]
        ),
    )


@st.composite
def document(draw: st.DrawFn) -> str:
    shape = draw(st.sampled_from(["rss", "atom", "atom-prefixed", "atom03", "rdf"]))
    odd = draw(
        st.dictionaries(st.sampled_from(sorted(NAMESPACES.keys() - {"atom", "rdf"})), ODD_NAMESPACES, max_size=1)
    )
    namespaces = (NAMESPACES | odd).items()
    declared = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in namespaces if prefix != "atom")
    atom = f' xmlns:atom="{NAMESPACES["atom"]}"'
    prefix = {"rss": "atom:", "atom-prefixed": "atom:"}.get(shape, "")
    parts = st.one_of(entry_parts(prefix), entry_parts(""))
    name = {"rss": "item", "rdf": "item"}.get(shape, f"{prefix}entry")
    about = st.sampled_from(["", ' rdf:about="https://example.org/about"']) if shape == "rdf" else ABOUT_ENTRIES
    entries = st.lists(element([name], st.lists(parts, max_size=7).map("".join), about), max_size=4)
    before = "".join(draw(st.lists(feed_parts(prefix), max_size=5)))
    after = "".join(draw(st.lists(feed_parts(prefix), max_size=2)))
    inside, scope = "".join(draw(entries)), draw(SCOPES)
    if shape == "rss":
        version = draw(st.sampled_from(["2.0", "0.91", "", "2.0.1"]))
        return f'<rss version="{version}"{declared}{atom}{scope}><channel>{before}{inside}{after}</channel></rss>'
    if shape == "rdf":
        root = f'<rdf:RDF xmlns="http://purl.org/rss/1.0/"{declared}{scope}>'
        return f"{root}<channel>{before}{after}</channel>{inside}</rdf:RDF>"
    if shape == "atom03":
        root = f'<feed version="0.3" xmlns="http://purl.org/atom/ns#"{declared}{scope}>'
        return f"{root}{before}{inside}{after}</feed>"
    default = f' xmlns="{NAMESPACES["atom"]}"' if not prefix else atom
    return f"<{prefix}feed{default}{declared}{scope}>{before}{inside}{after}</{prefix}feed>"


@settings(max_examples=200, deadline=None)
@given(document(), st.sampled_from([URL, URL, "http://EXAMPLE.org", "file:///seeds/feed.xml"]))
def test_a_made_up_document_is_read_alike_or_left_to_feedparser(body: str, url: str) -> None:
    ours, theirs = on_both(body.encode(), url)
    if ours is not None:
        assert_alike(ours, theirs)


# ---- what is told, and cut ----

NAMESPACED = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())


def channel(inside: str) -> str:
    return f'<rss version="2.0"{NAMESPACED}><channel><title>c</title>{inside}</channel></rss>'


TOLD = {
    "junk": ("junk junk\n" + channel(""), "text before the feed was ignored"),
    "prolog": ('<?xml version="1.0"?>\n<?xml version="1.0"?> x ' + channel(""), "text before the feed was ignored"),
    "notice": ("PHP Notice: x < y in z\n<?xml version='1.0'?>" + channel(""), "text before the feed was ignored"),
    "empty": ('<rss version="2.0"/>', "the feed has no channel"),
    "rdf": (
        f'<a:RDF xmlns="http://purl.org/rss/1.0/" xmlns:a="{NAMESPACES["rdf"]}"><item/></a:RDF>',
        "the feed has no channel",
    ),
    "hubs": (
        channel("".join(f"<atom:link rel='hub' href='https://h{at}.example/'/>" for at in range(21))),
        "only the first 20 of 21 hubs were read",
    ),
    "categories": (
        channel("".join(f"<category>{at}</category>" for at in range(251))),
        "only the first 250 of 251 categories were read",
    ),
}


@pytest.mark.parametrize("name", TOLD)
def test_both_roads_tell_of_it(name: str) -> None:
    body, told = TOLD[name]
    ours, theirs = on_both(body.encode())
    assert ours is not None
    assert ours.warnings == theirs.warnings == (told,)
    assert_alike(ours, theirs)


MANY = {
    "categories": (250, "<category>{}</category>"),
    "links": (100, "<atom:link href='https://example.org/{}'/>"),
    "authors": (100, "<dc:creator>Ann {}</dc:creator>"),
    "contributors": (100, "<dc:contributor>Ann {}</dc:contributor>"),
    "contents": (100, "<content:encoded>{}</content:encoded>"),
}


@pytest.mark.parametrize("name", MANY)
def test_lists_of_an_entry_are_cut_alike_and_told_of(name: str) -> None:
    most, element = MANY[name]
    for count, told in ((most, ()), (most + 1, (f"only the first {most} of {most + 1} {name} were read",))):
        inside = "".join(element.format(number) for number in range(count))
        ours, theirs = on_both(channel(f"<item>{inside}</item>").encode())
        assert ours is not None
        (one,), (other,) = ours.entries, theirs.entries
        assert len(getattr(one, name)) == len(getattr(other, name)) == most
        assert one.warnings == other.warnings == told
        assert differences(one, other) == {}


def test_lists_of_the_feed_an_entry_came_from_are_cut_too() -> None:
    inside = "".join(f"<category>{number}</category>" for number in range(251))
    ours, theirs = on_both(channel(f"<item><source><title>o</title>{inside}</source></item>").encode())
    assert ours is not None
    assert_alike(ours, theirs)
    (entry,) = ours.entries
    assert entry.source is not None
    assert len(entry.source.categories) == 250
    assert entry.warnings == ("only the first 250 of 251 categories were read",)


@pytest.mark.parametrize("written", ["10:15", "yesterday", "2024-02-30", "2024/13/01", "+9999", "03/04/2024"])
def test_a_date_that_nobody_can_read_is_none_on_both_roads(written: str) -> None:
    ours, theirs = on_both(channel(f"<item><pubDate>{written}</pubDate></item>").encode())
    assert ours is not None
    assert_alike(ours, theirs)
    (entry,) = ours.entries
    assert entry.published is None
    assert entry.warnings == (f'published: no usable date in "{written}"',)


SPARE = {
    "<itunes:title>T</itunes:title>": ("T", None, ()),
    "<title> </title><itunes:title>T</itunes:title>": ("T", None, ()),
    "<itunes:title>T</itunes:title><title>1. T</title>": ("1. T", None, ()),
    "<title>1. T</title><dcterms:title>T</dcterms:title>": ("1. T", None, ()),
    "<dcterms:title>T</dcterms:title><dcterms:abstract>A</dcterms:abstract>": ("T", "A", ()),
    "<description>D</description><dcterms:abstract>A</dcterms:abstract>": (None, "D", ()),
    "<dcterms:subject>S</dcterms:subject><dcterms:subject>S2</dcterms:subject>": (None, None, ("S", "S2")),
    "<dcterms:subject>S</dcterms:subject><category>C</category>": (None, None, ("C",)),
}


@pytest.mark.parametrize("inside", SPARE)
def test_what_only_other_words_say_is_read_where_nothing_else_says_it(inside: str) -> None:
    ours, theirs = on_both(channel(f"<item>{inside}</item>").encode())
    assert ours is not None
    assert_alike(ours, theirs)
    (entry,) = ours.entries
    title, summary = entry.title and entry.title.value, entry.summary and entry.summary.value
    assert (title, summary, tuple(each.term for each in entry.categories)) == SPARE[inside]
