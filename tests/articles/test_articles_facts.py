"""Facts beside the words: what is kept of them, and what is too odd to keep."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from aggregator.articles import identify, normalise, normalise_info
from aggregator.model import (
    Article,
    Category,
    Chapter,
    Credit,
    Enclosure,
    Episode,
    FeedInfo,
    Link,
    ParsedEntry,
    ParsedFeed,
    Person,
    Place,
    Reference,
    Replies,
    Source,
    Text,
    Wishes,
)

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
SOURCE = Source(id="s", url="https://s.example/feed")
ENTRY = ParsedEntry(
    raw_id="urn:1",
    raw_hash=b"x",
    title=Text(value="A"),
    links=(Link(href="https://s.example/1"),),
    base="https://s.example/feed",
)


def made(**said: Any) -> Article:
    feed = ParsedFeed(entries=(replace(ENTRY, **said),), road="t")
    (article,) = normalise(identify(feed, SOURCE), FeedInfo(), SOURCE, NOW)
    return article


def test_addresses_of_facts_are_made_absolute() -> None:
    article = made(
        canonical="/c",
        licence="/l",
        replies=Replies(count=2, updated=NOW, feed="/r", post_to="/p"),
        in_reply_to=(Reference(ref="urn:0", href="/0", source="/f"),),
        episode=Episode(number="3.5", transcripts=(Link(href="/t.vtt", type="text/VTT; charset=utf-8"),)),
        enclosures=(Enclosure(url="/1.mp4", medium="video", width=3, height=4, rendition_of="/0.mp4"),),
    )
    assert (article.canonical, article.licence) == ("https://s.example/c", "https://s.example/l")
    assert article.replies == Replies(count=2, updated=NOW, feed="https://s.example/r", post_to="https://s.example/p")
    assert article.in_reply_to == (Reference(ref="urn:0", href="https://s.example/0", source="https://s.example/f"),)
    assert article.episode is not None
    (transcript,) = article.episode.transcripts
    assert (transcript.href, transcript.type) == ("https://s.example/t.vtt", "text/vtt")
    (file,) = article.enclosures
    assert (file.medium, file.width, file.height, file.rendition_of) == ("video", 3, 4, "https://s.example/0.mp4")


def test_people_and_chapters_are_plain_words_with_absolute_addresses() -> None:
    said = Episode(
        marks=(
            Chapter(start=0.5, title="<b>A</b> &amp; B", url="/a", image="javascript:x"),
            Chapter(start=float("nan"), title="x"),
            Chapter(start=1, title="\x00 "),
        ),
        credits=(Credit(name="Jane\x00", role="\x00", url="/jane", image="/jane.png"), Credit(name=" ")),
    )
    episode = made(episode=said).episode
    assert episode == Episode(
        marks=(Chapter(start=0.5, title="A & B", url="https://s.example/a"),),
        credits=(Credit(name="Jane", url="https://s.example/jane", image="https://s.example/jane.png"),),
    )


def test_what_leads_nowhere_or_cannot_be_is_left_out() -> None:
    article = made(
        canonical="javascript:x",
        licence="javascript:x",
        replies=Replies(count=-1, feed="mailto:a@b.example"),
        in_reply_to=(Reference(href="javascript:x"), Reference(ref="urn:0")),
        episode=Episode(number="many", season=-1, transcripts=(Link(href="javascript:x"),)),
        places=(Place(points=((91.0, 0.0),)), Place(), Place(points=((1.0, 2.0),), elevation=float("inf"))),
        wishes=Wishes(access="perhaps"),
    )
    assert (article.canonical, article.licence, article.replies, article.episode, article.wishes) == (None,) * 5
    assert article.in_reply_to == (Reference(ref="urn:0"),)
    assert article.places == (Place(points=((1.0, 2.0),)),)


def test_a_canonical_address_that_is_the_page_says_nothing_new() -> None:
    assert made(canonical="https://s.example/1").canonical is None
    assert made(canonical="https://s.example/2").canonical == "https://s.example/2"


def test_wishes_are_kept_as_they_were_said() -> None:
    for wishes in (Wishes(access="deny"), Wishes(access="allow", index=False), Wishes(listed=False)):
        assert made(wishes=wishes).wishes == wishes
    assert made(wishes=Wishes(access="perhaps", index=False)).wishes == Wishes(index=False)


@pytest.mark.parametrize(
    "counter",
    [
        "http://feedproxy.google.com/~r/blog/~3/aB1/",
        "http://feeds.s.example/~r/s/~3/aB1/",
        "http://x.feedsportal.com/c/1",
        "http://feeds.s.example/~r/s/top/~3/a/b",
    ],
)
def test_the_page_behind_a_counter_is_the_page(counter: str) -> None:
    article = made(links=(Link(href=counter),), canonical="https://s.example/2")
    assert (article.url, article.canonical) == ("https://s.example/2", None)
    assert made(links=(Link(href=counter),)).url == counter


@pytest.mark.parametrize(
    "redirect",
    [
        "https://www.google.com/url?rct=j&sa=t&url=https://real.example/a%3Fb%3Dc&ct=ga",
        "http://www.bing.com/news/apiclick.aspx?ref=FexRss&url=https%3a%2f%2freal.example%2fa%3fb%3dc&c=1",
    ],
)
def test_the_page_a_search_engine_leads_to_is_the_page(redirect: str) -> None:
    assert made(links=(Link(href=redirect),)).url == "https://real.example/a?b=c"
    assert made(links=(Link(href="https://www.google.com/url?url=javascript:x"),)).url == (
        "https://www.google.com/url?url=javascript:x"
    )


def test_a_page_comes_before_a_file_of_it() -> None:
    links = tuple(
        Link(href=f"https://s.example/{kind}", type=kind)
        for kind in ("application/json", "text/html", "application/pdf")
    )
    assert made(links=links).url == "https://s.example/text/html"


def test_facts_are_no_part_of_the_meaning() -> None:
    """A new reply, a place or a mark is no edit of the article."""
    said = made(
        replies=Replies(count=9),
        places=(Place(points=((1.0, 2.0),)),),
        episode=Episode(season=1),
        licence="https://l.example/",
        wishes=Wishes(index=False),
        canonical="https://c.example/",
    )
    assert said.fingerprint == made().fingerprint


def test_an_origin_is_kept_whole() -> None:
    info = FeedInfo(
        id="urn:f",
        title="<b>F</b>",
        url="/",
        contributors=(Person(name="Bob"),),
        categories=(Category(term="a"), Category(term="A")),
        links=(Link(href="/l", rel="license"), Link(href="javascript:x", rel="via")),
        licence="/l",
        new_url="/new",
        ended=True,
        wishes=Wishes(access="deny"),
    )
    origin = made(source=info).origin
    assert origin == normalise_info(info, "https://s.example/feed")
    assert origin is not None
    assert [each.name for each in origin.contributors] == ["Bob"]
    assert [each.term for each in origin.categories] == ["a"]
    assert [(each.href, each.rel) for each in origin.links] == [("https://s.example/l", "license")]
    assert (origin.licence, origin.new_url) == ("https://s.example/l", "https://s.example/new")
    assert (origin.ended, origin.wishes) == (True, Wishes(access="deny"))
