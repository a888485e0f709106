"""The JSON that scripts hold on to: promised names stay, what is unknown is null or empty."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import UTC, datetime

import pytest

from aggregator.model import (
    Article,
    Chapter,
    Credit,
    Enclosure,
    Episode,
    FeedInfo,
    Link,
    Person,
    Place,
    Rating,
    Reference,
    Replies,
    Wishes,
)
from aggregator.operate import article_shape, feed_shape

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
BARE = Article(
    key="0" * 32,
    id="urn:a",
    source="s",
    raw_hash=b"",
    fingerprint=b"",
    title="A",
    authors=(Person(name="Ann"),),
    first_seen=NOW,
    sort_at=NOW,
)
FULL = replace(
    BARE,
    enclosures=(Enclosure(url="https://a.example/1.mp3", type="audio/mpeg", length=3, duration=61),),
    rating=Rating(helpful=1, total=2),
    episode=Episode(
        season=1,
        number="2",
        explicit=False,
        transcripts=(Link(href="https://a.example/1.vtt", type="text/vtt", hreflang="en"),),
        chapters=Link(href="https://a.example/1.json"),
        marks=(Chapter(start=1.5, title="One"),),
        credits=(Credit(name="Bob", role="guest"),),
    ),
    places=(Place(points=((1.0, 2.0),), name="Here"),),
    replies=Replies(count=0, updated=NOW, feed="https://a.example/r"),
    in_reply_to=(Reference(ref="urn:b", href="https://b.example/"),),
    wishes=Wishes(index=False),
    licence="https://l.example/",
    canonical="https://a.example/c",
    origin=FeedInfo(id="urn:f", title="Other", url="https://o.example/", self_url="https://o.example/feed"),
)
PROMISED = {
    *(
        "id",
        "key",
        "source",
        "url",
        "title",
        "summary",
        "content_html",
        "words",
        "authors",
        "tags",
        "published",
        "updated",
    ),
    *("updated", "first_seen", "language", "enclosures", "image", "attribution", "rating", "note", "warnings"),
}


@pytest.mark.parametrize("article", [BARE, FULL])
def test_the_promised_names_are_there_whatever_is_known(article: Article) -> None:
    shape = article_shape(article)
    assert set(shape) >= PROMISED
    assert json.loads(json.dumps(shape)) == shape


def test_absent_facts_are_null_or_empty() -> None:
    shape = article_shape(BARE)
    for name in set(shape) - {"id", "key", "source", "title", "authors", "first_seen", "words", "full_text"}:
        assert shape[name] in (None, []), name
    assert shape["full_text"] is False, "known of every article: its text is not that of its page"


def test_a_false_and_a_zero_are_facts() -> None:
    shape = article_shape(FULL)
    assert shape["episode"]["explicit"] is False
    assert shape["replies"]["count"] == 0
    assert shape["wishes"] == {"access": None, "index": False, "listed": None}


def test_nested_facts_are_spelled_out() -> None:
    shape = article_shape(FULL)
    (enclosure,) = shape["enclosures"]
    assert set(enclosure) == {each.name for each in fields(Enclosure)}
    assert (enclosure["url"], enclosure["length"], enclosure["duration"]) == ("https://a.example/1.mp3", 3, 61)
    assert shape["episode"]["transcripts"] == [{"url": "https://a.example/1.vtt", "type": "text/vtt", "language": "en"}]
    assert shape["episode"]["chapters"] == "https://a.example/1.json"
    assert shape["episode"]["marks"] == [{"start": 1.5, "title": "One", "url": None, "image": None}]
    assert shape["episode"]["credits"] == [
        {"name": "Bob", "role": "guest", "group": "cast", "url": None, "image": None}
    ]
    assert shape["places"][0] | {"radius": None, "elevation": None} == {
        "shape": "point",
        "points": [[1.0, 2.0]],
        "radius": None,
        "elevation": None,
        "name": "Here",
    }
    assert shape["replies"]["updated"] == "2026-11-23T10:00:00Z"
    assert shape["in_reply_to"] == [{"ref": "urn:b", "url": "https://b.example/", "type": None, "source": None}]
    assert shape["licence"] == "https://l.example/"
    assert shape["canonical"] == "https://a.example/c"
    assert shape["origin"] == {
        "id": "urn:f",
        "title": "Other",
        "url": "https://o.example/",
        "self": "https://o.example/feed",
    }


def test_a_document_says_what_its_feed_claims() -> None:
    info = FeedInfo(title="F", new_url="https://n.example/", ended=True, wishes=Wishes(access="deny"))
    shape = feed_shape(info, [BARE], ["careful"])
    assert set(shape) == {"feed", "articles", "warnings"}
    assert {"id", "title", "url", "self", "language", "format"} <= set(shape["feed"])
    assert (shape["feed"]["new_url"], shape["feed"]["ended"]) == ("https://n.example/", True)
    assert shape["feed"]["wishes"]["access"] == "deny"
    assert len(shape["articles"]) == 1
    assert shape["warnings"] == ["careful"]
