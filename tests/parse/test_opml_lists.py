"""Lists of feeds as programs write them, and as people break them."""

from __future__ import annotations

import pytest

from aggregator.model import Document, FeedList, Listed
from aggregator.parse import opml


def read(text: str | bytes, encoding: str = "utf-8") -> FeedList:
    body = text.encode(encoding) if isinstance(text, str) else text
    found = opml.read(Document(body=body, url="file:list"))
    assert found is not None
    return found


def outlines(text: str) -> FeedList:
    return read(f'<opml version="2.0"><head><title>T</title></head><body>{text}</body></opml>')


def test_folders_and_categories_are_tags() -> None:
    found = outlines(
        '<outline text="News"><outline title="World"><outline text="A" type="rss" xmlUrl="https://a.example/"'
        ' htmlUrl="https://a.example/page" category="/Press/Daily,x"/></outline></outline>'
    )
    assert found == FeedList(
        title="T",
        feeds=(
            Listed(
                url="https://a.example/",
                title="A",
                page="https://a.example/page",
                tags=("News", "World", "Press", "Daily", "x"),
            ),
        ),
    )


@pytest.mark.parametrize(
    ("outline", "url"),
    [
        ('<outline text="x" XMLURL="https://a.example/"/>', "https://a.example/"),
        ('<outline text="x" xmlUrl="feed://a.example/rss"/>', "http://a.example/rss"),
        ('<outline text="x" xmlUrl="feed:https://a.example/rss"/>', "https://a.example/rss"),
        ('<outline text="x" xmlUrl=" //a.example/rss "/>', "https://a.example/rss"),
        ('<outline text="x" xmlUrl="a.example/rss"/>', "https://a.example/rss"),
        ('<outline text="x" xmlUrl="https://a.example/?a=1&b=2"/>', "https://a.example/?a=1&b=2"),
        ('<outline text="x" type="rss" url="https://a.example/rss"/>', "https://a.example/rss"),
        ('<outline text="x" xmlUrl="https://a.example/a b"/>', "https://a.example/a%20b"),
        ('<outline text="a &nbsp; & b" xmlUrl="https://a.example/"', "https://a.example/"),
    ],
)
def test_an_address_is_read_however_it_is_written(outline: str, url: str) -> None:
    assert [each.url for each in read(f"<opml><body>{outline}").feeds] == [url]


def test_what_is_no_feed_is_said() -> None:
    found = outlines(
        '<outline text="Page" htmlUrl="https://a.example/"/><outline text="Odd" xmlUrl="javascript:1"/>'
        '<outline text="Other" type="include" url="https://b.example/list.opml"/>'
        '<outline text="Xpath" type="HTML+XPath" xmlUrl="https://c.example/"/>'
    )
    assert found.feeds == ()
    page, odd, other, scraped = found.problems
    assert "aggregator add https://a.example/" in page
    assert "none of the web" in odd
    assert "- opml: https://b.example/list.opml" in other
    assert "scrape:" in scraped


def test_a_feed_in_two_folders_is_one_with_the_tags_of_both() -> None:
    one = '<outline text="{}"><outline text="A" xmlUrl="https://a.example/"/></outline>'
    found = outlines(one.format("x") + one.format("y"))
    assert [(each.url, each.tags) for each in found.feeds] == [("https://a.example/", ("x", "y"))]
    assert found.repeated == 1


def test_settings_of_other_programs_are_taken_where_there_is_the_like() -> None:
    found = read(
        '<opml xmlns:miniflux="https://miniflux.app/opml" xmlns:frss="https://freshrss.org/opml"><body>'
        '<outline xmlUrl="https://a.example/" miniflux:disabled="true" miniflux:userAgent="X/1"'
        ' miniflux:crawler="true"/>'
        '<outline xmlUrl="https://b.example/" frss:ttl="-7200" frss:CURLOPT_COOKIE="a=b"/>'
        '<outline text="Live" frss:opmlUrl="https://c.example/list.opml"/></body></opml>'
    )
    assert [dict(each.settings) for each in found.feeds] == [
        {"enabled": False, "user_agent": "X/1", "full_text": True},
        {"interval": "120m", "enabled": False},
        {"opml": "https://c.example/list.opml"},
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "windows-1252"])
def test_any_encoding_is_read(encoding: str) -> None:
    declared = f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?>'
    found = read(f'{declared}<opml><body><outline text="Köln" xmlUrl="https://a.example/"/></body></opml>', encoding)
    assert found.feeds[0].title == "Köln"


def test_entities_are_not_expanded_and_bombs_do_nothing() -> None:
    found = read(
        '<?xml version="1.0"?><!DOCTYPE opml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">'
        ']><opml><body><outline text="&b;&c;x" xmlUrl="https://a.example/"/></body></opml>'
    )
    assert "root:" not in str(found.feeds)
    assert "aaaa" not in str(found.feeds)


def test_a_plain_list_and_newsboats_are_read() -> None:
    found = read('# mine\nhttps://a.example/ "news" "~The A"\nhttps://b.example/\nquery:unread:x\n')
    assert [(each.url, each.title, each.tags) for each in found.feeds] == [
        ("https://a.example/", "The A", ("news",)),
        ("https://b.example/", None, ()),
    ]
    assert len(found.problems) == 1


@pytest.mark.parametrize("text", ["", "hello there", "<html><body><p>x</p></body></html>", "<rss/>", "\x00\x01"])
def test_what_is_no_list_is_none(text: str) -> None:
    assert opml.read(Document(body=text.encode(), url="file:list")) is None


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("<opml><outline xmlUrl='https://a.example/'/></opml>", True),
        ("<opml><outline xmlUrl='https://a.example/'/></OPML ><!-- x -->", True),
        ("<opml><outline xmlUrl='https://a.example/'/>", False),
        ("<outline><outline xmlUrl='https://a.example/'/></outline>", True),
        ("https://a.example/", True),
    ],
)
def test_a_list_that_is_cut_off_is_not_whole(text: str, whole: bool) -> None:
    found = opml.read(Document(body=text.encode(), url="file:list"))
    assert found is not None
    assert (found.whole, len(found.feeds)) == (whole, 1)


def test_five_thousand_feeds_and_endless_nesting_are_read() -> None:
    many = "".join(f'<outline text="F{n}"><outline xmlUrl="https://h{n}.example/"/></outline>' for n in range(5000))
    assert len(outlines(many).feeds) == 5000
    read("<opml><body>" + '<outline text="a">' * 100_000)
    read("<opml>" + "<!DOCTYPE [" * 100_000)
