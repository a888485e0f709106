"""Articles and outputs to publish."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from aggregator.model import Article, FeedInfo, Output, Person, PublishedFeed, Site, Source
from aggregator.publish import assemble

if TYPE_CHECKING:
    from collections.abc import Callable

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)

SITE = Site(title="Planet & Co", url="https://planet.example/", id="tag:planet.example,2026:planet", language="en")
SOURCES = {
    "blog": Source(id="blog", url="https://blog.example/feed.xml"),
    "seeds": Source(id="seeds", folder="feeds/seeds", title="Local news"),  # type: ignore[arg-type]  # any path
}
INFOS = {
    "blog": FeedInfo(
        id="tag:blog.example,2020:feed",
        title="The Blog",
        url="https://blog.example/",
        self_url="https://blog.example/feed.xml",
        authors=(Person(name="Ann Author"),),
        rights="CC BY",
        icon="https://blog.example/icon.png",
        language="en",
    )
}


def _article(number: int = 1, **said: Any) -> Article:
    at = NOON + timedelta(minutes=number)
    usual: dict[str, Any] = {
        "key": f"{number:032x}",
        "id": f"tag:blog.example,2026:{number}",
        "source": "blog",
        "raw_hash": b"r",
        "fingerprint": b"f",
        "title": f"Article {number}",
        "url": f"https://blog.example/{number}",
        "summary": f"What article {number} is about.",
        "content_html": f"<p>Text of article {number}.</p>",
        "authors": (Person(name="Ann Author"),),
        "published": at,
        "first_seen": at,
        "sort_at": at,
        "language": "en",
    }
    return Article(**{**usual, **said})


@pytest.fixture
def article() -> Callable[..., Article]:
    """``article(number, **said)``: one per number, a minute apart."""
    return _article


@pytest.fixture
def feed() -> Callable[..., PublishedFeed]:
    """``feed(*articles, **output)``: the first output of the site, holding these."""

    def build(*articles: Article, **output: Any) -> PublishedFeed:
        settings = {"id": "main", "limit": 10_000, **output}
        return assemble(articles, INFOS, SOURCES, SITE, Output(**settings), first=True, hubs=("https://hub.example/",))

    return build


@pytest.fixture
def assembled() -> Callable[..., PublishedFeed]:
    """``assembled(articles, output, first=...)`` with the usual site and sources."""
    return partial(assemble, infos=INFOS, sources=SOURCES, site=SITE)
