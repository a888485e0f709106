"""Nothing a source sends may run anywhere it is shown: the parts of an article, one by one."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from harmless import html_faults, plain_faults
from xss_vectors import VECTORS, Vector

from aggregator.articles import identify, normalise
from aggregator.articles.clean import clean
from aggregator.model import Article, Category, FeedInfo, Link, ParsedEntry, ParsedFeed, Person, Source, Text

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SOURCE = Source(id="hostile", url="https://feeds.example.org/feed.xml")

every_vector = pytest.mark.parametrize("vector", VECTORS, ids=lambda each: each.name)


def article(**claimed: Any) -> Article:
    entry = ParsedEntry(**{"raw_hash": b"x", "raw_id": "1", "base": SOURCE.url, **claimed})
    (made,) = normalise(identify(ParsedFeed(entries=(entry,), road="test"), SOURCE), FeedInfo(), SOURCE, NOW)
    return made


@every_vector
def test_content_has_nothing_that_runs_whatever_it_is_said_to_be_and_relative_to(vector: Vector) -> None:
    for kind in ("text/html", "text/plain", "application/xhtml+xml"):
        made = article(contents=(Text(value=f"before {vector.html} after", type=kind, base=SOURCE.url),))
        assert html_faults(made.content_html or "") == ()
        assert clean(made.content_html or "") == (made.content_html or "")
    assert html_faults(clean(vector.html, "javascript:pwned=1")) == ()


@every_vector
def test_titles_names_and_tags_hold_no_markup_even_where_a_reader_takes_them_for_html(vector: Vector) -> None:
    said = vector.html
    for kind in ("text/html", "text/plain"):
        made = article(
            title=Text(value=said, type=kind),
            authors=(Person(name=said, url=said, email=said),),
            categories=(Category(term=said, scheme=said, label=said),),
            rights=said,
            attribution=said,
        )
        texts = [made.title, made.rights, made.attribution]
        texts += [author.name for author in made.authors] + [t for tag in made.tags for t in (tag.term, tag.label)]
        for text in filter(None, texts):
            assert plain_faults(text) == ()
            if not vector.name.startswith("escaped-"):  # which are there for readers that decode once more than this
                assert plain_faults(unescape(text)) == ()
        assert all(author.url is None or author.url.startswith("https://") for author in made.authors)
        assert all(tag.scheme is None or tag.scheme.startswith("https://") for tag in made.tags)


@every_vector
def test_links_lead_to_the_web_or_nowhere(vector: Vector) -> None:
    said = vector.html
    made = article(
        title=Text(value="t"),
        links=(Link(href=said), Link(href=said, rel="via"), Link(href=said, rel="enclosure")),
        image=said,
        comments=said,
    )
    addresses = [made.url, made.image, made.comments, *(link.href for link in made.links)]
    addresses += [enclosure.url for enclosure in made.enclosures]
    for address in filter(None, addresses):
        assert re.match(r"https?://", address)
        assert not re.search(r"[\s<>\"]", address)


@every_vector
def test_an_id_that_is_published_is_an_address_and_no_script(vector: Vector) -> None:
    assert article(raw_id=vector.html, title=Text(value="t")).id.startswith(("urn:uuid:", "https://", "http://"))
