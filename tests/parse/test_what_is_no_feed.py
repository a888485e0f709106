"""What stands where a feed should be is named: whose wall, which page, what to do."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from aggregator.model import Code, Document, Source
from aggregator.parse import parse
from aggregator.parse.sniff import _PARKED, _WALLS

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
        f'{wall} answered instead of the feed (HTML page, title: "x")',
    )
    assert said(b'{"url": "%s"}' % sign.replace('"', "").encode()) == (
        Code.NOT_A_FEED,
        f"{wall} answered instead of the feed (JSON)",
    )


@pytest.mark.parametrize("name", ["Cloudflare", "DataDome", "Akamai", "Imperva", "PerimeterX", "Anubis", "Sucuri"])
def test_the_walls_people_meet_are_known(name: str) -> None:
    assert any(name in wall for _, wall in _WALLS)


@pytest.mark.parametrize("sign", _PARKED)
def test_a_parked_domain_is_no_feed_and_no_page(sign: str) -> None:
    page = f"<html><head><title>a.example</title></head><body>{sign}</body></html>"
    assert said(page.encode())[1].startswith("page of a parked domain or one for sale, not a feed")
    article = f"<html><title>Domains</title><body>{'About domains. ' * 6000}{sign}</body></html>"
    assert said(article.encode())[1] == 'HTML page, not a feed (title: "Domains")'


@pytest.mark.parametrize(
    "listing",
    [
        "<html><head><title>Index of /feeds</title></head></html>",
        "<!DOCTYPE HTML><html><title>Directory listing for /feeds/</title></html>",
        "<html><title>a - /feeds/</title><A HREF='/'>[To Parent Directory]</A></html>",
    ],
)
def test_a_listing_of_a_directory_is_named(listing: str) -> None:
    assert said(listing.encode())[1].startswith("listing of a directory, not a feed; look for the feed's file in it")


@pytest.mark.parametrize(
    ("body", "start"),
    [
        (b"%PDF-1.7 x", "a PDF file, not a feed"),
        (b"PK\x03\x04xx", "a zip file, not a feed"),
        (b"\x89PNG\r\n\x1a\nxx\xff", "a picture, not a feed"),
        (b"\x1f\x8b\x08\x00\xff\xfe", "gzip that was compressed twice, not a feed"),
        (b"<opml version='2.0'><head><title>x</title></head></opml>", "an OPML list of feeds, not a feed"),
        (b"<urlset/>", "a sitemap, not a feed"),
        (b"<sitemapindex/>", "a list of sitemaps, not a feed"),
        (b"<Error><Code>AccessDenied</Code></Error>", "an error message in XML, not a feed"),
        (b"<svg/>", "XML that is no feed (its root element is <svg>)"),
    ],
)
def test_other_documents_are_named(body: bytes, start: str) -> None:
    code, detail = said(body)
    assert code is Code.NOT_A_FEED
    assert detail.startswith(start)


def test_a_feed_about_walls_is_a_feed() -> None:
    body = b"<rss><channel><item><title>px-captcha, sedoparking.com: buy this domain</title></item></channel></rss>"
    found = parse((Document(body=body, url=URL),), Source(id="s", url=URL), NOW)
    assert (found.problem, len(found.entries)) == (None, 1)
