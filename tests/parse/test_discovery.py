"""Where the feeds of a page are."""

from __future__ import annotations

import pytest

from aggregator.model import Document
from aggregator.parse.discovery import at_page, guesses, is_of_comments, known

CHANNEL = "UCabcdefghijklmnopqrst"
HERE = "https://a.example/blog/page.html"


def found(html: str, url: str = HERE) -> list[tuple[str, str]]:
    return [(each.url, each.how) for each in at_page(Document(body=html.encode(), url=url, media_type="text/html"))]


def test_what_the_page_names_comes_before_what_it_links_to() -> None:
    page = """<head><base href="/x/"><link rel="ALTERNATE home" type="application/rss+xml; charset=utf-8" href="f.rss">
    <link rel=feed href="/feed"><link rel="alternate" type="application/feed+json" href="https://b.example/feed.json">
    </head><a href="/other.atom">Atom</a>"""
    assert found(page) == [
        ("https://a.example/x/f.rss", "named"),
        ("https://a.example/feed", "named"),
        ("https://b.example/feed.json", "named"),
        ("https://a.example/other.atom", "linked"),
    ]


@pytest.mark.parametrize(
    "tag",
    [
        '<link rel="alternate" type="application/json" href="/wp-json/wp/v2/posts/1">',
        '<link rel="alternate" type="application/json+oembed" href="/oembed?x=1">',
        '<link rel="alternate" hreflang="de" href="/de/feed">',
        '<link rel="stylesheet" type="application/rss+xml" href="/a.css">',
        '<link rel="alternate" type="application/rss+xml" href="javascript:1">',
        '<a href="mailto:feed@a.example">feed</a>',
        '<a href="https://feedly.com/i/subscription/feed/https://a.example/rss.xml">RSS</a>',
        '<a href="/sitemap.xml">feed</a>',
        '<a href="/about">About our feed</a>',
        '<a href="http://[">rss</a>',
    ],
)
def test_what_is_no_feed_is_not_taken_for_one(tag: str) -> None:
    assert found(tag) == []


@pytest.mark.parametrize(
    "href", ["/feed/", "/rss", "/index.xml", "/x.rdf", "/?feed=rss2", "/l?format=atom", "feed:https://a.example/x.rss"]
)
def test_a_link_to_a_feed_is_seen(href: str) -> None:
    assert [how for _, how in found(f'<a href="{href}">here</a>')] == ["linked"]


@pytest.mark.parametrize(
    ("url", "feed"),
    [
        (f"https://www.youtube.com/channel/{CHANNEL}", f"/feeds/videos.xml?channel_id={CHANNEL}"),
        ("https://www.youtube.com/playlist?list=PLabcdefghijkl", "/feeds/videos.xml?playlist_id=PLabcdefghijkl"),
        ("https://github.com/psf/black", "/psf/black/releases.atom"),
        ("https://github.com/psf/black/tags", "/psf/black/tags.atom"),
        ("https://github.com/psf/black/commits/main", "/psf/black/commits/main.atom"),
        ("https://github.com/psf", "/psf.atom"),
        ("https://gitlab.com/group/project", "/group/project/-/releases.atom"),
        ("https://www.reddit.com/r/python/", "/r/python/.rss"),
        ("https://medium.com/@somebody", "/feed/@somebody"),
        ("https://x.substack.com/about", "/feed"),
        ("https://x.blogspot.com/2020/", "/feeds/posts/default"),
        ("https://x.tumblr.com/post/1", "/rss"),
    ],
)  # fmt: skip
def test_sites_with_rules_are_known_and_only_asked_at_home(url: str, feed: str) -> None:
    host = url.split("/")[2]
    assert known(url)[0].url == f"https://{host}{feed}"
    assert all(each.url.startswith(f"https://{host}/") for each in known(url))


@pytest.mark.parametrize(
    ("url", "html", "feed"),
    [
        ("https://www.youtube.com/@handle", '<script>{"channelId":"UCabcdefghijklmnopqrststuv"}</script>',
         "https://www.youtube.com/feeds/videos.xml?channel_id=UCabcdefghijklmnopqrststuv"),
        ("https://social.example/@me", '<link href="/x" type="application/activity+json">', "https://social.example/@me.rss"),
        ("https://w.example/p/1", '<meta name="generator" content="WordPress 6.5">', "https://w.example/feed/"),
        ("https://g.example/", "<meta name=generator content='Ghost 5.1'>", "https://g.example/rss/"),
    ],
)  # fmt: skip
def test_the_program_behind_a_page_is_known_by_what_it_says(url: str, html: str, feed: str) -> None:
    assert (feed, "known") in found(html, url)


def test_guesses_are_a_handful_at_home() -> None:
    assert len(guesses(HERE)) <= 8
    assert guesses(HERE)[0].url == "https://a.example/blog/feed"
    assert all(each.url.startswith("https://a.example/") for each in guesses(HERE))


def test_feeds_of_comments_are_told_by_their_names() -> None:
    assert is_of_comments("https://a.example/comments/feed/", None)
    assert is_of_comments("https://a.example/feed", "Comments on A")
    assert not is_of_comments("https://a.example/feed", "A")


def test_a_hostile_page_ends() -> None:
    assert found("<a href=/feed>" * 5_000) == [("https://a.example/feed", "linked")]
    found("<div>" * 5_000)
