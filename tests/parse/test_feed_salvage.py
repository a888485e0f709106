"""Broken feeds give what can be read of them, and say what was wrong."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from aggregator.model import Code, Document, ParsedFeed, Person, Source
from aggregator.parse import feed, parse

URL = "https://example.org/feed"
NOW = datetime(2026, 11, 23, tzinfo=UTC)
ITEMS = "<item><title>A</title></item><item><title>B</title></item>"
FEED = f"<rss version='2.0'><channel><title>c</title>{ITEMS}</channel></rss>"
CDF = """<CHANNEL HREF="http://x/"><ITEM HREF="http://x/1"><TITLE>A</TITLE></ITEM>
<ITEM HREF="http://x/2"><TITLE>B</TITLE></ITEM></CHANNEL>"""


def read(body: str | bytes) -> ParsedFeed:
    data = body if isinstance(body, bytes) else body.encode()
    return parse((Document(body=data, url=URL),), Source(id="s", url=URL), NOW)


def titles(found: ParsedFeed) -> list[str | None]:
    return [each.title.value if each.title else None for each in found.entries]


@pytest.mark.parametrize(
    "body",
    [
        f"\n\n<?xml version='1.0' encoding='utf-8'?>{FEED}",
        f"<?xml version='1.1'?>{FEED}",
        f"<?xml version='2.0'?>{FEED}",
        f"<?xml version='1.0' standalone='perhaps'?>{FEED}",
        f"<?xml version='1.0'?><?xml version='1.0'?>{FEED}",
        f"some words\n{FEED}",
        f"<br />\n<b>Warning</b>: Undefined x in <b>/x.php</b> on line <b>3</b><br />\n<?xml version='1.0'?>{FEED}",
        f"PHP Notice: x\n<?xml version='1.0'?>\n{FEED}",
        f"{FEED}<!-- cached --><script>x</script>",
        f"{FEED}\nConnection closed",
        f"{FEED}\0\0",
        f"<rss version='2.0'>{ITEMS}</rss>",
        f"<channel><title>c</title>{ITEMS}</channel>",
        FEED.replace("rss", "RSS"),
        FEED.replace("item", "ITEM"),
        FEED.replace("<channel>", "<channel><foo:bar>x</foo:bar>"),
        FEED.replace("<channel>", "<channel><title>&nbsp;&eacute;&foo; AT&T & x</title>"),
        FEED.replace("<channel>", "<channel><description>\x0b\x1f\x00</description>"),
        FEED.replace("<channel>", "<channel><description>&#11;&#0;&#xD800;</description>"),
        "<feed xmlns='http://example.com/x'><entry><title>A</title></entry><entry><title>B</title></entry></feed>",
        CDF,
    ],
)
def test_what_loses_nothing_is_no_problem(body: str) -> None:
    found = read(body)
    assert (titles(found), found.problem) == (["A", "B"], None)


@pytest.mark.parametrize(
    ("body", "whole"),
    [
        (FEED[: FEED.index("B</title>")], ["A"]),
        (FEED[: FEED.index("</item></channel>")], ["A"]),
        (FEED[: FEED.index("</channel>")], ["A", "B"]),
        (FEED[: FEED.index("</rss>")], ["A", "B"]),
        (FEED.replace("B</title>", "B &am")[: FEED.index("B</title>") + 5], ["A"]),
        (FEED.replace("<title>B", "<title><![CDATA[B"), ["A"]),
        (FEED.replace("<title>B", "<title><![CDATA[B]]></title><description><![CDATA[x"), ["A"]),
        (FEED.replace("A</title>", "A</titel>"), ["A", "B"]),
        (FEED.replace("A</title>", "A"), ["A", "B"]),
        (FEED.replace("A</title></item>", "A</item></title>"), ["A", "B"]),
        (FEED.replace("<item>", "<item><description>1 < 2</description>", 1), ["A", "B"]),
        (FEED.replace("<item>", "<item><description a=1 a='2'>x</description>"), ["A", "B"]),
        (FEED + FEED.replace("A", "C").replace("B", "D"), ["A", "B", "C", "D"]),
    ],
)
def test_of_a_broken_document_whole_entries_are_kept_and_half_ones_are_not(body: str, whole: list[str]) -> None:
    found = read(body)
    assert titles(found) == whole
    assert found.problem is not None
    assert found.problem.code is Code.XML
    count = "1 entry" if len(whole) == 1 else f"{len(whole)} entries"
    assert found.problem.detail.endswith(f"{count} read")


def test_a_date_that_cannot_be_read_is_none_whatever_feedparser_makes_of_it() -> None:
    """It fills in from the clock what a date lacks: the entry would be another one every day."""
    for written in ("10:15", "--12-31", "03/04/2024", "2024-02-30", "2024-13-01"):
        text = FEED.replace("</item>", f"<pubDate>{written}</pubDate></item>", 1)
        found = feed.parse(Document(body=text.encode(), url=URL), text).entries[0]
        assert (found.published, found.updated) == (None, None)
        assert found.warnings == (f'published: no usable date in "{written}"',)
    source = "<source><id>urn:s</id><updated>10:15</updated></source>"
    text = f"<feed xmlns='http://www.w3.org/2005/Atom'><updated>10:15</updated><entry>{source}</entry></feed>"
    broken = feed.parse(Document(body=text.encode(), url=URL), text)
    assert broken.info.updated is None
    assert broken.entries[0].source is not None
    assert broken.entries[0].source.updated is None


def json_feed(**given: Any) -> ParsedFeed:
    version = "https://jsonfeed.org/version/1.1"
    return read(json.dumps({"version": version, "title": "t", "items": [{"id": "1"} | given]}))


@pytest.mark.parametrize(
    "given",
    [
        {"authors": [{"name": "Jane"}]},
        {"authors": {"name": "Jane"}},
        {"authors": ["Jane"]},
        {"author": {"name": "Jane"}},
        {"author": "Jane"},
        {"authors": [], "author": "Jane"},
    ],
)
def test_an_author_is_read_however_a_json_feed_has_one(given: dict[str, Any]) -> None:
    (found,) = json_feed(**given).entries
    assert found.authors == (Person(name="Jane"),)


def test_tags_of_a_json_feed_may_be_one_text() -> None:
    for tags in (["a", "b"], "a, b", ["a", 5, None, "b"]):
        (found,) = json_feed(tags=tags).entries
        assert [each.term for each in found.categories if each.term != "5"] == ["a", "b"]
