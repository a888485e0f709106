"""What the fast road accepts, what it leaves to feedparser, and its limits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Document, ParsedFeed, Person, Source
from aggregator.parse import fast, newest, outline, parse
from aggregator.parse.decode import decode
from aggregator.parse.fast.reader import BASE, BASE_DEPTH

URL = "https://example.org/feed.xml"
ATOM = "http://www.w3.org/2005/Atom"
MEDIA = "xmlns:m='http://search.yahoo.com/mrss/'"
DC = "xmlns:d='http://purl.org/dc/elements/1.1/'"
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
        rss(
            "<item><m:title/></item>",
            " xmlns:m='http://search.yahoo.com/mrss/' xmlns:media='http://purl.org/dc/terms/'",
        ),
        rss("<item><x:a><title>within the unknown</title></x:a></item>", " xmlns:x='https://example.org/x'"),
        f"<feed xmlns='{ATOM}'><entry><content type='image/png'>AAAA</content></entry></feed>",
        f"<feed xmlns='{ATOM}'><entry><content type='xhtml'><svg/></content></entry></feed>",
        f"<feed xmlns='{ATOM}' xmlns:r='http://purl.org/rss/1.0/'/>",
        rss(
            "<item><guid>https://example.org/1</guid></item><item><guid isPermaLink='false'>https://example.org/1</guid></item>"
        ),
        rss("<atom:id>urn:1</atom:id><item><guid>urn:1</guid></item>", f" xmlns:atom='{ATOM}'"),
        rss("<item><m:group><d:date>2026-01-05</d:date></m:group></item>", f" {MEDIA} {DC}"),
        rss("<item><m:content><title>of the picture</title></m:content></item>", f" {MEDIA}"),
        rss("<item><date>2026-01-05</date></item>"),
        rss("<item><title>\u00ef\u00bf\u00bf</title></item>"),
    ],
)
def test_what_is_not_certain_is_left_to_feedparser(text: str) -> None:
    assert read(text) is None


def test_what_xml_allows_before_the_root_is_ignored_without_a_word() -> None:
    before = (
        '<?xml version="1.0" encoding="utf-16"?>\n<?xml-stylesheet href="/x.xsl"?><!-- c --><!DOCTYPE rss SYSTEM "x">'
    )
    found = read(before + rss("<item/>"))
    assert found is not None
    assert len(found.entries) == 1
    assert found.warnings == ()


def address(length: int, depth: int = 3) -> str:
    return "https://example.org/" + "a/" * (depth - 3) + "x" * (length - 20 - 2 * (depth - 3))


def test_a_long_base_is_left_to_feedparser() -> None:
    based = "<item xml:base='{}'><link>b</link></item>"
    assert read(rss(based.format(address(BASE)))) is not None
    assert read(rss(based.format(address(BASE + 1)))) is None
    assert read(rss(based.format(address(BASE, BASE_DEPTH)))) is not None
    assert read(rss(based.format(address(BASE, BASE_DEPTH + 1)))) is None
    assert read(rss("<item><link>b</link></item>"), address(BASE)) is not None
    assert read(rss("<item><link>b</link></item>"), address(BASE + 1)) is None


def test_many_short_bases_are_one_long_one() -> None:
    nested = "<x:a xml:base='b/'>" * 60 + "<x:b xml:base='c/'/>" + "</x:a>" * 60
    assert read(rss(f"<item>{nested}</item>", " xmlns:x='https://example.org/x'")) is None


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
    found = read(entries(newest.ENTRIES))
    assert found is not None
    assert [each.raw_id for each in found.entries] == [str(number) for number in range(newest.ENTRIES)]
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("tail", "road"), [("", "fast"), ("<item><title>a <b>c</b></title><pubDate>{}</pubDate></item>", "feedparser")]
)
def test_of_more_entries_the_newest_are_read_on_either_road(tail: str, road: str) -> None:
    days = [datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=number) for number in range(newest.ENTRIES + 2)]
    items = "".join(f"<item><guid>{at}</guid><pubDate>{day:%Y-%m-%d}</pubDate></item>" for at, day in enumerate(days))
    body = rss(items + tail.format("2026-01-01"))
    found = parse((Document(body=body.encode(), url=URL),), Source(id="s", url=URL), days[0])
    assert found.road == road
    assert len(found.entries) == newest.ENTRIES
    assert found.entries[0].raw_id == ("3" if tail else "2")
    assert found.warnings == (f"only the newest 2,000 of {2003 if tail else 2002:,} entries were read",)


def test_of_more_entries_the_first_are_read_where_one_has_no_date() -> None:
    found = read(entries(newest.ENTRIES + 1))
    assert found is not None
    assert [each.raw_id for each in found.entries] == [str(number) for number in range(newest.ENTRIES)]
    assert found.warnings == ("only the first 2,000 of 2,001 entries were read",)


def test_of_atom_the_entries_that_changed_last_are_read() -> None:
    old, late = ("<updated>2020-01-01T00:00:00Z</updated>", "<updated>2024-01-01T00:00:00Z</updated>")
    inside = (
        f"<entry>{old}</entry>" * newest.ENTRIES
        + f"<entry><id>late</id>{old.replace('updated', 'published')}{late}</entry>"
    )
    found = read(f"<feed xmlns='{ATOM}'>{inside}</feed>")
    assert found is not None
    assert (len(found.entries), found.entries[-1].raw_id) == (newest.ENTRIES, "late")


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


def test_letters_that_were_encoded_twice_are_put_right() -> None:
    found = read(rss("<item><title>caf\u00c3\u00a9</title></item>"))
    assert found is not None
    assert found.entries[0].title is not None
    assert found.entries[0].title.value == "caf\u00e9"


def test_the_bytes_as_they_came_are_read_like_the_text() -> None:
    body = "\n<?xml version='1.0'?><!-- \u00e9 -->" + rss("<item><title>caf\u00e9</title></item>")
    document = Document(body=body.encode(), url=URL)
    assert decode(document).utf8 == document.body
    found = fast.parse(document, body, document.body)
    assert found is not None
    assert found == fast.parse(document, body)


def test_an_address_that_is_none_is_left_to_feedparser() -> None:
    assert read(rss("<item><guid>1</guid></item>"), "http://[") is None


def test_a_folders_document_has_no_base() -> None:
    found = read(rss("<item><link>/a</link><title>t</title></item>"), "file:///seeds/feed.xml")
    assert found is not None
    assert found.entries[0].links[0].href == "/a"
