"""What stands where a feed should be is named: whose wall, which page, what to do."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from aggregator.model import Code, Document, Source
from aggregator.parse import parse
from aggregator.parse.refusal import _PARKED, _WALLS

URL = "https://example.org/feed"
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def said(body: bytes) -> tuple[Code, str]:
    problem = parse((Document(body=body, url=URL),), Source(id="s", url=URL), NOW).problem
    assert problem is not None
    return problem.code, problem.detail


@pytest.mark.parametrize(("sign", "wall"), _WALLS)
def test_a_wall_is_named_in_html_and_in_json(sign: str, wall: str) -> None:
    page = f"<!doctype html><html><head><title>x</title></head><body>{sign}</body></html>"
    assert said(page.encode()) == (
        Code.NOT_A_FEED,
        f'{wall} answered instead of the feed (HTML page, title: "x"); ask the publisher to let feed readers through',
    )
    assert said(b'{"url": "%s"}' % sign.replace('"', "").encode()) == (
        Code.NOT_A_FEED,
        f"{wall} answered instead of the feed (JSON); ask the publisher to let feed readers through",
    )


@pytest.mark.parametrize("name", ["Cloudflare", "DataDome", "Akamai", "Imperva", "PerimeterX", "Anubis", "Sucuri"])
def test_the_walls_people_meet_are_known(name: str) -> None:
    assert any(name in wall for _, wall in _WALLS)


@pytest.mark.parametrize("sign", _PARKED)
def test_a_parked_domain_is_no_feed_and_no_page(sign: str) -> None:
    page = f"<html><head><title>a.example</title></head><body>{sign}</body></html>"
    assert said(page.encode())[1].startswith("page of a parked domain or one for sale, not a feed")
    article = f"<html><title>Domains</title><body>{'About domains. ' * 6000}{sign}</body></html>"
    assert said(article.encode())[1].startswith('HTML page, not a feed (title: "Domains")')


@pytest.mark.parametrize(
    "listing",
    [
        "<html><head><title>Index of /feeds</title></head></html>",
        "<!DOCTYPE HTML><html><title>Directory listing for /feeds/</title></html>",
        "<html><title>a - /feeds/</title><A HREF='/'>[To Parent Directory]</A></html>",
    ],
)
def test_a_listing_of_a_directory_is_named(listing: str) -> None:
    detail = said(listing.encode())[1]
    assert detail.startswith("listing of a directory, not a feed")
    assert detail.endswith("look for the feed's file in it")


@pytest.mark.parametrize(
    ("body", "start"),
    [
        (b"%PDF-1.7 x", "a PDF file, not a feed"),
        (b"PK\x03\x04xx", "a zip file, not a feed"),
        (b"\x89PNG\r\n\x1a\nxx\xff", "a picture, not a feed"),
        (b"\x1f\x8b\x08\x00\xff\xfe", "a file compressed with gzip (perhaps twice), not a feed"),
        (b"<opml version='2.0'><head><title>x</title></head></opml>", "an OPML list of feeds, not a feed"),
        (b"<urlset/>", "a sitemap, not a feed"),
        (b"<sitemapindex/>", "a list of sitemaps, not a feed"),
        (b"<Error><Code>AccessDenied</Code></Error>", "an error message in XML, not a feed"),
        (b"BZh91AY&SY\xff", "a file compressed with bzip2, not a feed"),
        (b"\xfd7zXZ\x00\xff", "a file compressed with xz, not a feed"),
        (b"\x28\xb5\x2f\xfd\x00x", "a file compressed with zstd, not a feed"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "a picture, not a feed"),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", "a picture, not a feed"),
        (b"\x00\x00\x00\x20ftypisom", "a video file, not a feed"),
        (b"SQLite format 3\x00x", "a database, not a feed"),
        (b"<s:Envelope xmlns:s='urn:s'><s:Body/></s:Envelope>", "a SOAP message, not a feed"),
        (b"<entry xmlns='http://www.w3.org/2005/Atom'><title>A</title></entry>", "a single Atom entry, not a feed"),
        (b"<item><title>A</title></item>", "items without a feed around them"),
        (b"title: A feed\nlink: https://a.example/\n", 'not a feed (it begins with "title: A feed link'),
        (b'"x"', "not a feed (it begins with "),
        (b"[1]", "JSON, but not a JSON Feed (no object with a list of items)"),
        (b'{"error": "unauthorized", "message": "no\\ntoken"}', 'JSON, but not a JSON Feed (it says "no token")'),
        (b'{"error": {"message": "no token"}}', 'JSON, but not a JSON Feed (it says "no token")'),
        (b'{"error": {}, "message": ["x"]}', "JSON, but not a JSON Feed (no object with a list of items)"),
        (b"<svg/>", "XML that is no feed (its root element is <svg>)"),
    ],
)
def test_other_documents_are_named(body: bytes, start: str) -> None:
    code, detail = said(body)
    assert code is Code.NOT_A_FEED
    assert detail.startswith(start)
    assert "; " in detail, "a sentence that says what to do next"


def test_a_feed_about_walls_is_a_feed() -> None:
    body = b"<rss><channel><item><title>px-captcha, sedoparking.com: buy this domain</title></item></channel></rss>"
    found = parse((Document(body=body, url=URL),), Source(id="s", url=URL), NOW)
    assert (found.problem, len(found.entries)) == (None, 1)


@pytest.mark.parametrize(
    ("link", "named"),
    [
        ('<link rel="alternate" type="application/rss+xml" href="/feed.xml">', "https://example.org/feed.xml"),
        (
            "<LINK REL='home ALTERNATE' TYPE='application/atom+xml; charset=x' HREF='a&amp;b'/>",
            "https://example.org/a&b",
        ),
        ("<link href=//o.example/f type=application/feed+json rel=alternate>", "https://o.example/f"),
        ('<link rel="alternate" type="application/json" href="/wp-json/1">', None),
        ('<link rel="alternate" hreflang="de" href="/de">', None),
        ('<link rel="stylesheet" type="application/rss+xml" href="/x">', None),
        ('<link rel="alternate" type="application/rss+xml" href="javascript:x">', None),
        ('<link rel="alternate" type="application/rss+xml" href="http://[">', None),
        ('<link rel="alternate" type="application/rss+xml" href="/feed">', None),  # this very page
        ('<link rel="alternate" type="application/rss+xml" href="/%s">' % ("x" * 500), None),
    ],
)
def test_the_feed_that_a_page_names_is_told(link: str, named: str | None) -> None:
    code, detail = said(f"<!doctype html><html><head><title>A blog</title>{link}</head></html>".encode())
    assert code is Code.NOT_A_FEED
    start = 'HTML page, not a feed (title: "A blog"); it names '
    assert detail == (
        f"{start}this one: {named}" if named else f"{start}no feed, look for the feed's address on the site"
    )


def test_a_sentence_is_never_longer_than_it_may_be() -> None:
    link = '<link rel="alternate" type="application/rss+xml" href="/%s">' % ("x" * 120)
    detail = said(f"<!doctype html><html><head><title>{'t' * 400}</title>{link}</head></html>".encode())[1]
    assert detail.endswith("x" * 120)
    assert len(detail) <= 300


@pytest.mark.parametrize("body", [b"", b" \n\t", b"\xef\xbb\xbf", b"\x00\x00\x00", " \n".encode("utf-16")])
def test_nothing_is_empty(body: bytes) -> None:
    assert said(body)[0] is Code.EMPTY
