"""What the fast road accepts, what it leaves to feedparser, and its limits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Document, ParsedFeed, Person
from aggregator.parse import fast, outline, quirks
from aggregator.parse.decode import decode

URL = "https://example.org/feed.xml"
ATOM = "http://www.w3.org/2005/Atom"
TOKENS = (
    "<rss version='2.0'>|</rss>|<channel>|</channel>|<item>|</item>|<title>|</title>|<link>|</link>|<guid>|</guid>|"
    f"<feed xmlns='{ATOM}'>|</feed>|<entry>|</entry>|<content type='xhtml'>|</content>|<div xmlns="
    "'http://www.w3.org/1999/xhtml'>|</div>|<author>|</author>|<name>|</name>|<source>|</source>|x|&amp;|&nbsp;|&#0;|"
    "<![CDATA[|]]>|<!--|-->|<?x?>|<!DOCTYPE rss>|<a:b/>|<x y='z'/>|<link href='http://['/>|\ud83d\ude00|\x00|\x85"
).split("|")


def read(text: str, url: str = URL) -> ParsedFeed | None:
    return fast.parse(Document(body=b"", url=url), text)


def rss(inside: str, attributes: str = "") -> str:
    return f"<rss version='2.0'{attributes}><channel><title>c</title>{inside}</channel></rss>"


# ---- whatever the text ----


@given(st.binary(max_size=300))
def test_no_bytes_raise(body: bytes) -> None:
    document = Document(body=body, url=URL)
    found = fast.parse(document, decode(document).text)
    assert found is None or found.road == "fast"


@given(
    st.lists(st.sampled_from(TOKENS), max_size=25).map("".join), st.sampled_from([URL, "", "file:///a b", "http://["])
)
def test_no_text_and_no_address_raise(text: str, url: str) -> None:
    found = read(text, url)
    assert found is None or found.road == "fast"


@given(st.lists(st.sampled_from(TOKENS), max_size=12).map("".join))
def test_no_inside_of_an_entry_raises(inside: str) -> None:
    read(rss(f"<item>{inside}</item>"))
    read(f"<feed xmlns='{ATOM}'><entry>{inside}</entry></feed>")


# ---- what is left to feedparser ----


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no markup",
        "<html><body/></html>",
        "<channel><title>CDF</title><item href='x'/></channel>",
        rss("<item><title>cut"),
        rss("<title>&nbsp;</title>"),
        rss("<item><a:b/></item>"),
        rss("") + "<script/>",
        "PHP warning &" + rss("") + "</x>",
        rss("\x0b"),
        "<!DOCTYPE rss [<!ENTITY a 'b'>]>" + rss("&a;"),
        "<!DOCTYPE rss [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>" + rss(""),
        rss("</channel><channel>"),
        rss("<item><title>a <b>c</b></title></item>"),
        rss("<item><pubDate>yesterday</pubDate></item>"),
        rss(
            "<item><m:title/></item>",
            " xmlns:m='http://search.yahoo.com/mrss/' xmlns:media='http://purl.org/dc/terms/'",
        ),
        rss("<item><x:a><title>within the unknown</title></x:a></item>", " xmlns:x='https://example.org/x'"),
        f"<feed xmlns='{ATOM}'><entry><content type='image/png'>AAAA</content></entry></feed>",
        f"<feed xmlns='{ATOM}'><entry><content type='xhtml'><svg/></content></entry></feed>",
        f"<feed xmlns='{ATOM}' xmlns:r='http://purl.org/rss/1.0/'/>",
    ],
)
def test_what_is_not_certain_is_left_to_feedparser(text: str) -> None:
    assert read(text) is None


def test_what_stands_before_the_root_is_not_looked_at() -> None:
    before = (
        '<?xml version="1.0" encoding="utf-16"?>\n<?xml-stylesheet href="/x.xsl"?><!-- c --><!DOCTYPE rss SYSTEM "x">'
    )
    found = read(before + rss("<item/>"))
    assert found is not None
    assert len(found.entries) == 1


# ---- limits, both sides ----


def entries(count: int) -> str:
    return rss("".join(f"<item><guid>{number}</guid></item>" for number in range(count)))


def deep(depth: int) -> str:
    """A document that is nested so deep: rss, channel and item are three."""
    return rss(f"<item>{'<x>' * (depth - 3)}{'</x>' * (depth - 3)}</item>")


def crowded(attributes: int, name: str) -> str:
    listed = "".join(f" a{number}=''" for number in range(attributes))
    return rss(f"<item><{name}{listed}/></item>")


def test_two_thousand_entries_are_read() -> None:
    found = read(entries(quirks.ENTRIES))
    assert found is not None
    assert [each.raw_id for each in found.entries] == [str(number) for number in range(quirks.ENTRIES)]
    assert read(entries(quirks.ENTRIES + 1)) is None


@pytest.mark.parametrize("shape", [deep, lambda depth: deep(depth).replace("item>", "webMaster>")])
def test_a_hundred_levels_are_read(shape: object) -> None:
    assert callable(shape)
    assert read(shape(outline.DEPTH)) is not None
    assert read(shape(outline.DEPTH + 1)) is None


@pytest.mark.parametrize("name", ["title", "unknown", "link"])
def test_two_hundred_attributes_are_read(name: str) -> None:
    assert read(crowded(outline.ATTRIBUTES, name)) is not None
    assert read(crowded(outline.ATTRIBUTES + 1, name)) is None


def test_a_text_of_ten_megabytes_is_left_to_feedparser() -> None:
    assert read(rss(f"<item><description>{'x' * 9_000_000}</description></item>")) is not None
    assert read(rss(f"<item><description>{'x' * 10_000_001}</description></item>")) is None


def test_deep_xhtml_is_left_to_feedparser() -> None:
    inside = "<div xmlns='http://www.w3.org/1999/xhtml'>" + "<b>" * 200 + "</b>" * 200 + "</div>"
    assert read(f"<feed xmlns='{ATOM}'><entry><content type='xhtml'>{inside}</content></entry></feed>") is None


# ---- where ours is right and feedparser is not ----


def test_of_several_authors_each_keeps_what_is_said_of_it() -> None:
    found = read(
        f"<feed xmlns='{ATOM}' xmlns:dc='http://purl.org/dc/elements/1.1/'><entry>"
        "<author><name>Ann</name><email>ann@example.org</email></author><author><name>Bob</name></author></entry>"
        "<entry><dc:creator>Ann</dc:creator><author><name>Bob</name></author></entry></feed>"
    )
    assert found is not None
    first, second = (each.authors for each in found.entries)
    assert first == (Person(name="Ann", email="ann@example.org"), Person(name="Bob"))
    assert second == (Person(name="Ann"), Person(name="Bob"))


def test_a_folders_document_has_no_base() -> None:
    found = read(rss("<item><link>/a</link><title>t</title></item>"), "file:///seeds/feed.xml")
    assert found is not None
    assert found.entries[0].links[0].href == "/a"
