"""Other sources that have an article too are credited with it."""

from __future__ import annotations

from datetime import UTC, datetime

from aggregator.model import Article, FeedInfo, Link, Output, Site, Source
from aggregator.publish import assemble

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SITE = Site(title="We", url="https://we.example/", id="tag:we.example,2026:all")
INFOS = {
    "a": FeedInfo(title="Blog", url="https://blog.example/"),
    "again": FeedInfo(title="Blog", url="https://blog.example/"),
    "planet": FeedInfo(title="Planet", url="https://planet.example/"),
    "late": FeedInfo(self_url="https://late.example/atom.xml"),
    "silent": FeedInfo(),
}
SOURCES = {name: Source(id=name, url=f"https://{name}.example/feed?key=1") for name in INFOS}


def links(*through: str) -> list[Link]:
    article = Article(
        key="k", id="urn:x-1:1", source="a", raw_hash=b"", fingerprint=b"", title="One",
        url="https://blog.example/one", first_seen=NOW, sort_at=NOW,
    )  # fmt: skip
    feed = assemble([article], INFOS, SOURCES, SITE, Output(id="main"), first=True, through={"k": through})
    return [each for each in feed.entries[0].links if each.rel == "via"]


def test_each_other_source_is_named_by_its_site_else_by_its_feed() -> None:
    assert links("planet", "late") == [
        Link(rel="via", href="https://planet.example/", title="Planet"),
        Link(rel="via", href="https://late.example/atom.xml"),
    ]


def test_another_address_of_the_same_site_is_no_other_source() -> None:
    assert links("again") == []


def test_the_configured_address_is_not_given_away() -> None:
    assert links("silent", "removed") == []
