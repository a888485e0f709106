"""What pages of many makers say of themselves, one fact a row; and which pages count as written by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from aggregator.model import Document, ParsedEntry
from aggregator.parse import html

SEEN = datetime(2026, 11, 23, tzinfo=UTC)
TEXT = "<p>The ferry left at ten past six with forty-one passengers and two dogs, for the first time since 2015.</p>"
LD = '<script type="application/ld+json">%s</script>'
GRAPH = (
    LD % '{"@graph": [{"@type": "WebPage", "name": "Page", "datePublished": "2020-01-01"},'
    '{"@type": "Person", "@id": "#ada", "name": "Ada Brenn", "url": "/ada"},{"@type": "Article", "headline": "Graph",'
    '"author": {"@id": "#ada"}, "datePublished": "2026-11-12", "mainEntityOfPage": "https://c.example/f"}]}'
)

ITEM = (
    '<div itemscope itemtype="http://schema.org/Article"><i itemprop=author itemscope><b itemprop=name>Ada</b></i>'
    '<i itemprop=image itemscope><meta itemprop=url content="https://c.example/i.png"></i>'
    f"<div itemprop=articleBody>{TEXT}</div></div><!--"
)


def read(page: str) -> tuple[ParsedEntry, tuple[str, ...]]:
    result = html.parse_seed(Document(body=page.encode(), url="file:///s/a-name.html", name="a-name.html"), SEEN)
    assert result.entry is not None
    return result.entry, result.warnings


def fact(found: ParsedEntry, name: str) -> Any:
    return {
        "title": lambda: found.title and found.title.value,
        "authors": lambda: [each.name for each in found.authors],
        "author_url": lambda: found.authors[0].url,
        "link": lambda: found.links[0].href,
        "day": lambda: found.published and found.published.isoformat()[:16],
        "html": lambda: found.contents[0].value,
        "tags": lambda: [each.term for each in found.categories],
        "summary": lambda: found.summary and found.summary.value,
    }.get(name, lambda: getattr(found, name))()


@pytest.mark.parametrize(
    ("head", "name", "value"),
    [
        (GRAPH, "title", "Graph"),
        (GRAPH, "day", "2026-11-12T00:00"),
        (GRAPH, "authors", ["Ada Brenn"]),
        (GRAPH, "author_url", "https://c.example/ada"),
        (GRAPH, "link", "https://c.example/f"),
        (LD % '{"@type": "NewsArticle", "headline": "A\nB", "author": ["By Ann Lee and Bob Roe"],}', "title", "A B"),
        (LD % '{"@type": "NewsArticle", "author": ["By Ann Lee and Bob Roe"],}', "authors", ["Ann Lee", "Bob Roe"]),
        (LD % '/*<![CDATA[*/{"@type": "BlogPosting", "headline": "A &amp; B"}/*]]>*/', "title", "A & B"),
        (LD % '{"@type": "Article", "datePublished": "2026-11-12T08:30:00.000+0200"}', "day", "2026-11-12T06:30"),
        (LD % '{"@type": "Article", "inLanguage": {"name": "English", "alternateName": "en"}}', "language", "en"),
        ('<meta name="DC.creator" content="Ada"><meta name="DC.creator" content="Jo">', "authors", ["Ada", "Jo"]),
        ('<meta name="DC.subject" content="ferries; quays">', "tags", ["ferries", "quays"]),
        ('<meta name="DC.date.issued" content="2026-11-12">', "day", "2026-11-12T00:00"),
        ('<meta property="article:tag" content="quay, north">', "tags", ["quay, north"]),
        ('<meta property="og:locale" content="en_GB">', "language", "en_GB"),
        ('<meta http-equiv="Content-Language" content="fr">', "language", "fr"),
        ('<meta name="twitter:image:src" content="https://c.example/t.jpg">', "image", "https://c.example/t.jpg"),
        ('<meta name="pubdate" content="Thu, 12 Nov 2026 07:30 CET">', "day", "2026-11-12T06:30"),
        ("<!-- saved from url=(0021)https://c.example/f -->", "link", "https://c.example/f"),
        ("<!--\n Page saved with SingleFile \n url: https://c.example/f \n-->", "link", "https://c.example/f"),
        ("<article><a rel=author href=https://c.example/ada>Ada Brenn</a></article>", "authors", ["Ada Brenn"]),
        ("<title>Ferry - Courier</title><header><h1>Courier</h1></header><h1>Ferry</h1>", "title", "Ferry"),
        ("<title>Ferry - Courier</title><header><h1>Courier</h1></header><h1>Ferry</h1>", "html", TEXT),
        ('<meta property="og:title" content="Ferry - Courier"><h1>Ferry</h1>', "title", "Ferry"),
        ("<title>Ferry | C</title><meta property=og:site_name content=C>", "title", "Ferry"),
        ("<h2>Fragment</h2>", "title", "Fragment"),
        ("<h2>Fragment</h2>", "html", TEXT),
        ("<amp-img src=https://c.example/f.jpg></amp-img>", "html", f'<img src="https://c.example/f.jpg">{TEXT}'),
        (ITEM, "html", TEXT),
        (ITEM, "image", "https://c.example/i.png"),
        (ITEM, "authors", ["Ada"]),
    ],
)  # fmt: skip
def test_a_fact_is_found_where_its_maker_puts_it(head: str, name: str, value: Any) -> None:
    assert fact(read(head + TEXT)[0], name) == value


def test_a_page_for_subscribers_is_published_with_a_warning() -> None:
    _, warnings = read(LD % '{"@type": "Article", "isAccessibleForFree": false}' + TEXT)
    assert warnings == (
        "a-name.html: it says that only subscribers are shown its whole text; see whether what was saved is all of it",
    )


def test_a_web_archive_is_refused_with_advice() -> None:
    body = b"From: <Saved by Blink>\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/related\n\n<p>=E2=80=93</p>"
    result = html.parse_seed(Document(body=body, url="file:///s/x.html", name="x.html"), SEEN)
    assert result.entry is None
    assert result.warnings == ("x.html:1: this is a web archive (MHTML) and no HTML; save the page again as HTML",)


BY_HAND = (
    "<title>My diary</title><link rel=stylesheet href=s.css><script src=f.js></script><nav>N</nav><h1>My diary</h1>"
    + "".join(TEXT.replace("ten past six", each) for each in ("one", "two", "three", "four"))
    + "<h2>Timetable</h2><dl><dt>Bosun</dt><dd>the dog</dd></dl><figure><img src=f.png><figcaption>By me</figcaption>"
    "</figure><form><button>Vote</button></form><div class=newsletter>Write to me</div><footer>F</footer>"
)


def test_nothing_of_a_page_written_by_hand_is_lost_however_much_stands_around_it() -> None:
    text = read(BY_HAND)[0].contents[0].value
    for piece in ("Timetable", "<dd>the dog</dd>", '<img src="f.png">', "By me", "Write to me"):
        assert piece in text


@pytest.mark.parametrize(
    "trace",
    [
        "<link rel=canonical href=https://c.example/f>",
        '<meta property="og:type" content="article">',
        "<!-- saved from url=(0021)https://c.example/f -->",
        "<section id=comments></section>",
        "<title>My diary | Courier</title>",
    ],
)
def test_the_same_page_with_a_trace_of_its_address_was_saved(trace: str) -> None:
    assert "Write to me" not in read(trace + BY_HAND)[0].contents[0].value


def test_furniture_at_the_end_of_a_published_page_goes() -> None:
    page = (
        '<meta property="og:type" content="article"><script src=a></script><link rel=stylesheet href=b><nav>N</nav>'
        f"<aside>A</aside><article><h1>T</h1>{TEXT}<div>Share this:</div><h4>Related articles</h4><ul><li>Swing bridge"
        "</li></ul></article>"
    )
    assert read(page)[0].contents[0].value == TEXT


@pytest.mark.parametrize("inside", ["<div>" * 50_000, "<article>" * 390, "<div>" * 390 + "<div>a</div>" * 9_000])
def test_a_page_too_deep_or_too_large_is_read_in_time(inside: str) -> None:
    page = (
        '<meta property="og:type" content="x"><script src=a></script><link rel=stylesheet href=b><nav>N</nav><aside>A'
    )
    found, _ = read(f"{page}</aside>{inside}{TEXT * 4}")
    assert "forty-one passengers" in found.contents[0].value
